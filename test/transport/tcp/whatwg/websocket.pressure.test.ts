/** Messages that come faster than tasks are run. */
import { constants, deflateRawSync } from 'node:zlib';
import { afterEach, expect, it } from 'vitest';
import { WebSocket } from '../../../../src/transport/tcp/whatwg/websocket.ts';
import { type RawServer, startRawServer } from '../../../tools/raw-server.ts';
import { BINARY, serverFrame, switchingProtocols } from '../../../tools/server-frame.ts';

const MIB = 1024 * 1024;
const COUNT = 120;

let server: RawServer;
afterEach(() => server.close());

it('are held back where they came from: a turn of the event loop tells a few MiB at most (attack 4)', async () => {
  server = await startRawServer((request) =>
    switchingProtocols(request, { 'Sec-WebSocket-Extensions': 'permessage-deflate' }),
  );
  const socket = new WebSocket(server.url);
  const inTurn = [0];
  let messages = 0;
  const tick = (): void => {
    inTurn.push(0);
    if (messages < COUNT) setImmediate(tick);
  };
  socket.addEventListener('message', () => {
    messages++;
    inTurn[inTurn.length - 1]! += 1;
  });
  const { socket: peer } = await server.next();
  // 1 MiB each, 1 KB on the wire: sixty in one read.
  const deflated = deflateRawSync(new Uint8Array(MIB), { level: 9, finishFlush: constants.Z_SYNC_FLUSH });
  const bomb = serverFrame(BINARY, deflated.subarray(0, -4), 0xc0 | BINARY);
  setImmediate(tick);
  peer.write(Buffer.concat(Array.from({ length: COUNT }, () => bomb)));
  await expect.poll(() => messages).toBe(COUNT);
  expect(Math.max(...inTurn)).toBeLessThan(12);
  socket.terminate();
});
