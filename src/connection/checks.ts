/** What the plugins of a connection refuse before anything is begun. */
import { checkArgument, checkCall, checkOptions } from '../base/checks.ts';
import type { Called, OptionTable, Settings } from '../base/need.ts';

/** The answer to a ping of the server's. */
export type EchoAnswer = string | Uint8Array;

/** The answer to a message that is a ping and more: it is passed on too. */
export interface AnsweredAndPassedOn {
  /** What is sent back; `true`: the same. */
  readonly answer: EchoAnswer | true;
  /** The message is passed on as any other. */
  readonly passOn: true;
}

/** How a server pings. */
export interface ServerPingsOptions {
  /**
   * For servers that ping with a message of their own: returns the answer to it, `true` for the same message back, or
   * `false` if `data` is not such a ping. Answered at once, also during a login; not passed on. Where other lines stand in
   * the same message: `{ answer, passOn: true }`, and it is both answered and passed on.
   */
  readonly echo?: ((data: string | Uint8Array) => EchoAnswer | boolean | AnsweredAndPassedOn) | undefined;
  /**
   * For servers that name the interval in a message: returns it in milliseconds, or undefined for any other message. From
   * then on it takes the place of `heartbeat.interval`, 1,000 at least. The message is passed on.
   */
  readonly announced?: ((data: string | Uint8Array) => number | undefined) | undefined;
  /**
   * For servers that want to hear from us and answer nothing: what we say, whatever else is said, from when the connection is
   * ready. Default: nothing.
   */
  readonly beat?: Beat | undefined;
}

/** A sign of life of ours that nobody answers. */
export interface Beat {
  /** The message, made anew each time. */
  readonly message: () => string | Uint8Array;
  /**
   * How often, in milliseconds; really up to a fifth oftener, at random. 0: never, unless the login says how often
   * (`line.announce`).
   */
  readonly interval: number;
}

/** How handovers go. */
export interface HandoverSettings {
  /** Milliseconds that the old connection has to finish what is under way on it. Default 10,000. */
  readonly deadline: number;
  /**
   * After a word of the server's the handover begins after a delay anywhere in [0, this) milliseconds: all clients hear it
   * at once, and must not all come at once. Default 5,000.
   */
  readonly spread: number;
}

/** What {@link handover} takes. */
export interface HandoverOptions extends Settings<HandoverSettings> {
  /**
   * Whether a message of the server's says that the connection should be handed over: `(message) => message.type ===
   * 'restarting'`. Called with every message that `on('message')` gets. Default: only `client.handover()` does it.
   */
  readonly when?: ((message: unknown) => boolean) | undefined;
}

/** All times in milliseconds. */
export interface BackoffOptions {
  /** The first retry comes after a delay anywhere in [0, firstDelay). Default 5,000 (RFC 6455, 7.2.3). */
  readonly firstDelay: number;
  /** Retry n > 1 comes after a delay anywhere in [0, baseDelay * factor ^ (n - 1)). Default 2,000. */
  readonly baseDelay: number;
  /** Default 2. */
  readonly factor: number;
  /** The longest such range. Default 30,000. */
  readonly maxDelay: number;
  /** How long the first attempt may take, from name look-up to the answered handshake. Default 10,000. */
  readonly connectTimeout: number;
  /** How much longer each further attempt may take: a server under load needs time. Default 1.5. */
  readonly connectTimeoutFactor: number;
  /** The longest that an attempt may take. Default 60,000. */
  readonly maxConnectTimeout: number;
}

const HANDOVER: OptionTable<HandoverOptions> = {
  deadline: 'number',
  spread: 'number',
  when: 'function',
};

/** @throws UsageError naming the option that is wrong */
export function checkHandover(options: HandoverOptions, called: Called): void {
  checkCall(called, () => checkOptions(HANDOVER, options, 'handover'));
}

const BEAT: OptionTable<Beat> = { message: 'function!', interval: 'number!' };

const SERVER_PINGS: OptionTable<ServerPingsOptions> = {
  echo: 'function',
  announced: 'function',
  beat: { options: BEAT },
};

/** @throws UsageError naming the option that is wrong */
export function checkServerPings(options: ServerPingsOptions, called: Called): void {
  checkCall(called, () => checkOptions(SERVER_PINGS, options, 'serverPings'));
}

/** @throws UsageError for what is no function */
export function checkProbe(ask: unknown, called: Called): void {
  checkCall(called, () => checkArgument('function', 'probe', ask));
}

/** @throws UsageError for what does not tell of its surroundings */
export function checkEnvironment(environment: unknown, called: Called): void {
  checkCall(called, () => checkArgument({ methods: ['watch'] }, 'environment', environment));
}

/** @throws UsageError for what is no place to listen at */
export function checkScope(scope: unknown, called: Called): void {
  checkCall(called, () => checkArgument('object', 'scope', scope));
}

const BACKOFF: OptionTable<BackoffOptions> = {
  firstDelay: 'number!',
  baseDelay: 'number!',
  factor: 'number!',
  maxDelay: 'number!',
  connectTimeout: 'number!',
  connectTimeoutFactor: 'number!',
  maxConnectTimeout: 'number!',
};

/** @throws UsageError naming the option that is wrong */
export function checkBackoff(options: BackoffOptions, called: Called): void {
  checkCall(called, () => checkOptions(BACKOFF, options, 'createBackoff'));
}

/** @throws UsageError for any option: it takes none */
export function checkFailover(given: unknown, called: Called): void {
  checkCall(called, () => checkOptions({}, given ?? {}, 'failover'));
}
