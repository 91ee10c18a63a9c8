import { describe, expect, it } from 'vitest';
import {
  type KeyValueStorage,
  type Locks,
  storageOutbox,
} from '../../../src/messaging/journal/storage-outbox.ts';
import { createVirtualClock } from '../../../src/testing/virtual-clock.ts';
import type { SendData } from '../../../src/transport/transport.ts';
import { beginLife } from './life.ts';

/** localStorage, for as many pages as like. */
class FakeStorage implements KeyValueStorage {
  readonly items = new Map<string, string>();
  capacity = Number.POSITIVE_INFINITY;

  get length(): number {
    return this.items.size;
  }
  key(index: number): string | null {
    return [...this.items.keys()][index] ?? null;
  }
  getItem(key: string): string | null {
    return this.items.get(key) ?? null;
  }
  setItem(key: string, value: string): void {
    if (this.items.size >= this.capacity) throw new DOMException('full', 'QuotaExceededError');
    this.items.set(key, value);
  }
  removeItem(key: string): void {
    this.items.delete(key);
  }
}

/** navigator.locks of one browser. A page that dies lets go of its locks. */
class Browser {
  readonly held = new Map<string, object>();

  page(): Locks & { die(): void } {
    const page = {};
    return {
      request: async (name, _options, callback) => {
        await Promise.resolve();
        if (this.held.has(name)) return callback(null);
        this.held.set(name, page);
        await callback({ name });
        if (this.held.get(name) === page) this.held.delete(name);
        return undefined;
      },
      die: () => {
        for (const [name, holder] of this.held) if (holder === page) this.held.delete(name);
      },
    };
  }
}

const clock = createVirtualClock();

/** A client that has looked at what others left, on a connection that has enough to do. */
async function begin(storage: KeyValueStorage, locks: Locks | undefined, key = 'shop') {
  const life = beginLife(storageOutbox(storage, { key, locks }), clock);
  life.client.connect();
  await clock.advance(0);
  life.accept();
  await clock.settle();
  return {
    client: life.client,
    errors: life.errors,
    get queued(): number {
      return life.client.stats().queued;
    },
    add: life.send,
    /** What it sends now. */
    async send(): Promise<readonly SendData[]> {
      life.drain();
      await clock.settle();
      return life.wire;
    },
  };
}

describe('messages in a storage', () => {
  it('are items of their own under the key, and leave others alone', async () => {
    const storage = new FakeStorage();
    storage.setItem('theme', 'dark');
    storage.setItem('shopping', 'list');
    const first = await begin(storage, undefined);
    first.add('a');
    first.add('b');
    expect([...storage.items.keys()].filter((name) => name.startsWith('shop:'))).toHaveLength(2);
    expect(JSON.parse(storage.items.get(storage.key(2) as string) as string)).toMatchObject({
      data: 'a',
      isBinary: false,
      ttl: 60_000,
    });
    const other = await begin(storage, undefined, 'other');
    expect(await other.send()).toEqual([]);
    const second = await begin(storage, undefined);
    expect(await second.send()).toEqual(['a', 'b']);
    expect([...storage.items.keys()]).toEqual(['theme', 'shopping']);
  });

  it.each([
    ['a text', 'x'.repeat(4_000_000)],
    ['a list', Array(2_000_000).fill(0)],
  ])('that are %s of somebody else are removed, without being taken apart', async (_what, item) => {
    const storage = new FakeStorage();
    storage.setItem('shop:life.1', JSON.stringify(item));
    const before = process.cpuUsage();
    const { errors } = await begin(storage, undefined);
    const { user, system } = process.cpuUsage(before);
    // A member for each of its characters or items takes 1.5 to 3 s of the processor, in microseconds; to read it 0.2 s.
    expect(user + system).toBeLessThan(700_000);
    expect(errors).toMatchObject([{ code: 'STORAGE_FAILED', detail: 'foreign' }]);
    expect((errors[0] as Error).cause).toBeUndefined();
    expect([...storage.items.keys()]).toEqual([]);
  });

  it('are not taken by a client whose key is the beginning of another', async () => {
    const storage = new FakeStorage();
    (await begin(storage, undefined, 'shop:admin')).add('a');
    const shop = await begin(storage, undefined, 'shop');
    expect(await shop.send()).toEqual([]);
    expect(shop.errors).toEqual([]);
    expect(await (await begin(storage, undefined, 'shop:admin')).send()).toEqual(['a']);
  });

  it('that are cut off are removed and reported; the others come back', async () => {
    const storage = new FakeStorage();
    const first = await begin(storage, undefined);
    first.add('a');
    storage.setItem('shop:x.1', '{"data":"cut o');
    storage.setItem('shop:x.2', 'null');
    const second = await begin(storage, undefined);
    expect(await second.send()).toEqual(['a']);
    expect(second.errors.map(({ code }) => code)).toEqual(['STORAGE_FAILED', 'STORAGE_FAILED']);
    expect(second.errors.map(({ cause }) => cause)).toEqual([undefined, undefined]);
    expect(storage.length).toBe(0);
  });

  it('come back although another page removes items while they are being listed', async () => {
    const storage = new FakeStorage();
    (await begin(storage, undefined)).add('a');
    const shrinking: KeyValueStorage = {
      length: 2,
      key: (index) => storage.key(index),
      getItem: (key) => storage.getItem(key),
      setItem: (key, value) => storage.setItem(key, value),
      removeItem: (key) => storage.removeItem(key),
    };
    expect(await (await begin(shrinking, undefined)).send()).toEqual(['a']);
  });

  it('that find no room wait in memory', async () => {
    const storage = new FakeStorage();
    storage.capacity = 1;
    const client = await begin(storage, undefined);
    client.add('a');
    client.add('b');
    expect(client.errors.map(({ cause }) => (cause as Error).name)).toEqual(['QuotaExceededError']);
    expect(await client.send()).toEqual(['a', 'b']);
    expect(storage.length).toBe(0);
  });
});

describe('pages that share a key, with locks', () => {
  it('leave each other in peace while they live', async () => {
    const storage = new FakeStorage();
    const browser = new Browser();
    const first = await begin(storage, browser.page());
    first.add('a');
    const second = await begin(storage, browser.page());
    second.add('b');
    expect(await second.send()).toEqual(['b']);
    expect(await first.send()).toEqual(['a']);
  });

  it('inherit from the dead, one heir alone, and from the heir again', async () => {
    const storage = new FakeStorage();
    const browser = new Browser();
    const page = browser.page();
    const first = await begin(storage, page);
    first.add('a');
    first.add('b');
    page.die();
    const heirPage = browser.page();
    const [heir, late] = await Promise.all([begin(storage, heirPage), begin(storage, browser.page())]);
    expect(heir.queued).toBe(2);
    expect(late.queued).toBe(0);
    heirPage.die();
    const third = await begin(storage, browser.page());
    expect(await third.send()).toEqual(['a', 'b']);
    expect(await late.send()).toEqual([]);
    expect(storage.length).toBe(0);
  });

  it('let go of every lock when the client is closed', async () => {
    const storage = new FakeStorage();
    const browser = new Browser();
    const page = browser.page();
    (await begin(storage, page)).add('a');
    page.die();
    const heir = await begin(storage, browser.page());
    expect(browser.held.size).toBe(2);
    void heir.client.close({ flush: false });
    await clock.advance(0);
    expect(browser.held.size).toBe(0);
  });

  it('say so when there are no locks to be had', async () => {
    const refusing: Locks = { request: () => Promise.reject(new DOMException('no', 'SecurityError')) };
    const client = await begin(new FakeStorage(), refusing);
    expect(client.errors).toEqual([expect.objectContaining({ code: 'STORAGE_FAILED' })]);
    client.add('a');
    expect(await client.send()).toEqual(['a']);
  });
});

it.each([
  [undefined, { key: 'a', locks: undefined }],
  [{}, { key: 'a', locks: undefined }],
  [new FakeStorage(), undefined],
  [new FakeStorage(), { key: 5, locks: undefined }],
])('refuses the arguments %o', (storage, options) => {
  expect(() => storageOutbox(storage as never, options as never)).toThrow(
    expect.objectContaining({ name: 'UsageError', code: 'INVALID_OPTION' }),
  );
});
