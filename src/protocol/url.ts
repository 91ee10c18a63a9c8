import { UsageError } from '../base/errors.ts';

/** A WebSocket address, taken apart (RFC 6455, 3). */
export interface WebSocketTarget {
  /** True for `wss:`. */
  readonly secure: boolean;
  /** The host to dial: a name or an IP address, IPv6 without brackets. */
  readonly hostname: string;
  /** The unix socket to dial in place of host and port: `ws+unix:` in Node. `parseTarget` sets none. */
  readonly socketPath?: string | undefined;
  /** The port to dial: 80 or 443 unless given. */
  readonly port: number;
  /** The `Host` header: with the port only where it is not the default, IPv6 in brackets. */
  readonly host: string;
  /** What to ask for: the path, or `/`, and the query. */
  readonly resource: string;
  /** User name of the URL, percent-decoded, or an empty string. */
  readonly username: string;
  /** Password of the URL, percent-decoded, or an empty string. */
  readonly password: string;
  /** The whole address, normalised. May hold secrets. */
  readonly href: string;
  /** Scheme, host, port and path: the only form that may stand in an error or a log. */
  readonly display: string;
}

const DEFAULT_PORT = 80;
const DEFAULT_SECURE_PORT = 443;

/**
 * Takes a URL apart. `http:` and `https:` stand for `ws:` and `wss:` (WHATWG WebSockets, constructor).
 *
 * @throws UsageError `INVALID_URL`: not absolute, another scheme, a fragment, no host. The message holds no query.
 */
export function parseTarget(url: string | URL): WebSocketTarget {
  const parsed = parseWebSocketUrl(url);
  const secure = parsed.protocol === 'wss:';
  const hostname = parsed.hostname.replace(/^\[|\]$/g, '');
  return {
    secure,
    hostname,
    port: parsed.port === '' ? (secure ? DEFAULT_SECURE_PORT : DEFAULT_PORT) : Number(parsed.port),
    host: parsed.host,
    resource: parsed.pathname + parsed.search,
    username: percentDecode(parsed.username),
    password: percentDecode(parsed.password),
    href: parsed.href,
    display: displayUrl(parsed),
  };
}

/**
 * Checks and normalises a WebSocket URL without taking it apart. A relative one is resolved against `base`, if given.
 *
 * @throws UsageError `INVALID_URL`
 */
export function parseWebSocketUrl(url: string | URL, base?: string): URL {
  // The URL standard drops tabs and line breaks without a word, and the rest of them at both ends.
  if (hasControlCharacter(String(url))) {
    throw new UsageError('INVALID_URL', { detail: 'control-character' });
  }
  let parsed: URL;
  try {
    parsed = new URL(url, base);
  } catch {
    // The cause would quote the whole URL, query and password included.
    throw new UsageError('INVALID_URL', { detail: 'unreadable' });
  }
  const scheme = parsed.protocol;
  if (scheme === 'http:' || scheme === 'https:') {
    parsed = new URL(parsed.href.replace(/^http/, 'ws'));
  } else if (scheme !== 'ws:' && scheme !== 'wss:') {
    throw new UsageError('INVALID_URL', { detail: 'scheme', scheme });
  }
  // RFC 6455, 3: fragment identifiers "MUST NOT be used on these URIs". `#` alone shows only in href.
  if (parsed.href.includes('#')) {
    throw new UsageError('INVALID_URL', { detail: 'fragment' });
  }
  return parsed;
}

/** Whether a text holds what ends or hides lines: U+0000 to U+001F, or U+007F. */
export function hasControlCharacter(text: string): boolean {
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit < 0x20 || unit === 0x7f) return true;
  }
  return false;
}

/** The URL as it may be shown: no user, no password, no query. */
export function displayUrl(url: URL): string {
  return `${url.protocol}//${url.host}${url.pathname}`;
}

/**
 * Checks a target that {@link parseTarget} may not have made: nothing in it can end the line that it stands on.
 *
 * @throws UsageError `INVALID_URL`
 */
export function checkTarget(target: WebSocketTarget): void {
  if (isVisibleAscii(target.host) && isVisibleAscii(target.resource)) return;
  throw new UsageError('INVALID_URL', { detail: 'target' });
}

function isVisibleAscii(text: string): boolean {
  return /^[!-~]+$/.test(text);
}

/** Decodes a user name or password; one that is not valid percent-encoding is taken as it stands. */
function percentDecode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
