// The ends of a life and the begin of the next: close() and connect() in all the places where a program may call them.
import { describe, expect, it } from 'vitest';
import { setUp, watch } from './set-up.ts';

const failure = (code: string, outcome = 'not-sent') => expect.objectContaining({ code, outcome });
const handedOff = { outcome: 'handed-off', epoch: 2 };

describe('connect() right after close()', () => {
  it('holds what is asked after it for the next life, and rejects what was asked before', async () => {
    const { client, clock, open, received } = setUp();
    await open();
    const asked = watch(client.request('before', undefined, { idempotent: true }));
    void client.close();
    const refused = [watch(client.send('between')), watch(client.ready())];
    client.connect();
    const [sent, ready, later] = [client.send('after'), client.ready(), client.request('after')].map(watch);
    expect(client.state.status).toBe('closing');
    await clock.advance(10);
    expect(asked.value).toEqual(failure('CLIENT_CLOSED', 'unknown'));
    expect(refused.map(({ value }) => value)).toEqual(Array(2).fill(failure('CLIENT_CLOSED')));
    expect(sent?.value).toEqual(handedOff);
    expect(ready?.value).toMatchObject({ status: 'ready', epoch: 2 });
    expect(later?.value).toBe('pending');
    expect(received()).toEqual(['after', expect.objectContaining({ method: 'after' })]);
  });

  it('counts for nothing when close() comes again', async () => {
    const { client, clock, open, server } = setUp();
    await open();
    void client.close();
    client.connect();
    const fates = [watch(client.send('x')), watch(client.ready())];
    void client.close();
    await clock.advance(10_000);
    expect(fates.map(({ value }) => value)).toEqual(Array(2).fill(failure('CLIENT_CLOSED')));
    expect([client.state.status, server.connections.length, client.stats().queued]).toEqual(['closed', 1, 0]);
  });

  it.each(['state', 'closed'] as const)(
    'holds it too when a listener of "%s" connects again',
    async (name) => {
      const { client, clock, open } = setUp();
      await open();
      let sent = watch(Promise.resolve());
      const stop = client.on(name, () => {
        if (client.state.status !== 'closed') return;
        stop();
        client.connect();
        sent = watch(client.send('again'));
      });
      void client.close();
      await clock.advance(10);
      expect([sent.value, client.state.status]).toEqual([handedOff, 'ready']);
    },
  );
});

describe('close() in a listener', () => {
  it('ends the batch: nothing more of it is told', async () => {
    const { client, clock, open, of, server } = setUp();
    await open();
    client.once('message', () => void client.close());
    server.last.send('[{"method":"a"},{"method":"b"},{"id":7,"method":"c"}]');
    await clock.settle();
    expect(of('message')).toEqual([{ method: 'a' }]);
    expect(server.last.received).toEqual([]);
  });
});

describe('why a message did not go out', () => {
  it('is the cause of its error, by code, when the server refused the client', async () => {
    const { client, clock } = setUp({}, { onConnect: (connection) => connection.refuse(401) });
    const queued = watch(client.send('x'));
    await clock.advance(0);
    const late = watch(client.send('y'));
    await clock.settle();
    const cause = expect.objectContaining({ code: 'HANDSHAKE_STATUS', status: 401 });
    const message =
      'This message was not sent: the client is closed (HANDSHAKE_STATUS: see the cause). ' +
      'Mend that, then call connect() to open it again, and send it once more.';
    const expected = expect.objectContaining({ code: 'CLIENT_CLOSED', message, cause });
    expect([queued.value, late.value]).toEqual([expected, expected]);
  });

  it('is the last failed attempt, when it waited too long', async () => {
    const { client, clock } = setUp({}, { onConnect: (connection) => connection.refuse(503) });
    const [sent, asked] = [
      watch(client.send('x', { ttl: 50 })),
      watch(client.request('x', [], { timeout: 50 })),
    ];
    await clock.advance(50);
    for (const [fate, code] of [
      [sent, 'OUTBOX_EXPIRED'],
      [asked, 'REQUEST_TIMEOUT'],
    ] as const) {
      expect(fate.value).toMatchObject({ code, outcome: 'not-sent', cause: { status: 503 } });
      expect(String(fate.value)).toContain('The cause: HANDSHAKE_STATUS.');
    }
  });

  it('is nothing that a ready line has made good since', async () => {
    const { client, clock, open, server } = setUp();
    await open();
    server.last.drop();
    await clock.advance(10_000);
    expect(client.state.status).toBe('ready');
    void client.close();
    const fate = watch(client.send('x'));
    await clock.settle();
    expect(fate.value).toEqual(failure('CLIENT_CLOSED'));
    expect(fate.value).not.toHaveProperty('cause');
  });
});

describe('answers to the server', () => {
  const MIB = 1024 * 1024;

  it('never wait among the messages of the user, and are bounded', async () => {
    const { client, clock, open, server, of } = setUp({
      outbox: { maxMessages: 1, overflow: 'drop-oldest' },
    });
    await open();
    client.handle('ask', () => 'x');
    server.last.bufferedAmount = 17 * MIB;
    const sent = watch(client.send('mine'));
    for (let id = 1; id <= 1_500; id++) server.last.send(`{"id":${id},"method":"ask"}`);
    await clock.settle();
    expect([client.stats().queued, of('drop')]).toEqual([1, []]);
    server.last.drain();
    await clock.settle();
    expect(sent.value).toEqual({ outcome: 'handed-off', epoch: 1 });
    expect(server.last.received).toHaveLength(1_001);
  });

  it('that cannot be made are an error of the client, and nothing is sent', async () => {
    const cause = new Error('no codec today');
    const codec = {
      encode: () => {
        throw cause;
      },
      decode: (data: unknown) => JSON.parse(data as string),
    };
    const { clock, open, server, of } = setUp({ codec });
    await open();
    server.last.send('{"id":1,"method":"ask"}');
    await clock.settle();
    expect(of('error')).toEqual([expect.objectContaining({ code: 'HANDLER_FAILED', cause })]);
    expect(server.last.received).toEqual([]);
  });
});
