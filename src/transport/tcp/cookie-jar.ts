/** Cookies of the handshake (RFC 6455, 4.1 and 4.2.2; RFC 6265), kept from one connection to the next. */
import { systemClock } from '../../base/clock.ts';

/**
 * Where cookies are kept: made by {@link cookieJar}, or one of `tough-cookie`. Addresses are given as `http:` and `https:`.
 */
export interface CookieJar {
  /** The value of the header `Cookie` for an address; an empty one for none. Asked before every attempt. */
  getCookieString(url: string): string | PromiseLike<string>;
  /** Takes the value of one header `Set-Cookie`. What it throws, or rejects with, is a cookie that is not kept. */
  setCookie(cookie: string, url: string): unknown;
}

interface Cookie {
  readonly name: string;
  readonly value: string;
  readonly domain: string;
  /** For the host that set it alone. */
  readonly isHostOnly: boolean;
  readonly path: string;
  readonly isSecure: boolean;
  /** Milliseconds since 1970 UTC. `Infinity`: as long as the jar. */
  readonly expires: number;
}

/** Longest cookie, in characters: RFC 6265, 6.1 wants 4,096 bytes at least. */
const MAX_COOKIE_LENGTH = 4_096;

/** Most cookies of a domain, and in a jar: the least that RFC 6265, 6.1 wants is 50 and 3,000. The oldest have to go. */
const MAX_COOKIES_OF_DOMAIN = 50;
const MAX_COOKIES = 3_000;

/**
 * A jar that keeps cookies in memory, for the option `cookies` over TCP: what the answer to a handshake sets, a refusal or a
 * redirect too, is sent with the next one. Domain, path, `Secure`, expiry and the prefixes `__Secure-` and `__Host-` are obeyed
 * (RFC 6265, RFC 6265bis). Clients that share a jar share its cookies. There is no list of public suffixes: a server under
 * `co.uk` could set a cookie for all of them, so share a jar only between servers that may know of each other.
 *
 * @param clock - the source of time. Default: the machine's
 * @example
 * ```ts
 * import { cookieJar } from 'holdline/node';
 *
 * const client = createClient({ url: 'wss://example.com/socket', cookies: cookieJar() });
 * ```
 */
export function cookieJar(clock: { wallTime(): number } = systemClock): CookieJar {
  /** By domain, path and name, oldest first. */
  const kept = new Map<string, Cookie>();
  const live = (): Cookie[] => {
    for (const [key, { expires }] of kept) if (expires <= clock.wallTime()) kept.delete(key);
    return [...kept.values()];
  };
  return {
    getCookieString(url) {
      const { hostname, pathname, protocol } = new URL(url);
      const meant = live().filter(
        ({ domain, isHostOnly, path, isSecure }) =>
          (isHostOnly ? domain === hostname : isWithin(hostname, domain)) &&
          isBelow(pathname, path) &&
          (!isSecure || protocol === 'https:'),
      );
      // 5.4, 2: longer paths first, then the older ones. The sort is stable.
      meant.sort((one, other) => other.path.length - one.path.length);
      return meant.map(({ name, value }) => `${name}=${value}`).join('; ');
    },
    setCookie(text, url) {
      const from = new URL(url);
      const cookie = parse(text, from, clock.wallTime());
      if (cookie === undefined) return;
      if (from.protocol !== 'https:' && live().some((one) => isHiddenBy(one, cookie))) return;
      const key = [cookie.domain, cookie.path, cookie.name].join(';');
      kept.delete(key);
      kept.set(key, cookie);
      const all = live();
      const siblings = all.filter(({ domain }) => domain === cookie.domain);
      const oldest =
        siblings.length > MAX_COOKIES_OF_DOMAIN ? siblings[0] : all.length > MAX_COOKIES ? all[0] : undefined;
      if (oldest !== undefined) kept.delete([oldest.domain, oldest.path, oldest.name].join(';'));
    },
  };
}

/** One `Set-Cookie` (5.2, 5.3). Undefined for what is not to be kept. */
function parse(text: string, { hostname, pathname, protocol }: URL, now: number): Cookie | undefined {
  if (text.length > MAX_COOKIE_LENGTH) return undefined;
  const [pair = '', ...attributes] = text.split(';');
  const at = pair.indexOf('=');
  const name = pair.slice(0, Math.max(at, 0)).trim();
  const value = pair.slice(at + 1).trim();
  if (name === '' || !IN_COOKIE.test(name) || !IN_COOKIE.test(value)) return undefined;
  // The last of several of the same name counts. A Map: a server names them.
  const said = new Map<string, string>();
  for (const attribute of attributes) {
    const [word = '', ...rest] = attribute.split('=');
    said.set(word.trim().toLowerCase(), rest.join('=').trim());
  }
  const wanted = (said.get('domain') ?? '').replace(/^\./, '').toLowerCase();
  const path = said.get('path') ?? '';
  const isSecure = said.has('secure');
  const cookie = {
    name,
    value,
    domain: wanted === '' ? hostname : wanted,
    // 5.3, 5: a name without a dot is one that could have others below, such as `com`.
    isHostOnly: wanted === '' || (wanted === hostname && !wanted.includes('.')),
    path: path.startsWith('/') ? path : pathname.slice(0, Math.max(pathname.lastIndexOf('/'), 1)),
    isSecure,
    expires: expiry(said, now),
  };
  // 5.3, 6; and no cookie of a whole top-level domain.
  if (!isWithin(hostname, cookie.domain) || (!cookie.isHostOnly && !/\../.test(wanted))) return undefined;
  // RFC 6265bis, 5.7: none is set as secure by what is not; and what the prefixes promise (4.1.3).
  if (isSecure && protocol !== 'https:') return undefined;
  if (/^__secure-/i.test(name) && !isSecure) return undefined;
  if (/^__host-/i.test(name) && !(isSecure && wanted === '' && cookie.path === '/')) return undefined;
  return cookie;
}

/** Whether a secure one would be replaced by another, or hidden from the server (RFC 6265bis, 5.7). */
function isHiddenBy({ name, domain, path, isSecure }: Cookie, other: Cookie): boolean {
  const isNear = isWithin(domain, other.domain) || isWithin(other.domain, domain);
  return isSecure && name === other.name && isNear && isBelow(other.path, path);
}

/** Nothing that could end a header, or the cookie in it. */
const IN_COOKIE = /^[\x20-\x3a\x3c-\x7e\x80-\xff]*$/;

/** 5.3, 3: `Max-Age` counts more than `Expires`. */
function expiry(said: ReadonlyMap<string, string>, now: number): number {
  const seconds = said.get('max-age') ?? '';
  if (/^-?\d+$/.test(seconds)) return now + Number(seconds) * 1_000;
  // 5.1.1: no date is without a time, and all of them are of UTC.
  const text = said.get('expires') ?? '';
  const date = /\d:\d/.test(text) ? Date.parse(text.replace(/( [\d:]+)$/, '$1 GMT')) : Number.NaN;
  return Number.isNaN(date) ? Number.POSITIVE_INFINITY : date;
}

/** 5.1.3. An address of numbers has no domains above it. */
function isWithin(host: string, domain: string): boolean {
  return host === domain || (host.endsWith(`.${domain}`) && !/^[\d.]+$|:/.test(host));
}

/** 5.1.4 */
function isBelow(path: string, above: string): boolean {
  return path === above || path.startsWith(above.endsWith('/') ? above : `${above}/`);
}
