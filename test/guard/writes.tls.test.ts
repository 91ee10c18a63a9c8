/** The same over TLS: a write is one batch of records, as large as TLS allows, and header and payload share them. */
import { once } from 'node:events';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { tcpTransport } from '../../src/transport/tcp/tcp-transport.ts';
import { type Certificate, createCertificate } from '../tools/certificates.ts';
import { type RawConnection, type RawServer, startRawServer } from '../tools/raw-server.ts';
import { closeFrame, PING, serverFrame, TEXT } from '../tools/server-frame.ts';
import { startTlsProxy, type TlsServer } from '../tools/tls-server.ts';
import { Session } from '../transport/conformance/session.ts';
import { type RecordTap, startRecordTap } from './record-tap.ts';
import { type WatchedHandles, watchTlsHandles } from './watched-handles.ts';

/** RFC 8446, 5.1: "The length MUST NOT exceed 2^14 bytes." */
const MAX_RECORD_BYTES = 16 * 1024;

/** Of a frame with up to 125 bytes, mask included; of one with 64 KiB and more. */
const HEADER = 6;
const LARGE_HEADER = 14;

/** A large message leaves in steps of 256 KiB, a few bytes fewer. */
const STEP_BYTES = 255 * 1024;

const TEXT_32 = 'a message of 32 bytes, not more.';

let certificate: Certificate;
let server: RawServer;
let secure: TlsServer;
let tap: RecordTap;
let handles: WatchedHandles;

beforeAll(async () => {
  certificate = createCertificate({ names: 'IP:127.0.0.1' });
  server = await startRawServer();
  secure = await startTlsProxy(certificate, Number(new URL(server.url).port));
  tap = await startRecordTap(secure.port);
});
afterAll(async () => {
  await tap.close();
  await secure.close();
  await server.close();
});
beforeEach(() => {
  handles = watchTlsHandles();
});
afterEach(() => handles.stop());

function start(): Session {
  const factory = tcpTransport({ compression: false, tls: { ca: certificate.cert } });
  const session = new Session(factory, `wss://127.0.0.1:${tap.port}`);
  onTestFinished(() => session.transport.abandon());
  return session;
}

async function open(): Promise<{ session: Session; line: RawConnection }> {
  const session = start();
  await session.until('open');
  const line = await server.next();
  handles.take();
  tap.take();
  return { session, line };
}

async function received({ socket, chunks }: RawConnection, bytes: number): Promise<void> {
  const sum = (): number => chunks.reduce((total, { length }) => total + length, 0);
  while (sum() < bytes) await once(socket, 'data');
  expect(sum()).toBe(bytes);
}

const writes = (): number[] => handles.take().map(({ bytes }) => bytes);

/** The fewest records that hold so many bytes. */
const records = (bytes: number): number => Math.ceil(bytes / MAX_RECORD_BYTES);

describe('writes over TLS', () => {
  it.each([1, 10, 1000])(
    '%i small messages of a tick: one, in as few records as hold them',
    async (count) => {
      const { session, line } = await open();
      for (let index = 0; index < count; index++) session.transport.send(TEXT_32);
      await Promise.resolve();
      const size = count * (HEADER + 32);
      expect(writes()).toEqual([size]);
      await received(line, size);
      expect(tap.take()).toHaveLength(records(size));
      expect(writes()).toEqual([]);
    },
  );

  it('the opening handshake: one', async () => {
    const session = start();
    await session.until('open');
    await server.next();
    expect(writes()).toHaveLength(1);
  });

  it('answers to all messages of a chunk, and to a burst of pings: one', async () => {
    const { session, line } = await open();
    session.onTold = (told) => {
      if (told.type === 'text') session.transport.send(told.text);
    };
    line.socket.write(Buffer.concat(new Array(100).fill(serverFrame(TEXT, TEXT_32))));
    await received(line, 100 * (HEADER + 32));
    expect(writes()).toEqual([100 * (HEADER + 32)]);
    line.socket.write(Buffer.concat(new Array(100).fill(serverFrame(PING, 'ping'))));
    await received(line, 100 * (HEADER + 32) + 100 * (HEADER + 4));
    expect(writes()).toEqual([100 * (HEADER + 4)]);
  });

  it('header and payload of a message of 64 KiB: one, and no record for the header alone', async () => {
    const { session, line } = await open();
    const size = LARGE_HEADER + 64 * 1024;
    session.transport.send(new Uint8Array(64 * 1024));
    await Promise.resolve();
    expect(writes()).toEqual([size]);
    await received(line, size);
    expect(tap.take()).toHaveLength(records(size));
  });

  it('a message of 1 MiB: one for every 256 KiB, the header with the first of them', async () => {
    const { session, line } = await open();
    const size = LARGE_HEADER + 1024 * 1024;
    session.transport.send(new Uint8Array(1024 * 1024));
    await received(line, size);
    const made = writes();
    expect(made[0]).toBeGreaterThanOrEqual(STEP_BYTES);
    expect(made.length).toBeLessThanOrEqual(Math.ceil(size / STEP_BYTES));
    // Each write may end in a record that is not full.
    expect(tap.take().length).toBeLessThanOrEqual(records(size) + made.length);
  });

  it('our Close: one', async () => {
    const { session, line } = await open();
    session.transport.close(1000, 'bye');
    await received(line, HEADER + 5);
    line.socket.end(closeFrame(1000));
    await session.until('close');
    expect(writes()).toEqual([HEADER + 5]);
  });
});
