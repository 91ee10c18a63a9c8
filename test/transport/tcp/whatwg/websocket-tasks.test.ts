import process from 'node:process';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { TaskQueue } from '../../../../src/transport/tcp/whatwg/websocket-tasks.ts';
import { nextTask } from '../../../tools/socket-events.ts';

const node = process as unknown as { _tickCallback: unknown };
const ofNode = node._tickCallback;

afterEach(() => {
  node._tickCallback = ofNode;
});

/** Everything that happened, in order; `act` is what a task does beside that. */
function setUp(act: (task: string) => void = () => {}) {
  const log: string[] = [];
  const queue = new TaskQueue<string>({
    run: (task) => {
      log.push(task);
      act(task);
    },
    hold: (isHeld) => log.push(isHeld ? 'hold' : 'release'),
  });
  return { queue, log };
}

const checkpoints: [string, unknown][] = [
  ['Node’s own checkpoint', ofNode],
  ['a call of that name that does something else', () => {}],
  ['no such call', undefined],
];

describe.each(checkpoints)('TaskQueue with %s', (_, checkpoint) => {
  it('runs what promises and ticks have queued, to its end, between any two tasks', async () => {
    node._tickCallback = checkpoint;
    const log: string[] = [];
    const { queue } = setUp((task) => {
      log.push(task);
      void (async () => {
        for (let depth = 0; depth < 5; depth++) await undefined;
        process.nextTick(() => queueMicrotask(() => log.push(`after ${task}`)));
      })();
    });
    for (const task of ['a', 'b', 'c']) queue.push(task);
    expect([log, queue.size]).toEqual([[], 3]);
    while (queue.size > 0) await nextTask();
    expect(log).toEqual(['a', 'after a', 'b', 'after b', 'c', 'after c']);
  });

  it('counts what waits, and no longer what runs or has run', async () => {
    node._tickCallback = checkpoint;
    const sizes: number[] = [];
    const { queue } = setUp(() => {
      sizes.push(queue.size);
      queueMicrotask(() => sizes.push(queue.size));
    });
    queue.push('a');
    queue.push('b');
    while (queue.size > 0) await nextTask();
    expect(sizes).toEqual([1, 1, 0, 0]);
  });

  it('leaves what is added meanwhile to a later turn, so that the program goes on', async () => {
    node._tickCallback = checkpoint;
    const { queue, log } = setUp(() => log.length < 30 && queue.push('again'));
    queue.push('first');
    let turns = 0;
    while (queue.size > 0) {
      await nextTask();
      turns++;
    }
    expect(turns).toBeGreaterThanOrEqual(10);
    expect(log.filter((entry) => entry === 'hold')).toHaveLength(log.length / 3);
  });

  it('holds back what is sent and lets it go at the end', async () => {
    node._tickCallback = checkpoint;
    const { queue, log } = setUp();
    queue.push('a');
    await nextTask();
    expect(log).toEqual(['hold', 'a', 'release']);
  });
});

describe('TaskQueue', () => {
  it('runs many in one turn of the event loop, and lets go of what was sent every 128', async () => {
    const { queue, log } = setUp();
    for (let task = 0; task < 300; task++) queue.push('task');
    await nextTask();
    const tasks = (count: number): string[] => Array(count).fill('task');
    expect(log).toEqual([
      'hold',
      ...tasks(128),
      ...['release', 'hold'],
      ...tasks(128),
      ...['release', 'hold'],
      ...tasks(44),
      'release',
    ]);
  });

  it('has a turn for each where there is no checkpoint, from the second on at once', async () => {
    node._tickCallback = undefined;
    const { queue, log } = setUp();
    queue.push('first');
    await nextTask();
    for (const task of ['a', 'b', 'c']) queue.push(task);
    await nextTask();
    const turn = (task: string): string[] => ['hold', task, 'release'];
    expect(log).toEqual(['first', 'a', 'b', 'c'].flatMap(turn));
  });

  it('goes on behind an error that a listener threw, which is reported as uncaught', async () => {
    const fault = new Error('of a listener');
    const reported = vi.fn();
    const others = process.listeners('uncaughtException');
    process.removeAllListeners('uncaughtException');
    process.once('uncaughtException', reported);
    const { queue, log } = setUp((task) => {
      if (task !== 'bad') return;
      process.nextTick(() => {
        throw fault;
      });
    });
    for (const task of ['bad', 'good']) queue.push(task);
    while (queue.size > 0) await nextTask();
    for (const listener of others) process.on('uncaughtException', listener);
    expect(reported).toHaveBeenCalledExactlyOnceWith(fault, 'uncaughtException');
    expect(log).toEqual(['hold', 'bad', 'release', 'hold', 'good', 'release']);
  });
});

it('what throws runs once, and what is behind it runs', async () => {
  const ran: string[] = [];
  const uncaught = vi.fn();
  process.on('uncaughtException', uncaught);
  const others = process.listeners('uncaughtException').filter((listener) => listener !== uncaught);
  for (const listener of others) process.off('uncaughtException', listener);
  try {
    const tasks = new TaskQueue<string>({
      run: (item) => {
        ran.push(item);
        if (item === 'bad') throw new Error('bad');
      },
      hold: () => {},
    });
    for (const item of ['good', 'bad', 'last']) tasks.push(item);
    await expect.poll(() => ran).toContain('last');
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(ran).toEqual(['good', 'bad', 'last']);
    expect(uncaught).toHaveBeenCalledOnce();
  } finally {
    process.off('uncaughtException', uncaught);
    for (const listener of others) process.on('uncaughtException', listener);
  }
});
