import { checkArgument, checkCall, checkOptions } from '../base/checks.ts';
import type { OptionTable } from '../base/need.ts';
import { createDice } from './dice.ts';
import { FAULT_KINDS, type Fault, type FaultKind, printFault, rollFaults } from './faults.ts';
import { type HistoryRecord, printHistory } from './history.ts';
import { type Breach, checkHistory } from './rules.ts';
import { LIST, type Simulation, type SimulationOptions, World, worldRules } from './simulation.ts';

/** How {@link simulate} goes about it. */
export interface SimulateOptions extends Omit<SimulationOptions, 'seed' | 'faults'> {
  /** How many seeds. Default 100. */
  readonly seeds?: number | undefined;
  /** The first of them. Default 1. */
  readonly from?: number | undefined;
  /** Faults of each seed, at most. Default 8. */
  readonly faults?: number | undefined;
  /** What may go wrong. Default: everything. */
  readonly kinds?: readonly FaultKind[] | undefined;
  /** Milliseconds in which faults happen. Default 60,000. */
  readonly time?: number | undefined;
  /** Of the faults only these, by their index: to replay what was shrunk. Default: all. */
  readonly only?: readonly number[] | undefined;
  /** Told after every seed. */
  readonly onSeed?: ((run: SeedRun) => void) | undefined;
}

/** What one seed came to. */
export interface SeedRun {
  /** The seed. */
  readonly seed: number;
  /** What went wrong in its world. */
  readonly faults: readonly Fault[];
  /** What chance had rolled for it: `faults`, and those that were left out. */
  readonly rolled: readonly Fault[];
  /** Everything that happened. */
  readonly history: readonly HistoryRecord[];
  /** The promises that were broken. */
  readonly breaches: readonly Breach[];
  /** What the scenario has thrown. */
  readonly error: unknown;
}

/** What a user does in a world. What it awaits happens by itself: time passes. */
export type Scenario = (world: Simulation) => unknown;

/** The environment variable by which one seed is replayed, and nothing else: `HOLDLINE_SEED=17` or `HOLDLINE_SEED=17:2,5`. */
const REPLAY = 'HOLDLINE_SEED';

/** How long after the last fault everything must be well again: the longest attempt, the longest wait, and some more. */
const CALM_MS = 150_000;

/** A scenario that has not ended by then hangs. */
const PATIENCE_MS = 3_600_000;

/** What closing may take: for what waits, for the closing handshake, and for what was slow. */
const CLOSING_MS = 30_000;

/**
 * Runs a scenario in worlds in which things go wrong, seed by seed, and checks what the clients promise. The first seed that
 * breaks a promise ends it: its faults are cut down to those that are needed, and the error says how to see it again.
 *
 * @throws Error that names the seed, the promise and the faults
 * @example
 * ```ts
 * await simulate(async (world) => {
 *   const client = world.watch(createClient({ ...world.options }));
 *   const order = client.request('order', { id: 1 });
 *   await world.pause(30_000);
 *   await order.catch(() => {}); // it may fail, but it must settle
 *   await client.close();
 * });
 * ```
 */
export async function simulate(scenario: Scenario, options: SimulateOptions = {}): Promise<void> {
  checkCall(simulate, () => {
    checkArgument('function', 'scenario', scenario, 'simulate');
    checkOptions(rules(), options, 'simulate');
  });
  const { seeds = 100, from = 1, onSeed } = options;
  const replay = replayed();
  const first = replay?.seed ?? from;
  for (let seed = first; seed < first + (replay === undefined ? seeds : 1); seed++) {
    const only = replay?.only ?? options.only;
    const run = await runSeed(scenario, seed, { ...options, only });
    onSeed?.(run);
    if (isBad(run)) throw failureOf(await shrink(scenario, run, options));
  }
}

function rules(): OptionTable<SimulateOptions> {
  return {
    ...worldRules(),
    seeds: 'whole',
    from: 'whole',
    faults: 'whole',
    kinds: LIST,
    time: 'number',
    only: LIST,
    onSeed: 'function',
  };
}

/** Runs one seed. */
export async function runSeed(
  scenario: Scenario,
  seed: number,
  options: SimulateOptions = {},
): Promise<SeedRun> {
  const { faults: most = 8, kinds = FAULT_KINDS, time = 60_000, only, server, noticeWithin } = options;
  const dice = createDice(seed).fork(3);
  const all = rollFaults(dice, dice.between(0, most), time, kinds);
  const faults = only === undefined ? all : all.filter((_, index) => only.includes(index));
  return play(scenario, all, { seed, faults, server, noticeWithin });
}

async function play(
  scenario: Scenario,
  rolled: readonly Fault[],
  setup: SimulationOptions & { readonly seed: number; readonly faults: readonly Fault[] },
): Promise<SeedRun> {
  const { seed, faults } = setup;
  const world = new World(setup);
  let isOver = false;
  let error: unknown;
  const done = (async () => scenario(world))()
    .catch((reason: unknown) => {
      error = reason;
    })
    .then(() => {
      isOver = true;
    });
  await world.runUntil(() => isOver, PATIENCE_MS);
  if (isOver) await done;
  else
    error = new Error(
      `The scenario did not end within ${PATIENCE_MS} ms of the simulation: it waits for what never comes.`,
    );
  const calm = Math.max(0, ...faults.map(({ at, time }) => at + time)) + CALM_MS;
  await world.run(Math.max(0, calm - world.now()));
  world.judgeClients();
  let isClosed = false;
  void Promise.all([...world.clients].map((client) => client.close())).then(() => {
    isClosed = true;
  });
  await world.runUntil(() => isClosed, world.now() + CLOSING_MS);
  await world.run(0);
  world.inspect();
  const { history } = world;
  return { seed, faults, rolled, history, breaches: checkHistory(history), error };
}

/** Leaves out one fault after the other, as long as the same promise is still broken. */
export async function shrink(
  scenario: Scenario,
  run: SeedRun,
  options: SimulateOptions = {},
): Promise<SeedRun> {
  const { server, noticeWithin } = options;
  const isSame = (other: SeedRun): boolean =>
    run.breaches.length === 0
      ? other.error !== undefined
      : other.breaches.some(({ rule }) => rule === run.breaches[0]?.rule);
  let best = run;
  for (let size = Math.ceil(best.faults.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let at = 0; at < best.faults.length; ) {
      const faults = [...best.faults.slice(0, at), ...best.faults.slice(at + size)];
      const other = await play(scenario, run.rolled, { seed: run.seed, faults, server, noticeWithin });
      if (isSame(other)) best = other;
      else at += size;
    }
  }
  return best;
}

function isBad({ breaches, error }: SeedRun): boolean {
  return breaches.length > 0 || error !== undefined;
}

/** The error of a seed: what was broken, by which faults, and how to see it again. */
export function failureOf(
  { seed, faults, history, breaches, error }: SeedRun,
  all: readonly Fault[] = faults,
): Error {
  const kept = faults.map((fault) => all.indexOf(fault));
  const list = kept.length === all.length ? '' : `:${kept.join(',')}`;
  const lines = [
    ...breaches.map(({ rule, at, what }) => `  ${rule} at ${at.toFixed(0)} ms: ${what}`),
    ...(error === undefined
      ? []
      : [`  the scenario failed: ${error instanceof Error ? error.message : String(error)}`]),
    faults.length === 0 ? 'without any fault' : 'with these faults:',
    ...faults.map((fault) => `  ${printFault(fault)}`),
    `To see it again: ${REPLAY}=${seed}${list} and the command that ran this test`,
  ];
  const failure = new Error(`Seed ${seed} breaks a promise:\n${lines.join('\n')}`, { cause: error });
  return Object.assign(failure, { seed, breaches, faults, history: printHistory(history) });
}

function replayed(): { seed: number; only: number[] | undefined } | undefined {
  const text = globalThis.process?.env?.[REPLAY];
  if (text === undefined) return undefined;
  const [seed = '', only] = text.split(':');
  return {
    seed: Number(seed),
    only: only === undefined ? undefined : only.split(',').filter(Boolean).map(Number),
  };
}
