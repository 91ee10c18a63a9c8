/** A connection that can change its line without a moment without one: the new one is ready before the old one goes. */
import type { TimerHandle } from '../base/clock.ts';
import { type Deferred, deferred } from '../base/deferred.ts';
import { isolated } from '../base/emitter.ts';
import { ConnectionError, UsageError } from '../base/errors.ts';
import { fill } from '../base/need.ts';
import type { Plugin } from '../base/plugin.ts';
import * as CloseCode from '../protocol/close-codes.ts';
import { checkHandover, type HandoverOptions, type HandoverSettings } from './checks.ts';
import type { Connection } from './connection.ts';
import type { Beside, LineEnd, LineHandle } from './connection-options.ts';
import { renewableRefusal, STABLE_AFTER_MS } from './next-attempt.ts';
import type { ConnectionState } from './states.ts';

export type { HandoverOptions, HandoverSettings } from './checks.ts';

/** The settings in force unless others are given. */
export const DEFAULT_HANDOVER: HandoverSettings = /* @__PURE__ */ Object.freeze({
  deadline: 10_000,
  spread: 5_000,
});

/** Most lines that finish what is under way on them, beside the one in use: each handover may leave one. */
export const MAX_OLD_LINES = 4;

/** What the plugin needs of a client, and gives to it. */
export interface HandoverCore {
  /** The connection of the client. */
  readonly connection: Connection;
  /** Whether something is under way on this line that only it can finish. */
  isBusy(line: LineHandle): boolean;
  /** A line that had been handed over is gone. */
  parted(line: LineHandle): void;
  /** Set by the plugin. */
  handover?: Handover | undefined;
}

/** Handovers, as a client sees them. */
export interface Handover {
  /**
   * Gets a new line and lets the old one go, in this order. Of several addresses the ones behind the present are tried
   * first, each once. Within 5 s of the last handover, done or not, it waits for the rest of these.
   *
   * @returns the state on the new line
   * @throws UsageError `INVALID_STATE` unless ready; ConnectionError `HANDOVER_FAILED`, with the reason as `cause`, if
   * there is no new line. The old one is not touched then.
   */
  begin(): Promise<ConnectionState>;
  /** A message came that may be a word of the server's to get another line. */
  advise(message: unknown): void;
  /** The server has said that it wants us on another line: within `spread`, unless that is under way. */
  follow(): void;
  /** The present line is ready, and everybody was told. */
  ready(): void;
  /** The present line is gone, and the word of the server's with it. */
  lineEnded(): void;
  /** Something has been finished: closes the old lines that are not needed any more. */
  review(): void;
  /** There is no line, and none to come, for this reason. */
  closed(error: unknown): void;
}

/**
 * The plugin that makes `client.handover` work.
 *
 * @throws UsageError naming the option that is wrong
 * @example
 * ```ts
 * const client = createClient({ url: 'wss://example.com', use: [handover()] });
 * client.onEvent('restarting', () => client.handover().catch(() => {}));
 * ```
 */
export function handover(options: HandoverOptions = {}): Plugin<HandoverCore, 'handover'> {
  checkHandover(options, handover);
  const settings = fill(DEFAULT_HANDOVER, options);
  const { when } = options;
  return (core) => {
    const { connection } = core;
    const moves = new Handovers(core, { ...settings, when });
    connection.options.beside = moves;
    core.handover = moves;
  };
}

class Handovers implements Beside, Handover {
  readonly #core: HandoverCore;
  readonly #options: HandoverSettings & Pick<HandoverOptions, 'when'>;
  /** Those that finish what is under way on them, with the timer that ends that. A new line that was called off has none. */
  readonly #old = new Map<LineHandle, TimerHandle>();
  /** The line that is not ready yet. */
  #next: LineHandle | undefined;
  /** Whoever waits for the new line. */
  #pending: Deferred<ConnectionState> | undefined;
  /** When the next handover begins: one that the server has asked for, or that comes too soon after another. */
  #timer: TimerHandle | undefined;
  /** Addresses that this handover has tried in vain. */
  #tried = 0;
  /** Whoever waits until all lines are gone. */
  #gone: Deferred<void> | undefined;
  /** When the last handover was over, by the clock. */
  #overAt = Number.NEGATIVE_INFINITY;

  constructor(core: HandoverCore, options: HandoverSettings & Pick<HandoverOptions, 'when'>) {
    this.#core = core;
    this.#options = options;
  }

  begin(): Promise<ConnectionState> {
    if (this.#pending !== undefined) return this.#pending.promise;
    const { status } = this.#core.connection.state;
    if (status !== 'ready')
      return Promise.reject(new UsageError('INVALID_STATE', { detail: 'not-ready', status }));
    const pending = deferred<ConnectionState>();
    this.#pending = pending;
    this.#tried = 0;
    this.lineEnded();
    const { history, options } = this.#core.connection;
    const now = options.clock.now();
    // A server that asks for one on every new line gets no more lines than one that drops them, whoever listens to it.
    const rest = Math.max(this.#overAt + STABLE_AFTER_MS - now, history.restFor(now));
    if (rest > 0) this.#after(rest, () => this.#start());
    else this.#start();
    return pending.promise;
  }

  advise(message: unknown): void {
    const { when } = this.#options;
    if (when !== undefined && isolated(() => when(message)) === true) this.follow();
  }

  follow(): void {
    if (this.#timer !== undefined || this.#pending !== undefined) return; // it is being followed
    const { random } = this.#core.connection.options;
    // If it fails the line ends as it would have.
    this.#after(random.uniform() * this.#options.spread, () => this.begin().catch(() => {}));
  }

  get isUnsettled(): boolean {
    const { clock } = this.#core.connection.options;
    return this.#next !== undefined || clock.now() - this.#overAt < STABLE_AFTER_MS;
  }

  ready(): void {
    const pending = this.#pending;
    // One that waits for its time is not done with the line that it is to replace.
    if (this.#next === undefined && this.#timer === undefined) {
      this.#pending = undefined;
      pending?.resolve(this.#core.connection.state);
    }
    this.review();
  }

  lineEnded(): void {
    this.#core.connection.options.clock.clearTimer(this.#timer);
    this.#timer = undefined;
  }

  review(): void {
    for (const line of this.#old.keys()) if (!this.#core.isBusy(line)) line.close(CloseCode.normal);
  }

  closed(error: unknown): void {
    this.lineEnded();
    this.#fail(error === undefined ? 'called-off' : 'failed', error);
  }

  takeOver(): LineHandle | undefined {
    const next = this.#next;
    if (next !== undefined) this.#adopt();
    return next;
  }

  handedOver(before: LineHandle): void {
    const { clock } = this.#core.connection.options;
    this.#adopt();
    const close = (): void => before.close(CloseCode.normal);
    this.#old.set(before, clock.setTimer(close, this.#options.deadline));
    for (const line of [...this.#old.keys()].slice(0, -MAX_OLD_LINES)) line.close(CloseCode.normal);
  }

  ended(line: LineHandle, end: LineEnd): void {
    const { connection } = this.#core;
    if (line === this.#next) {
      this.#next = undefined;
      const { closure, loginError, unusable } = end;
      const { options, history } = connection;
      const refusal = unusable === undefined ? renewableRefusal(end, options, history) : undefined;
      if (refusal !== undefined) {
        history.renewal.refusal = refusal;
        return this.#dial();
      }
      this.#tried++;
      const isFinal = loginError !== undefined || unusable !== undefined;
      if (!isFinal && this.#tried < (connection.options.failover?.count ?? 1)) this.#dial();
      else this.#fail('failed', loginError ?? unusable ?? closure.error);
    } else if (this.#old.has(line)) {
      const timer = this.#old.get(line);
      connection.options.clock.clearTimer(timer);
      this.#old.delete(line);
      if (timer !== undefined) this.#core.parted(line);
    }
    if (this.#old.size > 0) return;
    this.#gone?.resolve();
    this.#gone = undefined; // the next life waits for its own
  }

  close(code?: number, reason?: string): Promise<void> | undefined {
    const next = this.#next;
    this.#next = undefined;
    this.lineEnded();
    this.#fail('called-off');
    // Nobody uses it any more, but whoever closes waits for it as for the others.
    if (next !== undefined) this.#old.set(next, undefined);
    for (const line of this.#old.keys()) line.close(code ?? CloseCode.normal, reason);
    if (this.#old.size === 0) return undefined;
    this.#gone ??= deferred();
    return this.#gone.promise;
  }

  get #address(): number {
    const { index = 0, count = 1 } = this.#core.connection.options.failover ?? {};
    return (index + 1 + this.#tried) % count;
  }

  /** The next line is the present one from now on. */
  #adopt(): void {
    const { failover, clock } = this.#core.connection.options;
    if (failover !== undefined) failover.index = this.#address;
    this.#next = undefined;
    this.#overAt = clock.now();
  }

  #after(delay: number, then: () => void): void {
    this.#timer = this.#core.connection.options.clock.setTimer(() => {
      this.#timer = undefined;
      then();
    }, delay);
  }

  #start(): void {
    // Of a line that has lived for a day the credentials are good, but may be old.
    const { history, options } = this.#core.connection;
    history.prove(options.clock.now());
    this.#dial();
  }

  #dial(): void {
    const next = this.#core.connection.openBeside(this.#address);
    this.#next = next;
    next.start();
  }

  #fail(detail: string, cause?: unknown): void {
    const pending = this.#pending;
    this.#pending = undefined;
    if (pending === undefined) return;
    this.#overAt = this.#core.connection.options.clock.now();
    pending.reject(
      new ConnectionError('HANDOVER_FAILED', cause === undefined ? { detail } : { detail, cause }),
    );
  }
}
