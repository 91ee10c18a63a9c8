// A client whose outbox outlives it.
import { describe, expect, it, vi } from 'vitest';
import { bearer } from '../../../src/auth/bearer.ts';
import { createClient } from '../../../src/client/create-client.browser.ts';
import { failover } from '../../../src/connection/failover.ts';
import {
  type OutboxStorage,
  persistentOutbox,
  type StoredMessage,
} from '../../../src/messaging/journal/persistent-outbox.ts';
import { jsonRpc } from '../../../src/messaging/json-rpc.ts';
import { raw } from '../../../src/messaging/raw.ts';
import { createScriptedServer, type ScriptedServerOptions } from '../../../src/testing/scripted-server.ts';
import { createVirtualClock } from '../../../src/testing/virtual-clock.ts';
import { halves, setUp, watch } from '../../client/set-up.ts';

const failure = (code: string, outcome = 'not-sent') => expect.objectContaining({ code, outcome });

function memory() {
  const held = new Map<string, StoredMessage>();
  const storage: OutboxStorage = {
    load: () => [...held.values()],
    save: (message) => void held.set(message.id, message),
    remove: (id) => void held.delete(id),
  };
  return { held, storage };
}

const clock = createVirtualClock();
let lives = 0;

/** A client that keeps what waits in `storage`. It does not connect unless the server lets it. */
function live(
  storage: OutboxStorage,
  behaviour: ScriptedServerOptions = { onConnect: () => {} },
  options = {},
) {
  const seed = ++lives;
  const numbers = halves();
  const bench = setUp(
    {
      clock,
      random: { fill: (target) => void target.fill(seed), uniform: () => numbers.next().value as number },
      use: [persistentOutbox(storage)],
      ...options,
    },
    behaviour,
  );
  const open = async (): Promise<void> => {
    bench.client.connect();
    await clock.advance(0);
  };
  return { ...bench, clock, open };
}

describe('after a reload', () => {
  it('what waited goes out once, before what is new, and nothing else comes back', async () => {
    const { held, storage } = memory();
    const old = live(storage);
    for (const promise of [
      old.client.send('sent'),
      old.client.notify('told'),
      old.client.request('asked', [1], { idempotent: true }),
      old.client.request('paid', [1]),
      old.client.send('secret', { persist: false }),
      old.client.request('secret', [], { idempotent: true, persist: false }),
    ]) {
      watch(promise);
    }
    await clock.settle();
    const ids = old.client.stats().pending;
    expect(ids).toBe(3);
    expect(held.size).toBe(3);
    const asked = [...held.values()].find(({ requestKey }) => requestKey !== undefined);
    expect(asked).toMatchObject({ ttl: 30_000, isBinary: false });

    const { client, server, received, of, told } = live(storage, {});
    void client.send('new');
    expect(client.stats().queued).toBe(4);
    await clock.advance(0);
    expect(received()).toEqual([
      'sent',
      { jsonrpc: '2.0', method: 'told' },
      { jsonrpc: '2.0', id: asked?.requestKey, method: 'asked', params: [1] },
      'new',
    ]);
    expect(held.size).toBe(0);
    // Nobody is there any more to hear the reply.
    server.last.send(JSON.stringify({ id: asked?.requestKey, result: 'done' }));
    expect(of('lateReply')).toEqual([{ key: asked?.requestKey }]);
    expect(told.filter(([name]) => name === 'error' || name === 'drop')).toEqual([]);
  });

  it('no reply to an old request is taken for one to a new request', async () => {
    const { storage } = memory();
    const old = live(storage);
    watch(old.client.request('asked', [], { idempotent: true }));
    await clock.settle();
    const { client, received } = live(storage, {});
    watch(client.request('asked'));
    await clock.advance(0);
    const ids = received().map((message) => (message as { id: number }).id);
    expect(new Set(ids).size).toBe(2);
    expect(ids.every(Number.isSafeInteger)).toBe(true);
  });

  it('what is too old, or has a newer one with its key, does not come back, and an event says so', async () => {
    const { held, storage } = memory();
    const old = live(storage);
    watch(old.client.send('brief', { ttl: 10 }));
    watch(old.client.send('x=1', { key: 'x' }));
    await clock.settle();
    clock.jump(1_000);
    const slow: OutboxStorage = { ...storage, load: async () => [...held.values()] };
    const { client, received, of } = live(slow, {});
    void client.send('x=2', { key: 'x' });
    await clock.advance(0);
    expect(received()).toEqual(['x=2']);
    expect(of('drop').map((error) => (error as { code: string }).code)).toEqual([
      'OUTBOX_EXPIRED',
      'OUTBOX_REPLACED',
    ]);
    expect(held.size).toBe(0);
  });

  it('what comes back late goes out late, on a line that is ready already', async () => {
    const { held, storage } = memory();
    watch(live(storage).client.send('old'));
    await clock.settle();
    const slow: OutboxStorage = {
      load: () => new Promise((resolve) => void clock.setTimer(() => resolve([...held.values()]), 100)),
      save: async (message) => storage.save(message),
      remove: async (id) => storage.remove(id),
    };
    const { open, received } = live(slow, {});
    await open();
    expect(received()).toEqual([]);
    await clock.advance(100);
    expect(received()).toEqual(['old']);
    expect(held.size).toBe(0);
  });
});

describe('the journal', () => {
  it('is emptied by close(), for what waits is told not-sent then, and begins anew with connect()', async () => {
    const { held, storage } = memory();
    const lives: string[] = [];
    const watched: OutboxStorage = {
      ...storage,
      load: (owner) => {
        lives.push(owner);
        return storage.load(owner);
      },
      close: () => void lives.push('closed'),
    };
    const { client, server } = live(watched);
    const fate = watch(client.send('x'));
    await clock.settle();
    expect(held.size).toBe(1);
    expect(lives.length).toBe(1);
    void client.close();
    await clock.advance(0);
    expect(fate.value).toEqual(failure('CLIENT_CLOSED'));
    expect(held.size).toBe(0);
    watch(client.send('to a closed client'));
    expect(held.size).toBe(0);
    expect(lives.length).toBe(2);
    expect(lives.at(-1)).toBe('closed');
    client.connect();
    watch(client.send('y'));
    expect(held.size).toBe(1);
    expect(lives.length).toBe(3);
    await clock.advance(0);
    server.last.accept();
    await clock.settle();
    expect(server.last.received).toEqual(['"y"']);
    expect(held.size).toBe(0);
  });

  it('tells of its faults as errors of the client, which goes on', async () => {
    const { storage } = memory();
    const cause = new Error('QuotaExceededError');
    const full: OutboxStorage = {
      ...storage,
      save: () => {
        throw cause;
      },
    };
    const { client, of, received } = live(full, {});
    const fate = watch(client.send('x'));
    expect(of('error')).toEqual([expect.objectContaining({ code: 'STORAGE_FAILED', cause })]);
    await clock.advance(0);
    expect(fate.value).toEqual({ outcome: 'handed-off', epoch: 1 });
    expect(received()).toEqual(['x']);
  });

  it('keeps no requests where the envelope cannot tell lives apart', async () => {
    const { held, storage } = memory();
    const envelope = () => {
      const { rpc, ...rest } = jsonRpc()();
      return { ...rest, rpc: { ...(rpc as NonNullable<typeof rpc>), numberAbove: undefined } };
    };
    const { client } = live(storage, undefined, { envelope });
    watch(client.request('asked', [], { idempotent: true }));
    watch(client.send('x'));
    await clock.settle();
    expect(held.size).toBe(1);
  });

  it('keeps bytes and text of plain messages, and what is not to be compressed', async () => {
    const { storage } = memory();
    const old = live(storage, undefined, { envelope: raw() });
    watch(old.client.send(Uint8Array.of(0, 255)));
    watch(old.client.send('é', { compress: false }));
    await clock.settle();
    const { server, open } = live(storage, {}, { envelope: raw() });
    await open();
    expect(server.last.received).toEqual([Uint8Array.of(0, 255), 'é']);
  });

  it('holds nothing up: a message that cannot be struck off is unknown, the next one goes', async () => {
    const { held, storage } = memory();
    const stuck: OutboxStorage = {
      ...storage,
      remove: () => {
        throw new Error('locked');
      },
    };
    const { client, server, of } = live(stuck);
    const fates = [watch(client.send('a')), watch(client.send('b', { persist: false }))];
    await clock.advance(0);
    server.last.accept();
    await clock.settle();
    expect(fates.map(({ value }) => value)).toEqual([
      failure('OUTBOX_KEPT', 'unknown'),
      { outcome: 'handed-off', epoch: 1 },
    ]);
    expect(server.last.received).toEqual(['"b"']);
    expect(of('drop')).toEqual([fates[0]?.value]);
    expect(held.size).toBe(1);
  });
});

describe('a journal that was given to two clients', () => {
  it('serves the one that came first; the other is told, and nothing is sent twice', async () => {
    const { held, storage } = memory();
    const journal = persistentOutbox(storage);
    const first = live(storage, undefined, { use: [journal] });
    const second = live(storage, { onConnect: (end) => end.accept() }, { use: [journal] });
    const waiting = watch(first.client.send('a'));
    const refused = expect.objectContaining({ name: 'UsageError', code: 'INVALID_STATE' });
    await expect(second.client.send('b')).rejects.toEqual(refused);
    await expect(second.client.request('c')).rejects.toEqual(refused);
    expect(second.client.stats().queued).toBe(0);
    expect(second.client.stats().pending).toBe(0);
    expect(held.size).toBe(1);
    void first.client.close();
    await clock.advance(5_000);
    expect(waiting.value).toEqual(failure('CLIENT_CLOSED'));
    expect(waiting.settled).toBe(1);
    await second.open();
    const sent = watch(second.client.send('d'));
    await clock.settle();
    expect(sent.value).toMatchObject({ outcome: 'handed-off' });
    expect(second.server.last.received).toEqual(['"d"']);
    expect(held.size).toBe(0);
    void second.client.close();
    await clock.advance(5_000);
  });
});

describe('whose messages are kept (attack 38)', () => {
  const logsIn = { auth: bearer({ token: 'secret' }) };
  /** Leaves one message behind, as a page does that is put away. */
  const leave = async (storage: OutboxStorage, options: object = {}): Promise<void> => {
    void live(storage, undefined, options)
      .client.send('transfer')
      .catch(() => {});
    await clock.settle();
  };
  const identified = (storage: OutboxStorage, identity?: string | (() => string)) => ({
    ...logsIn,
    use: [persistentOutbox(storage, { identity })],
  });

  it.each<[string, object, object]>([
    ['another user', { identity: 'alice' }, { identity: 'bob' }],
    ['another server', {}, { url: 'ws://other/' }],
    ['another port', {}, { url: 'ws://test:8080/' }],
    ['a server without encryption', { url: 'wss://test/' }, { url: 'ws://test/' }],
  ])('what one has left is not sent by %s, and waits for its own', async (_who, first, next) => {
    const { held, storage } = memory();
    const optionsOf = ({ identity, ...options }: { identity?: string }) => ({
      ...options,
      use: [persistentOutbox(storage, { identity })],
    });
    await leave(storage, optionsOf(first));
    const other = live(storage, {}, optionsOf(next));
    await other.open();
    expect(other.received()).toEqual([]);
    void other.client.close();
    await clock.advance(0);
    expect([...held.values()].map(({ data }) => data)).toEqual(['"transfer"']);
    const own = live(storage, {}, optionsOf(first));
    await own.open();
    expect(own.received()).toEqual(['transfer']);
  });

  it('the same server by another path, or another query, is the same', async () => {
    const { storage } = memory();
    await leave(storage, { url: 'ws://test/a?ticket=1' });
    const next = live(storage, {}, { url: 'ws://test/b?ticket=2' });
    await next.open();
    expect(next.received()).toEqual(['transfer']);
  });

  it('no secret of the address is written down', async () => {
    const { held, storage } = memory();
    const url = 'ws://me:sesame@test/a?ticket=sesame';
    await leave(storage, { url, use: [persistentOutbox(storage, { identity: 'me' })] });
    expect(JSON.stringify([...held.values()])).not.toContain('sesame');
  });

  it('a list of addresses is one place; a function that gives them, too', async () => {
    for (const url of [['ws://one/', 'ws://two/'], () => 'ws://one/']) {
      const { storage } = memory();
      const options = { url, use: [persistentOutbox(storage), failover()] };
      await leave(storage, options);
      const next = live(storage, {}, { ...options, use: [persistentOutbox(storage), failover()] });
      await next.open();
      expect(next.received()).toEqual(['transfer']);
    }
  });

  it('a client that logs in must say whose they are', () => {
    const { storage } = memory();
    expect(() => live(storage, {}, identified(storage))).toThrow(
      expect.objectContaining({
        code: 'INVALID_OPTION',
        message: expect.stringContaining('identity: user.id'),
      }),
    );
    live(storage, {}, identified(storage, ''));
  });

  it.each(['ws://alice:pw@test/', ['ws://one.test/', 'ws://alice@two.test/']])(
    'so must one whose address names a user: %j (attack 38)',
    (address) => {
      const { storage } = memory();
      const named = { url: address, auth: undefined };
      const use = Array.isArray(address) ? [failover()] : [];
      const whose = expect.objectContaining({ code: 'INVALID_OPTION', detail: 'whose-journal' });
      expect(() => live(storage, {}, { ...named, use: [...use, persistentOutbox(storage)] })).toThrow(whose);
      live(storage, {}, { ...named, use: [...use, persistentOutbox(storage, { identity: 'alice' })] });
    },
  );

  it('who it is may be known late: it is asked when the connection is first opened', async () => {
    const { storage } = memory();
    let user = 'nobody';
    const first = live(
      storage,
      undefined,
      identified(storage, () => user),
    );
    user = 'alice';
    void first.client.send('transfer').catch(() => {});
    await clock.settle();
    const next = live(storage, {}, identified(storage, 'alice'));
    await next.open();
    expect(next.received()).toEqual(['transfer']);
  });

  it('a logout forgets all of it, when the client is closed', async () => {
    const { held, storage } = memory();
    await leave(storage, identified(storage, 'alice'));
    const journal = persistentOutbox(storage, { identity: 'bob' });
    const bob = live(storage, {}, { ...logsIn, use: [journal] });
    await bob.open();
    await expect(journal.clear()).rejects.toThrow(expect.objectContaining({ code: 'INVALID_STATE' }));
    void bob.client.close();
    await clock.advance(0);
    held.set('broken', null as never);
    await journal.clear();
    expect([...held.keys()]).toEqual(['broken']);
  });
});

it('an address relative to the page names its server by its path, whatever its parameters are', async () => {
  vi.stubGlobal('location', { href: 'http://page.test/' });
  const { held, storage } = memory();
  for (const url of ['/chat?token=1', '/chat?token=2', '/other']) {
    const { transport } = createScriptedServer({ onConnect: () => {} });
    const clock = createVirtualClock();
    const client = createClient({ url, clock, transport, use: [persistentOutbox(storage)] });
    client.send(url, { ttl: Number.POSITIVE_INFINITY }).catch(() => {});
    await clock.advance(0);
  }
  const servers = [...held.values()].map(({ to }) => to?.split(' ')[0]);
  expect(servers).toEqual(['/chat', '/chat', '/other']);
});
