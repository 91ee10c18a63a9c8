import { checkCall, checkOptions } from '../../base/checks.ts';
import { own } from '../../base/need.ts';
import { checkSubprotocols } from '../../protocol/subprotocol.ts';
import type { WebSocketTarget } from '../../protocol/url.ts';
import { cookieValues } from '../secrets.ts';
import type { TransportFactory, TransportRequest } from '../transport.ts';
import { askOptions, givenOptions, hasFunctions } from './asked-options.ts';
import { TcpConnection } from './connection.ts';
import type { ConnectionPlan } from './connection-plan.ts';
import type { CookieJar } from './cookie-jar.ts';
import { compressionSettings } from './deflate/compression.ts';
import { checkDialOptions, proxyFor } from './dialling/check-dial-options.ts';
import { DialPool } from './dialling/pool.ts';
import { type RefusedRedirect, resolveRedirect, tlsElsewhere } from './dialling/redirect.ts';
import { markSecrets } from './mark-secrets.ts';
import { TransportMemory } from './memory/memory.ts';
import { TCP_RULES } from './option-rules.ts';
import type { TcpOptions, TcpSettings } from './options.ts';
import { requestHeaders } from './request-headers.ts';

export type { TcpOptions } from './options.ts';

/**
 * The transport over raw TCP and TLS, for Node, Bun and Deno: RFC 6455 spoken by holdline itself. It can send headers
 * and pings, go through proxies, stops the server when the reader is slow, and says why a handshake failed.
 *
 * Connections of one factory share memory and TLS sessions, and take turns in connecting to the same host; make one
 * factory and use it for all of them.
 *
 * @throws UsageError `INVALID_OPTION` or `INVALID_HEADER` naming the option that is wrong
 * @example
 * ```ts
 * const client = createClient({
 *   url: 'wss://example.com',
 *   transport: tcpTransport({ headers: { Authorization: `Bearer ${token}` }, tls: { ca } }),
 * });
 * ```
 */
export function tcpTransport(given: TcpOptions = {}): TransportFactory {
  const options = own(given);
  checkCall(tcpTransport, () => {
    checkOptions(TCP_RULES, options);
    checkTcpOptions(options);
  });
  const memory = new TransportMemory();
  const pool = new DialPool();
  return (request, sink) => new TcpConnection(planConnection(request, options, pool), memory, sink);
}

/**
 * Checks what a connection is asked for and puts it together. Connections that know of each other share a `pool`.
 *
 * @throws UsageError `INVALID_URL`, `INVALID_SUBPROTOCOL`, `INVALID_HEADER` or `INVALID_OPTION`
 */
export function planConnection(
  request: TransportRequest,
  options: TcpOptions,
  pool: DialPool = new DialPool(),
): ConnectionPlan {
  const ask = { request, pool, followed: 0 };
  const cookie = cookieFor(request.url, options);
  if (!hasFunctions(options) && typeof cookie !== 'object')
    return planFrom({ ...ask, options: options as TcpSettings, cookie });
  return {
    ...planFrom({ ...ask, options: givenOptions(options) }),
    asked: async () => {
      const [settings, found] = await Promise.all([askOptions(options), cookie]);
      checkOptions(TCP_RULES, settings);
      checkTcpOptions(settings);
      return planFrom({ ...ask, options: settings, cookie: found });
    },
  };
}

/** What a plan is made from: for the first server, and for each that a redirect leads to. */
interface Ask {
  readonly request: TransportRequest;
  readonly options: TcpSettings;
  readonly pool: DialPool;
  /** Redirects that were followed so far. */
  readonly followed: number;
  /** What the jar has for the address. */
  readonly cookie?: string | undefined;
}

function planFrom(ask: Ask): ConnectionPlan {
  const { request, options, pool } = ask;
  const target = pool.target(request.url);
  const { protocols } = request;
  checkSubprotocols(protocols);
  const { origin, headers: common, redirects = 0, cookies } = options;
  const headers = requestHeaders({ target, origin, cookie: ask.cookie, common, own: request.headers });
  const plan: ConnectionPlan = {
    request,
    handshake: { target, protocols, headers },
    dial: {
      target,
      options,
      proxy: proxyFor(target, options, pool),
      pool,
      onPhase:
        request.onPhase && ((phase) => request.onPhase?.(phase, phase === 'http' ? headers : undefined)),
    },
    compression: compressionSettings(options.compression),
    receiveBuffer: options.receiveBuffer,
    maxFrameBytes: options.maxFrameBytes,
    setCookies: cookies && ((set) => keepCookies(set, cookies, request)),
    follow: redirects === 0 ? undefined : (location) => planRedirect(ask, target, location),
  };
  markSecrets(plan);
  return plan;
}

/** The plan for where `location` leads, or why it is not followed. */
function planRedirect(ask: Ask, from: WebSocketTarget, location: string): ConnectionPlan | RefusedRedirect {
  const { request, options, pool } = ask;
  const followed = ask.followed + 1;
  if (followed > (options.redirects ?? 0)) return { detail: 'too-many', redirects: ask.followed };
  const redirect = resolveRedirect(from, location);
  if ('detail' in redirect) return redirect;
  const { url, sameOrigin } = redirect;
  // A jar that answers later cannot be asked in between.
  const found = cookieFor(url, options);
  const cookie = typeof found === 'object' ? undefined : found;
  if (sameOrigin) return planFrom({ request: { ...request, url }, options, pool, followed, cookie });
  if (options.createConnection !== undefined) return { detail: 'create-connection' };
  // One name alone is what is to be spoken; a token stands beside others, or is marked.
  if (request.protocols.length > 1 || request.hasCredentials === true) return { detail: 'subprotocols' };
  // Nothing of ours goes along to another origin.
  const bare = own({ ...options, headers: undefined, tls: tlsElsewhere(options.tls) });
  return planFrom({ request: { ...request, url, headers: [] }, options: bare, pool, followed, cookie });
}

/** What the jar has for an address. A jar that fails has nothing: the server says what it thinks of that. */
function cookieFor(
  url: string,
  { cookies }: Pick<TcpSettings, 'cookies'>,
): string | undefined | Promise<string> {
  try {
    const found = cookies?.getCookieString(addressOfPage(url));
    return typeof found === 'object' ? Promise.resolve(found).catch(() => '') : found;
  } catch {
    return undefined;
  }
}

/** Cookies know no `ws:`. */
function addressOfPage(url: string): string {
  return url.replace(/^ws/i, 'http');
}

/** What an answer sets is secret before anything can be told of it. */
function keepCookies(set: readonly string[], jar: CookieJar, { url, secrets }: TransportRequest): void {
  for (const cookie of set) {
    secrets?.add(cookieValues(cookie.split(';', 1)[0] as string));
    void (async () => jar.setCookie(cookie, addressOfPage(url)))().catch(() => {});
  }
}

/** What the rules of the options do not say. @throws UsageError `INVALID_OPTION` */
export function checkTcpOptions(options: TcpOptions): void {
  checkDialOptions(givenOptions(options));
  compressionSettings(options.compression);
}
