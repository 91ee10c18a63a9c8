/** What a short connection does when the server reads more slowly than we send. */
import { describe, expect, it } from 'vitest';
import { connect } from '../../src/client/create-client.node.ts';
import type { ConnectOptions } from '../../src/client/options.ts';
import type { Socket } from '../../src/client/socket.ts';
import { createScriptedServer, type ScriptedServer } from '../../src/testing/scripted-server.ts';
import { createVirtualClock, type VirtualClock } from '../../src/testing/virtual-clock.ts';
import { awaitReply } from '../../src/transport/pacing.ts';
import { countingSignal, watch } from './set-up.ts';

const MIB = 1024 * 1024;

async function open(
  options: ConnectOptions = {},
): Promise<{ clock: VirtualClock; server: ScriptedServer; socket: Socket }> {
  const clock = createVirtualClock();
  const server = createScriptedServer();
  const opening = connect('ws://test/', { clock, transport: server.transport, ...options });
  await clock.advance(0);
  return { clock, server, socket: await opening };
}

describe('send', () => {
  it('says whether more may follow: up to 1 MiB waiting, not a byte more (attack 23)', async () => {
    const { server, socket } = await open();
    server.last.bufferedAmount = MIB;
    expect(socket.send('x')).toBe(true);
    server.last.bufferedAmount = MIB + 1;
    expect(socket.send('y')).toBe(false);
    expect(server.last.received).toEqual(['x', 'y']);
  });

  it('takes nothing more once 16 MiB wait, and says so by a code (attack 23)', async () => {
    const { server, socket } = await open();
    server.last.bufferedAmount = 16 * MIB;
    expect(socket.send('x')).toBe(false);
    server.last.bufferedAmount = 16 * MIB + 1;
    expect(() => socket.send('y')).toThrow(
      expect.objectContaining({
        code: 'BACKPRESSURE',
        outcome: 'not-sent',
        message: expect.stringContaining('16777217 bytes are waiting to be sent, over the limit of 16777216'),
      }),
    );
    expect(server.last.received).toEqual(['x']);
    server.last.drain();
    expect(socket.send('z')).toBe(true);
  });

  it('has another limit if told', async () => {
    const { server, socket } = await open({ maxBufferedBytes: 10 });
    server.last.bufferedAmount = 10;
    socket.send('x');
    server.last.bufferedAmount = 11;
    expect(() => socket.send('y')).toThrow(expect.objectContaining({ code: 'BACKPRESSURE' }));
    await expect(open({ maxBufferedBytes: -1 })).rejects.toMatchObject({ code: 'INVALID_OPTION' });
  });
});

describe('drained', () => {
  it('is done at once where no more than 1 MiB waits', async () => {
    const { server, socket } = await open();
    await socket.drained();
    server.last.bufferedAmount = MIB;
    await socket.drained();
  });

  it('waits for the network, however many wait', async () => {
    const { server, clock, socket } = await open();
    server.last.bufferedAmount = MIB + 1;
    const waits = [watch(socket.drained()), watch(socket.drained())];
    await clock.advance(1_000);
    expect(waits).toMatchObject([{ settled: 0 }, { settled: 0 }]);
    server.last.drain();
    await clock.advance(0);
    expect(waits).toEqual(Array(2).fill({ value: undefined, settled: 1 }));
  });

  it('can be called off, and leaves no listener behind', async () => {
    const { server, socket } = await open();
    server.last.bufferedAmount = 2 * MIB;
    const { controller, signal, listeners } = countingSignal();
    const wait = socket.drained({ signal });
    expect(listeners()).toBe(1);
    controller.abort('enough');
    await expect(wait).rejects.toBe('enough');
    expect(listeners()).toBe(0);
    await expect(socket.drained({ signal })).rejects.toBe('enough');
    await expect(socket.drained({ signal: 5 as never })).rejects.toMatchObject({ code: 'INVALID_OPTION' });
  });

  it('fails when the connection ends first, and afterwards', async () => {
    const { server, clock, socket } = await open();
    server.last.bufferedAmount = 2 * MIB;
    const wait = watch(socket.drained());
    server.last.drop();
    await clock.advance(0);
    expect(wait).toMatchObject({ value: { code: 'CONNECTION_LOST' }, settled: 1 });
    await expect(socket.drained()).rejects.toMatchObject({ code: 'CONNECTION_LOST' });
  });
});

describe('pacing', () => {
  it('keeps what is sent out of turn, and tells drained when all of it has left', async () => {
    const { server, clock, socket } = await open({ pacing: awaitReply() });
    expect([socket.send('a'), socket.send('b'), socket.bufferedAmount]).toEqual([false, false, Infinity]);
    const wait = watch(socket.drained());
    expect(server.last.received).toEqual(['a']);
    server.last.send('re a');
    expect(server.last.received).toEqual(['a', 'b']);
    await clock.advance(0);
    expect(wait.settled).toBe(0);
    server.last.send('re b');
    await clock.advance(0);
    expect([wait.settled, socket.bufferedAmount]).toEqual([1, 0]);
  });

  it('refuses more once 16 MiB wait for their turn, and takes more when they have left (attack 23)', async () => {
    const { server, socket } = await open({ pacing: awaitReply() });
    const large = new Uint8Array(16 * MIB + 1);
    socket.send('a');
    socket.send(large);
    expect(() => socket.send('b')).toThrow(
      expect.objectContaining({
        code: 'BACKPRESSURE',
        outcome: 'not-sent',
        message: expect.stringContaining(
          '16777217 bytes are waiting for their turn (pacing), over the limit of 16777216',
        ),
      }),
    );
    server.last.send('re a');
    socket.send('c');
    server.last.send('re large');
    expect(server.last.received.map((message) => (message as string).length)).toEqual([1, large.length, 1]);
  });

  it('must be a function', async () => {
    await expect(open({ pacing: 'await-reply' as never })).rejects.toMatchObject({ code: 'INVALID_OPTION' });
  });
});
