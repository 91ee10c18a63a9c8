// What listeners send while messages are told leaves together.
import { connect, type Socket } from 'node:net';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { PooledWriter } from '../../../../src/transport/tcp/memory/pooled-writer.ts';
import { WebSocket, type WebSocketOptions } from '../../../../src/transport/tcp/whatwg/websocket.ts';
import { readClientFrames } from '../../../tools/client-frame.ts';
import { type RawConnection, type RawServer, startRawServer } from '../../../tools/raw-server.ts';
import { serverFrame, TEXT } from '../../../tools/server-frame.ts';
import { nextEvent, nextTask } from '../../../tools/socket-events.ts';

const servers: RawServer[] = [];
const sockets: WebSocket[] = [];

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.terminate();
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

/** A socket that answers every message with the same, and what it has written to the line since it was open. */
async function echoing(
  options?: WebSocketOptions,
): Promise<{ socket: WebSocket; server: RawConnection; writes: Buffer[] }> {
  const started = await startRawServer();
  servers.push(started);
  const writes: Buffer[] = [];
  const createConnection = ({ port }: { port: number }): Socket => {
    const line = connect({ port, host: '127.0.0.1' });
    const write = line.write.bind(line) as (bytes: Buffer, ...rest: unknown[]) => boolean;
    line.write = (bytes: Buffer, ...rest: unknown[]) => {
      writes.push(Buffer.from(bytes));
      return write(bytes, ...rest);
    };
    return line;
  };
  const socket = new WebSocket(started.url, [], { closeTimeout: 1_000, ...options, createConnection });
  sockets.push(socket);
  const [server] = await Promise.all([started.next(), nextEvent(socket, 'open')]);
  socket.onmessage = ({ data }) => socket.send(data);
  writes.length = 0;
  return { socket, server, writes };
}

const texts = (bytes: Uint8Array): string[] =>
  readClientFrames(bytes).map(({ payload }) => new TextDecoder().decode(payload));

describe('WebSocket: what is sent inside events', () => {
  it.each([undefined, { redirects: 1 }])(
    'leaves in one write for all that have come together (%o)',
    async (options) => {
      const { socket, server, writes } = await echoing(options);
      const all = Array.from({ length: 50 }, (_, at) => `message ${at}`);
      server.socket.write(Buffer.concat(all.map((text) => serverFrame(TEXT, text))));
      await nextEvent(socket, 'message');
      await nextTask();
      expect(writes.map(texts)).toEqual([all]);
    },
  );

  it('leaves after one message too, at once, and afterwards as ever', async () => {
    const { socket, server, writes } = await echoing();
    server.socket.write(serverFrame(TEXT, 'one'));
    await nextEvent(socket, 'message');
    await nextTask();
    expect(writes.map(texts)).toEqual([['one']]);
    socket.send('two');
    await Promise.resolve();
    expect(writes.map(texts)).toEqual([['one'], ['two']]);
  });

  it('counts in bufferedAmount while it is held', async () => {
    const { socket, server } = await echoing();
    const amounts: number[] = [];
    socket.onmessage = () => {
      socket.send('12345');
      amounts.push(socket.bufferedAmount);
    };
    server.socket.write(Buffer.concat([serverFrame(TEXT, 'a'), serverFrame(TEXT, 'b')]));
    await nextEvent(socket, 'message');
    await nextTask();
    expect(amounts).toEqual([5, 10]);
  });
});

describe('PooledWriter.hold', () => {
  it('is of no consequence before there is a line', () => {
    const writer = new PooledWriter({} as never, { drained: vi.fn() });
    writer.hold(true);
    expect(() => writer.hold(false)).not.toThrow();
  });
});
