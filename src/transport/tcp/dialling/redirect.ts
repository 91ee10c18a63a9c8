import { type Detail, type Evidence, HandshakeError } from '../../../base/errors.ts';
import type { WebSocketTarget } from '../../../protocol/url.ts';
import { isBlockedPort } from '../whatwg/blocked-ports.ts';
import type { TlsOptions } from './options.ts';
import { parseDialTarget } from './unix-url.ts';

/** Where a redirect leads. */
export interface Redirect {
  /** The next address, for `parseDialTarget`. */
  readonly url: string;
  /** Whether scheme, host and port stay the same, so that what is secret may go along. */
  readonly sameOrigin: boolean;
}

/** Why a redirect is not followed: evidence of a `HANDSHAKE_REDIRECT`. */
export interface RefusedRedirect extends Evidence {
  readonly detail: Detail<'HANDSHAKE_REDIRECT'>;
}

/**
 * The next address after a redirect from `from` to `location`, or why it is not followed. http: and https: stand for
 * ws: and wss:; a relative address is resolved; a fragment, and user and password in the address, are dropped.
 */
export function resolveRedirect(from: WebSocketTarget, location: string): Redirect | RefusedRedirect {
  if (from.socketPath !== undefined) return withinSocket(from, location);
  let url: URL;
  try {
    url = new URL(location, from.href);
  } catch {
    return { detail: 'unreadable' };
  }
  url.hash = '';
  url.username = '';
  url.password = '';
  const scheme = /^(?:http|ws)(s?):$/.exec(url.protocol);
  if (scheme === null) return { detail: 'scheme', scheme: url.protocol };
  if (from.secure && scheme[1] === '') return { detail: 'unencrypted' };
  const target = parseDialTarget(url.href);
  if (isBlockedPort(target.port) && target.port !== from.port) return { detail: 'port', port: target.port };
  const sameOrigin = target.secure === from.secure && target.host === from.host;
  return { url: sameOrigin ? withCredentials(target.href, from) : target.href, sameOrigin };
}

/** From a unix socket only to another resource of the same one: nothing there says what a host name would mean. */
function withinSocket(from: WebSocketTarget, location: string): Redirect | RefusedRedirect {
  // Not by a look at the text: a URL parser passes over blanks and control characters.
  const base = `ws://socket.invalid${from.resource}`;
  const url = URL.canParse(location, base) ? new URL(location, base) : undefined;
  if (url?.protocol !== 'ws:' || url.host !== 'socket.invalid') return { detail: 'off-the-socket' };
  const [path] = from.href.split(':').slice(1, 2);
  return { url: `${from.secure ? 'wss' : 'ws'}+unix:${path}:${url.pathname}${url.search}`, sameOrigin: true };
}

function withCredentials(href: string, { username, password }: WebSocketTarget): string {
  const url = new URL(href);
  url.username = encodeURIComponent(username);
  url.password = encodeURIComponent(password);
  return url.href;
}

/** What of the TLS options is meant for one server alone: who we are, how it is called, and what is forgiven it. */
const FOR_ONE_SERVER: readonly string[] = /* @__PURE__ */ Object.freeze([
  'cert',
  'key',
  'pfx',
  'passphrase',
  'servername',
  'checkServerIdentity',
  'rejectUnauthorized',
]);

/** The TLS options for another server: whom to trust, which versions, how strong; no keys, names or exemptions. */
export function tlsElsewhere(tls: TlsOptions | undefined): TlsOptions | undefined {
  if (tls === undefined) return undefined;
  const kept = Object.entries(tls).filter(
    ([name, value]) => value !== undefined && !FOR_ONE_SERVER.includes(name),
  );
  return Object.fromEntries(kept);
}

/** The error of a redirect that is not followed, and why. */
export function notFollowed(error: HandshakeError, why: RefusedRedirect): HandshakeError {
  const { phase, status, statusText, headers, body, retryAfter } = error;
  const evidence = { phase, status, statusText, headers, body, retryAfter, cause: error };
  return new HandshakeError('HANDSHAKE_REDIRECT', { ...why, ...evidence });
}
