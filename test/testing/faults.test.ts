import { describe, expect, it } from 'vitest';
import { createClient } from '../../src/client/create-client.node.ts';
import { createDice } from '../../src/testing/dice.ts';
import { FAULT_KINDS, type Fault, printFault, rollFaults } from '../../src/testing/faults.ts';
import { printHistory } from '../../src/testing/history.ts';
import { simulate } from '../../src/testing/simulate.ts';
import { createSimulation } from '../../src/testing/simulation.ts';

it('rolls as many as are asked for, in order, of some kinds', () => {
  const faults = rollFaults(createDice(1), 20, 1_000, FAULT_KINDS);
  expect(faults).toHaveLength(20);
  expect(faults.map(({ at }) => at)).toEqual(faults.map(({ at }) => at).sort((one, other) => one - other));
  expect(faults).toEqual(rollFaults(createDice(1), 20, 1_000, FAULT_KINDS));
  expect(new Set(rollFaults(createDice(1), 20, 1_000, ['cut']).map(({ kind }) => kind))).toEqual(
    new Set(['cut']),
  );
  expect(rollFaults(createDice(1), 20, 1_000, [])).toEqual([]);
  expect(printFault({ at: 1, kind: 'cut', time: 2, amount: 0.5, aim: 1 })).toBe(
    'cut at 1 ms (time 2 ms, amount 0.50, aim 1.00)',
  );
});

/** Faults that only who connects meets. */
const OF_ATTEMPTS: readonly string[] = ['refuse', 'void', 'flap', 'status'];

/** A client that works, and a fault in the middle of it; the history as text. */
async function meet(fault: Fault, reconnects = OF_ATTEMPTS.includes(fault.kind)): Promise<string> {
  const world = createSimulation({ seed: 5, faults: [fault] });
  const client = world.watch(createClient({ ...world.options }));
  client.handle('confirm', (params) => params);
  client.subscribe('ticks').on(() => {});
  for (let round = 0; round < 60; round++) {
    client.request('echo', { round }).catch(() => {});
    world.server.publish('ticks');
    if (reconnects && round === 11) client.reconnect();
    await world.run(1_000);
  }
  void client.close();
  await world.run(20_000);
  return printHistory(world.history);
}

const NOTHING: Fault = { at: 200_000, kind: 'ping', time: 1, amount: 0, aim: 0 };
const plain = await meet(NOTHING);
const reconnected = await meet(NOTHING, true);

describe.each(FAULT_KINDS)('%s', (kind) => {
  it.each([0.05, 0.35, 0.65, 0.95])('happens, the same each time (%d)', async (amount) => {
    const fault: Fault = { at: 10_500, kind, time: 3_001, amount, aim: 1 };
    const story = await meet(fault);
    expect(story).toContain(`fault 0 {"kind":"${kind}"}`);
    expect(await meet(fault)).toBe(story);
    // What it changes shows in the history: nothing to resume and credentials that expire, not with this client.
    if (kind !== 'forget' && kind !== 'clock' && !(kind === 'expire' && amount > 0.5))
      expect(story.replace(/.* fault 0 .*\n/, '')).not.toBe(OF_ATTEMPTS.includes(kind) ? reconnected : plain);
  });

  it('breaks no promise', async () => {
    await simulate(
      async (world) => {
        const client = world.watch(createClient({ ...world.options }));
        for (let round = 0; round < 12; round++) {
          client.request('echo', { round }).catch(() => {});
          await world.pause(4_000);
        }
      },
      { kinds: [kind], seeds: 4 },
    );
  });
});
