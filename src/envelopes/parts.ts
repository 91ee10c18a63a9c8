/**
 * What a protocol needs besides messages: a login, a heartbeat, an address, a subprotocol. Plugins for `use` of an envelope;
 * a page that uses no such envelope pays for none of them.
 */
import type { Login, LoginLine, LoginOutcome } from '../auth/authenticator.ts';
import { login } from '../auth/login.ts';
import type { Plugin } from '../base/plugin.ts';
import type { AttemptInfo, HandshakeCredentials } from '../connection/connection-options.ts';
import { defaultRetryPolicy } from '../connection/retry-policy.ts';
import { serverPings } from '../connection/server-pings.ts';
import type { EnvelopeCore } from '../messaging/envelope.ts';
import { checkCloseCodes, checkPart, checkProtocolHeartbeat, type ProtocolHeartbeat } from './checks.ts';

/**
 * What the protocol itself says on every new line before messages flow: a greeting, a handshake in words, credentials. The
 * login of the client's `auth`, if there is one, follows when this is done.
 *
 * @param talk - as for `login()`: an `AuthError` is a final refusal, any other error an attempt that failed. What it resolves
 * with is told to the envelope (`session`) and to `gap` events (`recovered`)
 * @example
 * ```ts
 * protocolLogin(async (line) => {
 *   line.send('{"type":"connection_init"}');
 *   const { type } = JSON.parse(String(await line.receive()));
 *   if (type !== 'connection_ack') throw new AuthError('The server refused.');
 * });
 * ```
 */
export function protocolLogin(talk: (line: LoginLine) => LoginOutcome): Plugin<EnvelopeCore> {
  checkPart('talk', talk, protocolLogin);
  return ({ connection: { options } }) => {
    // A plain function is one that the plugin of the platform has not looked at yet.
    const given = options.login as Login | Login['talk'] | undefined;
    const next = typeof given === 'function' ? given : given?.talk;
    const own = login(async (line) => {
      const told = await talk(line);
      // The session is for the envelope: its own, if it has one.
      return { ...(await next?.(line)), ...told };
    });
    options.login = own.login;
    options.secrets ??= own.secrets?.();
  };
}

/**
 * The heartbeat that the protocol has, in place of the default one. What the client's `heartbeat` says wins; `heartbeat: false`
 * switches the watch off, and pings of the server's come to the envelope's reader: give the answer there too
 * (`also: { answer }`).
 *
 * @example
 * ```ts
 * protocolHeartbeat({ interval: 25_000, timeout: 20_000, echo: (data) => data === '2' && '3' });
 * ```
 */
export function protocolHeartbeat(given: ProtocolHeartbeat = {}): Plugin<EnvelopeCore> {
  checkProtocolHeartbeat(given, protocolHeartbeat);
  const { interval, timeout, ping, echo, beat } = given;
  return ({ connection }) => {
    const { options } = connection;
    if (options.heartbeat === undefined) return;
    options.heartbeat = { interval, timeout, ping: ping ?? 'none', ...options.heartbeat };
    serverPings({ echo: echo ?? (() => false), beat })({ connection });
  };
}

/**
 * The address that is dialled in place of the one that was given: with a path or a query that the protocol demands, or
 * another one on which the server can go on. Asked before every attempt.
 *
 * @example
 * ```ts
 * protocolAddress((url) => `${url}?EIO=4&transport=websocket`);
 * ```
 */
export function protocolAddress(change: (url: string) => string): Plugin<EnvelopeCore> {
  checkPart('change', change, protocolAddress);
  return ({ connection: { options } }) => {
    const { resolveUrl } = options;
    options.resolveUrl = (url) => change(resolveUrl?.(url) ?? url);
  };
}

/**
 * Credentials that the protocol has in its handshake, besides those of the client's `auth`. Asked for before every attempt.
 *
 * @example
 * ```ts
 * protocolCredentials(async () => ({ protocols: [`token.${await token()}`] }));
 * ```
 */
export function protocolCredentials(
  prepare: (info: AttemptInfo) => HandshakeCredentials | PromiseLike<HandshakeCredentials>,
): Plugin<EnvelopeCore> {
  checkPart('prepare', prepare, protocolCredentials);
  return ({ connection: { options } }) => {
    const { prepare: next } = options;
    options.prepare = async (info) => {
      const [own, { headers, query, protocols = [] }] = [await prepare(info), (await next?.(info)) ?? {}];
      return {
        headers: { ...own.headers, ...headers },
        query: { ...own.query, ...query },
        protocols: [...(own.protocols ?? []), ...protocols],
      };
    };
  };
}

/**
 * What the close codes of a protocol mean for the next attempt: `stop`, `renew` (the credentials were refused) or `retry`.
 * For all others the default rules hold. A `reconnect.policy` of the client's own decides alone.
 *
 * @example
 * ```ts
 * closeCodes({ 4009: 'renew', 4011: 'stop' });
 * ```
 */
export function closeCodes(
  meanings: Readonly<Record<number, 'stop' | 'renew' | 'retry'>>,
): Plugin<EnvelopeCore> {
  checkCloseCodes(meanings, closeCodes);
  return ({ connection: { options } }) => {
    const { reconnect } = options;
    if (reconnect?.policy !== defaultRetryPolicy) return;
    const policy: typeof defaultRetryPolicy = (closure, random, past) => {
      const { received } = closure;
      const action = received && Object.hasOwn(meanings, received.code) ? meanings[received.code] : undefined;
      if (received === undefined || action === undefined) return defaultRetryPolicy(closure, random, past);
      return { action, rule: `the server closed with ${received.code}` };
    };
    options.reconnect = { ...reconnect, policy };
  };
}

/** The subprotocols that are offered unless the client has `protocols` of its own, in order of preference. */
export function subprotocols(...names: readonly string[]): Plugin<EnvelopeCore> {
  return ({ connection: { options } }) => {
    if (options.protocols.length === 0) options.protocols = names;
  };
}

/** Adds parameters to the query of an address, in place of those of the same name. */
export function withQuery(url: string, query: Readonly<Record<string, string | undefined>>): string {
  const [address = '', old] = url.split('?');
  const parameters = new URLSearchParams(old);
  for (const [name, value] of Object.entries(query)) if (value !== undefined) parameters.set(name, value);
  return `${address}?${parameters}`;
}
