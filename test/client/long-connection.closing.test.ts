// close() lets what waits go first, where it can, and is over in time wherever it is called.

import { describe, expect, it } from 'vitest';
import { login } from '../../src/auth/login.ts';
import { setUp, watch } from './set-up.ts';

const failure = (code: string, outcome = 'not-sent') => expect.objectContaining({ code, outcome });
const handedOff = { outcome: 'handed-off', epoch: 1 };
const MIB = 1024 * 1024;

/** A ready client whose socket has enough to do, with two messages that wait. */
async function congested(behaviour = {}, options = {}) {
  const bench = setUp({ closeTimeout: 2_000, ...options }, behaviour);
  await bench.open();
  bench.server.last.bufferedAmount = 17 * MIB;
  const fates = ['a', 'b'].map((text) => watch(bench.client.send(text)));
  await bench.clock.settle();
  return { ...bench, fates };
}

describe('close() on a ready line', () => {
  it('lets what waits go first, in order, and takes nothing new meanwhile', async () => {
    const { client, clock, server, fates, received } = await congested();
    const closed = watch(client.close(4000, 'bye'));
    const late = [client.send('late'), client.request('late'), client.ready()].map(watch);
    await clock.advance(1_999);
    expect([client.state.status, closed.value]).toEqual(['ready', 'pending']);
    expect(late.map(({ value }) => value)).toEqual(Array(3).fill(failure('CLIENT_CLOSED')));
    server.last.drain();
    await clock.advance(0);
    expect(fates.map(({ value }) => value)).toEqual([handedOff, handedOff]);
    expect(received()).toEqual(['a', 'b']);
    expect(closed.value).toMatchObject({ wasClean: true, sent: { code: 4000, reason: 'bye' } });
    expect([client.state.status, clock.pendingTimers]).toEqual(['closed', 0]);
  });

  it('gives up after closeTimeout: what still waits is not-sent, and never goes out', async () => {
    const { client, clock, server, fates, of } = await congested();
    const closed = watch(client.close());
    await clock.advance(2_000);
    expect(fates.map(({ value }) => value)).toEqual(Array(2).fill(failure('CLIENT_CLOSED')));
    expect([closed.settled, client.state.status, of('drop').length]).toEqual([1, 'closed', 2]);
    expect([server.last.received, clock.pendingTimers]).toEqual([[], 0]);
  });

  it('is over within twice closeTimeout when the server is deaf', async () => {
    const { client, clock } = await congested({ answerClose: false });
    const closed = watch(client.close());
    await clock.advance(4_000);
    expect([closed.settled, client.state.status, clock.pendingTimers]).toEqual([1, 'closed', 0]);
  });

  it('waits for nothing when nothing waits, or when told so', async () => {
    const idle = setUp();
    await idle.open();
    void idle.client.close();
    expect(idle.client.state.status).toBe('closing');
    const { client, clock, server, fates } = await congested();
    void client.close({ flush: false, code: 1000, reason: 'now' });
    expect(client.state.status).toBe('closing');
    await clock.advance(0);
    expect(fates.map(({ value }) => value)).toEqual(Array(2).fill(failure('CLIENT_CLOSED')));
    expect(server.last.received).toEqual([]);
  });

  it('ends as soon as the last message expires or is taken back', async () => {
    const { client, clock, server } = await congested({}, { outbox: { maxAge: 500 } });
    const controller = new AbortController();
    void client.send('c', { signal: controller.signal, ttl: 10_000 }).catch(() => {});
    await clock.settle();
    const closed = watch(client.close());
    await clock.advance(500);
    expect(closed.value).toBe('pending');
    controller.abort();
    await clock.advance(0);
    expect([closed.settled, server.last.received]).toEqual([1, []]);
  });

  it('sees at once that the socket has room again, and closes again in the next life', async () => {
    const { client, clock, server, fates } = await congested();
    server.last.bufferedAmount = 0; // and nobody has said so yet
    const first = watch(client.close());
    expect(client.state.status).toBe('closing');
    await clock.advance(0);
    expect(fates.map(({ value }) => value)).toEqual([handedOff, handedOff]);
    client.connect();
    await clock.advance(0);
    expect([first.settled, client.state]).toEqual([
      1,
      expect.objectContaining({ status: 'ready', epoch: 2 }),
    ]);
    const second = watch(client.close(4001));
    await clock.advance(0);
    expect([second.value, client.state.status]).toEqual([
      expect.objectContaining({ sent: { code: 4001, reason: '' } }),
      'closed',
    ]);
  });

  it('lets replies come meanwhile', async () => {
    const { client, clock, server, open } = setUp();
    await open();
    const asked = watch(client.request('sum'));
    await clock.settle();
    server.last.bufferedAmount = 17 * MIB;
    void client.send('x');
    await clock.settle();
    void client.close();
    server.last.send('{"id":1,"result":3}');
    server.last.drain();
    await clock.advance(0);
    expect([asked.value, client.state.status]).toEqual([3, 'closed']);
  });

  it('returns the same end to everyone, and the one who cannot wait cuts it short', async () => {
    const { client, clock, fates } = await congested();
    const [first, second] = [watch(client.close()), watch(client.close())];
    const third = watch(client.close({ flush: false }));
    expect(client.state.status).toBe('closing');
    await clock.advance(0);
    expect([second?.value, third.value]).toEqual([first?.value, first?.value]);
    expect(fates.map(({ value }) => value)).toEqual(Array(2).fill(failure('CLIENT_CLOSED')));
    expect(await client.close()).toBe(first?.value);
  });

  it('is not followed by another line when this one is lost first', async () => {
    const { client, clock, server, fates, of } = await congested();
    const closed = watch(client.close());
    server.last.drop();
    await clock.settle();
    expect([closed.settled, client.state.status]).toEqual([1, 'closed']);
    await clock.advance(60_000);
    expect([client.state.status, server.connections.length]).toEqual(['closed', 1]);
    expect(fates.map(({ value }) => value)).toEqual(Array(2).fill(failure('CLIENT_CLOSED')));
    expect([of('lost').length, of('closed').length, clock.pendingTimers]).toEqual([1, 1, 0]);
  });

  it('gives way to connect(): the old life ends at once, the new one begins', async () => {
    const { client, clock, fates, received } = await congested();
    const closed = watch(client.close());
    client.connect();
    const fresh = watch(client.send('fresh'));
    await clock.advance(10);
    expect(closed.settled).toBe(1);
    expect(fates.map(({ value }) => value)).toEqual(Array(2).fill(failure('CLIENT_CLOSED')));
    expect([fresh.value, received()]).toEqual([{ outcome: 'handed-off', epoch: 2 }, ['fresh']]);
  });

  it('refuses a wrong code before anything is begun', async () => {
    const { client, clock, server, fates } = await congested();
    expect(() => client.close({ code: 1 })).toThrow(expect.objectContaining({ code: 'INVALID_CLOSE' }));
    expect(() => client.close(null as never)).toThrow(expect.objectContaining({ code: 'INVALID_CLOSE' }));
    expect(client.state.status).toBe('ready');
    server.last.drain();
    await clock.settle();
    expect(fates.map(({ value }) => value)).toEqual([handedOff, handedOff]);
  });
});

describe.each(['idle', 'connecting', 'authenticating', 'ready', 'waiting', 'closing', 'closed'] as const)(
  'close() while %s',
  (status) => {
    it.each([true, false])('settles everything and leaves nothing behind (flush: %s)', async (flush) => {
      const auth = login(async (line) => void (await line.receive()));
      const { client, clock, server } = setUp(
        { auth, closeTimeout: 1_000 },
        { onConnect: () => {}, answerClose: false },
      );
      const steps: Record<typeof status, () => Promise<void> | void> = {
        idle: () => {},
        connecting: () => client.connect(),
        authenticating: async () => {
          client.connect();
          await clock.advance(0);
          server.last.accept();
        },
        ready: async () => {
          await steps.authenticating();
          server.last.send('"in"');
        },
        waiting: async () => {
          await steps.ready();
          await clock.settle();
          server.last.drop();
        },
        closing: async () => {
          await steps.ready();
          await clock.settle();
          void client.close();
        },
        closed: async () => {
          await client.close();
        },
      };
      await steps[status]();
      await clock.settle();
      expect(client.state.status).toBe(status);
      // An idle client would connect for a message.
      const made =
        status === 'idle' ? [] : [client.send('x'), client.request('y'), client.ready()].map(watch);
      const closed = watch(client.close({ flush }));
      await clock.advance(2_000);
      await clock.settle();
      expect(made.map(({ settled }) => settled)).toEqual(made.map(() => 1));
      expect([closed.settled, client.state.status, clock.pendingTimers]).toEqual([1, 'closed', 0]);
      expect(client.stats()).toMatchObject({ queued: 0, queuedBytes: 0, pending: 0 });
      expect(server.connections.every(({ state }) => state === 'closed')).toBe(true);
    });
  },
);
