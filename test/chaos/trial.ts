/** One client, one server, one fault: what becomes of what is asked every so often. */
import { type FaultProxy, startFaultProxy } from '../faults/fault-proxy.ts';
import type { Contestant, Subject } from './clients.ts';
import type { Scene } from './faults.ts';

/** What a trial has come to. Times in milliseconds. */
export interface Outcome {
  /** From the fault until the client said that the connection is gone; undefined: it did not within the trial. */
  readonly noticed: number | undefined;
  /** From when the way was good again until a reply came to something asked since the fault; undefined: none did. */
  readonly recovered: number | undefined;
  readonly answered: number;
  /** Its caller was told that it failed. */
  readonly failed: number;
  /** Its caller was never told anything. */
  readonly silent: number;
}

/** How often something is asked. */
const ASK_EVERY_MS = 250;

/** From a first reply until the fault. */
const CALM_MS = 1_000;

/** Longest connect, before the trial counts. */
const CONNECT_MS = 20_000;

/** What is asked last has as long: requests of holdline fail after 30 s, unless another time is set. */
const GRACE_MS = 32_000;

/** After it has recovered it goes on for so long. */
const AFTER_MS = 2_000;

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** @param longest milliseconds after which a client that has not recovered is given up */
export async function runTrial(
  { connect }: Contestant,
  port: number,
  scene: Scene,
  { dice, longest }: { readonly dice: () => number; readonly longest: number },
): Promise<Outcome> {
  const proxy = await startFaultProxy(port);
  const plan = scene.first?.(dice);
  proxy.plan = (index) => (index === 0 && plan !== undefined ? plan : {});
  try {
    return await play(proxy, connect, scene, { dice, longest });
  } finally {
    await proxy.close();
  }
}

async function play(
  proxy: FaultProxy,
  connect: Contestant['connect'],
  scene: Scene,
  { dice, longest }: { readonly dice: () => number; readonly longest: number },
): Promise<Outcome> {
  return measure({
    connect: (lost) => connect(proxy.port, '127.0.0.1', lost),
    breakIt: async (broken) => {
      // A line that breaks by its plan begins to do so by itself.
      while (scene.fault === undefined && scene.breaks && proxy.lines[0]?.isOver === false) await pause(1);
      broken();
      await scene.fault?.(proxy, dice);
    },
    breaks: scene.breaks,
    longest,
  });
}

/** @param setup `breakIt` calls `broken` in that moment, and resolves when the way is good again */
export async function measure(setup: {
  readonly connect: (lost: () => void) => Subject;
  readonly breakIt: (broken: () => void) => Promise<void>;
  readonly breaks: boolean;
  readonly longest: number;
}): Promise<Outcome> {
  const counts = { answered: 0, failed: 0, asked: 0 };
  let brokenAt = Number.POSITIVE_INFINITY;
  let noticedAt: number | undefined;
  let goodAt = Number.POSITIVE_INFINITY;
  let recoveredAt: number | undefined;
  let first: () => void = () => {};
  const isThrough = new Promise<void>((resolve) => {
    first = resolve;
  });
  const subject = setup.connect(() => {
    noticedAt ??= performance.now();
  });
  const ask = (): void => {
    const askedAt = performance.now();
    counts.asked++;
    void (async () => subject.ask(counts.asked))().then(
      () => {
        counts.answered++;
        first();
        if (askedAt >= brokenAt && performance.now() >= goodAt) recoveredAt ??= performance.now();
      },
      () => {
        counts.failed++;
      },
    );
  };
  ask();
  const isLate = await Promise.race([isThrough, pause(CONNECT_MS).then(() => true)]);
  if (isLate) {
    subject.close();
    throw new Error(`no reply within ${CONNECT_MS / 1_000} s, before anything was broken`);
  }
  noticedAt = undefined; // what was before does not count
  const asking = setInterval(ask, ASK_EVERY_MS);
  await pause(setup.breaks ? CALM_MS : 0);
  const broken = (): void => {
    brokenAt = performance.now();
  };
  await Promise.race([setup.breakIt(broken), pause(setup.longest)]);
  const begunAt = performance.now();
  goodAt = begunAt;
  while (performance.now() - begunAt < setup.longest) {
    await pause(20);
    const isOver = setup.breaks
      ? recoveredAt !== undefined
      : performance.now() - begunAt > longestCalm(setup.longest);
    if (isOver) break;
  }
  await pause(AFTER_MS);
  clearInterval(asking);
  await settled(counts);
  const saidAt = noticedAt; // not what comes of being closed
  subject.close();
  await pause(100);
  const { answered, failed, asked } = counts;
  return {
    noticed: saidAt === undefined ? undefined : Math.max(0, saidAt - brokenAt),
    recovered: recoveredAt === undefined ? undefined : Math.max(0, recoveredAt - goodAt),
    answered,
    failed,
    silent: asked - answered - failed,
  };
}

/** Where nothing breaks, a part of the time will do. */
function longestCalm(longest: number): number {
  return Math.min(20_000, longest);
}

/** Waits until every caller was told, or has waited long enough. */
async function settled(counts: { answered: number; failed: number; asked: number }): Promise<void> {
  const end = performance.now() + GRACE_MS;
  while (counts.answered + counts.failed < counts.asked && performance.now() < end) await pause(50);
}
