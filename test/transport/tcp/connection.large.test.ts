/** Messages larger than a read of the socket, and memory of the caller's for them: over real sockets. */
import type { Socket } from 'node:net';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { systemClock } from '../../../src/base/clock.ts';
import { systemRandom } from '../../../src/base/random.ts';
import type { Closure } from '../../../src/protocol/closure.ts';
import { DEFAULT_LIMITS, type Limits } from '../../../src/protocol/limits.ts';
import { type TcpOptions, tcpTransport } from '../../../src/transport/tcp/tcp-transport.ts';
import type { Transport } from '../../../src/transport/transport.ts';
import { createCertificate } from '../../tools/certificates.ts';
import { type RawServer, startRawServer } from '../../tools/raw-server.ts';
import { BINARY, closeFrame, serverFrame, TEXT } from '../../tools/server-frame.ts';
import { lookupLoopback, startTlsProxy, type TlsServer } from '../../tools/tls-server.ts';

const KIB = 1024;
const MIB = 1024 * KIB;

let server: RawServer;
let front: TlsServer | undefined;
afterEach(async () => {
  await front?.close();
  front = undefined;
  await server.close();
});

interface Line {
  readonly transport: Transport;
  /** The server's end. */
  readonly socket: Socket;
  readonly messages: (string | Uint8Array)[];
  readonly closed: Promise<Closure>;
}

interface LineOptions extends TcpOptions {
  readonly limits?: Partial<Limits>;
  readonly secure?: boolean;
}

async function open({ limits, secure = false, ...options }: LineOptions = {}): Promise<Line> {
  server = await startRawServer();
  let { url } = server;
  let tls: TcpOptions['tls'];
  if (secure) {
    const certificate = createCertificate({ names: 'DNS:localhost' });
    front = await startTlsProxy(certificate, Number(new URL(url).port));
    url = `wss://localhost:${front.port}`;
    tls = { ca: certificate.cert };
  }
  const messages: Line['messages'] = [];
  const { promise: closed, resolve } = withResolvers<Closure>();
  const opened = withResolvers<void>();
  const transport = tcpTransport({ ...options, tls, lookup: lookupLoopback })(
    {
      url,
      protocols: [],
      headers: [],
      handshakeTimeout: 5000,
      closeTimeout: 1000,
      limits: { ...DEFAULT_LIMITS, ...limits },
      clock: systemClock,
      random: systemRandom,
    },
    {
      open: () => opened.resolve(),
      text: (message) => messages.push(message),
      binary: (message) => messages.push(message),
      ping: () => {},
      pong: () => {},
      drain: () => {},
      close: resolve,
    },
  );
  const { socket } = await server.next();
  await opened.promise;
  return { transport, socket, messages, closed };
}

function withResolvers<T>(): { promise: Promise<T>; resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => {};
  const promise = new Promise<T>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}

/** Bytes of which no two stretches are alike. */
function sample(length: number, seed: number): Buffer {
  const bytes = Buffer.alloc(length);
  for (let at = 0; at < length; at++) bytes[at] = (at * 31 + (at >>> 8) * 7 + (at >>> 16) * 13 + seed) & 0xff;
  return bytes;
}

const isSame = (message: string | Uint8Array | undefined, expected: Uint8Array): boolean =>
  message instanceof Uint8Array && Buffer.compare(message, expected) === 0;

/** Until `ready` says so. */
const until = (ready: () => boolean): Promise<void> => expect.poll(ready, { interval: 2 }).toBe(true);

describe.each([
  ['TCP', false],
  ['TLS', true],
])('large messages over %s', (_, secure) => {
  it('come as they were sent, between small ones, one after the other and in fragments', async () => {
    const { socket, messages, transport, closed } = await open({ secure });
    const sizes = [100, 40 * KIB, 64 * KIB, 5, MIB, 3 * MIB + 17, 200 * KIB];
    const binaries = sizes.map((size, index) => sample(size, index));
    const text = 'Grüße, €, 😀 und so weiter; '.repeat(20_000);
    for (const binary of binaries) {
      socket.write(serverFrame(BINARY, binary));
      socket.write(serverFrame(TEXT, 'between'));
    }
    socket.write(serverFrame(TEXT, text));
    const half = Buffer.from(text).subarray(0, 300_001);
    const rest = Buffer.from(text).subarray(300_001);
    socket.write(Buffer.concat([serverFrame(TEXT, half, TEXT), serverFrame(9, 'p'), serverFrame(0, rest)]));
    await until(() => messages.length === 2 * sizes.length + 2);
    expect(binaries.map((binary, index) => isSame(messages[2 * index], binary))).toEqual(
      sizes.map(() => true),
    );
    expect(messages.slice(0, -2).filter((message) => message === 'between')).toHaveLength(sizes.length);
    expect(messages.slice(-2).map((message) => message === text)).toEqual([true, true]);
    // Each is the receiver's own: nothing that came later has changed it, and it pins no more than itself.
    const own = messages.filter((message) => message instanceof Uint8Array);
    expect(own.map(({ buffer }) => buffer.byteLength)).toEqual(sizes);
    transport.abandon();
    await closed;
  });

  it('are put into memory of the caller, and nothing beyond them', async () => {
    const memory = new Uint8Array(2 * MIB).fill(0xee);
    const asked: number[] = [];
    const receiveBuffer = (length: number): Uint8Array | undefined => {
      asked.push(length);
      return length > 1000 ? memory.subarray(10) : undefined;
    };
    const { socket, messages, transport, closed } = await open({ secure, receiveBuffer });
    const large = sample(MIB, 1);
    socket.write(
      Buffer.concat([serverFrame(BINARY, large), serverFrame(BINARY, 'small'), serverFrame(TEXT, 'text')]),
    );
    await until(() => messages.length === 3);
    expect(asked).toEqual([MIB, 5]);
    const [first] = messages as [Uint8Array];
    expect([isSame(first, large), first.buffer === memory.buffer, first.byteOffset]).toEqual([
      true,
      true,
      10,
    ]);
    expect(messages.slice(1)).toEqual([Uint8Array.from(Buffer.from('small')), 'text']);
    const around = Buffer.concat([memory.subarray(0, 10), memory.subarray(10 + MIB)]);
    expect(around.every((byte) => byte === 0xee)).toBe(true);
    transport.abandon();
    await closed;
  });

  it('wait in the socket while the reader is paused, and go on where they stopped', async () => {
    const memory = new Uint8Array(24 * MIB);
    const { socket, messages, transport, closed } = await open({ secure, receiveBuffer: () => memory });
    const large = sample(24 * MIB, 2);
    socket.write(serverFrame(BINARY, large));
    await until(() => transport.bytesReceived > MIB);
    transport.pause();
    let before = -1;
    while (before !== transport.bytesReceived) {
      before = transport.bytesReceived;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    expect(before).toBeLessThan(large.length);
    expect(messages).toEqual([]);
    transport.resume();
    await until(() => messages.length === 1);
    expect(isSame(messages[0], large)).toBe(true);
    transport.abandon();
    await closed;
  });
});

describe('memory of the caller', () => {
  it('is filled wherever the network cuts the stream', async () => {
    const memory = new Uint8Array(64);
    const { socket, messages, transport, closed } = await open({ receiveBuffer: () => memory });
    const payload = sample(40, 3);
    const frame = serverFrame(BINARY, payload);
    socket.setNoDelay(true);
    for (let cut = 1; cut < frame.length; cut++) {
      const before = transport.bytesReceived;
      memory.fill(0);
      socket.write(frame.subarray(0, cut));
      await until(() => transport.bytesReceived === before + cut);
      socket.write(frame.subarray(cut));
      await until(() => messages.length === cut);
      expect(isSame(messages.at(-1), payload)).toBe(true);
    }
    transport.abandon();
    await closed;
  });

  it('is not asked for beyond the limit', async () => {
    const receiveBuffer = vi.fn(() => new Uint8Array(MIB));
    const { socket, closed } = await open({ receiveBuffer, limits: { maxMessageBytes: 100 * KIB } });
    socket.write(serverFrame(BINARY, sample(100 * KIB + 1, 4)));
    expect(await closed).toMatchObject({ code: 1006, error: { code: 'MESSAGE_TOO_BIG' } });
    expect(receiveBuffer).not.toHaveBeenCalled();
  });

  it('is left alone once the line is lost in the middle of a message', async () => {
    const memory = new Uint8Array(MIB);
    const { socket, messages, transport, closed } = await open({ receiveBuffer: () => memory });
    socket.write(serverFrame(BINARY, sample(MIB, 5)).subarray(0, 500 * KIB));
    await until(() => transport.bytesReceived > 500 * KIB - 1);
    socket.destroy();
    expect(await closed).toMatchObject({ code: 1006, error: { code: 'CONNECTION_LOST' } });
    expect(messages).toEqual([]);
  });

  it('is filled to the end of the message, which is not delivered, when this side closes', async () => {
    const memory = new Uint8Array(MIB);
    const { socket, messages, transport, closed } = await open({ receiveBuffer: () => memory });
    const frame = serverFrame(BINARY, sample(MIB, 6));
    const before = transport.bytesReceived;
    socket.write(frame.subarray(0, 300 * KIB));
    await until(() => transport.bytesReceived === before + 300 * KIB);
    transport.close(1000);
    socket.write(Buffer.concat([frame.subarray(300 * KIB), closeFrame(1000)]));
    expect(await closed).toMatchObject({ code: 1000, wasClean: true });
    expect(messages).toEqual([]);
  });

  it('that is too small ends the connection, and is reported as the fault that it is', async () => {
    const reported = vi.fn();
    const listeners = process.listeners('uncaughtException');
    process.removeAllListeners('uncaughtException');
    process.once('uncaughtException', reported);
    const { socket, closed } = await open({ receiveBuffer: () => new Uint8Array(10) });
    socket.write(serverFrame(BINARY, sample(11, 7)));
    const { error } = await closed;
    await until(() => reported.mock.calls.length > 0);
    for (const listener of listeners) process.on('uncaughtException', listener);
    const refusal = { code: 'INVALID_OPTION', message: expect.stringContaining('at least 11 bytes') };
    expect(error).toMatchObject({ code: 'CONNECTION_LOST', cause: refusal });
    expect(reported).toHaveBeenCalledExactlyOnceWith(expect.objectContaining(refusal), 'uncaughtException');
  });
});

it('receiveBuffer must be a function', () => {
  expect(() => tcpTransport({ receiveBuffer: new Uint8Array(8) as never })).toThrow(
    expect.objectContaining({
      code: 'INVALID_OPTION',
      option: 'receiveBuffer',
    }),
  );
});
