/** Who ends the TCP connection, and when. */
import { afterEach, expect, it } from 'vitest';
import { connect } from '../../../src/client/create-client.node.ts';
import { type RawServer, startRawServer } from '../../tools/raw-server.ts';
import { closeFrame } from '../../tools/server-frame.ts';

let server: RawServer;
afterEach(() => server.close());

it('the server ends it first; a client ends it itself after a second without that (#79)', async () => {
  server = await startRawServer();
  const socket = await connect(server.url);
  const { socket: peer, chunks, ended } = await server.next();
  let isEnded = false;
  void ended.then(() => {
    isEnded = true;
  });
  peer.write(closeFrame(1000));
  await expect.poll(() => chunks.length).toBe(1);
  const answered = performance.now();
  await new Promise((resolve) => setTimeout(resolve, 500));
  expect(isEnded).toBe(false);
  await ended;
  expect(performance.now() - answered).toBeLessThan(3000);
  expect(await socket.closed).toMatchObject({ code: 1000, wasClean: true });
});

it('it ends at once when the server does, and what trails a Close is thrown away (#78, #79)', async () => {
  server = await startRawServer();
  const socket = await connect(server.url);
  const { socket: peer, ended } = await server.next();
  peer.end(Buffer.concat([closeFrame(1000), Buffer.alloc(100_000, 0xff)]));
  const begin = performance.now();
  await ended;
  expect(await socket.closed).toMatchObject({ code: 1000, wasClean: true });
  expect(performance.now() - begin).toBeLessThan(900);
});
