/** Clients under random faults, round after round; between rounds all is closed, counted and compared. */
import { setMaxListeners } from 'node:events';
import { startFaultProxy } from '../faults/fault-proxy.ts';
import { ClientLife } from './client-life.ts';
import { Dice } from './dice.ts';
import { plague } from './faults.ts';
import { Ledger } from './ledger.ts';
import { type Measured, startGauge } from './measure.ts';
import { liveShortly } from './short-lives.ts';
import { type SoakServer, startSoakServer } from './soak-server.ts';
import { pause, type World } from './world.ts';

export interface SoakPlan {
  readonly seed: number;
  /** Rounds, the ones to warm up included. */
  readonly rounds: number;
  /** How many of them: their clients are let go before the heap is first measured, and others take over. */
  readonly warmUp: number;
  /** Milliseconds that all of it takes, about: closing, counting and comparing included. */
  readonly time: number;
  /** A round lasts longer than its time until this is true: on a slow machine too, something must have happened. */
  readonly isEnough?: (ledger: Ledger) => boolean;
  readonly clients: number;
  /** Short connections at the same time. */
  readonly shortLives: number;
  /** How far the heap may be from what it was, as a share. */
  readonly tolerance: number;
  /** Told after every round. */
  readonly onRest?: (rest: Rest) => void;
}

/** How things stand after a round, with every client closed. */
export interface Rest extends Measured {
  readonly round: number;
  readonly promises: number;
  readonly faults: number;
}

export interface SoakReport {
  readonly ledger: Ledger;
  /** Without a client, after the warm-up. */
  readonly first: Measured;
  /** Without a client, at the end. */
  readonly last: Measured;
  /** With the same clients, closed, after every round in between. */
  readonly rests: readonly Rest[];
  /** Connections that the server has had. */
  readonly lines: number;
  /** Faults that were injected, by kind. */
  readonly injected: ReadonlyMap<string, number>;
}

/** One in so many clients lives for one round only. */
const BRIEF_SHARE = 5;

/** The shortest that a round may be, whatever counting takes. */
const LEAST_ROUND_MS = 200;

/** How often it is looked at whether a round is over. Milliseconds. */
const CLOCK_MS = 20;

/** How long a promise may take that should be settled already. Milliseconds. */
const GRACE_MS = 3_000;

/** Runs it. What went wrong is in `ledger.faults`. */
export async function soak(plan: SoakPlan): Promise<SoakReport> {
  const dice = new Dice(plan.seed);
  const ledger = new Ledger();
  const injected = new Map<string, number>();
  const controller = new AbortController();
  const uncaught = (error: unknown, origin?: unknown): void =>
    ledger.fault(`${typeof origin === 'string' ? origin : 'unhandledRejection'}: ${stackOf(error)}`);
  process.on('uncaughtException', uncaught).on('unhandledRejection', uncaught);
  setMaxListeners(0, controller.signal); // a listener for every client, and one for every short connection
  const gauge = startGauge(controller.signal);
  const server = await startSoakServer(dice.fork(-1));
  let ids = 0;
  const world = {
    dice,
    ledger,
    signal: controller.signal,
    addresses: [] as readonly string[],
    isOver: false,
    id: () => `m${++ids}`,
  };
  const inject = (kind: string): void => void injected.set(kind, (injected.get(kind) ?? 0) + 1);
  const began = performance.now();
  let overhead = 0;
  const live = async (rounds: number, from: number): Promise<Rest[]> => {
    const numbers = Array.from({ length: plan.clients }, (_, number) => from * 10_000 + number);
    const lives = numbers.map((number) => new ClientLife(world, number, false));
    const rests: Rest[] = [];
    for (let round = from; round < from + rounds; round++) {
      const due = began + (plan.time * round) / plan.rounds;
      const time = Math.max(LEAST_ROUND_MS, due - performance.now() - overhead);
      const over = performance.now() + time;
      await playRound({ plan, time, world, lives, server, round, inject });
      await checkSettled(ledger);
      ledger.compare(server.seen);
      const measured = await gauge.measure();
      for (const socket of measured.sockets)
        ledger.fault(`a socket is open after round ${round} (server ${server.port}): ${socket}`);
      const rest = { ...measured, round, promises: ledger.promises, faults: ledger.faultCount };
      rests.push(rest);
      overhead = performance.now() - over;
      plan.onRest?.(rest);
    }
    return rests;
  };
  try {
    await live(plan.warmUp, 1);
    const first = await gauge.measure();
    const rests = await live(plan.rounds - plan.warmUp, plan.warmUp + 1);
    const last = await gauge.measure();
    const report = { ledger, first, last, rests, lines: server.accepted, injected };
    judge(report, plan.tolerance);
    return report;
  } finally {
    await server.close();
    gauge.stop();
    process.off('uncaughtException', uncaught).off('unhandledRejection', uncaught);
  }
}

interface Round {
  readonly plan: SoakPlan;
  /** Milliseconds. */
  readonly time: number;
  readonly world: World & { addresses: readonly string[]; isOver: boolean };
  readonly lives: readonly ClientLife[];
  readonly server: SoakServer;
  readonly round: number;
  readonly inject: (kind: string) => void;
}

/** Two ways to the server, faults on both, everybody acting; at the end nothing is left open. */
async function playRound({ plan, time, world, lives, server, round, inject }: Round): Promise<void> {
  const proxies = await Promise.all([startFaultProxy(server.port), startFaultProxy(server.port)]);
  const cures = proxies.map((proxy, number) =>
    plague(proxy, world.dice.fork(-2 * round - number - 2), inject),
  );
  world.addresses = proxies.map(({ port }) => `ws://127.0.0.1:${port}/`);
  world.isOver = false;
  const { isEnough = () => true } = plan;
  const end = performance.now() + time;
  const over = setInterval(() => {
    if (performance.now() >= end) world.isOver = isEnough(world.ledger);
  }, CLOCK_MS);
  const numbers = (count: number): number[] =>
    Array.from({ length: count }, (_, n) => round * 10_000 + 2_000 + n);
  const brief = numbers(Math.ceil(plan.clients / BRIEF_SHARE)).map((n) => new ClientLife(world, n, true));
  await Promise.all([
    ...[...lives, ...brief].map((life) => life.round()),
    ...numbers(plan.shortLives).map((number) => liveShortly(world, number + 5_000)),
  ]);
  clearInterval(over);
  for (const cure of cures) await cure();
  for (const proxy of proxies) await proxy.close();
  await server.idle();
}

/** Everything is closed, so nothing is waited for. */
async function checkSettled(ledger: Ledger): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
  const late = ledger.unsettled;
  if (late.length === 0) return;
  await pause(GRACE_MS);
  const { unsettled } = ledger;
  const shown = [...new Set(unsettled.length > 0 ? unsettled : late)].join(', ');
  ledger.fault(
    unsettled.length > 0
      ? `${unsettled.length} promises were never settled: ${shown}`
      : `${late.length} promises were settled only after all was closed: ${shown}`,
  );
}

function judge({ ledger, first, last, rests }: SoakReport, tolerance: number): void {
  compareCounts(ledger, 'without a client', first, last, () => true);
  compareHeaps(ledger, 'without a client', [first.heap], [last.heap], tolerance);
  // What a closed client holds of its last line, for why() among others, varies.
  const [early, late] = [rests[0]!, rests.at(-1)!];
  compareCounts(ledger, 'with the same clients', early, late, (name) => !/^objects (?!Hold)/.test(name));
  const some = Math.ceil(rests.length / 4);
  const heaps = rests.map(({ heap }) => heap);
  compareHeaps(ledger, 'with the same clients', heaps.slice(0, some), heaps.slice(-some), tolerance);
}

function compareCounts(
  ledger: Ledger,
  when: string,
  early: Measured,
  late: Measured,
  counts: (name: string) => boolean,
): void {
  for (const name of Object.keys({ ...early.counts, ...late.counts }).filter(counts)) {
    const [before = 0, after = 0] = [early.counts[name], late.counts[name]];
    if (before !== after) ledger.fault(`${name}, ${when}: first ${before}, at last ${after}`);
  }
}

/** Medians of each. */
function compareHeaps(
  ledger: Ledger,
  when: string,
  early: readonly number[],
  late: readonly number[],
  tolerance: number,
): void {
  const [before, after] = [median(early), median(late)];
  const change = after / before - 1;
  if (Math.abs(change) <= tolerance) return;
  ledger.fault(`heap, ${when}: first ${before} bytes, at last ${after} (${(change * 100).toFixed(1)} %)`);
}

export function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!;
}

function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
