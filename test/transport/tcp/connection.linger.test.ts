/** Who ends the TCP connection, and when. */
import { afterEach, expect, it } from 'vitest';
import { connect } from '../../../src/client/create-client.node.ts';
import { createVirtualClock } from '../../../src/testing/virtual-clock.ts';
import { type RawServer, startRawServer } from '../../tools/raw-server.ts';
import { closeFrame } from '../../tools/server-frame.ts';

let server: RawServer;
afterEach(() => server.close());

it('the server ends it first; a client ends it itself after a second without that (#79)', async () => {
  server = await startRawServer();
  const clock = createVirtualClock();
  const socket = await connect(server.url, { clock });
  const { socket: peer, chunks, ended } = await server.next();
  let isEnded = false;
  void ended.then(() => {
    isEnded = true;
  });
  peer.write(closeFrame(1000));
  await expect.poll(() => chunks.length).toBe(1);
  await clock.advance(999);
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(isEnded).toBe(false);
  await clock.advance(1);
  await ended;
  expect(await socket.closed).toMatchObject({ code: 1000, wasClean: true });
});

it('it ends at once when the server does, and what trails a Close is thrown away (#78, #79)', async () => {
  server = await startRawServer();
  // Its time stands still: nothing ends here because a deadline has passed.
  const socket = await connect(server.url, { clock: createVirtualClock() });
  const { socket: peer, ended } = await server.next();
  peer.end(Buffer.concat([closeFrame(1000), Buffer.alloc(100_000, 0xff)]));
  await ended;
  expect(await socket.closed).toMatchObject({ code: 1000, wasClean: true });
});
