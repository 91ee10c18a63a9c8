import type { TimerHandle } from '../base/clock.ts';
import { type Deferred, deferred } from '../base/deferred.ts';
import {
  type AuthError,
  ConnectionError,
  HandshakeError,
  type HoldlineError,
  UsageError,
} from '../base/errors.ts';
import { CloseCode } from '../protocol/close-code.ts';
import type { Closure } from '../protocol/closure.ts';
import type { SendData } from '../transport/transport.ts';
import { connectTimeout } from './backoff.ts';
import type { ConnectionObserver, ConnectionOptions, Diagnosis } from './connection-options.ts';
import {
  CONNECTION_STATES,
  type ConnectionState,
  INITIAL_STATE,
  nextStatus,
  type StateReason,
  type Step,
} from './connection-state.ts';
import { Line } from './line.ts';

/** How long a line must have been ready before its loss counts as the first failure again, in milliseconds. */
const STABLE_AFTER_MS = 5_000;

/** Keeps one line to a server alive: connects, logs in, watches, waits, tries again. */
export class Connection {
  readonly #options: ConnectionOptions;
  readonly #observer: ConnectionObserver;
  #state: ConnectionState = INITIAL_STATE;
  #line: Line | undefined;
  #retryTimer: TimerHandle | undefined;
  /** Attempts begun since the last line that proved stable. */
  #attempts = 0;
  /** Lines lost and attempts failed in a row, the loss of a stable line being the first. */
  #failures = 0;
  #readyAt: number | undefined;
  /** The line has shown its use: a reply came. */
  #useful = false;
  #closing: Deferred<Closure> | undefined;
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

  /** Begins to connect, at once. Does nothing while a line is there; a wait is cut short. */
  connect(reason: StateReason = 'connect called'): void {
    const { status } = this.#state;
    if (CONNECTION_STATES[status].hasLine) return;
    if (CONNECTION_STATES[status].terminal) this.#forgetFailures();
    this.#clearRetry();
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

  /** Ends the connection for good, politely if there is a line. Always resolves; at the latest after `closeTimeout`. */
  close(code?: number, reason?: string): Promise<Closure> {
    const { status } = this.#state;
    if (this.#closing !== undefined) return this.#closing.promise;
    if (CONNECTION_STATES[status].terminal) return Promise.resolve(this.#lastClosure ?? neverOpened());
    this.#clearRetry();
    const closing = deferred<Closure>();
    if (this.#line === undefined && status !== 'connecting') {
      this.#move('close', 'close called');
      this.#finish(neverOpened(), undefined);
      return Promise.resolve(neverOpened());
    }
    this.#closing = closing;
    this.#move('close', 'close called');
    if (this.#line !== undefined) this.#line.close(code, reason);
    else this.#onLineEnd(neverOpened()); // the URL was still awaited
    return closing.promise;
  }

  #begin(reason: StateReason): void {
    this.#useful = false;
    this.#readyAt = undefined;
    const attempt = ++this.#attempts;
    this.#move('connect', reason, { attempt });
    // A listener of the change may have closed the connection.
    if (this.#state.status !== 'connecting' || this.#attempts !== attempt) return;
    const { url } = this.#options;
    try {
      const target = typeof url === 'function' ? url(attempt) : url;
      if (typeof target === 'string' || target instanceof URL) this.#dial(target);
      else this.#awaitUrl(target);
    } catch (error) {
      this.#onBadStart(error);
    }
  }

  #awaitUrl(source: Promise<string | URL>): void {
    const { attempt } = this.#state;
    const isCurrent = (): boolean =>
      this.#state.status === 'connecting' && this.#state.attempt === attempt && this.#line === undefined;
    source.then(
      (target) => {
        if (!isCurrent()) return;
        try {
          this.#dial(target);
        } catch (error) {
          this.#onBadStart(error);
        }
      },
      (error) => {
        if (isCurrent()) this.#onBadStart(error);
      },
    );
  }

  #dial(target: string | URL): void {
    const { options, observer } = { options: this.#options, observer: this.#observer };
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
    line.dial(String(target), {
      attempt: this.#state.attempt,
      timeout: connectTimeout(this.#state.attempt, options.times),
    });
  }

  /** The attempt could not even begin: a wrong option ends everything, a URL that could not be had is retried. */
  #onBadStart(error: unknown): void {
    this.#line = undefined;
    if (error instanceof UsageError) {
      this.#lastError = error;
      this.#rule = 'the options are wrong';
      this.#move('stop', 'gave up');
      this.#finish(neverOpened(), error);
      return;
    }
    this.#onLineEnd({
      ...neverOpened(),
      error: new HandshakeError('URL_SOURCE', 'The function given as url failed. See the cause.', {
        phase: 'url',
        cause: error,
      }),
    });
  }

  #onReady(): void {
    const epoch = this.#state.epoch + 1;
    const reason = this.#options.login === undefined ? 'line opened' : 'login accepted';
    this.#readyAt = this.#options.clock.now();
    this.#move('ready', reason, { epoch });
    // A listener of the change may have closed the connection.
    if (this.#state.status === 'ready' && this.#state.epoch === epoch) this.#observer.ready(epoch);
  }

  #onLineEnd(closure: Closure, loginError?: AuthError): void {
    const wasReady = this.#state.status === 'ready';
    this.#line = undefined;
    this.#lastClosure = closure;
    const error = loginError ?? closure.error;
    if (error !== undefined) this.#lastError = error;
    this.#observer.lineEnded(closure);
    if (this.#state.status === 'closing') {
      this.#move('end', 'closed');
      this.#finish(closure, undefined);
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
    const decision = reconnect.policy(closure, random);
    if (decision.action === 'stop') return this.#stop(decision.rule, closure, closure.error);
    this.#rule = decision.rule;
    // A server's hint is the least to wait; a hint of nothing must not turn into a loop without backoff.
    const delay = Math.max(decision.delay ?? 0, reconnect.backoff(this.#failures, random));
    this.#move('lose', wasReady ? 'line lost' : 'attempt failed', { retryAt: clock.wallTime() + delay });
    // A listener of the change may have closed the connection, or started the next attempt.
    if (this.#state.status !== 'waiting') return;
    this.#retryTimer = clock.setTimer(() => {
      this.#retryTimer = undefined;
      this.#begin('retry is due');
    }, delay);
  }

  #stop(rule: string, closure: Closure, error: HoldlineError | undefined): void {
    this.#rule = rule;
    this.#move('stop', 'gave up');
    this.#finish(closure, error ?? endedByServer(closure));
  }

  #finish(closure: Closure, error: HoldlineError | UsageError | undefined): void {
    const closing = this.#closing;
    this.#closing = undefined;
    this.#observer.closed(closure, error);
    closing?.resolve(closure);
  }

  #clearRetry(): void {
    this.#options.clock.clearTimer(this.#retryTimer);
    this.#retryTimer = undefined;
  }

  #move(step: Step, reason: StateReason, changes: Partial<ConnectionState> = {}): void {
    const previous = this.#state;
    const status = nextStatus(previous.status, step);
    const retryAt = status === 'waiting' ? previous.retryAt : undefined;
    this.#state = Object.freeze({ ...previous, retryAt, ...changes, status, reason });
    this.#observer.stateChanged({ previous, current: this.#state });
  }
}

function neverOpened(): Closure {
  return { code: CloseCode.abnormal, reason: '', wasClean: false };
}

function endedByServer(closure: Closure): ConnectionError {
  return new ConnectionError(
    'CONNECTION_CLOSED',
    `The server closed the connection with the code ${closure.code}, and no further attempt is made.`,
    { received: closure.received, sent: closure.sent },
  );
}
