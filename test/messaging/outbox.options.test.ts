// What send() can be told, and what goes out before what.
import { describe, expect, it } from 'vitest';
import { jsonRpc } from '../../src/messaging/json-rpc.ts';
import { raw } from '../../src/messaging/raw.ts';
import { createScriptedServer } from '../../src/testing/scripted-server.ts';
import { awaitReply } from '../../src/transport/pacing.ts';
import type { MessageOptions, SendData, TransportFactory } from '../../src/transport/transport.ts';
import { setUp, watch } from '../client/set-up.ts';

const failure = (code: string, outcome = 'not-sent') => expect.objectContaining({ code, outcome });
const handedOff = (epoch = 1) => ({ outcome: 'handed-off', epoch });
const MIB = 1024 * 1024;

describe('a message with a key', () => {
  it('replaces its like while there is no line, and an event says so', async () => {
    const { client, clock, server, received, of } = setUp({}, { onConnect: () => {} });
    const fates = [
      watch(client.send('x=1', { key: 'x' })),
      watch(client.send('other')),
      watch(client.send('x=2', { key: 'x' })),
    ];
    await clock.advance(0);
    server.last.accept();
    await clock.settle();
    expect(fates.map(({ value, settled }) => [value, settled])).toEqual([
      [failure('OUTBOX_REPLACED'), 1],
      [handedOff(), 1],
      [handedOff(), 1],
    ]);
    expect(received()).toEqual(['other', 'x=2']);
    expect(of('drop')).toEqual([fates[0]?.value]);
  });

  it('goes straight out on a ready line, every time', async () => {
    const { client, clock, received, open } = setUp();
    await open();
    for (const x of [1, 2]) void client.send(x, { key: 'x' });
    await clock.settle();
    expect(received()).toEqual([1, 2]);
  });

  it('can be a notification too', async () => {
    const { client, clock, server, received } = setUp({}, { onConnect: () => {} });
    const old = watch(client.notify('move', { x: 1 }, { key: 'x' }));
    void client.notify('move', { x: 2 }, { key: 'x' });
    await clock.advance(0);
    server.last.accept();
    await clock.settle();
    expect(old.value).toEqual(failure('OUTBOX_REPLACED'));
    expect(received()).toEqual([{ jsonrpc: '2.0', method: 'move', params: { x: 2 } }]);
  });

  it.each([
    [{ key: 5 as unknown as string }, /key of send must be a string/],
    [{ compress: 'no' as unknown as boolean }, /compress of (send|request) must be a boolean/],
  ])('is refused with the wrong option %j', async (options, text) => {
    const { client } = setUp();
    const refused = { code: 'INVALID_OPTION', message: expect.stringMatching(text) };
    await expect(client.send(1, options)).rejects.toMatchObject(refused);
    if ('compress' in options) await expect(client.request('a', [], options)).rejects.toMatchObject(refused);
    expect(client.state.status).toBe('idle');
  });
});

describe('compress: false', () => {
  it('comes to the transport, straight or by way of the outbox, of messages and requests', async () => {
    const seen: (readonly [SendData, MessageOptions | undefined])[] = [];
    const server = createScriptedServer();
    const transport: TransportFactory = (request, sink) => {
      const inner = server.transport(request, sink);
      const send: typeof inner.send = (data, options) => {
        seen.push([data, options]);
        return inner.send(data);
      };
      return Object.create(inner, { send: { value: send } });
    };
    const { client, clock } = setUp({ transport, envelope: jsonRpc() });
    void client.send('queued secret', { compress: false });
    void client.send('queued', { compress: true });
    await clock.advance(0);
    void client.send('secret', { compress: false });
    void client.request('secret', [], { compress: false }).catch(() => {});
    void client.send('plain');
    await clock.settle();
    const secret = { compress: false };
    expect(seen.map(([, options]) => options)).toEqual([secret, undefined, secret, secret, undefined]);
    void client.close();
    await clock.advance(0);
  });
});

describe('a signal that is aborted while the message is just leaving the outbox', () => {
  it('comes too late: a message is handed-off, a request unknown, and each goes out once', async () => {
    const controllers = [new AbortController(), new AbortController()];
    const server = createScriptedServer();
    const transport: TransportFactory = (request, sink) => {
      const inner = server.transport(request, sink);
      const send: typeof inner.send = (data) => {
        controllers[server.last.received.length]?.abort();
        return inner.send(data);
      };
      return Object.create(inner, { send: { value: send } });
    };
    const { client, clock } = setUp({ transport });
    const [first, second] = controllers.map(({ signal }) => ({ signal }));
    const fates = [watch(client.send('a', first)), watch(client.request('b', [], second))];
    await clock.advance(0);
    expect(fates.map(({ value }) => value)).toEqual([handedOff(), failure('ABORTED', 'unknown')]);
    expect(server.last.received.length).toBe(2);
    expect(client.stats().pending).toBe(0);
    void client.close();
    await clock.advance(0);
  });
});

describe('bytes that cannot be sent', () => {
  it('are a usage error, not one of the platform', async () => {
    const { client } = setUp({ envelope: raw() });
    const gone = new ArrayBuffer(8);
    structuredClone(gone, { transfer: [gone] });
    for (const data of [gone, { [Symbol.toStringTag]: 'Blob' }]) {
      await expect(client.send(data)).rejects.toMatchObject({ name: 'UsageError', code: 'INVALID_DATA' });
    }
    expect(client.stats()).toMatchObject({ queued: 0, queuedBytes: 0 });
  });

  it('count with the size of their Blob', () => {
    const { client, clock } = setUp({ envelope: raw() });
    const fate = watch(client.send(new Blob(['1234', 'é'])));
    return clock.settle().then(() => {
      expect(client.stats().queuedBytes).toBe(6);
      expect(fate.value).toBe('pending');
    });
  });
});

describe('the order on a line', () => {
  it('keeps what is sent by who hears of the new state behind what waits', async () => {
    const { client, clock, received } = setUp();
    client.on('state', ({ current }) => {
      if (current.status === 'ready') void client.send('from the listener', { whenOffline: 'reject' });
    });
    void client.send('waited');
    await clock.advance(0);
    expect(received()).toEqual(['waited', 'from the listener']);
  });

  it('is subscriptions first, whoever is quicker to hear that the line is ready', async () => {
    const { client, clock, received } = setUp();
    client.subscribe('ticks');
    client.once('ready', () => void client.send('from the listener'));
    await clock.advance(0);
    expect(received()).toEqual([expect.objectContaining({ method: 'subscribe' }), 'from the listener']);
    void client.close();
  });

  it('holds everything back while the socket has enough to do, and goes on by drain', async () => {
    const { client, clock, server, received, open } = setUp({ envelope: jsonRpc({ cancel: '$/cancel' }) });
    await open();
    const controller = new AbortController();
    const asked = watch(client.request('slow', undefined, { signal: controller.signal }));
    await clock.settle();
    server.last.bufferedAmount = 17 * MIB;
    client.handle('ask', () => 'answer');
    server.last.send('{"id":9,"method":"ask"}');
    void client.send('mine');
    controller.abort();
    await clock.settle();
    expect(asked.value).toEqual(failure('ABORTED', 'unknown'));
    expect(received()).toHaveLength(1);
    server.last.drain();
    expect(received().slice(1)).toEqual([
      { jsonrpc: '2.0', method: '$/cancel', params: { id: 1 } },
      { jsonrpc: '2.0', id: 9, result: 'answer' },
      'mine',
    ]);
  });
});

describe('pacing', () => {
  it('lets one message out at a time, requests until their own reply', async () => {
    const { client, clock, server, received, open } = setUp({ use: [awaitReply({ timeout: 500 })] });
    await open();
    const sums = [watch(client.request('sum', [1])), watch(client.request('sum', [2]))];
    const last = watch(client.send('last'));
    await clock.settle();
    expect(received().length).toBe(1);
    expect(client.stats().queued).toBe(2);
    expect(client.stats().bufferedAmount).toEqual(Number.POSITIVE_INFINITY);
    server.last.send('{"method":"tick"}');
    expect(received()).toHaveLength(1);
    server.last.send('{"id":1,"result":1}');
    expect(received()).toHaveLength(2);
    await clock.advance(500);
    expect(received().length).toBe(3);
    expect(last.value).toEqual(handedOff());
    server.last.send('{"id":2,"result":2}');
    await clock.settle();
    expect(sums.map(({ value }) => value)).toEqual([1, 2]);
    void client.close();
    await clock.advance(0);
    expect(clock.pendingTimers).toBe(0);
  });

  it('keeps the bounds of the outbox, and the heartbeat out of the turn of others', async () => {
    const { client, clock, server, received, open } = setUp({
      use: [awaitReply({ timeout: 60_000 })],
      outbox: { maxMessages: 1 },
      heartbeat: { interval: 1_000, timeout: 3_000 },
    });
    await open();
    void client.send(1);
    void client.send(2);
    const third = watch(client.send(3));
    await clock.advance(2_000);
    expect(third.value).toEqual(failure('OUTBOX_FULL'));
    expect(server.last.pings).toBe(0);
    expect(received()).toEqual([1]);
    server.last.send('"one"');
    await clock.settle();
    expect(server.last.pings).toBe(1);
    expect(received()).toEqual([1]);
    await clock.advance(0); // the Pong
    expect(received()).toEqual([1, 2]);
    server.last.send('"two"');
    expect(client.state.status).toBe('ready');
    void client.close();
    await clock.advance(0);
  });
});
