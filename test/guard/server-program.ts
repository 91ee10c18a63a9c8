/**
 * The server of the guard, in a process of its own so that its work is not counted. The path says what it does:
 *
 *   /sink                 reads and throws away
 *   /echo                 sends every message back
 *   /flood/OPCODE/SIZE    for a message that is a number N: N messages of SIZE bytes
 *   /rpc                  answers JSON-RPC requests with their parameters
 *   /deflate              as /echo, compressed
 *
 * A Close is answered, and the connection ended, on every path but /sink. It reports its ports, and ends with whoever
 * has started it.
 */
import { createServer, type IncomingMessage } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { WebSocketServer } from 'ws';
import { createCertificate } from '../tools/certificates.ts';
import { clientFrameSize } from '../tools/client-frame.ts';
import { closeFrame, serverFrame, switchingProtocols } from '../tools/server-frame.ts';

const TEXT = 1;
const CLOSE = 8;

/** Messages of a flood are written in steps of about this size. */
const STEP_BYTES = 64 * 1024;

type Answer = (payload: Buffer, opcode: number) => Buffer | undefined;

/** Calls `each` for every frame, wherever the chunks are cut. */
function readFrames(socket: Socket, each: (opcode: number, payload: Buffer) => void): void {
  let rest: Buffer = Buffer.alloc(0);
  socket.on('data', (chunk: Buffer) => {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    for (;;) {
      const size = clientFrameSize(rest);
      if (size === undefined || rest.length < size) break;
      const short = (rest[1] as number) & 0x7f;
      const start = short < 126 ? 6 : short === 126 ? 8 : 14;
      const payload = rest.subarray(start, size);
      for (let at = 0; at < payload.length; at++) {
        payload[at] = (payload[at] as number) ^ (rest[start - 4 + (at & 3)] as number);
      }
      each((rest[0] as number) & 0x0f, payload);
      rest = rest.subarray(size);
    }
  });
}

function answerFrames(socket: Socket, answer: Answer): void {
  let out: Buffer[] = [];
  const flush = (): void => {
    if (out.length > 0) socket.write(Buffer.concat(out));
    out = [];
  };
  readFrames(socket, (opcode, payload) => {
    if (opcode === CLOSE) {
      flush();
      socket.end(closeFrame(1000));
      return;
    }
    const bytes = answer(payload, opcode);
    if (bytes === undefined) return;
    if (out.length === 0) queueMicrotask(flush);
    out.push(bytes);
  });
}

function flood(socket: Socket, opcode: number, size: number): void {
  const one = serverFrame(opcode, Buffer.alloc(size, 'a message of 32 bytes, not more.'));
  const step = Math.max(1, Math.floor(STEP_BYTES / one.length));
  const many = Buffer.concat(new Array(step).fill(one));
  answerFrames(socket, (payload) => {
    let left = Number(payload.toString());
    const go = (): void => {
      while (left > 0) {
        const count = Math.min(step, left);
        left -= count;
        if (socket.write(many.subarray(0, count * one.length))) continue;
        socket.once('drain', go);
        return;
      }
    };
    go();
    return undefined;
  });
}

function serve({ url = '/' }: IncomingMessage, socket: Socket): void {
  const [, name, opcode, size] = url.split('/');
  if (name === 'sink') socket.resume();
  else if (name === 'flood') flood(socket, Number(opcode), Number(size));
  else if (name === 'rpc') {
    answerFrames(socket, (payload) => {
      const { id, params } = JSON.parse(payload.toString()) as { id: number; params: unknown };
      return serverFrame(TEXT, JSON.stringify({ jsonrpc: '2.0', id, result: params }));
    });
  } else answerFrames(socket, (payload, received) => serverFrame(received, payload));
}

const deflating = new WebSocketServer({ noServer: true, perMessageDeflate: { threshold: 0 } });
deflating.on('connection', (socket) => {
  socket.on('message', (data, binary) => socket.send(data, { binary }));
});

function upgrade(request: IncomingMessage, socket: Socket, head: Buffer): void {
  socket.on('error', () => socket.destroy());
  if (request.url === '/deflate') {
    deflating.handleUpgrade(request, socket, head, (open) => deflating.emit('connection', open, request));
    return;
  }
  socket.setNoDelay?.(true);
  socket.write(switchingProtocols(request));
  serve(request, socket);
}

const plain = createServer().on('upgrade', upgrade);
const secure = createSecureServer(createCertificate({ names: 'IP:127.0.0.1' })).on('upgrade', upgrade);
for (const server of [plain, secure]) {
  await new Promise<void>((resolve) => server.listen({ port: 0, host: '127.0.0.1', backlog: 1024 }, resolve));
}
const [port, securePort] = [plain, secure].map((server) => (server.address() as AddressInfo).port);
process.send?.({ plain: `ws://127.0.0.1:${port}`, secure: `wss://127.0.0.1:${securePort}` });
process.once('disconnect', () => process.exit());
