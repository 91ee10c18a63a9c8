/**
 * The limit: a bare socket. What it sends stands ready in memory, framed and masked; what it receives is counted, not
 * looked at. No client can be faster.
 */
import { connect as connectPlain, type Socket } from 'node:net';
import process from 'node:process';
import { setImmediate } from 'node:timers';
import { type ConnectionOptions, connect as connectSecure } from 'node:tls';
import { FIN_BINARY, FIN_CLOSE, FIN_TEXT, frameOf } from '../frames.ts';
import type { Job } from '../job.ts';
import { bytesOf, checksumOf } from '../payload.ts';
import type { Program } from '../programs/program.ts';
import { serveProgram } from './serve.ts';

const KEY = Uint8Array.of(0x12, 0x9a, 0xf3, 0x57);
const READ_BYTES = 65_536;

type Reader = (bytes: Buffer, length: number) => void;
interface Opened {
  readonly socket: Socket;
  /** Who gets what comes. */
  read: Reader;
}

/** Resolves when the server has answered the handshake. */
function open({ url, ca }: Job, closed: () => void): Promise<Opened> {
  const { hostname, port, pathname, search, protocol } = new URL(url);
  const head = `GET ${pathname}${search} HTTP/1.1\r\nHost: ${hostname}:${port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n`;
  return new Promise((resolve, reject) => {
    const opened: { read: Reader; socket?: Socket } = {
      read: (bytes, length) => {
        if (!bytes.toString('latin1', 0, length).startsWith('HTTP/1.1 101')) reject(new Error('refused'));
        resolve(opened as Opened);
      },
    };
    const buffer = Buffer.allocUnsafeSlow(READ_BYTES);
    const onread = {
      buffer,
      callback: (length: number, bytes: Uint8Array): boolean => {
        opened.read(bytes as Buffer, length);
        return true;
      },
    };
    const target = { host: hostname, port: Number(port), onread };
    const socket =
      protocol === 'wss:'
        ? connectSecure({ ...target, ca, servername: 'localhost' } as ConnectionOptions)
        : connectPlain(target);
    opened.socket = socket;
    socket.setNoDelay(true);
    socket.on('error', reject);
    socket.on('close', closed);
    socket.once(protocol === 'wss:' ? 'secureConnect' : 'connect', () => socket.write(head));
  });
}

const order = (text: string): Uint8Array => frameOf(FIN_TEXT, Buffer.from(text), KEY);
const lost = (): never => {
  throw new Error('The connection was closed.');
};

/** `count` frames of the first message, one behind the other. */
function frames({ payload }: Job, count: number): { block: Buffer; size: number } {
  const frame = frameOf(payload.kind === 'binary' ? FIN_BINARY : FIN_TEXT, bytesOf(payload, 0), KEY);
  return { block: Buffer.concat(Array.from({ length: count }, () => frame)), size: frame.length };
}

async function send(job: Job): Promise<Program> {
  const { payload, perTick, ackEvery, window } = job;
  const { block, size } = frames(job, perTick);
  const checksum = checksumOf(bytesOf(payload, 0));
  const line = await open(job, lost);
  let n = 0;
  let sent = 0;
  let confirmed = 0;
  let isWaiting = false;
  let finish: (answer: string) => void = () => {};
  function turn(): void {
    const count = Math.min(n - sent, perTick, confirmed + window - sent);
    if (count > 0) line.socket.write(count === perTick ? block : block.subarray(0, count * size));
    sent += Math.max(count, 0);
    isWaiting = sent - confirmed >= window;
    if (sent < n && !isWaiting) setImmediate(turn);
  }
  line.read = (bytes, length) => {
    for (let at = 0; at < length; ) {
      const size = bytes[at + 1] as number;
      const text = bytes.toString('latin1', at + 2, at + 2 + size);
      at += 2 + size;
      if (text === 'ack') confirmed += ackEvery;
      else finish(text);
    }
    if (isWaiting && sent < n) turn();
  };
  return {
    async round(count) {
      n = count;
      sent = confirmed = 0;
      const answered = new Promise<string>((resolve) => {
        finish = resolve;
      });
      line.socket.write(order(`!${n},${ackEvery}`));
      setImmediate(turn);
      const answer = await answered;
      return () => {
        const expected = `done ${n} ${n * payload.bytes} ${checksum}`;
        if (answer !== expected) throw new Error(`The server says "${answer}" where "${expected}" is right.`);
        return {};
      };
    },
  };
}

async function receive(job: Job): Promise<Program> {
  const size = frameOf(FIN_TEXT, bytesOf(job.payload, 0)).length;
  const line = await open(job, lost);
  let left = 0;
  let finish: () => void = () => {};
  line.read = (_bytes, length) => {
    left -= length;
    if (left <= 0) finish();
  };
  return {
    async round(n) {
      left = n * size;
      const finished = new Promise<void>((resolve) => {
        finish = resolve;
      });
      line.socket.write(order(`!${n}`));
      await finished;
      return () => {
        if (left < 0) throw new Error(`${-left} bytes too many.`);
        return {};
      };
    },
  };
}

async function echo(job: Job): Promise<Program> {
  const { inFlight } = job;
  const { block, size } = frames(job, inFlight);
  const back = size - KEY.length;
  const line = await open(job, lost);
  let n = 0;
  let sent = 0;
  let bytes = 0;
  let whole = 0;
  let finish: () => void = () => {};
  let began = 0;
  let delays = new Float64Array(0);
  const write = (count: number): void => {
    if (inFlight === 1) began = performance.now();
    line.socket.write(count === inFlight ? block : block.subarray(0, count * size));
    sent += count;
  };
  line.read = (_bytes, length) => {
    bytes += length;
    const now = Math.floor(bytes / back);
    if (inFlight === 1) delays[whole] = performance.now() - began;
    const count = Math.min(now - whole, n - sent);
    whole = now;
    if (count > 0) write(count);
    if (whole >= n) finish();
  };
  return {
    async round(count) {
      n = count;
      sent = bytes = whole = 0;
      if (inFlight === 1) delays = new Float64Array(n);
      const finished = new Promise<void>((resolve) => {
        finish = resolve;
      });
      write(Math.min(n, inFlight));
      await finished;
      return () => {
        if (bytes !== n * back) throw new Error(`${bytes} bytes came back of ${n * back}.`);
        if (inFlight !== 1) return {};
        delays.sort();
        const at = (share: number): number => (delays[Math.floor(n * share)] as number) * 1_000;
        return { p50: at(0.5), p99: at(0.99) };
      };
    },
  };
}

async function connect(job: Job): Promise<Program> {
  const close = frameOf(FIN_CLOSE, Uint8Array.of(1_000 >> 8, 1_000 & 255), KEY);
  return {
    async round(n) {
      for (let count = 0; count < n; count++) {
        await new Promise<void>((resolve, reject) => {
          open(job, resolve).then((line) => {
            line.read = () => {};
            line.socket.write(close);
          }, reject);
        });
      }
      return undefined;
    },
  };
}

const PROGRAMS: Partial<Record<Job['program'], (job: Job) => Promise<Program>>> = {
  send,
  receive,
  echo,
  connect,
};

await serveProgram(async (job) => {
  const prepare = PROGRAMS[job.program];
  if (prepare === undefined) throw new Error(`A bare socket has no program "${job.program}".`);
  return { program: await prepare(job), version: `net.Socket of Node ${process.versions.node}` };
});
