import { describe, expect, it } from 'vitest';
import { countingSignal, setUp, watch } from '../client/set-up.ts';

const failure = (code: string, outcome = 'not-sent') => expect.objectContaining({ code, outcome });
const MIB = 1024 * 1024;

describe('a message', () => {
  it('goes straight out on a ready line', async () => {
    const { client, clock, received, open } = setUp();
    await open();
    const fate = watch(client.send({ a: 1 }));
    expect(received()).toEqual([{ a: 1 }]);
    await clock.settle();
    expect(fate.value).toEqual({ outcome: 'handed-off', epoch: 1 });
    expect(client.stats()).toMatchObject({ sent: 1, queued: 0 });
  });

  it('waits for the line in the outbox, in order, and connects on first use', async () => {
    const { client, clock, server, received } = setUp({}, { onConnect: () => {} });
    const fates = ['a', 'b'].map((text) => watch(client.send(text)));
    await clock.advance(0);
    expect(client.state.status).toBe('connecting');
    expect(client.stats().queued).toBe(2);
    expect(client.stats().queuedBytes).toBe(6);
    server.last.accept();
    await clock.settle();
    expect(received()).toEqual(['a', 'b']);
    expect(fates.map(({ value }) => value)).toEqual(Array(2).fill({ outcome: 'handed-off', epoch: 1 }));
  });

  it('waits while the socket has enough to do, behind those that wait already', async () => {
    const { client, clock, server, received, open } = setUp();
    await open();
    server.last.bufferedAmount = 16 * MIB;
    void client.send(1);
    server.last.bufferedAmount++;
    void client.send(2);
    server.last.bufferedAmount = 0;
    void client.send(3, { whenOffline: 'reject' });
    await clock.settle();
    expect(received()).toEqual([1]);
    expect(client.stats().queued).toBe(2);
    expect(client.stats().bufferedAmount).toBe(0);
    server.last.drain();
    expect(received()).toEqual([1, 2, 3]);
  });

  it('is refused at once when it was not to wait, on a line that is just closing too', async () => {
    const { client, clock, server, open } = setUp({}, { onConnect: (connection) => connection.accept() });
    const idle = watch(client.send(1, { whenOffline: 'reject' }));
    await clock.settle();
    expect(idle.value).toEqual(failure('NOT_CONNECTED'));
    expect((idle.value as Error).message).toBe(
      'The client is not connected (it is idle), and this message was not to wait. ' +
        'Wait for ready(), or send it with whenOffline: "queue".',
    );
    await open();
    (server.last as { state: string }).state = 'closed'; // the transport takes no more, and has not told yet
    const deaf = watch(client.send(2, { whenOffline: 'reject' }));
    await clock.settle();
    expect(client.state.status).toBe('ready');
    expect(deaf.value).toEqual(failure('NOT_CONNECTED'));
    expect(client.stats().queued).toBe(0);
  });

  it.each(['closed', 'closing'])('is refused when the client is %s', async (status) => {
    const { client, clock, of, open } = setUp({}, { answerClose: false });
    await open();
    void client.close();
    if (status === 'closed') await clock.advance(5_000);
    const fate = watch(client.send(1));
    await clock.settle();
    expect(client.state.status).toEqual(status);
    expect(fate.value).toEqual(failure('CLIENT_CLOSED'));
    expect(of('drop')).toEqual([fate.value]); // also for those who do not await it
  });

  it('expires in the outbox, and the drop event has the same error', async () => {
    const { client, clock, server, of } = setUp({}, { onConnect: () => {} });
    const fate = watch(client.send(1, { ttl: 100 }));
    await clock.advance(100);
    expect(fate.value).toEqual(failure('OUTBOX_EXPIRED'));
    expect(of('drop')).toHaveLength(1);
    expect(of('drop')[0]).toBe(fate.value);
    server.last.accept();
    expect(server.last.received).toEqual([]);
  });

  it('makes room for a newer one where it was told so', async () => {
    const { client, clock, server, of, received } = setUp(
      { outbox: { maxMessages: 1, overflow: 'drop-oldest' } },
      { onConnect: () => {} },
    );
    const fates = [watch(client.send(1)), watch(client.send(2))];
    await clock.advance(0);
    server.last.accept();
    await clock.settle();
    expect(fates.map(({ value }) => value)).toEqual([
      failure('OUTBOX_DROPPED'),
      { outcome: 'handed-off', epoch: 1 },
    ]);
    expect(of('drop')).toEqual([fates[0]?.value]);
    expect(received()).toEqual([2]);
  });

  it('is dropped with an event when the client is closed', async () => {
    const { client, clock, of } = setUp({}, { onConnect: () => {} });
    const fate = watch(client.send(1));
    await clock.advance(0);
    void client.close();
    await clock.advance(0);
    expect(fate.value).toEqual(failure('CLIENT_CLOSED'));
    expect(of('drop')).toEqual([fate.value]);
  });

  it.each([
    [{ ttl: -1 }, 'The option ttl of send must be a number, 0 or more. It is -1.'],
    [{ ttl: Number.NaN }, 'The option ttl of send must be a number, 0 or more. It is NaN.'],
    [
      { whenOffline: 'drop' as 'queue' },
      'The option whenOffline of send must be "queue" or "reject". It is "drop".',
    ],
  ])('is refused with the wrong option %j', async (options, message) => {
    const { client } = setUp();
    await expect(client.send(1, options)).rejects.toMatchObject({ code: 'INVALID_OPTION', message });
    expect(client.state.status).toBe('idle');
  });

  it('is refused when the codec makes nothing that can be sent, before it is queued', async () => {
    const { client } = setUp({ codec: { encode: () => 42 as unknown as string, decode: (data) => data } });
    await expect(client.send(1)).rejects.toMatchObject({ code: 'INVALID_DATA' });
    expect(client.stats()).toMatchObject({ queued: 0, queuedBytes: 0 });
  });
});

describe('the signal of a message', () => {
  it('takes it back while it waits, and leaves no listener', async () => {
    const { client, clock, server, of } = setUp({}, { onConnect: () => {} });
    const { controller, signal, listeners } = countingSignal();
    const fate = watch(client.send(1, { signal }));
    await clock.advance(0);
    expect(listeners()).toBe(1);
    controller.abort('why');
    await clock.settle();
    expect(fate.value).toEqual(failure('ABORTED'));
    expect((fate.value as Error).cause).toBe('why');
    server.last.accept();
    expect(server.last.received).toEqual([]);
    expect(client.stats().queued).toBe(0);
    expect(of('drop')).toEqual([]);
  });

  it('is left alone once the message is out, dropped, or never had to wait', async () => {
    const { client, clock, server } = setUp({}, { onConnect: () => {} });
    const [out, dropped, straight] = [countingSignal(), countingSignal(), countingSignal()];
    const fates = [
      watch(client.send(1, { signal: out.signal })),
      watch(client.send(2, { signal: dropped.signal, ttl: 10 })),
    ];
    await clock.advance(10);
    server.last.accept();
    fates.push(watch(client.send(3, { signal: straight.signal })));
    await clock.settle();
    for (const { controller, listeners } of [out, dropped, straight]) {
      expect(listeners()).toBe(0);
      controller.abort();
    }
    await clock.settle();
    expect(fates.map(({ value, settled }) => [value, settled])).toEqual([
      [{ outcome: 'handed-off', epoch: 1 }, 1],
      [failure('OUTBOX_EXPIRED'), 1],
      [{ outcome: 'handed-off', epoch: 1 }, 1],
    ]);
  });

  it('that is aborted already lets nothing begin', async () => {
    const { client } = setUp();
    await expect(client.send(1, { signal: AbortSignal.abort() })).rejects.toEqual(failure('ABORTED'));
    expect(client.state.status).toBe('idle');
  });

  it('aborted by a listener of the connecting that the message set off takes it back', async () => {
    const { client, clock, server } = setUp();
    const controller = new AbortController();
    client.once('state', () => controller.abort());
    const fate = watch(client.send(1, { signal: controller.signal }));
    await clock.advance(0);
    expect(fate.value).toEqual(failure('ABORTED'));
    expect(server.last.received).toEqual([]);
  });
});

it('what is taken back on hearing of the line does not go out, and the rest keeps its order', async () => {
  const { client, clock, received, open } = setUp();
  const controller = new AbortController();
  const fates = [1, 2, 3].map((message) =>
    watch(client.send(message, message === 2 ? { signal: controller.signal } : {})),
  );
  client.on('ready', () => controller.abort());
  await open();
  await clock.settle();
  expect(received()).toEqual([1, 3]);
  expect(fates.map(({ value }) => (value as { outcome: string }).outcome)).toEqual([
    'handed-off',
    'not-sent',
    'handed-off',
  ]);
});
