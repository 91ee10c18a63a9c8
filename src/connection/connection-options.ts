import type { Clock } from '../base/clock.ts';
import type { HoldlineError, UsageError } from '../base/errors.ts';
import type { RandomSource } from '../base/random.ts';
import type { Closure } from '../protocol/closure.ts';
import type { Limits } from '../protocol/limits.ts';
import type { FrameTracer } from '../protocol/trace.ts';
import type { SendData, TransportFactory } from '../transport/transport.ts';
import type { Backoff, BackoffOptions } from './backoff.ts';
import type { StateChange } from './connection-state.ts';
import type { AttemptInfo, HandshakeCredentials } from './credentials.ts';
import type { Environment } from './environment.ts';
import type { HeartbeatOptions } from './heartbeat.ts';
import type { Probe } from './probe.ts';
import type { RetryPolicy } from './retry-policy.ts';

/**
 * Where to connect: fixed, or asked for before every attempt (1 for the first), for tickets in the URL and the like. Of a
 * list the first is tried first; an attempt that fails goes on to the next, and a client that is connected stays where it
 * is.
 */
export type UrlSource =
  | string
  | URL
  | readonly (string | URL)[]
  | ((attempt: number) => string | URL | Promise<string | URL>);

/** When to try again. */
export interface ReconnectSettings {
  /** The times of the default backoff. */
  readonly times: BackoffOptions;
  /** How long to wait. */
  readonly backoff: Backoff;
  /** Whether to try at all. */
  readonly policy: RetryPolicy;
  /** Attempts in a row before giving up. `Infinity`: never. */
  readonly maxAttempts: number;
  /** Asked what a refusal was that says nothing of itself. */
  readonly probe?: Probe | undefined;
}

/**
 * The line as a login sees it: open, but not ready. What the server sends and the login does not read is delivered
 * as ordinary messages afterwards.
 */
export interface LoginLine {
  /** Sends a message. */
  send(data: SendData): void;
  /**
   * The next message of the server's.
   *
   * @throws ConnectionError when the line ends first, or nothing comes within `timeout` milliseconds. Default 10,000;
   * `Infinity` waits as long as the line lives.
   */
  receive(timeout?: number): Promise<string | Uint8Array>;
  /**
   * Takes over the heartbeat's interval from the server, in milliseconds, where its greeting names one: with a ping of
   * ours we ask that often; without one the server is expected to speak that often. What is no such number is ignored, and
   * what is less than 1,000 counts as that.
   */
  announce(interval: number): void;
  /** The client's time, in milliseconds, for a deadline over several messages. Only differences mean something. */
  now(): number;
  /** Aborted when the line ends or the client is closed. */
  readonly signal: AbortSignal;
  /** Which attempt in a row this is: 1 for the first. */
  readonly attempt: number;
}

/** Everything that a connection is made of. */
export interface ConnectionOptions {
  /** Where to. */
  readonly url: UrlSource;
  /** Subprotocols to offer, in order of preference. */
  readonly protocols: readonly string[];
  /** How bytes travel. */
  readonly transport: TransportFactory;
  /** Undefined: one attempt, and no other after a loss. */
  readonly reconnect: ReconnectSettings | undefined;
  /** How long an attempt may take. */
  readonly times: BackoffOptions;
  /** Milliseconds that closing may take. */
  readonly closeTimeout: number;
  /** Undefined: the line is not watched. */
  readonly heartbeat: HeartbeatOptions | undefined;
  /** Runs on every new line before it is ready. Rejecting with an AuthError ends the connection, with any other the line. */
  readonly login: ((line: LoginLine) => Promise<void>) | undefined;
  /** Asked before every attempt for credentials that travel in the handshake. Errors as those of `login`. */
  readonly prepare?:
    | ((info: AttemptInfo) => HandshakeCredentials | PromiseLike<HandshakeCredentials>)
    | undefined;
  /** Gets new credentials after a refusal. Rejecting with an AuthError ends the connection, with any other the attempt. */
  readonly renew?: ((cause: unknown, info: AttemptInfo) => void | PromiseLike<void>) | undefined;
  /** What tells of the network and the page. Undefined: nothing does. */
  readonly environment?: Environment | undefined;
  /** What the server may make us hold. */
  readonly limits: Limits;
  /** The source of time. */
  readonly clock: Clock;
  /** The source of chance. */
  readonly random: RandomSource;
  /** Sees every frame. */
  readonly trace?: FrameTracer | undefined;
}

/** Who is told what happens. A method may call back into the connection. */
export interface ConnectionObserver {
  /** The status changed. */
  stateChanged(change: StateChange): void;
  /** A message came on a ready line, and is not part of the heartbeat. */
  message(data: string | Uint8Array): void;
  /** The line is ready for messages. Called after the change of state. */
  ready(epoch: number): void;
  /** The socket takes data again. */
  drain(): void;
  /** A round trip was measured. */
  measured(rtt: number, smoothed: number): void;
  /** An attempt failed, or a line ended. Called before the change of state. */
  lineEnded(closure: Closure): void;
  /**
   * Nothing more will happen until `connect()`: `error` says why, unless the caller asked for it. A `connect()` called from
   * here, or while closing, begins when everybody has been told.
   */
  closed(closure: Closure, error: HoldlineError | UsageError | undefined): void;
}
