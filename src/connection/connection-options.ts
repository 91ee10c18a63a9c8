import type { Clock } from '../base/clock.ts';
import type { AuthError, ConnectionError, HoldlineError, UsageError } from '../base/errors.ts';
import type { RandomSource } from '../base/random.ts';
import type { Closure } from '../protocol/closure.ts';
import type { Limits } from '../protocol/limits.ts';
import type { Secrets } from '../transport/secrets.ts';
import type { Parcel } from '../transport/send-data.ts';
import type { MessageOptions, SendData, TransportFactory } from '../transport/transport.ts';
import type { Backoff, BackoffOptions } from './backoff.ts';
import type { HeartbeatOptions, WatchdogFactory } from './heartbeat.ts';
import type { RetryPolicy } from './retry-policy.ts';
import type { StateChange, Status } from './states.ts';

/**
 * Where to connect: fixed, or asked for before every attempt (1 for the first), for tickets in the URL and the like. A
 * list is for the plugin `failover()`.
 */
export type UrlSource =
  | string
  | URL
  | readonly (string | URL)[]
  | ((attempt: number) => string | URL | Promise<string | URL>);

/** When to try again. */
export interface ReconnectSettings {
  /** How long to wait. */
  readonly backoff: Backoff;
  /** Whether to try at all. */
  readonly policy: RetryPolicy;
  /** Attempts in a row before giving up. `Infinity`: never. */
  readonly maxAttempts: number;
}

/** Credentials that travel in the handshake. None of it is ever shown in an error, a log or a trace. */
export interface HandshakeCredentials {
  /** Header fields to add. A browser cannot send any. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Parameters to add to the query of the URL. */
  readonly query?: Readonly<Record<string, string>> | undefined;
  /** Subprotocols to offer behind those of the options. */
  readonly protocols?: readonly string[] | undefined;
}

/** Which attempt is being prepared. */
export interface AttemptInfo {
  /** Which attempt in a row this is: 1 for the first. */
  readonly attempt: number;
  /** Aborted when nobody waits for the answer any more. */
  readonly signal: AbortSignal;
  /**
   * Marks a text as secret, a token inside of something longer for instance: wherever the server repeats it, it is taken
   * out of errors, states and traces of this attempt. Under 6 characters it is not. Credentials in the handshake need no
   * mark.
   */
  readonly hide?: ((secret: string) => void) | undefined;
}

/** What the server said in its answer to the handshake. */
export interface Agreed {
  /** The subprotocol that it chose, or an empty string. */
  readonly protocol?: string | undefined;
  /** The header fields of its answer, names in lower case. Undefined where the platform keeps them to itself. */
  readonly headers?: ReadonlyMap<string, string> | undefined;
}

/** How requests lie in messages, for the login of one line that asks. */
export interface LoginWire {
  /** Makes a request. @throws UsageError `UNSUPPORTED` without an envelope that can, `INVALID_DATA` */
  ask(method: string, params: unknown): { readonly key: string | number; readonly data: SendData };
  /** The answers in a message, and whether there is nothing else in it. */
  read(data: string | Uint8Array): { readonly answers: readonly LoginAnswer[]; readonly isAll: boolean };
}

/** The answer to a request: its result, or what it was refused with. */
export interface LoginAnswer {
  /** Which request is answered. */
  readonly key: string | number;
  /** What it gets. */
  readonly result?: unknown;
  /** What it was refused with. */
  readonly error?:
    | { readonly code?: number | string | undefined; readonly message: string; readonly data?: unknown }
    | undefined;
}

/** What a login may tell of the line. */
export interface LoginResult {
  /**
   * The server has taken up what the line before was in, and sends what was missed: the `gap` event says `recovered: true`.
   * Only where it has said so.
   */
  readonly recovered?: boolean | undefined;
  /** What it has given us for this line: the id of the connection. The envelope gets it. */
  readonly session?: unknown;
}

/** A connection that is open and not ready yet, as a login gets it. */
export interface OpeningLine extends Agreed {
  /** How requests lie in messages. */
  readonly wire?: LoginWire | undefined;
  /** Which attempt in a row this is: 1 for the first. */
  readonly attempt: number;
  /** The source of time. */
  readonly clock: Clock;
  /** Most bytes that may be kept unread. */
  readonly maxBytes: number;
  /** Aborted when the line ends or the client is closed. */
  readonly signal: AbortSignal;
  /** Sends a message, and marks all of it as secret unless told that it is not. */
  send(data: SendData, mayBeSecret?: boolean): void;
  /** Marks a text as secret. */
  hide(secret: string): void;
  /** What the server says in an error, without the secrets that it was given on this line. */
  readonly clean: <T>(said: T) => T;
  /** Takes over the heartbeat's interval from the server, and how often it wants to hear from us, in milliseconds. */
  announce(interval: number, beat?: number): void;
}

/** A login under way, and what it has not read. */
export interface LoginConversation {
  /** Fulfilled when the server has accepted. Rejecting with an AuthError ends the connection, with any other the line. */
  readonly done: Promise<LoginResult | undefined>;
  /** The oldest message that was not read, left where it is. */
  readonly next: string | Uint8Array | undefined;
  /** Takes {@link next} away. */
  shift(): void;
  /** A message came. False when more is unread than may be kept. */
  take(data: string | Uint8Array): boolean;
  /** Nothing more will come; what is here may still be read. */
  end(error: ConnectionError): void;
  /** The login has no business here any more: whoever reads on is told `error`. */
  dismiss(error: ConnectionError): void;
}

/** Begins a login on a line that has just opened; made by `login()` and the authenticators. */
export interface LoginStarter {
  /** Called for each line, once. */
  begin(line: OpeningLine): LoginConversation;
}

/** Everything that a connection is made of. Plugins may replace what they stand for before it first connects. */
export interface ConnectionOptions {
  /** Where to. */
  readonly url: UrlSource;
  /** Makes an address of one that is relative. Undefined: none is. */
  resolveUrl?: ((url: string) => string) | undefined;
  /** Subprotocols to offer, in order of preference. */
  protocols: readonly string[];
  /** How bytes travel. */
  transport: TransportFactory;
  /** Undefined: one attempt, and no other after a loss. */
  reconnect: ReconnectSettings | undefined;
  /** How long an attempt may take, and the times of the backoff. */
  readonly times: BackoffOptions;
  /** Most bytes in the hands of the socket; above it messages wait. */
  readonly maxBufferedBytes: number;
  /** Milliseconds that closing may take. */
  readonly closeTimeout: number;
  /** Undefined: the line is not watched. */
  heartbeat: HeartbeatOptions | undefined;
  /** Makes a question of the envelope's that every server must answer, for transports that cannot ping. */
  question?: (() => string | Uint8Array) | undefined;
  /** Makes what watches a line. */
  watchdog: WatchdogFactory | undefined;
  /** Runs on every new line before it is ready. */
  login?: LoginStarter | undefined;
  /** How requests lie in messages, for the login of one line. */
  wire?: (() => LoginWire | undefined) | undefined;
  /** Asked before every attempt for credentials that travel in the handshake. Errors as those of a login. */
  prepare?: ((info: AttemptInfo) => HandshakeCredentials | PromiseLike<HandshakeCredentials>) | undefined;
  /** Gets new credentials after a refusal. Rejecting with an AuthError ends the connection, with any other the attempt. */
  readonly renew?: ((cause: unknown, info: AttemptInfo) => void | PromiseLike<void>) | undefined;
  /** Chooses among several addresses: the plugin `failover()`. Undefined: there is one. */
  failover?: Failover | undefined;
  /**
   * Finds out what a handshake failed of that says nothing of itself. Undefined: nothing is to be found out. The promise
   * never rejects. Done by the plugin `probe()`.
   */
  explain?:
    | ((
        closure: Closure,
        url: string,
        line: { readonly signal: AbortSignal },
      ) => Promise<Closure> | undefined)
    | undefined;
  /** What the surroundings know of the end of a line, and of the wait that follows: the plugin `pageEvents()`. */
  surroundings?: Surroundings | undefined;
  /** Another line beside the present one: the plugin `handover()`. */
  beside?: Beside | undefined;
  /** What the server may make us hold. */
  readonly limits: Limits;
  /** The source of time. */
  readonly clock: Clock;
  /** The source of chance. */
  readonly random: RandomSource;
  /** Makes what knows the secrets of an attempt. Undefined: in a page without a way to log in. */
  secrets?: (() => Secrets) | undefined;
}

/** One try for a connection, and the connection if it succeeds, as others see it. */
export interface LineHandle {
  /** Where it goes, without what may be secret; undefined until that is known. */
  readonly target: string | undefined;
  /** How its bytes travel, unless it is over a WebSocket as was asked for. */
  readonly wire: string | undefined;
  /** What the server agreed to; empty before that. */
  readonly agreed: Agreed;
  /** What its login has told; empty before that. */
  readonly login: LoginResult;
  /** Whether messages flow. */
  readonly isReady: boolean;
  /** Whether the transport is open and the login under way. */
  readonly isLoggingIn: boolean;
  /** Bytes handed to the socket that it has not taken yet. */
  readonly bufferedAmount: number;
  /** Changes with every byte that leaves. */
  readonly bytesSent: number;
  /** When something was last heard, by the clock; undefined if that is not known. */
  readonly heardAt: number | undefined;
  /** Whether the socket has so much to do that {@link send} takes nothing more for now. */
  readonly isFull: boolean;
  /** Whether {@link pause} really stops the server. */
  readonly canPause: boolean;
  /** What the server says in an error, without the secrets that it was given on this line. */
  clean<T>(said: T): T;
  /** Marks a text as secret, for {@link clean} and all that is told of this line. */
  hide(secret: string): void;
  /** Begins. Called once, first. */
  start(): void;
  /** Stops reading, so that the server feels it. No sign of life can be heard meanwhile, and none is asked for. */
  pause(): void;
  /** Reads again, and watches anew. */
  resume(): void;
  /** Hands a message to the socket. False, taking nothing, unless the line is ready and the socket has room. */
  send(data: Parcel, options?: MessageOptions): boolean;
  /** Whether a silence of the server's would be noticed. */
  readonly isWatched: boolean;
  /** The answer to the question came. */
  answered(): void;
  /** Asks the server for a sign of life now, if there is a way to ask. Without one the line is given up. */
  probe(): void;
  /** Ends it politely, within `closeTimeout` whatever the transport does. */
  close(code?: number, reason?: string): void;
  /** Ends it at once, for a line that is good for nothing. */
  abandon(error: ConnectionError, isLocal?: boolean): void;
  /** Ends it politely, but does not wait: its end is told before this returns, and nothing after it. */
  part(code: number, reason: string, end: Partial<LineEnd>): void;
}

/** What a server has said of the end of a line, in its own words. */
export interface Farewell {
  /** Why, without secrets. */
  readonly reason: string;
  /** `false`: no other attempt. */
  readonly reconnect?: boolean | undefined;
  /** Milliseconds that it asks to wait before. */
  readonly delay?: number | undefined;
}

/** How a line ended. */
export interface LineEnd {
  /** As the transport told it; of what never opened: 1006. */
  readonly closure: Closure;
  /** The server refused the login. */
  readonly loginError?: AuthError | undefined;
  /** The cause lies with us (the machine slept, the network changed): no reason to be patient with the server. */
  readonly isLocal?: boolean | undefined;
  /** We gave it up for another, which follows soon: by this rule. */
  readonly givenUp?: string | undefined;
  /** The server has said in words that it ends. */
  readonly goodbye?: Farewell | undefined;
  /** The page is put away: there is no other attempt before it comes back. */
  readonly isLeaving?: boolean | undefined;
  /** The options are wrong: no attempt could succeed. */
  readonly unusable?: UsageError | undefined;
}

/** One failure among several addresses. */
export interface Round {
  /** The line had proved stable: the address stays. A failed attempt, or a line that broke at once, moves on. */
  readonly wasStable: boolean;
  /** Milliseconds that the server asked for. It binds us towards this server, not towards the next one. */
  readonly hint: number;
  /** The source of chance. */
  readonly random: RandomSource;
}

/** What follows it: the delay until the next address of the round, or the round is over. */
export interface NextRound {
  /** Milliseconds; undefined at the end of a round, when the whole backoff applies. */
  readonly delay: number | undefined;
  /** The longest wait that a server of this round has named, in milliseconds. */
  readonly hint: number;
}

/** Which address of several is dialled. */
export interface Failover {
  /** How many there are. */
  readonly count: number;
  /** Index of the address in use, or tried next. */
  index: number;
  /** What follows a failure. */
  next(round: Round): NextRound;
  /** What comes next is a new beginning, at the address in use. */
  forget(): void;
}

/** What the network and the page have to do with a connection. */
export interface Surroundings {
  /** The status has changed, and nobody else was told yet. */
  stateChanged(change: StateChange): void;
  /** The end of a line that had come as far as `status`, with what is known of it here. */
  judge(end: LineEnd, status: Status): LineEnd;
  /** How long to wait for the next attempt: `delay` milliseconds, or longer, and why. */
  stretch(delay: number): { readonly delay: number; readonly rule: string } | undefined;
}

/** A line that is got ready beside the present one, and those that were handed over. */
export interface Beside {
  /** A line is under way beside the present one, or took the place of another a moment ago. */
  readonly isUnsettled: boolean;
  /** The present line is lost: the one that is under way, if there is one, takes its place. */
  takeOver(): LineHandle | undefined;
  /** A line that is not the present one has ended. */
  ended(line: LineHandle, end: LineEnd): void;
  /** The next line is ready, and the present one from now on; `before` is an old one. */
  handedOver(before: LineHandle): void;
  /** Closes all lines but the present one: the client closes, or the page is put away. Resolves when they are gone. */
  close(code?: number, reason?: string): Promise<void> | undefined;
}

/** Who is told what happens. A method may call back into the connection. */
export interface ConnectionObserver {
  /** The status changed. */
  stateChanged(change: StateChange): void;
  /** A message came on a ready line, and is not part of the heartbeat. */
  message(data: string | Uint8Array, line: LineHandle): void;
  /** The line is ready for messages. Called after the change of state. */
  ready(line: LineHandle): void;
  /** The socket takes data again. */
  drain(): void;
  /** A round trip was measured. */
  measured(rtt: number, smoothed: number): void;
  /** An attempt failed, or a line ended. Called before the change of state. */
  lineEnded(closure: Closure, line: LineHandle): void;
  /**
   * Nothing more will happen until `connect()`: `error` says why, unless the caller asked for it. A `connect()` called from
   * here, or while closing, begins when everybody has been told.
   */
  closed(closure: Closure, error: HoldlineError | UsageError | undefined): void;
}
