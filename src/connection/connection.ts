import type { TimerHandle } from '../base/clock.ts';
import { type Deferred, deferred } from '../base/deferred.ts';
import {
  type AuthError,
  ConnectionError,
  HandshakeError,
  type HandshakeErrorCode,
  type HandshakePhase,
  type HoldlineError,
  type UsageError,
} from '../base/errors.ts';
import { CloseCode, checkCloseArguments } from '../protocol/close-code.ts';
import type { Closure } from '../protocol/closure.ts';
import type { SendData } from '../transport/transport.ts';
import { connectTimeout } from './backoff.ts';
import type {
  ConnectionObserver,
  ConnectionOptions,
  Diagnosis,
  ReconnectSettings,
} from './connection-options.ts';
import {
  CONNECTION_STATES,
  type ConnectionState,
  INITIAL_STATE,
  nextStatus,
  type StateReason,
  type Step,
} from './connection-state.ts';
import { isKind } from './error-kind.ts';
import { guarded } from './guarded.ts';
import { Line } from './line.ts';
import { defaultRetryPolicy } from './retry-policy.ts';

/** How long a line must have been ready before its loss counts as the first failure again, in milliseconds. */
const STABLE_AFTER_MS = 5_000;

/** Keeps one line to a server alive: connects, logs in, watches, waits, tries again. */
export class Connection {
  readonly #options: ConnectionOptions;
  readonly #observer: ConnectionObserver;
  #state: ConnectionState = INITIAL_STATE;
  #line: Line | undefined;
  /** The next attempt, or the deadline of the URL that is awaited. */
  #timer: TimerHandle | undefined;
  /** Attempts begun since the last line that proved stable. */
  #attempts = 0;
  /** Lines lost and attempts failed in a row, the loss of a stable line being the first. */
  #failures = 0;
  #readyAt: number | undefined;
  /** The line has shown its use: a reply came. */
  #useful = false;
  /** The observer is being told that the line has ended: what follows is decided when it has returned. */
  #tellingEnd = false;
  /** The observer is being told of the end of everything. */
  #concluding = false;
  /** `connect()` was called while ending, for this reason: the next life begins when this one is over. */
  #next: StateReason | undefined;
  #closing: Deferred<Closure> | undefined;
  /** What the last `close()`, or giving up, ended with. */
  #ended: Closure = neverOpened();
  #lastClosure: Closure | undefined;
  #lastError: HoldlineError | UsageError | undefined;
  #rule: string | undefined;

  constructor(options: ConnectionOptions, observer: ConnectionObserver) {
    this.#options = options;
    this.#observer = observer;
  }

  get state(): ConnectionState {
    return this.#state;
  }

  /** Bytes handed to the socket that it has not taken yet. */
  get bufferedAmount(): number {
    return this.#line?.bufferedAmount ?? 0;
  }

  get diagnosis(): Diagnosis {
    return {
      state: this.#state,
      lastClosure: this.#lastClosure,
      lastError: this.#lastError,
      rule: this.#rule,
    };
  }

  /**
   * Begins to connect, at once. Does nothing while a line is there; a wait is cut short. While closing, the connection
   * begins anew when it is closed.
   */
  connect(reason: StateReason = 'connect called'): void {
    const { status } = this.#state;
    if (this.#concluding || status === 'closing') {
      this.#next = reason;
      return;
    }
    if (CONNECTION_STATES[status].hasLine) return;
    if (CONNECTION_STATES[status].terminal) this.#forgetFailures();
    this.#clearTimer();
    this.#begin(reason);
  }

  /** Hands a message to the socket. False, taking nothing, unless ready. */
  send(data: SendData): boolean {
    return this.#state.status === 'ready' && this.#line !== undefined && this.#line.send(data);
  }

  /** The line has proved useful: the next loss starts the backoff from its beginning. */
  markUseful(): void {
    this.#useful = true;
  }

  /**
   * Ends the connection for good, politely if there is a line. Always resolves; at the latest after `closeTimeout`.
   *
   * @throws UsageError `INVALID_CLOSE` for a code or reason that cannot be sent
   */
  close(code?: number, reason?: string): Promise<Closure> {
    checkCloseArguments(code, reason);
    const { status } = this.#state;
    this.#next = undefined;
    if (this.#closing !== undefined) return this.#closing.promise;
    if (CONNECTION_STATES[status].terminal) return Promise.resolve(this.#ended);
    this.#clearTimer();
    const closing = deferred<Closure>();
    this.#closing = closing;
    if (!CONNECTION_STATES[status].hasLine) {
      this.#conclude('close', 'close called', neverOpened(), undefined);
      return closing.promise;
    }
    const line = this.#line;
    this.#move('close', 'close called');
    if (line !== undefined) line.close(code, reason);
    else if (!this.#tellingEnd) this.#onLineEnd(neverOpened()); // the URL was still awaited
    return closing.promise;
  }

  #begin(reason: StateReason): void {
    this.#useful = false;
    this.#readyAt = undefined;
    const attempt = ++this.#attempts;
    if (!this.#move('connect', reason, { attempt })) return;
    const { url } = this.#options;
    if (typeof url !== 'function') return this.#dial(url);
    const state = this.#state;
    let target: ReturnType<typeof url>;
    try {
      target = url(attempt);
    } catch (error) {
      if (this.#state === state) this.#onBadUrl(error);
      return;
    }
    if (isPromise(target)) this.#awaitUrl(target, state);
    else if (this.#state === state) this.#dial(target);
  }

  /** Only the attempt that asked takes the answer: until then its `state` stays the same object. */
  #awaitUrl(source: PromiseLike<string | URL>, state: ConnectionState): void {
    const { clock, times } = this.#options;
    const timeout = connectTimeout(state.attempt, times);
    const settled = (then: () => void): void => {
      if (this.#state !== state) return;
      this.#clearTimer();
      then();
    };
    // The function may itself have closed the connection.
    if (timeout > 0 && this.#state === state) {
      const late = failedStart('TIMEOUT', 'url', `The function given as url took longer than ${timeout} ms.`);
      this.#timer = clock.setTimer(() => settled(() => this.#onLineEnd(late)), timeout);
    }
    source.then(
      (target) => settled(() => this.#dial(target)),
      (error) => settled(() => this.#onBadUrl(error)),
    );
  }

  #dial(target: string | URL): void {
    const { options, observer } = { options: this.#options, observer: this.#observer };
    const { attempt } = this.#state;
    const line: Line = new Line(options, {
      open: () => this.#move('open', 'line opened'),
      ready: () => this.#onReady(),
      message: (data) => observer.message(data),
      drain: () => observer.drain(),
      measured: (rtt, smoothed) => {
        this.#state = Object.freeze({ ...this.#state, rtt });
        observer.measured(rtt, smoothed);
      },
      ended: (closure, loginError) => this.#onLineEnd(closure, loginError),
    });
    this.#line = line;
    try {
      line.dial(String(target), { attempt, timeout: connectTimeout(attempt, options.times) });
    } catch (error) {
      this.#line = undefined;
      this.#onBadStart(error, 'CONNECT', 'tcp', 'The transport could not be started. See the cause.');
    }
  }

  #onBadUrl(error: unknown): void {
    this.#onBadStart(error, 'URL_SOURCE', 'url', 'The function given as url failed. See the cause.');
  }

  /** The attempt could not even begin: a wrong option ends everything, anything else is retried. */
  #onBadStart(error: unknown, code: HandshakeErrorCode, phase: HandshakePhase, message: string): void {
    if (!isKind(error, 'UsageError')) return this.#onLineEnd(failedStart(code, phase, message, error));
    this.#lastError = error;
    this.#rule = 'the options are wrong';
    this.#conclude('stop', 'gave up', neverOpened(), error);
  }

  #onReady(): void {
    const epoch = this.#state.epoch + 1;
    const reason = this.#options.login === undefined ? 'line opened' : 'login accepted';
    this.#readyAt = this.#options.clock.now();
    if (this.#move('ready', reason, { epoch })) this.#observer.ready(epoch);
  }

  #onLineEnd(closure: Closure, loginError?: AuthError): void {
    const wasReady = this.#state.status === 'ready';
    this.#line = undefined;
    this.#lastClosure = closure;
    const error = loginError ?? closure.error;
    if (error !== undefined) this.#lastError = error;
    this.#tellingEnd = true;
    this.#observer.lineEnded(closure);
    this.#tellingEnd = false;
    if (this.#state.status === 'closing') {
      this.#conclude('end', 'closed', closure, undefined);
      return;
    }
    if (this.#provedStable()) this.#forgetFailures();
    this.#failures++;
    this.#decide(closure, loginError, wasReady);
  }

  #forgetFailures(): void {
    this.#attempts = 0;
    this.#failures = 0;
  }

  #provedStable(): boolean {
    if (this.#readyAt === undefined) return false;
    return this.#useful || this.#options.clock.now() - this.#readyAt >= STABLE_AFTER_MS;
  }

  #decide(closure: Closure, loginError: AuthError | undefined, wasReady: boolean): void {
    const { reconnect, random, clock } = this.#options;
    if (loginError !== undefined) return this.#stop('the login was refused', closure, loginError);
    if (reconnect === undefined) return this.#stop('reconnect is switched off', closure, closure.error);
    if (this.#attempts >= reconnect.maxAttempts) {
      return this.#stop(`${this.#attempts} attempts in a row failed`, closure, closure.error);
    }
    const ask = (): ReturnType<typeof defaultRetryPolicy> => defaultRetryPolicy(closure, random);
    const decision = guarded(() => reconnect.policy(closure, random)) ?? ask();
    if (decision.action === 'stop') return this.#stop(decision.rule, closure, closure.error);
    this.#rule = decision.rule;
    const delay = this.#delay(reconnect, decision.delay);
    const reason = wasReady ? 'line lost' : 'attempt failed';
    if (!this.#move('lose', reason, { retryAt: clock.wallTime() + delay })) return;
    this.#timer = clock.setTimer(() => {
      this.#timer = undefined;
      this.#begin('retry is due');
    }, delay);
  }

  /** A server's hint is the least to wait; a hint of nothing must not turn into a loop without backoff. */
  #delay({ backoff, times }: ReconnectSettings, hint = 0): number {
    const delay = guarded(() => backoff(this.#failures, this.#options.random));
    // A backoff that is no number of milliseconds would fire at once, again and again.
    const isDelay = typeof delay === 'number' && Number.isFinite(delay) && delay >= 0;
    return Math.max(Number.isFinite(hint) ? hint : 0, isDelay ? delay : times.maxDelay);
  }

  #stop(rule: string, closure: Closure, error: HoldlineError | undefined): void {
    this.#rule = rule;
    this.#lastError = error ?? endedByServer(closure);
    this.#conclude('stop', 'gave up', closure, this.#lastError);
  }

  /** The end of everything, told to all before anything new may begin. */
  #conclude(
    step: Step,
    reason: StateReason,
    closure: Closure,
    error: HoldlineError | UsageError | undefined,
  ): void {
    const closing = this.#closing;
    this.#concluding = true;
    this.#ended = closure;
    this.#move(step, reason);
    this.#closing = undefined;
    this.#observer.closed(closure, error);
    this.#concluding = false;
    closing?.resolve(closure);
    const next = this.#next;
    this.#next = undefined;
    if (next !== undefined) this.connect(next);
  }

  #clearTimer(): void {
    this.#options.clock.clearTimer(this.#timer);
    this.#timer = undefined;
  }

  /** Takes a step of the table. False if whoever was told of it has moved on: then the caller has nothing more to do. */
  #move(step: Step, reason: StateReason, changes: Partial<ConnectionState> = {}): boolean {
    const previous = this.#state;
    const current = Object.freeze({
      ...previous,
      retryAt: undefined,
      ...changes,
      status: nextStatus(previous.status, step),
      reason,
    });
    this.#state = current;
    this.#observer.stateChanged({ previous, current });
    return this.#state === current;
  }
}

function isPromise(value: string | URL | PromiseLike<string | URL>): value is PromiseLike<string | URL> {
  return typeof (value as { then?: unknown } | undefined)?.then === 'function';
}

function neverOpened(): Closure {
  return { code: CloseCode.abnormal, reason: '', wasClean: false };
}

function failedStart(
  code: HandshakeErrorCode,
  phase: HandshakePhase,
  message: string,
  ...cause: unknown[]
): Closure {
  const evidence = cause.length === 0 ? { phase } : { phase, cause: cause[0] };
  return { ...neverOpened(), error: new HandshakeError(code, message, evidence) };
}

function endedByServer(closure: Closure): ConnectionError {
  return new ConnectionError(
    'CONNECTION_CLOSED',
    `The server closed the connection with the code ${closure.code}, and no further attempt is made.`,
    { received: closure.received, sent: closure.sent },
  );
}
