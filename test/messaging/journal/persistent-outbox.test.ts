import { describe, expect, it } from 'vitest';
import { jsonRpc } from '../../../src/index.ts';
import {
  type OutboxStorage,
  persistentOutbox,
  type StoredMessage,
} from '../../../src/messaging/journal/persistent-outbox.ts';
import { together } from '../../../src/messaging/together.ts';
import { createVirtualClock, type VirtualClock } from '../../../src/testing/virtual-clock.ts';
import { beginLife, type Life } from './life.ts';

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

  /** What was done to messages, without the beginning and the end. */
  get writes(): readonly string[] {
    return this.log.filter((line) => line !== 'load' && line !== 'close');
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

interface KeptLife extends Life {
  readonly clock: VirtualClock;
  readonly queued: number;
  /** Lets everything that waits go out. */
  up(): Promise<void>;
  close(): void;
  /** Ends without a word. Returns the time of day for the next life, `ms` milliseconds later. */
  crash(ms?: number): number;
}

function prepare(storage: OutboxStorage, wallTime?: number, options = {}): KeptLife {
  const clock = createVirtualClock(wallTime === undefined ? {} : { wallTime });
  let isDead = false;
  const whileAlive = <T>(task: () => T): T => (isDead ? (new Promise(() => {}) as T) : task());
  const kept: OutboxStorage = {
    load: (owner) => whileAlive(() => storage.load(owner)),
    save: (message) => whileAlive(() => storage.save(message)),
    remove: (id) => whileAlive(() => storage.remove(id)),
    close: () => whileAlive(() => storage.close?.()),
  };
  const life = beginLife(persistentOutbox(kept), clock, { outbox: { maxMessages: 3 }, ...options });
  return Object.defineProperties(life as KeptLife, {
    clock: { value: clock },
    queued: { get: () => life.client.stats().queued },
    up: {
      value: () => {
        life.drain();
        return clock.settle();
      },
    },
    close: { value: () => void life.client.close({ flush: false }) },
    crash: {
      value: (ms = 0) => {
        isDead = true;
        return clock.wallTime() + ms;
      },
    },
  });
}

/** A client on a connection that is ready, with enough to do, after it has looked at what others left. */
async function begin(storage: OutboxStorage, wallTime?: number, options = {}): Promise<KeptLife> {
  const life = prepare(storage, wallTime, options);
  life.client.connect();
  await life.clock.advance(0);
  life.accept();
  await life.clock.settle();
  return life;
}

const BYTES = Uint8Array.of(0, 128, 255);

const GOOD = {
  id: 'x.1',
  to: 'ws://test ',
  data: 'good',
  isBinary: false,
  queuedAt: Date.UTC(2026, 0, 1),
  order: 1,
  ttl: null,
};

/** All that waits until its time is up. */
async function expires(life: KeptLife, ms: number): Promise<void> {
  const { queued } = life;
  await life.clock.advance(ms - 1);
  expect(life.queued).toBe(queued);
  await life.clock.advance(1);
  expect(life.queued).toBe(queued - 1);
  expect(life.drops.at(-1)).toBe('OUTBOX_EXPIRED');
}

describe.each([
  ['at once', false],
  ['a moment later', true],
])('a journal whose storage answers %s', (_, isSlow) => {
  /** A program that has left three messages, and crashed a second later. */
  async function threeLeft() {
    const storage = new Memory(isSlow);
    const first = await begin(storage);
    first.send('a');
    await first.clock.advance(1_000);
    first.send('b', { ttl: 5_000, key: 'k', compress: false });
    first.send(BYTES, { ttl: 9_000 });
    await first.clock.settle();
    return { storage, wallTime: first.crash(1_000) };
  }

  it('brings back after a crash what waited, in order, and sends it once', async () => {
    const { storage, wallTime } = await threeLeft();
    const second = await begin(storage, wallTime);
    expect(second.queued).toBe(3);
    await second.up();
    expect(second.wire).toEqual(['a', 'b', BYTES]);
    expect(second.wireOptions).toEqual([undefined, { compress: false }, undefined]);
    expect(second.queued).toBe(0);
    expect(storage.held.size).toBe(0);
    const third = await begin(storage, second.crash());
    expect(third.queued).toBe(0);
    expect(third.errors).toEqual([]);
  });

  it('brings it back with what is left of its time', async () => {
    const { storage, wallTime } = await threeLeft();
    const second = await begin(storage, wallTime);
    await expires(second, 4_000); // b
    await expires(second, 4_000); // the bytes
    await expires(second, 50_000); // a
    expect(storage.held.size).toBe(0);
  });

  it('brings it back with its key', async () => {
    const { storage, wallTime } = await threeLeft();
    const second = await begin(storage, wallTime);
    second.send('b2', { key: 'k' });
    await second.up();
    expect(second.drops).toEqual(['OUTBOX_REPLACED']);
    expect(second.wire).toEqual(['a', BYTES, 'b2']);
    expect(storage.held.size).toBe(0);
  });

  it('has removed a message before it goes to the socket', async () => {
    const storage = new Memory(isSlow);
    const life = await begin(storage);
    life.send('a');
    life.send('b');
    await life.clock.settle();
    const heldThen: number[] = [];
    life.beforeSend = () => heldThen.push(storage.held.size) > 0;
    await life.up();
    expect(heldThen).toEqual([1, 0]);
    expect(life.fates).toEqual(['a sent', 'b sent']);
  });

  it('writes a message down again that the socket did not take after all', async () => {
    const storage = new Memory(isSlow);
    const life = await begin(storage);
    life.send('a');
    await life.clock.settle();
    life.beforeSend = () => false;
    await life.up();
    expect(storage.writes).toEqual(['save a', 'remove', 'save a']);
    expect(storage.held.size).toBe(1);
    expect(life.fates).toEqual([]);
    life.beforeSend = () => true;
    await life.up();
    expect(life.fates).toEqual(['a sent']);
    expect(storage.held.size).toBe(0);
  });

  it('forgets what was taken back, expired or dropped', async () => {
    const storage = new Memory(isSlow);
    const life = await begin(storage);
    const controller = new AbortController();
    life.send('a', { signal: controller.signal });
    controller.abort();
    life.send('b', { ttl: 10 });
    life.send('c');
    await life.clock.advance(10);
    life.close();
    await life.clock.advance(0);
    expect(life.fates).toEqual([
      'a ABORTED not-sent',
      'b OUTBOX_EXPIRED not-sent',
      'c CLIENT_CLOSED not-sent',
    ]);
    expect(storage.held.size).toBe(0);
    expect(storage.log.at(-1)).toBe('close');
  });

  it('goes on in memory when there is no room, and says so', async () => {
    const storage = new Memory(isSlow);
    const life = await begin(storage);
    const cause = new Error('QuotaExceededError');
    storage.faults.save = cause;
    life.send('a');
    await life.clock.settle();
    expect(life.errors).toEqual([
      expect.objectContaining({ name: 'HoldlineError', code: 'STORAGE_FAILED', cause }),
    ]);
    expect(life.errors[0]?.message).toBe(
      'The storage of the outbox failed. A message waits in memory alone, and is lost if the program ends. See the cause.',
    );
    await life.up();
    expect(life.fates).toEqual(['a sent']);
    expect(storage.writes).toEqual(['save a']);
  });

  it('does not send what it cannot remove, tells that nobody knows, and lets the next one pass', async () => {
    const storage = new Memory(isSlow);
    const life = await begin(storage);
    life.send('a');
    await life.clock.settle();
    storage.faults.remove = new Error('locked');
    life.send('b', { persist: false });
    await life.up();
    expect(life.fates).toEqual(['a OUTBOX_KEPT unknown', 'b sent']);
    expect(life.wire).toEqual(['b']);
    expect(life.errors.map(({ message }) => message)).toEqual([expect.stringContaining('so was not sent')]);
    delete storage.faults.remove;
    const next = await begin(storage, life.crash());
    await next.up();
    expect(next.wire).toEqual(['a']);
    expect(storage.held.size).toBe(0);
  });

  it('says so when a message that was given up cannot be removed', async () => {
    const storage = new Memory(isSlow);
    const life = await begin(storage);
    const controller = new AbortController();
    life.send('a', { signal: controller.signal });
    await life.clock.settle();
    storage.faults.remove = new Error('locked');
    controller.abort();
    await life.clock.settle();
    expect(life.errors.map(({ message }) => message)).toEqual([expect.stringContaining('by the next life')]);
  });

  it('begins with nothing when the storage cannot be read, and says so', async () => {
    const storage = new Memory(isSlow);
    const cause = new Error('SecurityError');
    storage.faults.load = cause;
    const life = await begin(storage);
    expect(life.queued).toBe(0);
    expect(life.errors).toEqual([expect.objectContaining({ code: 'STORAGE_FAILED', cause })]);
    life.send('a');
    await life.clock.settle();
    expect(storage.held.size).toBe(1);
  });

  it.each([null, undefined, {}, 'text'])(
    'begins with nothing when load gives %s, and says so',
    async (found) => {
      const storage = new Memory(isSlow);
      storage.load = () => (isSlow ? Promise.resolve(found) : found) as never;
      const life = await begin(storage);
      expect(life.errors.map(({ code }) => code)).toEqual(['STORAGE_FAILED']);
      expect(life.errors[0]).toMatchObject({ detail: 'no-array' });
      expect(life.errors[0]?.cause).toBeUndefined();
      life.send('a');
      await life.up();
      expect(life.wire).toEqual(['a']);
      expect(storage.held.size).toBe(0);
    },
  );

  it('removes and reports what is no message, and keeps the rest', async () => {
    const storage = new Memory(isSlow);
    const wrong: unknown[] = [
      { id: 'x.2' },
      { ...GOOD, id: 'x.3', ttl: '1' },
      { ...GOOD, id: 'x.4', queuedAt: null },
      { ...GOOD, id: 'x.5', data: 'not base64!', isBinary: true },
      { ...GOOD, id: 'x.6', isBinary: 1 },
      // Base64 that atob() throws for: cut off, of another alphabet, all padding.
      { ...GOOD, id: 'x.7', data: 'A', isBinary: true },
      { ...GOOD, id: 'x.8', data: 'AAAAA', isBinary: true },
      { ...GOOD, id: 'x.9', data: 'AA_A', isBinary: true },
      { ...GOOD, id: 'x.10', data: '==', isBinary: true },
      { data: 'no id' },
      null,
      'text',
    ];
    [GOOD, ...wrong].forEach((message, at) => {
      storage.held.set((message as { id?: string } | null)?.id ?? `nameless ${at}`, message);
    });
    const life = await begin(storage);
    expect(life.errors.map(({ detail, cause }) => [detail, cause])).toEqual(
      wrong.map(() => ['foreign', undefined]),
    );
    expect([...storage.held.keys()].filter((id) => id.startsWith('x.'))).toEqual(['x.1']);
    await life.clock.advance(1e9); // it may wait for ever
    await life.up();
    expect(life.wire).toEqual(['good']);
  });

  it('does not bring back what is too old, nor what the outbox has no room for', async () => {
    const storage = new Memory(isSlow);
    const first = await begin(storage);
    first.send('old', { ttl: 500 });
    first.send('a');
    first.send('b');
    await first.clock.settle();
    const old = [...storage.held.values()][0] as object;
    storage.held.set('y.1', { ...old, id: 'y.1', data: 'c', ttl: null });
    storage.held.set('y.2', { ...old, id: 'y.2', data: 'd', ttl: null });
    const second = await begin(storage, first.crash(1_000));
    expect(second.drops).toEqual(['OUTBOX_EXPIRED', 'OUTBOX_FULL']);
    expect(second.queued).toBe(3);
    expect(storage.held.size).toBe(3);
    await second.up();
    expect(second.wire).toEqual(['c', 'd', 'a']);
  });

  it('gives a message no more time than it had when the wall clock was set back', async () => {
    const storage = new Memory(isSlow);
    const first = await begin(storage);
    first.send('a');
    await first.clock.settle();
    const second = await begin(storage, first.crash(-3_600_000));
    await expires(second, 60_000);
  });

  it('does not keep Blobs, nor several that stay together, nor what is not to be kept, nor what may wait no time', async () => {
    const storage = new Memory(isSlow);
    const life = await begin(storage, undefined, { outbox: { maxMessages: 5 } });
    life.send(new Blob(['x']));
    life.send(together('a', 'b') as never);
    life.send('secret', { persist: false });
    life.send('brief', { ttl: 0 });
    life.send(new Uint8Array([7, 8, 9]).subarray(1, 2));
    await life.clock.settle();
    expect([...storage.held.values()]).toEqual([
      expect.objectContaining({ data: btoa('\b'), isBinary: true }),
    ]);
  });

  it('keeps for ever what may wait for ever', async () => {
    const storage = new Memory(isSlow);
    const life = await begin(storage);
    life.send(Uint8Array.of(1, 2).buffer, { ttl: Number.POSITIVE_INFINITY });
    await life.clock.settle();
    const next = await begin(storage, life.crash(1e9));
    await next.clock.advance(1e9);
    await next.up();
    expect(next.wire).toEqual([Uint8Array.of(1, 2)]);
  });
});

describe('a storage that answers a moment later', () => {
  it('sends what is to leave while it is still being written down, whether that succeeds or not', async () => {
    const storage = new Memory(true);
    const life = await begin(storage);
    storage.faults.save = new Error('no room');
    life.send('a');
    await life.up();
    expect(life.fates).toEqual(['a sent']);
    expect(life.errors).toHaveLength(1);
    expect(storage.log).toEqual(['load', 'save a', 'remove']);
  });

  it('writes a message down again when the socket has got enough to do meanwhile', async () => {
    const storage = new Memory(true);
    const life = await begin(storage);
    life.send('a');
    await life.clock.settle();
    life.drain();
    life.congest();
    await life.clock.settle();
    expect(storage.writes).toEqual(['save a', 'remove', 'save a']);
    expect(storage.held.size).toBe(1);
    await life.up();
    expect(life.fates).toEqual(['a sent']);
    expect(storage.held.size).toBe(0);
  });

  it('forgets what was taken back while it was being removed', async () => {
    const storage = new Memory(true);
    const life = await begin(storage);
    const controller = new AbortController();
    life.send('a', { signal: controller.signal });
    await life.clock.settle();
    life.drain();
    controller.abort();
    await life.clock.settle();
    expect(life.fates).toEqual(['a ABORTED not-sent']);
    expect(life.wire).toEqual([]);
    expect(storage.held.size).toBe(0);
    expect(storage.writes).toEqual(['save a', 'remove']);
  });
});

describe('lives', () => {
  it('number their requests apart', async () => {
    const ids: number[] = [];
    for (const wallTime of [0, 1]) {
      const life = await begin(new Memory(), wallTime, { envelope: jsonRpc() });
      life.client.request('sum').catch(() => {});
      await life.up();
      ids.push(JSON.parse(life.wire[0] as string).id);
    }
    expect(new Set(ids).size).toBe(2);
    for (const id of ids) {
      expect((id - 1) % 2 ** 31).toBe(0);
      expect(Number.isSafeInteger(id + 2 ** 31)).toBe(true);
    }
  });

  it('name their messages apart', async () => {
    const owners: string[] = [];
    const names: string[] = [];
    for (const wallTime of [0, 1]) {
      const storage = new Memory();
      const load = storage.load.bind(storage);
      storage.load = ((owner: string) => {
        owners.push(owner);
        return load();
      }) as typeof storage.load;
      const life = await begin(storage, wallTime);
      life.send('a');
      life.send('b');
      await life.clock.settle();
      names.push(...storage.held.keys());
    }
    expect(names).toEqual([`${owners[0]}.1`, `${owners[0]}.2`, `${owners[1]}.1`, `${owners[1]}.2`]);
    expect(owners[0]).not.toBe(owners[1]);
  });

  it('do not hear of what is still on its way when the client closes', async () => {
    const storage = new Memory(true);
    storage.held.set('x.1', GOOD);
    const life = prepare(storage);
    life.client.connect();
    await life.clock.advance(0);
    life.server.last.drop();
    life.send('early');
    life.close();
    life.close();
    await life.clock.settle();
    expect(life.queued).toBe(0);
    expect(life.drops).toEqual(['CLIENT_CLOSED']);
    expect(storage.log).toEqual(['load', 'save early', 'remove', 'close']);
    life.send('after the end');
    await life.clock.settle();
    expect(life.fates).toEqual(['early CLIENT_CLOSED not-sent', 'after the end CLIENT_CLOSED not-sent']);
    expect([...storage.held.keys()]).toEqual(['x.1']);
  });

  it('need no close of the storage', async () => {
    const memory = new Memory();
    const life = await begin({
      load: () => [],
      save: (message) => memory.save(message),
      remove: (id) => memory.remove(id),
    });
    expect(() => life.close()).not.toThrow();
    expect(life.errors).toEqual([]);
  });

  it('end quietly when the storage cannot even be closed', async () => {
    const life = await begin({
      load: () => [],
      save: () => {},
      remove: () => {},
      close: () => {
        throw new Error('gone');
      },
    });
    expect(() => life.close()).not.toThrow();
    await life.clock.settle();
    expect(life.errors).toEqual([]);
  });
});

describe('a storage that does not answer load()', () => {
  const hanging = () => {
    const memory = new Memory();
    let answer: (found: readonly unknown[]) => void = () => {};
    let fail: (cause: unknown) => void = () => {};
    const storage: OutboxStorage = {
      load: () =>
        new Promise<readonly unknown[]>((resolve, reject) => {
          answer = resolve;
          fail = reject;
        }),
      save: (message) => memory.save(message),
      remove: (id) => memory.remove(id),
      close: () => memory.close(),
    };
    const settle = {
      answer: (found: readonly unknown[]) => answer(found),
      fail: (cause: unknown) => fail(cause),
    };
    return { storage, ...settle };
  };
  const old = { ...GOOD, data: 'old' };

  /** A client with one message that has to wait, on a connection that could take it. */
  async function waiting(storage: OutboxStorage): Promise<KeptLife> {
    const life = prepare(storage);
    life.send('new');
    await life.clock.advance(0);
    life.server.last.accept();
    return life;
  }

  it('holds messages up for 5 s, no longer; what it brings then is sent once', async () => {
    const { storage, answer } = hanging();
    const life = await waiting(storage);
    await life.clock.advance(4_999);
    expect(life.wire).toEqual([]);
    expect(life.errors).toEqual([]);
    await life.clock.advance(1);
    expect(life.wire).toEqual(['new']);
    expect(life.errors.map(({ code }) => code)).toEqual(['STORAGE_FAILED']);
    answer([old]);
    await life.clock.settle();
    await life.up();
    expect(life.wire).toEqual(['new', 'old']);
    expect(life.errors).toHaveLength(1);
    life.close();
    await life.clock.advance(0);
    expect(life.clock.pendingTimers).toBe(0);
  });

  it('holds them up no longer once it has failed', async () => {
    const { storage, fail } = hanging();
    const life = await waiting(storage);
    const cause = new Error('SecurityError');
    fail(cause);
    await life.clock.settle();
    expect(life.wire).toEqual(['new']);
    expect(life.errors).toEqual([expect.objectContaining({ code: 'STORAGE_FAILED', cause })]);
  });

  it('has nothing left to say when the client is closed', async () => {
    const { storage, answer } = hanging();
    const life = await waiting(storage);
    life.close();
    await life.clock.advance(0);
    expect(life.clock.pendingTimers).toBe(0);
    answer([old]);
    await life.clock.advance(5_000);
    expect(life.queued).toBe(0);
    expect(life.wire).toEqual([]);
    expect(life.errors).toEqual([]);
  });

  it('does not bring into the next life of the client what it had been asked for in the one before', async () => {
    const { storage, answer } = hanging();
    const life = await waiting(storage);
    await life.clock.advance(5_000);
    const answerFirst = answer;
    life.close();
    await life.clock.advance(0);
    answerFirst([old]);
    await life.clock.settle();
    expect(life.wire).toEqual(['new']);
  });
});

it('a storage that cannot be closed is nobody’s trouble any more', async () => {
  const storage = new Memory();
  let closed = 0;
  storage.close = async () => {
    closed++;
    throw new Error('busy');
  };
  const life = prepare(storage);
  life.send('a');
  life.accept();
  await life.up();
  life.close();
  await life.clock.advance(0);
  expect([closed, life.fates, life.errors]).toEqual([1, ['a sent'], []]);
});
