import type { TimerHandle } from '../base/clock.ts';
import { type Deferred, deferred } from '../base/deferred.ts';
import { isolated } from '../base/emitter.ts';
import { ConnectionError, type HoldlineError, isKind, UsageError } from '../base/errors.ts';
import { CloseCode, checkCloseArguments } from '../protocol/close-code.ts';
import type { Closure } from '../protocol/closure.ts';
import type { MessageOptions, SendData } from '../transport/transport.ts';
import { Connection } from './connection.ts';
import type { ConnectionObserver, ConnectionOptions } from './connection-options.ts';
import { type ConnectionState, nextStatus, type StateReason, type Step } from './connection-state.ts';
import { type Diagnosis, diagnose } from './diagnosis.ts';
import { addressesOf } from './target.ts';

/** What a client sees of its connection. */
export type KeptConnection = Pick<Connection, keyof Connection>;

/** Who is told what happens, on several lines at once. A line is named by its epoch. */
export interface HandoverObserver extends ConnectionObserver {
  /** As in {@link ConnectionObserver}; `epoch` names a line that has been handed over, and finishes what is under way. */
  message(data: string | Uint8Array, epoch?: number): void;
  /** Whether something is under way on this line that only it can finish. */
  isBusy(epoch: number): boolean;
  /** A line that had been handed over is gone. `isClosing`: with the whole client. */
  parted(epoch: number, isClosing: boolean): void;
}

/** How handovers go. */
export interface HandoverSettings {
  /** Milliseconds that the old line has to finish what is under way on it. Default 10,000. */
  readonly deadline: number;
  /**
   * After a word of the server's the handover begins after a delay anywhere in [0, this) milliseconds: all clients hear it
   * at once, and must not all come at once. Default 5,000.
   */
  readonly spread: number;
}

/** What is set for one connection. */
export interface HandoverSetup extends HandoverSettings {
  /** Whether a message says that the line should be handed over. */
  readonly when?: ((message: unknown) => boolean) | undefined;
}

/** The settings in force unless others are given. */
export const DEFAULT_HANDOVER: HandoverSettings = /* @__PURE__ */ Object.freeze({
  deadline: 10_000,
  spread: 5_000,
});

/** One line of several, with the connection that keeps it. */
interface Lane {
  readonly connection: Connection;
  /** What its epochs are added to. */
  base: number;
  /** `next`: not ready yet. `current`: the one that counts. `old`: finishes what is under way on it. */
  role: 'next' | 'current' | 'old';
  /** When an old one is closed at the latest. */
  timer: TimerHandle | undefined;
}

/**
 * A connection that can change its line without a moment without one: the new one is connected and logged in before the
 * old one is let go. To the outside it is one connection with one state, which stays `ready` meanwhile.
 */
export class HandoverConnection implements KeptConnection {
  readonly #options: ConnectionOptions;
  readonly #settings: HandoverSetup;
  readonly #observer: HandoverObserver;
  readonly #old = new Set<Lane>();
  #current: Lane;
  #next: Lane | undefined;
  #state: ConnectionState;
  #handingOver: Deferred<ConnectionState> | undefined;
  /** When a handover begins that the server has asked for. */
  #advised: TimerHandle | undefined;
  /** Addresses that this handover has tried in vain. */
  #tried = 0;
  /** What was known when the present line took over: it explains until there is something newer. */
  #before: Diagnosis | undefined;

  constructor(options: ConnectionOptions, settings: HandoverSetup, observer: HandoverObserver) {
    this.#options = options;
    this.#settings = settings;
    this.#observer = observer;
    this.#current = this.#open('current', 0);
    this.#state = this.#current.connection.state;
  }

  /** Where all of it stands. */
  get state(): ConnectionState {
    return this.#state;
  }

  /** Index of the address in use, where there are several. */
  get address(): number {
    return this.#current.connection.address;
  }

  /** Bytes handed to the socket of the present line that it has not taken yet. */
  get bufferedAmount(): number {
    return this.#current.connection.bufferedAmount;
  }

  /** The answer to "why am I not connected?" */
  get diagnosis(): Diagnosis {
    const own = this.#current.connection.diagnosis;
    const known = own.lastClosure === undefined ? (this.#before ?? own) : own;
    const findings = { ...known, state: this.#state, target: own.target };
    return diagnose(findings, this.#options.clock.wallTime());
  }

  /** Begins to connect, as a {@link Connection} does. */
  connect(reason?: StateReason): void {
    this.#current.connection.connect(reason);
  }

  /** Hands a message to the present line. False, taking nothing, unless ready. */
  send(data: SendData, options?: MessageOptions): boolean {
    return this.#current.connection.send(data, options);
  }

  /** The present line has proved useful. */
  markUseful(): void {
    this.#current.connection.markUseful();
  }

  /** Whether the line with this epoch takes messages: the present one, or an old one that is not closed yet. */
  holds(epoch: number): boolean {
    return this.#laneOf(epoch) !== undefined;
  }

  /** As {@link send}, on the line with this epoch. */
  sendOn(epoch: number, data: SendData): boolean {
    return this.#laneOf(epoch)?.connection.send(data) === true;
  }

  /** Something has been finished: closes the old lines that are not needed any more. */
  review(): void {
    for (const lane of this.#old) if (!this.#observer.isBusy(epochOf(lane))) this.#part(lane);
  }

  /** A message came that may be a word of the server's to get another line. */
  advise(message: unknown): void {
    const { when, spread } = this.#settings;
    if (when === undefined || this.#advised !== undefined || isolated(() => when(message)) !== true) return;
    const { clock, random } = this.#options;
    this.#advised = clock.setTimer(() => {
      this.#advised = undefined;
      this.handover().catch(() => {}); // then the line ends as it would have
    }, random.uniform() * spread);
  }

  /**
   * Gets a new line and lets the old one go, in this order. Of several addresses the ones behind the present are tried
   * first, each once.
   *
   * @returns the state on the new line
   * @throws UsageError `INVALID_STATE` unless ready; ConnectionError `HANDOVER_FAILED`, with the reason as `cause`, if
   * there is no new line. The old one is not touched then.
   */
  handover(): Promise<ConnectionState> {
    if (this.#handingOver !== undefined) return this.#handingOver.promise;
    if (this.#state.status !== 'ready') return Promise.reject(notReady(this.#state.status));
    const handingOver = deferred<ConnectionState>();
    this.#handingOver = handingOver;
    this.#tried = 0;
    this.#forgetAdvice();
    this.#dial();
    return handingOver.promise;
  }

  /**
   * Ends all lines for good. Always resolves, with the end of the present one; at the latest after `closeTimeout`.
   *
   * @throws UsageError `INVALID_CLOSE` for a code or reason that cannot be sent
   */
  close(code?: number, reason?: string): Promise<Closure> {
    checkCloseArguments(code, reason);
    this.#forgetAdvice();
    const next = this.#next;
    this.#next = undefined;
    const closing = [this.#current, ...this.#old, ...(next === undefined ? [] : [next])];
    this.#fail(closedMeanwhile());
    const all = closing.map(({ connection }) => connection.close(code, reason));
    return Promise.all(all).then(([closure]) => closure as Closure);
  }

  #dial(): void {
    const address = (this.address + 1 + this.#tried) % addressesOf(this.#options.url).length;
    const next = this.#open('next', this.#state.epoch, address);
    this.#next = next;
    next.connection.connect();
  }

  #open(role: Lane['role'], base: number, address?: number): Lane {
    const { environment, reconnect } = this.#options;
    const isCurrent = (): boolean => lane.role === 'current';
    const options: ConnectionOptions = {
      ...this.#options,
      // Only the present line is kept alive.
      get reconnect() {
        return isCurrent() ? reconnect : undefined;
      },
      environment: environment && {
        get online() {
          return environment.online;
        },
        watch: (listener) =>
          environment.watch((event) => {
            if (isCurrent()) listener(event);
          }),
      },
    };
    const observer = this.#observer;
    const told: ConnectionObserver = {
      stateChanged: () => isCurrent() && this.#follow(lane),
      message: (data) => observer.message(data, epochOf(lane)),
      ready: () => this.#onReady(lane),
      drain: () => isCurrent() && observer.drain(),
      measured: (rtt, smoothed) => {
        if (!isCurrent()) return;
        this.#state = this.#seen(lane);
        observer.measured(rtt, smoothed);
      },
      lineEnded: (closure) => this.#onLineEnded(lane, closure),
      closed: (closure, error) => this.#onClosed(lane, closure, error),
    };
    const connection = new Connection(options, told, address);
    const lane: Lane = { connection, base, role, timer: undefined };
    return lane;
  }

  #onReady(lane: Lane): void {
    if (lane.role === 'current') {
      const handingOver = this.#handingOver;
      this.#handingOver = undefined;
      this.#observer.ready(this.#state.epoch);
      handingOver?.resolve(this.#state); // the old line had been lost meanwhile
      return;
    }
    const old = this.#current;
    old.role = 'old';
    this.#old.add(old);
    this.#adopt(lane);
    const handingOver = this.#handingOver;
    this.#handingOver = undefined;
    const { clock } = this.#options;
    old.timer = clock.setTimer(() => this.#part(old), this.#settings.deadline);
    const { epoch } = this.#state;
    this.#move('handover', 'line handed over', this.#seen(lane));
    if (this.holds(epoch + 1)) this.#observer.ready(epoch + 1);
    handingOver?.resolve(this.#state);
    this.review();
  }

  /** Makes the next line the one that counts. */
  #adopt(lane: Lane): void {
    this.#before = this.#current.connection.diagnosis;
    lane.role = 'current';
    this.#current = lane;
    this.#next = undefined;
  }

  /** What the present connection has become. */
  #follow(lane: Lane): void {
    const previous = this.#state;
    const current = this.#seen(lane);
    if (current.status === 'waiting' && current.retryAt === undefined) {
      // The page is put away: the other lines would die unseen, like this one.
      this.#callOff(lostMeanwhile());
      for (const old of this.#old) this.#part(old);
    } else if (current.status === 'waiting' && this.#next !== undefined) {
      this.#takeOver(lane, this.#next);
      return;
    }
    this.#state = current;
    this.#observer.stateChanged({ previous, current });
  }

  /** The old line is lost before the new one is ready: that one is all there is, and counts from now on. */
  #takeOver(lost: Lane, next: Lane): void {
    lost.role = 'old'; // it waits for an attempt that is not to be made
    this.#adopt(next);
    void lost.connection.close();
    const seen = this.#seen(next);
    const { status } = seen;
    this.#move('takeOver', 'line lost', { ...seen, status: 'connecting' });
    if (status === 'authenticating' && this.#state.status === 'connecting') {
      this.#move('open', 'line opened', seen);
    }
  }

  #onLineEnded(lane: Lane, closure: Closure): void {
    if (lane.role !== 'current') return;
    this.#forgetAdvice(); // that line is gone already
    this.#observer.lineEnded(closure);
  }

  #onClosed(lane: Lane, closure: Closure, error: HoldlineError | UsageError | undefined): void {
    if (lane.role === 'next') {
      if (this.#next !== lane) return; // called off
      this.#next = undefined;
      this.#tried++;
      const mayGoOn = !isKind(error, 'AuthError') && !isKind(error, 'UsageError');
      if (mayGoOn && this.#tried < addressesOf(this.#options.url).length) this.#dial();
      else this.#fail(handoverFailed(error));
      return;
    }
    if (lane.role === 'old') {
      if (!this.#old.delete(lane)) return; // lost, and taken over from
      this.#options.clock.clearTimer(lane.timer);
      this.#observer.parted(epochOf(lane), this.#isEnding);
      return;
    }
    this.#callOff(error === undefined ? closedMeanwhile() : handoverFailed(error));
    this.#observer.closed(closure, error);
  }

  #forgetAdvice(): void {
    this.#options.clock.clearTimer(this.#advised);
    this.#advised = undefined;
  }

  get #isEnding(): boolean {
    const { status } = this.#state;
    return status === 'closing' || status === 'closed';
  }

  #callOff(error: ConnectionError): void {
    const next = this.#next;
    this.#next = undefined;
    void next?.connection.close();
    this.#fail(error);
  }

  #fail(error: ConnectionError): void {
    const handingOver = this.#handingOver;
    this.#handingOver = undefined;
    handingOver?.reject(error);
  }

  /** Closes a line that has been handed over. */
  #part(lane: Lane): void {
    this.#options.clock.clearTimer(lane.timer);
    void lane.connection.close(CloseCode.normal);
  }

  #laneOf(epoch: number): Lane | undefined {
    const isIt = (lane: Lane): boolean => lane.connection.state.status === 'ready' && epochOf(lane) === epoch;
    // Asked for every message.
    return isIt(this.#current) ? this.#current : [...this.#old].find(isIt);
  }

  /** The state of a lane as the outside sees it. */
  #seen(lane: Lane): ConnectionState {
    const { state } = lane.connection;
    return lane.base === 0 ? state : Object.freeze({ ...state, epoch: epochOf(lane) });
  }

  #move(step: Step, reason: StateReason, seen: ConnectionState): void {
    const previous = this.#state;
    const status = nextStatus(previous.status, step);
    const current = Object.freeze({ ...seen, status, reason });
    this.#state = current;
    this.#observer.stateChanged({ previous, current });
  }
}

function epochOf({ base, connection }: Lane): number {
  return base + connection.state.epoch;
}

function notReady(status: string): UsageError {
  return new UsageError('INVALID_STATE', { detail: 'not-ready', status });
}

function handoverFailed(cause: unknown): ConnectionError {
  return new ConnectionError('HANDOVER_FAILED', { detail: 'failed', cause });
}

function lostMeanwhile(): ConnectionError {
  return new ConnectionError('HANDOVER_FAILED', { detail: 'put-away' });
}

function closedMeanwhile(): ConnectionError {
  return new ConnectionError('HANDOVER_FAILED', { detail: 'closed' });
}
