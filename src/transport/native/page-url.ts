/** What a relative address counts from: the page, with its `<base>`, or the worker. Undefined where there is neither. */
export function pageBase(): string | undefined {
  const { document, location } = globalThis as {
    document?: { readonly baseURI?: string };
    location?: { readonly href?: string };
  };
  return document?.baseURI ?? location?.href;
}

/**
 * The address that the platform's WebSocket makes of one: a relative one counts from the page, `http:` and `https:` stand
 * for `ws:` and `wss:` (WHATWG WebSockets, constructor). What is no address stays as it is: the check names what is wrong.
 */
export function resolveUrl(url: string): string {
  if (/^wss?:/i.test(url)) return url;
  try {
    return new URL(url, pageBase()).href.replace(/^http/, 'ws');
  } catch {
    return url;
  }
}
