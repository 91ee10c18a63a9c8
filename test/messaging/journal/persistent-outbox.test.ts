import { describe, expect, it } from 'vitest';
import { DeliveryError, type HoldlineError } from '../../../src/base/errors.ts';
import {
  type OutboxStorage,
  persistentOutbox,
  type StoredMessage,
} from '../../../src/messaging/journal/persistent-outbox.ts';
import type { OutboxEntry } from '../../../src/messaging/outbox.ts';
import { DEFAULT_OUTBOX, Outbox } from '../../../src/messaging/outbox.ts';
import { createVirtualClock, type VirtualClock } from '../../../src/testing/virtual-clock.ts';
import type { SendData } from '../../../src/transport/transport.ts';

/** A storage in memory: at once, or a moment later, with faults on demand. */
class Memory implements OutboxStorage {
  readonly held = new Map<string, unknown>();
  readonly log: string[] = [];
  readonly isSlow: boolean;
  readonly faults: Partial<Record<'load' | 'save' | 'remove', Error>> = {};

  constructor(isSlow = false) {
    this.isSlow = isSlow;
  }

  load(): readonly unknown[] | Promise<readonly unknown[]> {
    return this.#run('load', () => [...this.held.values()]);
  }
  save(message: StoredMessage): void | Promise<void> {
    return this.#run('save', () => void this.held.set(message.id, structuredClone(message)), message.data);
  }
  remove(id: string): void | Promise<void> {
    return this.#run('remove', () => void this.held.delete(id));
  }
  close(): void {
    this.log.push('close');
  }

  #run<T>(name: 'load' | 'save' | 'remove', task: () => T, about = ''): T | Promise<T> {
    const act = (): T => {
      this.log.push(`${name} ${about}`.trim());
      const fault = this.faults[name];
      if (fault !== undefined) throw fault;
      return task();
    };
    return this.isSlow ? Promise.resolve().then(act) : act();
  }
}

interface Life {
  readonly clock: VirtualClock;
  readonly outbox: Outbox;
  readonly log: string[];
  readonly errors: HoldlineError[];
  readonly firstKeys: number[];
  readonly restored: Partial<OutboxEntry>[];
  /** Whether the line takes messages. */
  isUp: boolean;
  readonly wire: SendData[];
  add(data: SendData, more?: Partial<OutboxEntry>): () => boolean;
  flush(): void;
  close(): void;
}

let lives = 0;

function begin(storage: OutboxStorage, clock = createVirtualClock()): Life {
  const journal = persistentOutbox(storage);
  const outbox = new Outbox({ ...DEFAULT_OUTBOX, maxMessages: 3 }, clock, journal);
  const log: string[] = [];
  const entry = (data: SendData, more: Partial<OutboxEntry> = {}): OutboxEntry => ({
    data,
    sent: () => log.push(`${data} sent`),
    dropped: (error) => {
      log.push(`${data} ${error.code} ${error.outcome}`);
      return error;
    },
    ...more,
  });
  lives++;
  const life: Life = {
    clock,
    outbox,
    log,
    errors: [],
    firstKeys: [],
    restored: [],
    wire: [],
    isUp: false,
    add: (data, more) => outbox.add(entry(data, more)),
    flush: () => outbox.flush({ isOpen: () => life.isUp, send: (data) => life.wire.push(data) > 0 }),
    close: () => {
      outbox.clear(() => new DeliveryError('CLIENT_CLOSED', { message: 'x', outcome: 'not-sent' }));
      journal.close();
    },
  };
  journal.open({
    clock,
    random: { fill: (target) => void target.fill(lives), uniform: () => 0.5 },
    restore: (message) => {
      life.restored.push(message);
      outbox.add(entry(message.data, message));
    },
    dropped: (error) => log.push(`? ${error.code}`),
    numberAbove: (key) => life.firstKeys.push(key),
    resume: () => life.flush(),
    failed: (error) => life.errors.push(error),
  });
  return life;
}

describe.each([
  ['at once', false],
  ['a moment later', true],
])('a journal whose storage answers %s', (_, isSlow) => {
  it('brings back after a crash what waited, in order, with what is left of its time, and sends it once', async () => {
    const storage = new Memory(isSlow);
    const first = begin(storage);
    await first.clock.settle();
    first.add('a');
    await first.clock.advance(1_000);
    first.add('b', { ttl: 5_000, key: 'k', options: { compress: false } });
    first.add(Uint8Array.of(0, 128, 255), { keepFor: 9_000, ttl: Number.POSITIVE_INFINITY, requestKey: 7 });
    await first.clock.settle();
    // No close: the program has crashed.
    await first.clock.advance(1_000);
    const second = begin(storage, first.clock);
    await second.clock.settle();
    expect(second.restored).toEqual([
      expect.objectContaining({ data: 'a', ttl: 58_000 }),
      expect.objectContaining({ data: 'b', ttl: 4_000, key: 'k', options: { compress: false } }),
      expect.objectContaining({ data: Uint8Array.of(0, 128, 255), ttl: 8_000, requestKey: 7 }),
    ]);
    second.isUp = true;
    second.flush();
    await second.clock.settle();
    expect(second.wire).toEqual(['a', 'b', Uint8Array.of(0, 128, 255)]);
    expect([storage.held.size, second.outbox.size]).toEqual([0, 0]);
    const third = begin(storage, first.clock);
    await third.clock.settle();
    expect([third.restored, third.errors]).toEqual([[], []]);
  });

  it('has removed a message before it goes to the socket', async () => {
    const storage = new Memory(isSlow);
    const life = begin(storage);
    await life.clock.settle();
    life.add('a');
    life.add('b');
    await life.clock.settle();
    const heldThen: number[] = [];
    life.outbox.flush({ isOpen: () => true, send: () => heldThen.push(storage.held.size) > 0 });
    life.isUp = true;
    await life.clock.settle();
    expect(heldThen).toEqual(isSlow ? [] : [1, 0]);
    expect([life.log, storage.held.size]).toEqual([['a sent', 'b sent'], 0]);
  });

  it('writes a message down again that could not leave after all', async () => {
    const storage = new Memory(isSlow);
    const life = begin(storage);
    await life.clock.settle();
    life.add('a');
    await life.clock.settle();
    life.outbox.flush({ isOpen: () => true, send: () => false });
    await life.clock.settle();
    expect(storage.log.filter((line) => line !== 'load')).toEqual(['save a', 'remove', 'save a']);
    expect([storage.held.size, life.log]).toEqual([1, []]);
    life.isUp = true;
    life.flush();
    await life.clock.settle();
    expect([life.log, storage.held.size]).toEqual([['a sent'], 0]);
  });

  it('forgets what was taken back, expired or dropped', async () => {
    const storage = new Memory(isSlow);
    const life = begin(storage);
    await life.clock.settle();
    life.add('a')();
    life.add('b', { ttl: 10 });
    life.add('c');
    await life.clock.advance(10);
    life.close();
    await life.clock.settle();
    expect(life.log).toEqual(['b OUTBOX_EXPIRED not-sent', 'c CLIENT_CLOSED not-sent']);
    expect([storage.held.size, storage.log.at(-1)]).toEqual([0, 'close']);
  });

  it('goes on in memory when there is no room, and says so', async () => {
    const storage = new Memory(isSlow);
    const life = begin(storage);
    await life.clock.settle();
    const cause = new Error('QuotaExceededError');
    storage.faults.save = cause;
    life.add('a');
    await life.clock.settle();
    expect(life.errors).toEqual([
      expect.objectContaining({
        name: 'HoldlineError',
        code: 'STORAGE_FAILED',
        cause,
        message:
          'The storage of the outbox failed. A message waits in memory alone, and is lost if the program ends. See the cause.',
      }),
    ]);
    life.isUp = true;
    life.flush();
    await life.clock.settle();
    expect([life.log, storage.log.includes('remove')]).toEqual([['a sent'], false]);
  });

  it('does not send what it cannot remove, tells that nobody knows, and lets the next one pass', async () => {
    const storage = new Memory(isSlow);
    const life = begin(storage);
    await life.clock.settle();
    life.add('a');
    await life.clock.settle();
    storage.faults.remove = new Error('locked');
    life.isUp = true;
    life.add('b', { keepFor: 0 });
    life.flush();
    await life.clock.settle();
    expect(life.log).toEqual(['a OUTBOX_KEPT unknown', 'b sent']);
    expect(life.wire).toEqual(['b']);
    expect(life.errors.map(({ message }) => message)).toEqual([expect.stringContaining('so was not sent')]);
    delete storage.faults.remove;
    const next = begin(storage, life.clock);
    next.isUp = true;
    next.flush();
    await next.clock.settle();
    expect([next.wire, storage.held.size]).toEqual([['a'], 0]);
  });

  it('says so when a message that was given up cannot be removed', async () => {
    const storage = new Memory(isSlow);
    const life = begin(storage);
    await life.clock.settle();
    const takeBack = life.add('a');
    await life.clock.settle();
    storage.faults.remove = new Error('locked');
    takeBack();
    await life.clock.settle();
    expect(life.errors.map(({ message }) => message)).toEqual([expect.stringContaining('by the next life')]);
  });

  it('begins with nothing when the storage cannot be read, and says so', async () => {
    const storage = new Memory(isSlow);
    storage.faults.load = new Error('SecurityError');
    const life = begin(storage);
    await life.clock.settle();
    expect([life.restored, life.errors.length]).toEqual([[], 1]);
    life.add('a');
    await life.clock.settle();
    expect(storage.held.size).toBe(1);
  });

  it.each([null, undefined, {}, 'text'])(
    'begins with nothing when load gives %s, and says so',
    async (found) => {
      const storage = new Memory(isSlow);
      storage.load = () => (isSlow ? Promise.resolve(found) : found) as never;
      const life = begin(storage);
      await life.clock.settle();
      expect(life.errors.map(({ code, cause }) => [code, cause])).toEqual([['STORAGE_FAILED', found]]);
      life.isUp = true;
      life.add('a');
      life.flush();
      await life.clock.settle();
      expect([life.wire, storage.held.size]).toEqual([['a'], 0]);
    },
  );

  it('removes and reports what is no message, and keeps the rest', async () => {
    const storage = new Memory(isSlow);
    const good = {
      id: 'x.1',
      data: 'good',
      isBinary: false,
      queuedAt: Date.UTC(2026, 0, 1),
      order: 1,
      ttl: null,
    };
    const wrong: unknown[] = [
      { id: 'x.2' },
      { ...good, id: 'x.3', ttl: '1' },
      { ...good, id: 'x.4', queuedAt: null },
      { ...good, id: 'x.5', data: 'not base64!', isBinary: true },
      { ...good, id: 'x.6', isBinary: 1 },
      // Base64 that atob() throws for: cut off, of another alphabet, all padding.
      { ...good, id: 'x.7', data: 'A', isBinary: true },
      { ...good, id: 'x.8', data: 'AAAAA', isBinary: true },
      { ...good, id: 'x.9', data: 'AA_A', isBinary: true },
      { ...good, id: 'x.10', data: '==', isBinary: true },
      { data: 'no id' },
      null,
      'text',
    ];
    [good, ...wrong].forEach((message, at) => {
      storage.held.set((message as { id?: string } | null)?.id ?? `nameless ${at}`, message);
    });
    const life = begin(storage);
    await life.clock.settle();
    expect(life.restored.map(({ data, ttl }) => [data, ttl])).toEqual([['good', Number.POSITIVE_INFINITY]]);
    expect(life.errors.map(({ cause }) => cause)).toEqual(wrong);
    expect([...storage.held.keys()].filter((id) => id.startsWith('x.'))).toEqual(['x.1']);
  });

  it('does not bring back what is too old, nor what the outbox has no room for', async () => {
    const storage = new Memory(isSlow);
    const first = begin(storage);
    await first.clock.settle();
    first.add('old', { ttl: 500 });
    first.add('a');
    first.add('b');
    await first.clock.settle();
    first.clock.jump(1_000);
    storage.held.set('y.1', {
      ...(storage.held.values().next().value as object),
      id: 'y.1',
      data: 'c',
      ttl: null,
    });
    storage.held.set('y.2', {
      ...(storage.held.values().next().value as object),
      id: 'y.2',
      data: 'd',
      ttl: null,
    });
    const second = begin(storage, first.clock);
    await second.clock.settle();
    expect(second.log.sort()).toEqual(['? OUTBOX_EXPIRED', 'b OUTBOX_FULL not-sent']);
    expect([second.outbox.size, storage.held.size]).toEqual([3, 3]);
  });

  it('gives a message no more time than it had when the wall clock was set back', async () => {
    const storage = new Memory(isSlow);
    const first = begin(storage);
    await first.clock.settle();
    first.add('a');
    await first.clock.settle();
    first.clock.jump(-3_600_000);
    const second = begin(storage, first.clock);
    await second.clock.settle();
    expect(second.restored).toEqual([expect.objectContaining({ ttl: 60_000 })]);
  });

  it('does not keep Blobs, nor what is to be kept for no time', async () => {
    const storage = new Memory(isSlow);
    const life = begin(storage);
    await life.clock.settle();
    life.add(new Blob(['x']));
    life.add('secret', { keepFor: 0 });
    life.add(new Uint8Array([7, 8, 9]).subarray(1, 2));
    await life.clock.settle();
    expect([...storage.held.values()]).toEqual([
      expect.objectContaining({ data: btoa('\b'), isBinary: true }),
    ]);
  });

  it('keeps for ever what may wait for ever', async () => {
    const storage = new Memory(isSlow);
    const life = begin(storage);
    await life.clock.settle();
    life.add(Uint8Array.of(1, 2).buffer, { ttl: Number.POSITIVE_INFINITY });
    await life.clock.advance(1e9);
    const next = begin(storage, life.clock);
    await next.clock.settle();
    expect(next.restored).toEqual([
      expect.objectContaining({ data: Uint8Array.of(1, 2), ttl: Number.POSITIVE_INFINITY }),
    ]);
  });
});

it('sends what is to leave while it is still being written down, whether that succeeds or not', async () => {
  const storage = new Memory(true);
  const life = begin(storage);
  await life.clock.settle();
  life.isUp = true;
  storage.faults.save = new Error('no room');
  life.add('a');
  life.flush();
  await life.clock.settle();
  expect([life.log, life.errors.length, storage.log]).toEqual([['a sent'], 1, ['load', 'save a', 'remove']]);
});

describe('lives', () => {
  it('number their requests apart', () => {
    const firsts = [begin(new Memory()), begin(new Memory())].map(({ firstKeys }) => firstKeys[0] as number);
    expect(new Set(firsts).size).toBe(2);
    for (const first of firsts) {
      expect(first % 2 ** 31).toBe(0);
      expect(Number.isSafeInteger(first + 2 ** 31)).toBe(true);
    }
  });

  it('name their messages apart, and what is still on its way when the client closes comes too late', async () => {
    const storage = new Memory(true);
    storage.held.set('x.1', { id: 'x.1', data: 'late', isBinary: false, queuedAt: 0, order: 1, ttl: null });
    const life = begin(storage);
    life.close();
    life.close();
    await life.clock.settle();
    expect([life.restored, storage.held.size, storage.log]).toEqual([[], 1, ['load', 'close']]);
    life.add('after the end');
    await life.clock.settle();
    expect(storage.held.size).toBe(1);
  });

  it('needs no close of the storage', () => {
    const { load, save, remove } = new Memory();
    const life = begin({ load: () => [], save, remove });
    expect(load).toBeTypeOf('function');
    expect(() => life.close()).not.toThrow();
    expect(life.errors).toEqual([]);
  });

  it('end quietly when the storage cannot even be closed', () => {
    const life = begin({
      load: () => [],
      save: () => {},
      remove: () => {},
      close: () => {
        throw new Error('gone');
      },
    });
    expect(() => life.close()).not.toThrow();
    expect(life.errors).toEqual([]);
  });
});

describe('a storage that does not answer load()', () => {
  const hanging = () => {
    const memory = new Memory();
    let answer: (found: readonly unknown[]) => void = () => {};
    const load = () => new Promise<readonly unknown[]>((resolve) => (answer = resolve));
    const { save, remove, close } = memory;
    const storage = { load, save: save.bind(memory), remove: remove.bind(memory), close: close.bind(memory) };
    return { storage, answer: (found: readonly unknown[]) => answer(found) };
  };
  const old = { id: 'x.1', data: 'old', isBinary: false, queuedAt: 0, order: 1, ttl: null };

  it('holds messages up for 5 s, no longer; what it brings then is sent once', async () => {
    const { storage, answer } = hanging();
    const life = begin(storage);
    life.isUp = true;
    life.add('new');
    life.flush();
    await life.clock.advance(4_999);
    expect([life.wire, life.errors]).toEqual([[], []]);
    await life.clock.advance(1);
    await life.clock.settle();
    life.flush();
    expect([life.wire, life.errors.map(({ code }) => code)]).toEqual([['new'], ['STORAGE_FAILED']]);
    answer([old]);
    await life.clock.settle();
    life.flush();
    life.flush();
    expect([life.wire, life.clock.pendingTimers]).toEqual([['new', 'old'], 0]);
  });

  it('has nothing left to say when the client is closed', async () => {
    const { storage, answer } = hanging();
    const life = begin(storage);
    life.close();
    expect(life.clock.pendingTimers).toBe(0);
    answer([old]);
    await life.clock.advance(5_000);
    expect([life.restored, life.errors]).toEqual([[], []]);
  });
});
