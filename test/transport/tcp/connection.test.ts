import { Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { tcpTransport } from '../../../src/transport/tcp/tcp-transport.ts';
import type { TransportRequest } from '../../../src/transport/transport.ts';
import { readClientFrames } from '../../tools/client-frame.ts';
import { type RawConnection, type RawServer, startRawServer } from '../../tools/raw-server.ts';
import { CLOSE, closeFrame, PING, serverFrame, switchingProtocols, TEXT } from '../../tools/server-frame.ts';
import { Session } from '../conformance/session.ts';

let server: RawServer;
const sessions: Session[] = [];
const factory = tcpTransport();

beforeAll(async () => {
  server = await startRawServer();
});
afterAll(() => server.close());
afterEach(() => Promise.all(sessions.splice(0).map((session) => session.finish())));

function connectTo(url: string, changes: Partial<TransportRequest> = {}): Session {
  const session = new Session(factory, url, changes);
  sessions.push(session);
  return session;
}

async function open(
  changes: Partial<TransportRequest> = {},
): Promise<{ session: Session; line: RawConnection }> {
  const session = connectTo(server.url, changes);
  const line = await server.next();
  await session.open();
  return { session, line };
}

/** Whole frames that have come from the client, checked as a strict server would; none while one is cut. */
function frames(chunks: readonly Buffer[]): { opcode: number; payload: Buffer }[] {
  try {
    return readClientFrames(Buffer.concat(chunks)).map(({ opcode, payload }) => ({
      opcode,
      payload: Buffer.from(payload),
    }));
  } catch (error) {
    if (/cut|bounds/.test(String(error))) return [];
    throw error;
  }
}

const until = (isMet: () => boolean) => expect.poll(isMet, { interval: 5 }).toBe(true);

describe('TCP connection: writing', () => {
  it('writes the handshake in one call', async () => {
    const write = vi.spyOn(Socket.prototype, 'write');
    const session = connectTo(server.url, { headers: [['X-One', '1']] });
    await server.next();
    await session.open();
    const ours = write.mock.calls.filter(([data]) => String(data).startsWith('GET '));
    expect(ours).toHaveLength(1);
    expect(String(ours[0]?.[0])).toMatch(/\r\nX-One: 1\r\n\r\n$/);
  });

  it('writes a thousand messages of one tick in one call, in the same tick', async () => {
    const { session, line } = await open();
    const write = vi.spyOn(Socket.prototype, 'write');
    for (let index = 0; index < 1000; index += 1) session.transport.send(`message ${index}`);
    expect(write).not.toHaveBeenCalled();
    await Promise.resolve();
    expect(write).toHaveBeenCalledTimes(1);
    await until(() => frames(line.chunks).length === 1000);
    expect(frames(line.chunks).at(-1)?.payload.toString()).toBe('message 999');
  });

  it('answers everything of one read in one write', async () => {
    const { session, line } = await open();
    session.onTold = (told) => told.type === 'text' && session.transport.send(`re: ${told.text}`);
    const write = vi.spyOn(Socket.prototype, 'write');
    line.socket.write(
      Buffer.concat([serverFrame(TEXT, 'a'), serverFrame(PING, 'p'), serverFrame(TEXT, 'b')]),
    );
    await until(() => frames(line.chunks).length === 3);
    const ours = write.mock.contexts.filter((socket) => socket !== line.socket);
    expect(ours).toHaveLength(1);
    expect(frames(line.chunks).map(({ payload }) => payload.toString())).toEqual(['re: a', 'p', 're: b']);
  });

  it('sends header and payload of a large message in one block, a larger one in steps of 256 KiB', async () => {
    const { session, line } = await open();
    const write = vi.spyOn(Socket.prototype, 'write');
    session.transport.send(new Uint8Array(200_000).fill(7));
    await Promise.resolve();
    expect(write.mock.calls.map(([bytes]) => bytes.length)).toEqual([200_014]);
    await until(() => Buffer.concat(line.chunks).length === 200_014);
    session.transport.send(new Uint8Array(600_000).fill(8));
    await Promise.resolve();
    expect(write.mock.calls.slice(1).map(([bytes]) => bytes.length)).toEqual([262_142, 262_128, 75_744]);
    await until(() => Buffer.concat(line.chunks).length === 800_028);
    const [first, second] = frames(line.chunks);
    expect(first?.payload.every((byte) => byte === 7)).toBe(true);
    expect(second?.payload.every((byte) => byte === 8)).toBe(true);
  });

  it('holds all Pongs but the newest while the server does not read', async () => {
    const { session, line } = await open();
    line.socket.pause();
    for (let index = 0; index < 8; index += 1) session.transport.send(new Uint8Array(1024 * 1024));
    await Promise.resolve();
    const before = session.transport.bytesReceived;
    for (let index = 0; index < 1000; index += 1) line.socket.write(serverFrame(PING, `ping ${index}`));
    await until(() => session.transport.bytesReceived > before + 9000);
    line.socket.resume();
    await session.until('drain');
    await until(() => frames(line.chunks).some(({ payload }) => payload.toString() === 'ping 999'));
    expect(frames(line.chunks).filter(({ opcode }) => opcode === 10)).toHaveLength(1);
  });
});

describe('TCP connection: reading', () => {
  it('takes an answer and frames that come byte by byte', async () => {
    const session = connectTo(server.url);
    const line = await server.next();
    await session.open();
    line.socket.setNoDelay(true);
    for (const byte of Buffer.concat([serverFrame(TEXT, 'slowly'), closeFrame(1000, 'done')])) {
      line.socket.write(Buffer.from([byte]));
      await new Promise((resolve) => setImmediate(resolve));
    }
    line.socket.end();
    expect(await session.closed()).toMatchObject({ code: 1000, reason: 'done', wasClean: true });
    expect(session.messages).toEqual(['slowly']);
  });

  it('keeps messages apart from the memory that the next read overwrites', async () => {
    const { session, line } = await open();
    for (let index = 0; index < 50; index += 1) {
      line.socket.write(serverFrame(2, Buffer.alloc(1000, index)));
      await session.message();
    }
    const firstBytes = session.messages.map((message) => (message as Uint8Array)[999]);
    expect(firstBytes).toEqual(Array.from({ length: 50 }, (_, index) => index));
  });

  it('pauses from the start when asked to before it is open', async () => {
    const session = connectTo(server.url);
    session.transport.pause();
    const line = await server.next();
    await session.open();
    line.socket.write(serverFrame(TEXT, 'held back'));
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(session.types).toEqual(['open']);
    session.transport.resume();
    expect(await session.message()).toBe('held back');
  });

  it('gives a connection up whose listener throws, and reports the error as uncaught', async () => {
    const { session, line } = await open();
    const thrown = new Error('from a listener');
    const reported = vi.fn();
    const listeners = process.listeners('uncaughtException');
    process.removeAllListeners('uncaughtException');
    process.once('uncaughtException', reported);
    session.onTold = ({ type }) => {
      if (type === 'text') throw thrown;
    };
    line.socket.write(serverFrame(TEXT, 'boom'));
    const closure = await session.closed();
    for (const listener of listeners) process.on('uncaughtException', listener);
    expect(reported).toHaveBeenCalledExactlyOnceWith(thrown, 'uncaughtException');
    expect(closure.error).toMatchObject({ code: 'CONNECTION_LOST', cause: thrown });
  });
});

describe('TCP connection: ending', () => {
  it('sends a Close frame that says why before it drops a server that breaks the protocol', async () => {
    const { session, line } = await open();
    line.socket.write(Buffer.from([0x83, 0x00]));
    const closure = await session.closed();
    await line.ended;
    expect(frames(line.chunks)).toEqual([{ opcode: CLOSE, payload: Buffer.from([0x03, 0xea]) }]);
    expect(closure).toMatchObject({
      code: 1006,
      wasClean: false,
      sent: { code: 1002, reason: '' },
      error: { name: 'ProtocolError', code: 'PROTOCOL', closeCode: 1002 },
    });
  });

  it('ignores what a broken server goes on sending, and gets its Close frame through', async () => {
    const { session, line } = await open();
    line.socket.write(Buffer.concat([Buffer.from([0x83, 0x00]), Buffer.alloc(2_000_000, 1)]));
    await session.closed();
    await line.ended;
    expect(frames(line.chunks)).toHaveLength(1);
    expect(session.types).toEqual(['open', 'close']);
  });

  it('gets its Close frame through behind much that waits, and tells no drain any more', async () => {
    const { session, line } = await open();
    line.socket.pause();
    for (let index = 0; index < 8; index += 1) session.transport.send(new Uint8Array(1024 * 1024));
    await Promise.resolve();
    const before = session.transport.bytesReceived;
    line.socket.write(Buffer.from([0x83, 0x00]));
    await until(() => session.transport.bytesReceived > before);
    line.socket.resume();
    await session.closed();
    await line.ended;
    expect(frames(line.chunks).at(-1)).toEqual({ opcode: CLOSE, payload: Buffer.from([0x03, 0xea]) });
    expect(session.types).toEqual(['open', 'close']);
  });

  it('drops the socket soon when a broken server never hangs up', async () => {
    const { session, line } = await open({ closeTimeout: 100 });
    line.socket.pause();
    line.socket.write(Buffer.from([0x83, 0x00]));
    expect((await session.closed()).error?.code).toBe('PROTOCOL');
  });

  it('lets the server close the TCP connection first (RFC 6455, 7.1.1)', async () => {
    const { session, line } = await open();
    line.socket.write(closeFrame(1000));
    await until(() => frames(line.chunks).length === 1);
    expect(session.types).toEqual(['open']);
    line.socket.end();
    expect(await session.closed()).toMatchObject({ code: 1000, wasClean: true });
  });

  it('is closed for sending as soon as the server’s Close frame is there', async () => {
    const { session, line } = await open();
    line.socket.write(closeFrame(1000));
    await until(() => frames(line.chunks).length === 1);
    expect(session.transport.send('late')).toBe(false);
    line.socket.end();
    await session.closed();
  });

  it('keeps both Close frames where the server resets instead of hanging up', async () => {
    const { session, line } = await open();
    line.socket.write(closeFrame(4000, 'bye'));
    await until(() => frames(line.chunks).length === 1);
    line.socket.resetAndDestroy();
    expect(await session.closed()).toMatchObject({
      code: 4000,
      reason: 'bye',
      wasClean: true,
      error: undefined,
    });
  });

  it('tells of a FIN without a Close frame, ours having been sent or not', async () => {
    const first = await open();
    first.line.socket.end();
    expect((await first.session.closed()).error?.code).toBe('CONNECTION_LOST');
    const second = await open();
    second.session.transport.close(1000);
    second.line.socket.end();
    const closure = await second.session.closed();
    expect(closure).toMatchObject({ code: 1006, wasClean: false, sent: { code: 1000, reason: '' } });
    expect(closure.error?.name).toBe('ConnectionError');
  });

  it('fails the connection when a Blob cannot be read', async () => {
    const { session } = await open();
    const cause = new Error('the file has changed');
    session.transport.send(Object.assign(new Blob(['x']), { arrayBuffer: () => Promise.reject(cause) }));
    expect((await session.closed()).error).toMatchObject({ code: 'CONNECTION_LOST', cause });
  });

  it('emits no warning about listeners or promises', async () => {
    const warnings = vi.fn();
    process.on('warning', warnings);
    for (let index = 0; index < 30; index += 1) {
      const { session, line } = await open();
      line.socket.write(closeFrame(1000));
      line.socket.end();
      await session.closed();
    }
    process.off('warning', warnings);
    expect(warnings).not.toHaveBeenCalled();
  });
});

describe('TCP connection: first bytes', () => {
  it('reads an answer that comes one byte at a time', async () => {
    const slow = await startRawServer(() => Buffer.alloc(0));
    const session = connectTo(slow.url);
    const line = await slow.next();
    for (const byte of Buffer.concat([switchingProtocols(line.request), serverFrame(TEXT, 'hi')])) {
      line.socket.write(Buffer.from([byte]));
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(await session.message()).toBe('hi');
    session.transport.abandon();
    await session.closed();
    await slow.close();
  });
});
