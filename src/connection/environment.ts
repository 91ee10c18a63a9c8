/**
 * What the surroundings of a client tell it: the network, the page, the machine. A port, so that a connection knows
 * neither `window` nor `document`; `browserEnvironment` fills it in a browser.
 */
import type { Status } from './connection-state.ts';

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
