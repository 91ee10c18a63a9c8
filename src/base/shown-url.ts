/** The address without what may be secret: no user name, no password, no query, no fragment. Empty if it is none. */
export function shownUrl(url: string | URL): string {
  const [, shown = ''] = /^(\w+:\/\/[^?#]*|wss?\+unix:\/[^?#]*)/.exec(String(url)) ?? [];
  return shown.replace(/\/\/[^/]*@/, '//');
}
