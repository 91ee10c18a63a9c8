import type { TimerHandle } from '../base/clock.ts';
import { type Deferred, deferred } from '../base/deferred.ts';
import { ConnectionError, type HoldlineError, type UsageError } from '../base/errors.ts';
import * as CloseCode from '../protocol/close-codes.ts';
import type { Closure } from '../protocol/closure.ts';
import type {
  ConnectionObserver,
  ConnectionOptions,
  Farewell,
  LineEnd,
  LineHandle,
} from './connection-options.ts';
import { Line, neverOpened } from './line.ts';
import { AttemptHistory, decideNext } from './next-attempt.ts';
import {
  CONNECTION_STATES,
  type ConnectionState,
  INITIAL_STATE,
  nextStatus,
  type StateReason,
  type Status,
  type Step,
} from './states.ts';
import { Traffic } from './traffic.ts';
import { type Diagnosis, diagnose, type Findings, reachedPhase } from './why.ts';

/** Keeps one line to a server: connects, waits, tries again. */
export class Connection {
  /** What it is made of. Plugins write into it before the first attempt. */
  readonly options: ConnectionOptions;
  /** How the attempts in a row have gone. */
  readonly history: AttemptHistory = new AttemptHistory();
  readonly #observer: ConnectionObserver;
  #state: ConnectionState = INITIAL_STATE;
  #line: LineHandle | undefined;
  /** The next attempt. */
  #timer: TimerHandle | undefined;
  /** The last trouble, and whether it is over: the connection has been ready since. */
  #findings: Findings = { isOver: true };
  /** A line that was let go, and is still closing. */
  #parting: LineHandle | undefined;
  /** What has crossed all lines. */
  readonly traffic: Traffic = new Traffic();
  /** The end of this life, under way or past. */
  #end: Deferred<Closure> | undefined;
  /** The observer is being told of the end of everything. */
  #isConcluding = false;
  /** `connect()` was called while ending, for this reason: the next life begins when this one is over. */
  #next: StateReason | undefined;

  constructor(options: ConnectionOptions, observer: ConnectionObserver) {
    this.options = options;
    this.#observer = observer;
  }

  /** Where the connection stands: the same object until something changes. */
  get state(): ConnectionState {
    return this.#state;
  }

  /** The line in use, or the attempt under way. */
  get line(): LineHandle | undefined {
    return this.#line;
  }

  /** Whether there is no line, and none to come. */
  get isClosed(): boolean {
    return this.isEnding && !this.isReopening;
  }

  /** Whether it is closed, or about to be. */
  get isEnding(): boolean {
    const { status } = this.#state;
    return status === 'closing' || status === 'closed';
  }

  /** Whether `connect()` was called while it was closing. */
  get isReopening(): boolean {
    return this.#next !== undefined;
  }

  /** What is wrong, if it is known and has not passed. */
  get trouble(): HoldlineError | UsageError | undefined {
    return this.#findings.isOver ? undefined : this.#findings.lastError;
  }

  /** What is known of the last trouble. */
  get diagnosis(): Diagnosis {
    const target = this.#line?.target ?? this.#findings.target;
    const isWatched = this.#line?.isReady === true ? this.#line.isWatched : undefined;
    const wire = this.#line?.wire;
    return diagnose(
      { ...this.#findings, target, wire, isWatched },
      this.#state,
      this.options.clock.wallTime(),
    );
  }

  /**
   * Begins to connect, at once. Does nothing while a line is there; a wait is cut short. While closing, the connection
   * begins anew when it is closed.
   */
  connect(reason: StateReason = 'connect called'): void {
    const { status } = this.#state;
    if (this.#isConcluding || status === 'closing') {
      this.#next = reason;
      return;
    }
    if (CONNECTION_STATES[status].hasLine) return;
    if (CONNECTION_STATES[status].terminal) this.#forget();
    this.#begin(reason);
  }

  /**
   * Gives up the line, or the attempt under way, and begins another one soon. The old one is closed with 4000, not 1000: a
   * server that keeps what it knows of us for a while is not told that we have gone. False if there is none to give up.
   */
  reconnect(why: string): boolean {
    if (this.#line === undefined || this.isEnding) return false;
    this.part(RECONNECT_CODE, why, { givenUp: `reconnect called${why && `: ${why}`}` });
    return true;
  }

  /** The server has said that the line ends: gives it up as {@link reconnect} does, and comes back as it has asked to. */
  leave(goodbye: Farewell): void {
    this.part(goodbye.reconnect === false ? CloseCode.normal : RECONNECT_CODE, '', { goodbye });
  }

  /** Lets the line go, politely, without waiting for it. */
  part(code: number, reason: string, end: Partial<LineEnd>): void {
    const line = this.#line;
    this.#parting?.abandon(conditionsChanged());
    this.#parting = line;
    line?.part(code, reason, end);
  }

  /** Ends the connection for good, politely if there is a line. Always resolves; at the latest after `closeTimeout`. */
  close(code?: number, reason?: string): Promise<Closure> {
    this.#next = undefined;
    const isClosing = this.#end !== undefined;
    this.#end ??= deferred();
    const { promise } = this.#end;
    // The second call waits for them as the first does.
    const others = this.options.beside?.close(code, reason);
    if (isClosing) {
      // The present line, if there is one, knows already.
    } else if (CONNECTION_STATES[this.#state.status].hasLine) {
      const line = this.#line;
      this.#move('close', 'close called');
      line?.close(code, reason);
    } else {
      this.#conclude('close', 'close called', neverOpened());
    }
    return others === undefined ? promise : others.then(() => promise);
  }

  /** While waiting: the next attempt begins in `delay` milliseconds; without, not before the page comes back. */
  wait(reason: StateReason, delay: number | undefined, rule: string = reason): void {
    this.#findings = { ...this.#findings, rule };
    this.#wait('wait', reason, delay);
  }

  /** A line beside the present one. It counts from the moment on when it is ready, and the one before is an old one. */
  openBeside(address: number): LineHandle {
    return this.#open(1, address);
  }

  #begin(reason: StateReason): void {
    const { clock, failover } = this.options;
    clock.clearTimer(this.#timer);
    const line = this.#open(this.history.begin(), failover?.index ?? 0);
    this.#line = line;
    if (this.#move('connect', reason)) line.start();
  }

  #open(attempt: number, address: number): LineHandle {
    const { history, options } = this;
    const observer = this.#observer;
    const isPresent = (): boolean => this.#line === line;
    const line: Line = new Line(
      options,
      { attempt, address, renewal: history.renewal },
      {
        opened: () => isPresent() && this.#move('open', 'connection opened', line.agreed),
        ready: () => this.#onReady(line),
        message: (data) => observer.message(data, line),
        drain: () => isPresent() && observer.drain(),
        measured: (rtt, smoothedRtt) => {
          if (!isPresent()) return;
          this.#state = Object.freeze({ ...this.#state, rtt, smoothedRtt });
          observer.measured(rtt, smoothedRtt);
        },
        ended: (end) => (isPresent() ? this.#onEnd(line, end) : options.beside?.ended(line, end)),
      },
    );
    this.traffic.add(line);
    return line;
  }

  #onReady(line: LineHandle): void {
    const { clock, login, prepare, beside, failover } = this.options;
    const before = this.#line;
    const epoch = this.#state.epoch + 1;
    this.#line = line;
    this.#findings = { ...this.#findings, isOver: true };
    const isFirst = before === undefined || before === line;
    if (!isFirst) beside?.handedOver(before);
    this.history.ready(clock.now(), failover?.index ?? 0);
    if (isFirst) {
      const isLoggedIn = login !== undefined || prepare !== undefined;
      this.#move('ready', isLoggedIn ? 'login accepted' : 'connection opened', { epoch, ...line.agreed });
    } else {
      this.#move('handover', 'handed over', { epoch, ...UNMEASURED, ...line.agreed });
    }
    // Whoever was told of it may have closed the line.
    if (line.isReady) this.#observer.ready(line);
  }

  #onEnd(line: LineHandle, end: LineEnd): void {
    const { status } = this.#state;
    const { clock, surroundings, beside, reconnect } = this.options;
    const { closure, unusable } = end;
    this.#line = undefined;
    this.#findings = { ...this.#findings, target: line.target ?? this.#findings.target };
    if (unusable !== undefined) return this.#giveUp(closure, 'the options are wrong', unusable);
    if (!this.#tellEnd(line, end, status)) return;
    if (end.isLeaving === true) {
      const rule = 'the page was put away';
      if (reconnect === undefined) return this.#giveUp(closure, rule, conditionsChanged());
      this.#findings = { ...this.#findings, rule };
      void beside?.close();
      return this.#wait('lose', 'page was put away', undefined);
    }
    const decision = decideNext(surroundings?.judge(end, status) ?? end, this.options, this.history);
    const lost = status === 'ready' ? 'connection lost' : 'attempt failed';
    const reason = end.givenUp === undefined ? lost : 'reconnect called';
    this.#findings = { ...this.#findings, rule: decision.rule };
    if (decision.action === 'stop') return this.#giveUp(closure, decision.rule, decision.error);
    const next = beside?.takeOver();
    if (next !== undefined) return this.#takeOver(next);
    if (decision.action === 'renew') {
      this.history.renewal.refusal = decision.error;
      this.#findings = { ...this.#findings, lastError: decision.error, isOver: false };
      if (this.#move('lose', reason, { retryAt: clock.wallTime() })) this.#begin('credentials refused');
    } else {
      this.history.asked = { until: clock.wallTime() + decision.hint, delay: decision.hint };
      this.#wait('lose', reason, decision.delay);
    }
  }

  /** Tells that the line or the attempt is over. False if everything is, with it. */
  #tellEnd(line: LineHandle, { closure, loginError }: LineEnd, status: Status): boolean {
    const error = loginError ?? closure.error;
    const phase = reachedPhase(error, status);
    this.#findings = { ...this.#findings, lastClosure: closure, phase };
    if (error !== undefined) this.#findings = { ...this.#findings, lastError: error, isOver: false };
    this.#observer.lineEnded(closure, line);
    if (this.#state.status !== 'closing') return true;
    this.#conclude('end', 'closed', closure);
    return false;
  }

  #giveUp(closure: Closure, rule: string, error: HoldlineError | UsageError): void {
    this.#findings = { ...this.#findings, rule, lastError: error, isOver: false };
    const { beside } = this.options;
    this.#conclude('stop', 'gave up', closure, error);
    // A line of a handover that comes now would come to a closed client.
    void beside?.close();
  }

  /** The line is lost before the next one is ready: that one is all there is, and counts from now on. */
  #takeOver(next: LineHandle): void {
    this.history.begin();
    this.#line = next;
    if (this.#move('takeOver', 'connection lost', UNMEASURED) && next.isLoggingIn)
      this.#move('open', 'connection opened', next.agreed);
  }

  /** Waits for the next attempt; without a `delay`, for the page to come back. */
  #wait(step: 'lose' | 'wait', reason: StateReason, delay: number | undefined): void {
    const { clock, surroundings } = this.options;
    clock.clearTimer(this.#timer);
    const stretched = delay === undefined ? undefined : surroundings?.stretch(delay);
    if (stretched !== undefined) this.#findings = { ...this.#findings, rule: stretched.rule };
    const time = stretched?.delay ?? delay;
    const retryAt = time === undefined ? undefined : Math.round(clock.wallTime() + time);
    if (!this.#move(step, reason, { retryAt }) || time === undefined) return;
    this.#timer = clock.setTimer(() => this.#begin('retry is due'), time);
  }

  /** The end of everything, told to all before anything new may begin. */
  #conclude(
    step: Step,
    reason: StateReason,
    closure: Closure,
    error?: HoldlineError | UsageError | undefined,
  ): void {
    this.#end ??= deferred();
    const { resolve } = this.#end;
    this.options.clock.clearTimer(this.#timer);
    this.#parting?.abandon(conditionsChanged());
    this.#parting = undefined;
    this.#isConcluding = true;
    this.#move(step, reason);
    this.#observer.closed(closure, error);
    this.#isConcluding = false;
    resolve(closure);
    // Not before whoever closed it could connect again: the renewal under way is for the next life too.
    void this.#end.promise.then(() => this.isClosed && this.history.renewal.abort());
    const next = this.#next;
    this.#next = undefined;
    if (next !== undefined) this.connect(next);
  }

  /** A new life: what was learnt in the last one counts no more. */
  #forget(): void {
    const { history } = this;
    this.#end = undefined;
    this.#findings = { ...this.#findings, isOver: true };
    history.forget();
    history.renewal.forget();
  }

  /** Takes a step of the table. False if whoever was told of it has moved on: then the caller has nothing more to do. */
  #move(step: Step, reason: StateReason, changes: Partial<ConnectionState> = {}): boolean {
    const previous = this.#state;
    const status = nextStatus(previous.status, step);
    const measured = CONNECTION_STATES[status].hasLine ? {} : UNMEASURED;
    const current = Object.freeze({
      ...previous,
      ...measured,
      attempt: this.history.attempts,
      retryAt: undefined,
      ...changes,
      status,
      reason,
    });
    this.#state = current;
    const change = { previous, current };
    this.options.surroundings?.stateChanged(change);
    this.#observer.stateChanged(change);
    return this.#state === current;
  }
}

/** The close code of a line that is given up for another: of those for private use (RFC 6455, 7.4.2). */
const RECONNECT_CODE = 4_000;

/** A new line has not been measured yet. */
const UNMEASURED = { rtt: undefined, smoothedRtt: undefined, protocol: undefined, headers: undefined };

/** The error of a line that was given up for something that happened on our side. */
export function conditionsChanged(): ConnectionError {
  return new ConnectionError('CONNECTION_LOST', { detail: 'conditions-changed' });
}
