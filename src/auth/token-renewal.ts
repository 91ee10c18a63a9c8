/** Renews a token before it expires, on the connection in use where the protocol can. */
import type { TimerHandle } from '../base/clock.ts';
import { HandshakeError, HoldlineError, isHoldlineError } from '../base/errors.ts';
import type { Plugin } from '../base/plugin.ts';
import type { RandomSource } from '../base/random.ts';
import { backoffOf } from '../connection/backoff.ts';
import type { HandoverCore } from '../connection/handover.ts';
import type { RequestsCore } from '../messaging/requests.ts';
import type { Authenticator, Tokens } from './authenticator.ts';
import { checkTokenRenewal, type TokenLine, type TokenRenewalOptions } from './checks.ts';
import { tokenOr } from './token-source.ts';

export type { TokenLine, TokenRenewalOptions } from './checks.ts';

/** How long before it expires a token is renewed unless it is said otherwise, in milliseconds. */
const DEFAULT_AHEAD_MS = 60_000;

/** Tokens are not renewed more often than so, in milliseconds, whatever they say of themselves. */
const MIN_LIFE_MS = 1_000;

/** What the plugin needs of a client. */
export interface TokenRenewalCore extends RequestsCore, Pick<HandoverCore, 'handover'> {
  /** The source of chance. */
  readonly random: RandomSource;
  /** Listens to the client. */
  on(name: 'ready' | 'lost' | 'closed', listener: () => void): unknown;
  /** Sends a message ahead of what waits; false if it was not sent. */
  sendAhead(message: unknown): boolean;
}

/**
 * A plugin that renews a token before it expires: it gets a new one and tells the server on the connection in use, or lets a new
 * connection take over. Without it a token runs out while the connection is ready, and the server ends that when it notices.
 *
 * @param source - the authenticator that the client has, whose new token then logs in from there on; or a function that gives a
 * token, for an envelope that logs in with one
 * @throws UsageError `INVALID_OPTION` naming the option that is wrong
 * @example
 * ```ts
 * const auth = firstMessage({ token: () => session.token, refresh: () => session.renew() });
 * const client = createClient({
 *   url: 'wss://example.com/socket',
 *   auth,
 *   use: [tokenRenewal(auth, { tell: (token, line) => line.request('refresh', { token }) })],
 * });
 * ```
 */
export function tokenRenewal(
  source: Authenticator | (() => string | PromiseLike<string>),
  options: TokenRenewalOptions = {},
): Plugin<TokenRenewalCore> {
  checkTokenRenewal(source, options, tokenRenewal);
  return (core) => {
    const renewals = new Renewals(core, tokensOf(source), options);
    core.on('ready', () => renewals.begin());
    core.on('lost', () => renewals.stop());
    core.on('closed', () => renewals.stop());
  };
}

/** The expiry of a JWT (RFC 7519, 4.1.4), in milliseconds since 1970 UTC. Undefined for what is none, or has none. */
function jwtExpiry(token: string): number | undefined {
  try {
    const payload = (token.split('.')[1] as string).replace(/-/g, '+').replace(/_/g, '/');
    const { exp } = JSON.parse(atob(payload)) as { readonly exp?: unknown };
    return typeof exp === 'number' ? exp * 1_000 : undefined;
  } catch {
    return undefined;
  }
}

function tokensOf(source: Authenticator | (() => string | PromiseLike<string>)): Tokens {
  if (typeof source !== 'function') return source.tokens as Tokens;
  let last: string | undefined;
  return {
    get last() {
      return last;
    },
    renew: async () => {
      last = tokenOr({ source: 'source', owner: 'tokenRenewal' }, await source());
      return last;
    },
  };
}

/** The renewals of one client: one timer, for the connection in use. */
class Renewals {
  readonly #core: TokenRenewalCore;
  readonly #tokens: Tokens;
  readonly #options: TokenRenewalOptions;
  #timer: TimerHandle | undefined;
  /** Aborted when the connection is lost. */
  #abort = new AbortController();
  /** Tries in a row that brought no other token. */
  #failures = 0;

  constructor(core: TokenRenewalCore, tokens: Tokens, options: TokenRenewalOptions) {
    this.#core = core;
    this.#tokens = tokens;
    this.#options = options;
  }

  begin(): void {
    this.stop();
    this.#abort = new AbortController();
    const { last } = this.#tokens;
    if (last === undefined) void this.#first(this.#abort.signal);
    else this.#schedule(last);
  }

  stop(): void {
    this.#core.clock.clearTimer(this.#timer);
    this.#abort.abort();
    this.#failures = 0;
  }

  /** A function alone is asked for a token, to know when that expires. */
  async #first(signal: AbortSignal): Promise<void> {
    const token = await this.#renewed(signal);
    if (token === undefined) return;
    this.#schedule(token);
  }

  #schedule(token: string): void {
    const { ahead = DEFAULT_AHEAD_MS, expires = jwtExpiry } = this.#options;
    let at: number | undefined;
    try {
      at = expires(token);
    } catch (cause) {
      this.#core.failed(new HoldlineError('HANDLER_FAILED', { method: 'expires', cause }));
    }
    if (at === undefined || !Number.isFinite(at)) return;
    const life = at - this.#core.clock.wallTime();
    this.#within(Math.max(life - ahead, life / 2, MIN_LIFE_MS));
  }

  #within(delay: number): void {
    const { signal } = this.#abort;
    this.#timer = this.#core.clock.setTimer(() => void this.#renew(signal), delay);
  }

  async #renew(signal: AbortSignal): Promise<void> {
    const before = this.#tokens.last;
    const token = await this.#renewed(signal);
    if (token === undefined) return;
    if (token === before) return this.#again();
    this.#failures = 0;
    const { tell } = this.#options;
    if (tell === undefined) return this.#takeOver();
    this.#core.connection.line?.hide(token);
    try {
      await tell(token, this.#line);
    } catch (cause) {
      if (signal.aborted) return;
      this.#core.failed(
        isHoldlineError(cause) ? cause : new HoldlineError('HANDLER_FAILED', { method: 'tell', cause }),
      );
      return this.#takeOver();
    }
    if (!signal.aborted) this.#schedule(token);
  }

  /** A token, unless there is none to be had now, or the connection is lost meanwhile. */
  async #renewed(signal: AbortSignal): Promise<string | undefined> {
    try {
      const token = await this.#tokens.renew({ attempt: 1, signal });
      return signal.aborted ? undefined : token;
    } catch (cause) {
      if (signal.aborted) return undefined;
      this.#core.failed(new HandshakeError('CREDENTIALS', { phase: 'url', cause }));
      this.#again();
      return undefined;
    }
  }

  /** There is no other token yet. When it has run out, the server says so, and what happens then is the client's. */
  #again(): void {
    const { reconnect, times } = this.#core.connection.options;
    const delay = (reconnect?.backoff ?? backoffOf(times))(++this.#failures, this.#core.random);
    this.#within(Math.max(delay, MIN_LIFE_MS));
  }

  #takeOver(): void {
    const { handover, connection } = this.#core;
    if (handover === undefined) connection.reconnect('token renewed');
    else handover.begin().catch(() => {}); // told as an event
  }

  get #line(): TokenLine {
    const core = this.#core;
    const send = (message: unknown): void => {
      // A socket that is busy takes it behind what waits.
      if (!core.sendAhead(message)) void core.outbox.send(core.encode(message), {}).catch(() => {});
    };
    return {
      send,
      request: async (method, params, options = {}) => core.requests?.ask(method, params, options),
      notify: (method, params, { meta } = {}) => send(core.envelope.rpc?.notification(method, params, meta)),
    };
  }
}
