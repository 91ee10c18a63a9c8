/**
 * The address without what may be secret: no user name, no password, no query, no fragment. Empty if it is none.
 *
 * @param base - what a relative address belongs to. Default: there is none
 */
export function shownUrl(url: string | URL, base?: string): string {
  try {
    const { protocol, host, pathname } = new URL(url, base);
    // That of a unix socket has no host.
    return /^wss?\+unix:$/.test(protocol) ? protocol + pathname : host && `${protocol}//${host}${pathname}`;
  } catch {
    return '';
  }
}
