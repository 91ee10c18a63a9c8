/**
 * What the surroundings of a client tell it: the network, the page, the machine. A port, so that a connection knows
 * neither `window` nor `document`; `browserEnvironment` fills it in a browser.
 */
import * as CloseCode from '../protocol/close-codes.ts';
import { type Connection, conditionsChanged } from './connection.ts';
import type { LineEnd, LineHandle, Surroundings } from './connection-options.ts';
import { localDelay } from './next-attempt.ts';
import { CONNECTION_STATES, type StateChange, type StateReason, type Status } from './states.ts';

/**
 * - `offline`: the machine has no network any more
 * - `online`: it has one again
 * - `visible`: the user looks at the page again
 * - `resume`: the page was frozen, or the machine slept, and runs again
 * - `leave`: the page is about to be put away, perhaps to be shown again later (back/forward cache)
 * - `return`: it is shown again
 */
export type EnvironmentEvent = 'offline' | 'online' | 'visible' | 'resume' | 'leave' | 'return';

/** The surroundings. */
export interface Environment {
  /** False only when it is known that there is no network. */
  readonly online: boolean;
  /** Tells what happens from now on. Returns a function that ends it and leaves no listener behind. */
  watch(tell: (event: EnvironmentEvent) => void): () => void;
}

/** Surroundings that never change: a server process. */
export const NO_ENVIRONMENT: Environment = /* @__PURE__ */ Object.freeze({
  online: true,
  watch: () => () => {},
});

/**
 * - `probe`: ask the server for a sign of life, at once; without one the line is given up and another begun
 * - `hurry`: what made attempts fail is over: the next one begins at once
 * - `restart`: the attempt under way began under other conditions: give it up, begin another at once
 * - `pause`: no attempt for now
 * - `leave`: close cleanly, and wait to return
 */
export type EnvironmentResponse = 'probe' | 'hurry' | 'restart' | 'pause' | 'leave';

type Responses = Readonly<Partial<Record<Status, EnvironmentResponse>>>;

const PROBE: Responses = { authenticating: 'probe', ready: 'probe' };

/** The table: what is done about an event in a state. A pair that is missing: nothing. A call, as bundles keep a spread alone. */
export const ENVIRONMENT_RESPONSES: Readonly<Record<EnvironmentEvent, Responses>> = /* @__PURE__ */ (() =>
  Object.freeze({
    offline: { ...PROBE, waiting: 'pause' },
    online: { ...PROBE, waiting: 'hurry', connecting: 'restart' },
    visible: PROBE,
    resume: { ...PROBE, waiting: 'hurry', connecting: 'restart' },
    leave: { connecting: 'leave', authenticating: 'leave', ready: 'leave', waiting: 'leave' },
    return: { waiting: 'hurry' },
  }))();

/**
 * How long after `resume` a loss is put down to the sleep, in milliseconds: the browser closes then what died meanwhile.
 */
export const AFTERMATH_MS = 5_000;

/**
 * How long the next attempt waits while there is no network, in milliseconds. Not for ever: what a machine believes of its
 * network may be wrong, and `online` may never be told.
 */
export const OFFLINE_WAIT_MS = 60_000;

/** Follows what `environment` tells, from the first attempt of a connection to its end. */
export function followEnvironment(connection: Connection, environment: Environment): void {
  connection.options.surroundings ??= new PageEvents(connection, environment);
}

class PageEvents implements Surroundings {
  readonly #connection: Connection;
  readonly #environment: Environment;
  #unwatch: (() => void) | undefined;
  /** When the page was thawed, by the clock, until a line or an attempt ends. */
  #wokeAt = Number.NaN;

  constructor(connection: Connection, environment: Environment) {
    this.#connection = connection;
    this.#environment = environment;
  }

  stateChanged({ current: { status } }: StateChange): void {
    if (CONNECTION_STATES[status].terminal) {
      this.#unwatch?.();
      this.#unwatch = undefined;
    } else {
      this.#unwatch ??= this.#environment.watch((event) => this.#respond(event));
    }
  }

  judge(end: LineEnd, status: Status): LineEnd {
    const now = this.#connection.options.clock.now();
    const hasJustWoken = status === 'ready' && now - this.#wokeAt < AFTERMATH_MS;
    this.#wokeAt = Number.NaN;
    return hasJustWoken ? { ...end, isLocal: true } : end;
  }

  stretch(delay: number): { delay: number; rule: string } | undefined {
    if (this.#environment.online) return undefined;
    return { delay: Math.max(delay, OFFLINE_WAIT_MS), rule: 'there is no network' };
  }

  #respond(event: EnvironmentEvent): void {
    const { line, history, options, state } = this.#connection;
    if (event === 'resume') this.#wokeAt = options.clock.now();
    switch (ENVIRONMENT_RESPONSES[event][state.status]) {
      case 'probe':
        line?.probe();
        break;
      case 'restart':
        history.forget();
        options.failover?.forget();
        line?.abandon(conditionsChanged(), true);
        break;
      case 'hurry':
        this.#hurry(event === 'online' ? 'network is back' : 'page is back');
        break;
      case 'pause':
        this.#connection.wait('network is gone', this.#atLeast(OFFLINE_WAIT_MS));
        break;
      case 'leave':
        this.#leave(line);
    }
  }

  /** What made attempts fail is over, so they count no more. What the server has asked for is waited all the same. */
  #hurry(reason: StateReason): void {
    const { history, options, state } = this.#connection;
    // From the back/forward cache comes `return`, and `resume` after it.
    if (state.reason === reason) return;
    history.forget();
    options.failover?.forget();
    this.#connection.wait(reason, this.#atLeast(localDelay(options.random)));
  }

  /** The page is put away: its line would die unseen. The browser sends no 1001 for us while the page lives on. */
  #leave(line: LineHandle | undefined): void {
    if (line === undefined) {
      this.#connection.wait('page was put away', undefined, 'the page was put away');
      return;
    }
    this.#connection.part(CloseCode.normal, 'going away', { isLeaving: true });
  }

  /** This long from now, or until the server wants to see us again, if that is later. In milliseconds. */
  #atLeast(delay: number): number {
    const { history, options } = this.#connection;
    const { until, delay: asked } = history.asked;
    // More than the server asked for is never waited, wherever the wall clock has been set.
    return Math.max(delay, Math.min(asked, until - options.clock.wallTime()));
  }
}
