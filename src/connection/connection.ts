import type { TimerHandle } from '../base/clock.ts';
import { type Deferred, deferred } from '../base/deferred.ts';
import { ConnectionError, type HoldlineError, isKind, type UsageError } from '../base/errors.ts';
import { CloseCode, checkCloseArguments } from '../protocol/close-code.ts';
import type { Closure } from '../protocol/closure.ts';
import type { MessageOptions, SendData } from '../transport/transport.ts';
import { Attempt, neverOpened } from './attempt.ts';
import type { ConnectionObserver, ConnectionOptions } from './connection-options.ts';
import {
  CONNECTION_STATES,
  type ConnectionState,
  INITIAL_STATE,
  nextStatus,
  type StateReason,
  type Step,
} from './connection-state.ts';
import { type Diagnosis, diagnose, type ReachedPhase, reachedPhase } from './diagnosis.ts';
import {
  AFTERMATH_MS,
  ENVIRONMENT_RESPONSES,
  type EnvironmentEvent,
  OFFLINE_WAIT_MS,
} from './environment.ts';
import { FIRST_TARGET } from './failover.ts';
import type { LineEnd } from './line.ts';
import { TrackRecord } from './track-record.ts';
import { judge, localDelay } from './verdict.ts';

/** Keeps one line to a server alive: connects, logs in, watches, waits, tries again. */
export class Connection {
  readonly #options: ConnectionOptions;
  readonly #observer: ConnectionObserver;
  readonly #record: TrackRecord;
  #state: ConnectionState = INITIAL_STATE;
  /** The attempt under way, or the one whose line this is. */
  #attempt: Attempt | undefined;
  /** A line that was let go, and is still closing. */
  #parting: Attempt | undefined;
  /** The next attempt. */
  #timer: TimerHandle | undefined;
  /** Before this moment of the wall clock the server does not want to see us. */
  #notBefore = 0;
  /** Milliseconds that the server asked for then: more is never waited, wherever the wall clock has been set. */
  #hint = 0;
  /** When the page was thawed, until a line or an attempt ends. */
  #wokeAt = Number.NaN;
  /** Why the credentials were refused, as long as there are no new ones. */
  #refusal: HoldlineError | undefined;
  /** New credentials were got, and have not proved good yet. */
  #renewed = false;
  /** The observer is being told of the end of everything. */
  #concluding = false;
  /** `connect()` was called while ending, for this reason: the next life begins when this one is over. */
  #next: StateReason | undefined;
  #closing: Deferred<Closure> | undefined;
  /** What the last `close()`, or giving up, ended with. */
  #ended: Closure = neverOpened();
  #lastClosure: Closure | undefined;
  #lastError: HoldlineError | UsageError | undefined;
  #phase: ReachedPhase | undefined;
  #rule: string | undefined;
  #lastTarget: string | undefined;
  #unwatch: (() => void) | undefined;

  /** @param address - index of the address to begin with, where there are several */
  constructor(options: ConnectionOptions, observer: ConnectionObserver, address = 0) {
    this.#options = options;
    this.#observer = observer;
    this.#record = new TrackRecord(options.clock);
    this.#record.goOn({ ...FIRST_TARGET, index: address });
  }

  /** Where the connection stands: the same object until something changes. */
  get state(): ConnectionState {
    return this.#state;
  }

  /** Index of the address in use, where there are several. */
  get address(): number {
    return this.#record.rotation.index;
  }

  /** Bytes handed to the socket that it has not taken yet. */
  get bufferedAmount(): number {
    return this.#attempt?.bufferedAmount ?? 0;
  }

  /** What is known of the last trouble. */
  get diagnosis(): Diagnosis {
    const findings = {
      state: this.#state,
      lastClosure: this.#lastClosure,
      lastError: this.#lastError,
      phase: this.#phase,
      rule: this.#rule,
      target: this.#attempt?.target ?? this.#lastTarget,
    };
    return diagnose(findings, this.#options.clock.wallTime());
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
    if (CONNECTION_STATES[status].terminal) this.#forget();
    this.#begin(reason);
  }

  /** Hands a message to the socket. False, taking nothing, unless ready. */
  send(data: SendData, options?: MessageOptions): boolean {
    return this.#state.status === 'ready' && this.#attempt?.send(data, options) === true;
  }

  /** The line has proved useful: the next loss starts the backoff from its beginning. */
  markUseful(): void {
    this.#record.useful();
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
    const attempt = this.#attempt;
    this.#move('close', 'close called');
    attempt?.close(code, reason);
    return closing.promise;
  }

  #begin(reason: StateReason): void {
    const { environment } = this.#options;
    this.#clearTimer();
    this.#unwatch ??= environment?.watch((event) => this.#respond(event));
    const number = this.#record.begin();
    const observer = this.#observer;
    const setup = { attempt: number, address: this.address, refusal: this.#refusal };
    const attempt = new Attempt(this.#options, setup, {
      renewed: () => {
        this.#refusal = undefined;
        this.#renewed = true;
      },
      open: () => this.#move('open', 'line opened'),
      ready: () => this.#onReady(),
      message: (data) => observer.message(data),
      drain: () => observer.drain(),
      measured: (rtt, smoothedRtt) => {
        this.#state = Object.freeze({ ...this.#state, rtt, smoothedRtt });
        observer.measured(rtt, smoothedRtt);
      },
      ended: (end) => this.#onEnd(end),
      unusable: (error) => {
        this.#attempt = undefined;
        this.#lastError = error;
        this.#rule = 'the options are wrong';
        this.#conclude('stop', 'gave up', neverOpened(), error);
      },
    });
    this.#attempt = attempt;
    if (this.#move('connect', reason)) attempt.start();
  }

  #onReady(): void {
    const { login, prepare } = this.#options;
    const epoch = this.#state.epoch + 1;
    const reason = login === undefined && prepare === undefined ? 'line opened' : 'login accepted';
    this.#notBefore = 0;
    this.#record.ready();
    if (this.#move('ready', reason, { epoch })) this.#observer.ready(epoch);
  }

  #onEnd(end: LineEnd): void {
    const { status } = this.#state;
    if (!this.#tellEnd(end)) return;
    const wasStable = this.#record.ended();
    // A reply alone does not count: a server that answers one request and refuses then would be asked without end.
    if (this.#record.hasLived) this.#renewed = false;
    const mayRenew = this.#options.renew !== undefined && this.#refusal === undefined && !this.#renewed;
    const hasJustWoken = status === 'ready' && this.#options.clock.now() - this.#wokeAt < AFTERMATH_MS;
    const told = hasJustWoken ? { ...end, isLocal: true } : end;
    this.#wokeAt = Number.NaN;
    const verdict = judge(told, this.#options, { record: this.#record, mayRenew, wasStable });
    const reason = status === 'ready' ? 'line lost' : 'attempt failed';
    this.#rule = verdict.rule;
    if (verdict.action === 'stop') {
      this.#lastError = verdict.error;
      this.#conclude('stop', 'gave up', end.closure, verdict.error);
    } else if (verdict.action === 'renew') {
      this.#refusal = verdict.refusal;
      this.#lastError = verdict.refusal;
      const retryAt = this.#options.clock.wallTime();
      if (this.#move('lose', reason, { retryAt })) this.#begin('credentials refused');
    } else {
      const { hint, delay, rotation } = verdict;
      this.#record.goOn(rotation);
      this.#hint = hint;
      this.#notBefore = this.#options.clock.wallTime() + hint;
      this.#wait('lose', reason, delay);
    }
  }

  /** Tells that the line or the attempt is over. False if everything is, with it. */
  #tellEnd({ closure, loginError }: LineEnd): boolean {
    const { status } = this.#state;
    const error = loginError ?? closure.error;
    this.#lastTarget = this.#attempt?.target ?? this.#lastTarget;
    this.#attempt = undefined;
    this.#lastClosure = closure;
    if (error !== undefined) this.#lastError = error;
    this.#phase = isKind(error, 'HandshakeError') ? error.phase : reachedPhase(status);
    this.#observer.lineEnded(closure);
    if (this.#state.status !== 'closing') return true;
    this.#conclude('end', 'closed', closure, undefined);
    return false;
  }

  /** Waits for the next attempt; without a `delay`, for the page to come back. */
  #wait(step: 'lose' | 'wait', reason: StateReason, delay: number | undefined): void {
    const { clock, environment } = this.#options;
    this.#clearTimer();
    const isOffline = delay !== undefined && environment?.online === false;
    if (isOffline) this.#rule = 'there is no network';
    const time = isOffline ? Math.max(delay, OFFLINE_WAIT_MS) : delay;
    const retryAt = time === undefined ? undefined : clock.wallTime() + time;
    if (!this.#move(step, reason, { retryAt }) || time === undefined) return;
    this.#timer = clock.setTimer(() => this.#begin('retry is due'), time);
  }

  #respond(event: EnvironmentEvent): void {
    if (event === 'resume') this.#wokeAt = this.#options.clock.now();
    switch (ENVIRONMENT_RESPONSES[event][this.#state.status]) {
      case 'probe':
        this.#attempt?.probe();
        break;
      case 'restart':
        this.#record.forget();
        this.#attempt?.abandon(conditionsChanged(), true);
        break;
      case 'hurry':
        this.#hurry(event === 'online' ? 'network is back' : 'page is back');
        break;
      case 'pause':
        this.#wait('wait', 'network is gone', this.#atLeast(OFFLINE_WAIT_MS));
        break;
      case 'leave':
        this.#leave();
    }
  }

  /** What made attempts fail is over, so they count no more. What the server has asked for is waited all the same. */
  #hurry(reason: StateReason): void {
    // From the back/forward cache comes `return`, and `resume` after it.
    if (this.#state.reason === reason) return;
    this.#record.forget();
    this.#rule = reason;
    this.#wait('wait', reason, this.#atLeast(localDelay(this.#options)));
  }

  /** This long from now, or until the server wants to see us again, if that is later. In milliseconds. */
  #atLeast(delay: number): number {
    return Math.max(delay, Math.min(this.#hint, this.#notBefore - this.#options.clock.wallTime()));
  }

  /** The page is put away: its line would die unseen. The browser sends no 1001 for us while the page lives on. */
  #leave(): void {
    const attempt = this.#attempt;
    this.#rule = 'the page was put away';
    if (attempt === undefined) return this.#wait('wait', 'page was put away', undefined);
    attempt.part();
    this.#parting = attempt;
    attempt.close(CloseCode.normal, 'going away');
    const closure = neverOpened();
    if (!this.#tellEnd({ closure })) return;
    if (this.#options.reconnect !== undefined) return this.#wait('lose', 'page was put away', undefined);
    this.#lastError = conditionsChanged();
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
    this.#unwatch?.();
    this.#unwatch = undefined;
    this.#parting?.abandon(conditionsChanged());
    this.#parting = undefined;
    this.#move(step, reason);
    this.#closing = undefined;
    this.#observer.closed(closure, error);
    this.#concluding = false;
    closing?.resolve(closure);
    const next = this.#next;
    this.#next = undefined;
    if (next !== undefined) this.connect(next);
  }

  /** A new life: what was learnt in the last one counts no more. */
  #forget(): void {
    this.#record.forget();
    this.#refusal = undefined;
    this.#renewed = false;
    this.#notBefore = 0;
  }

  #clearTimer(): void {
    this.#options.clock.clearTimer(this.#timer);
    this.#timer = undefined;
  }

  /** Takes a step of the table. False if whoever was told of it has moved on: then the caller has nothing more to do. */
  #move(step: Step, reason: StateReason, changes: Partial<ConnectionState> = {}): boolean {
    const previous = this.#state;
    const status = nextStatus(previous.status, step);
    const measured = CONNECTION_STATES[status].hasLine ? {} : { rtt: undefined, smoothedRtt: undefined };
    const current = Object.freeze({
      ...previous,
      ...measured,
      attempt: this.#record.attempts,
      retryAt: undefined,
      ...changes,
      status,
      reason,
    });
    this.#state = current;
    this.#observer.stateChanged({ previous, current });
    return this.#state === current;
  }
}

function conditionsChanged(): ConnectionError {
  return new ConnectionError('CONNECTION_LOST', { detail: 'conditions-changed' });
}
