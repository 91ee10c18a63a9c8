import { Socket } from 'node:net';
import { Writable } from 'node:stream';
import { TLSSocket } from 'node:tls';
import { expect, it } from 'vitest';
import { copyingStream, writableSocket } from '../../../../src/transport/tcp/dialling/copying-stream.ts';

it('a stream of the user’s gets bytes that nobody changes any more, corked and ended like any other', async () => {
  const chunks: Buffer[] = [];
  const kept: Buffer[][] = [];
  const stream = new Writable({
    write: (chunk, _encoding, done) => {
      chunks.push(chunk);
      done();
    },
    writev: (many, done) => {
      kept.push(many.map(({ chunk }) => chunk));
      done();
    },
  });
  const copying = copyingStream(stream as never);
  const bytes = Uint8Array.of(1, 2, 3);
  await new Promise((resolve) => copying.write(bytes, resolve));
  bytes.fill(9);
  expect(chunks.map((chunk) => [...chunk])).toEqual([[1, 2, 3]]);
  copying.cork();
  copying.write(bytes);
  copying.write(bytes);
  copying.uncork();
  copying.end();
  await new Promise((resolve) => stream.once('finish', resolve));
  expect(kept.map((many) => many.length)).toEqual([2]);
});

it('stands in for everything but sockets of Node’s own classes, as they are', () => {
  class Derived extends Socket {}
  const sockets = { plain: new Socket(), secure: new TLSSocket(new Socket()), derived: new Derived() };
  const patched = new Socket();
  patched.write = () => true;
  const isItself = (stream: Socket): boolean => writableSocket(stream, [Socket, TLSSocket]) === stream;
  expect(isItself(sockets.plain)).toBe(true);
  expect(isItself(sockets.secure)).toBe(true);
  expect(isItself(sockets.derived)).toBe(false);
  expect(isItself(patched)).toBe(false);
  expect(writableSocket(sockets.secure, [Socket, undefined])).not.toBe(sockets.secure);
  for (const socket of [...Object.values(sockets), patched]) socket.destroy();
});
