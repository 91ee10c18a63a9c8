/** What goes wrong on the way, as the dice say. */
import type { CutKind, Direction, FaultProxy, LinePlan } from '../faults/fault-proxy.ts';
import type { Dice } from './dice.ts';

const DIRECTIONS: readonly Direction[] = ['up', 'down'];
const CUTS: readonly CutKind[] = ['reset', 'end'];

/** How far into a line something happens: half of the time before its handshake is through. */
const MOST_BYTES = 60_000;

/** How often something happens to all lines, or to one that was well until then. Milliseconds. */
const MOOD_MS = 200;

/** What is to happen to one line. */
export function rollPlan(dice: Dice): { readonly kind: string; readonly plan: LinePlan } {
  const kind = dice.weighted({ none: 10, cut: 10, blackhole: 3, delay: 4, slow: 2, instead: 3 });
  const where = (): { direction: Direction; after: number } => ({
    direction: dice.pick(DIRECTIONS),
    after: dice.byDigits(MOST_BYTES),
  });
  const plans: Record<typeof kind, () => LinePlan> = {
    none: () => ({}),
    cut: () => ({ cut: { ...where(), how: dice.pick(CUTS) } }),
    blackhole: () => ({ blackhole: where() }),
    delay: () => ({ delay: dice.between(1, 80) }),
    slow: () => ({ bytesPerSecond: dice.between(2_000, 60_000) }),
    instead: () => ({ instead: dice.pick(['close', 'reset', 'hang']) }),
  };
  return { kind, plan: plans[kind]() };
}

/** Injects faults into a proxy until it is stopped. `injected` is told of each, by its kind. */
export function plague(proxy: FaultProxy, dice: Dice, injected: (kind: string) => void): () => Promise<void> {
  proxy.plan = () => {
    const { kind, plan } = rollPlan(dice);
    if (kind !== 'none') injected(kind);
    return plan;
  };
  let busy = Promise.resolve();
  let timer: NodeJS.Timeout | undefined;
  const act = async (): Promise<void> => {
    const kind = dice.weighted({ nothing: 5, refuse: 2, cut: 2, blackhole: 1 });
    if (kind === 'nothing') return;
    injected(kind);
    if (kind === 'refuse') {
      await proxy.refuse();
      await new Promise((resolve) => setTimeout(resolve, dice.between(10, 400)));
      return acceptAgain(proxy);
    }
    const open = proxy.lines.filter((line) => !line.isOver);
    if (open.length === 0) return;
    if (kind === 'cut') dice.pick(open).cut(dice.pick(CUTS));
    else dice.pick(open).blackhole();
  };
  const next = (): void => {
    timer = setTimeout(
      () => {
        busy = act().then(() => {
          if (timer !== undefined) next();
        });
      },
      dice.between(1, 2 * MOOD_MS),
    );
  };
  next();
  return async () => {
    clearTimeout(timer);
    timer = undefined;
    await busy;
  };
}

/** A connection of somebody's may have been given the port meanwhile: until it is free. */
async function acceptAgain(proxy: FaultProxy): Promise<void> {
  for (;;) {
    try {
      return await proxy.accept();
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}
