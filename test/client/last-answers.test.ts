/** What a server asked right before it ended the connection is answered, also by a handler that takes its time. */
import { expect, it, vi } from 'vitest';
import { deferred } from '../../src/base/deferred.ts';
import { createClient } from '../../src/client/create-client.node.ts';
import { PATIENCE_MS } from '../../src/client/last-words.ts';
import { createVirtualClock } from '../../src/testing/virtual-clock.ts';
import { readClientFrames } from '../tools/client-frame.ts';
import { startRawServer } from '../tools/raw-server.ts';
import { CLOSE, closeFrame, PING, serverFrame, TEXT } from '../tools/server-frame.ts';

const QUESTION = serverFrame(TEXT, '{"jsonrpc":"2.0","id":9,"method":"confirm","params":1}');
const ANSWER = '{"jsonrpc":"2.0","id":9,"result":"yes 1"}';
const VIOLATION = serverFrame(3);

/** A client with a slow handler, and the server's side of its connection. */
async function setUp(behind: Buffer | undefined, clock?: ReturnType<typeof createVirtualClock>) {
  const server = await startRawServer();
  const client = createClient({ url: server.url, reconnect: false, heartbeat: false, clock });
  client.on('error', () => {});
  const answer = deferred<void>();
  const asked = vi.fn();
  client.handle('confirm', async (params) => {
    asked();
    await answer.promise;
    return `yes ${params}`;
  });
  client.connect();
  const { socket, chunks, ended } = await server.next();
  if (behind === undefined) socket.end(QUESTION);
  else socket.write(Buffer.concat([QUESTION, behind]));
  await vi.waitFor(() => expect(asked).toHaveBeenCalledOnce());
  /** What the server got, once it got so much. */
  const got = async (count: number): Promise<string[]> => {
    await vi.waitFor(() =>
      expect(readClientFrames(Buffer.concat(chunks)).length).toBeGreaterThanOrEqual(count),
    );
    return readClientFrames(Buffer.concat(chunks)).map(({ opcode, payload }) =>
      opcode === CLOSE ? `close ${(payload[0]! << 8) | payload[1]!}` : Buffer.from(payload).toString(),
    );
  };
  return { client, server, answer, chunks, ended, got };
}

const turns = async (): Promise<void> => {
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
};

it.each([
  ['Close', closeFrame(1000), 'close 1000'],
  ['violation', VIOLATION, 'close 1002'],
])('a %s behind a question waits until its handler has answered', async (_, behind, end) => {
  const { client, server, answer, chunks, got } = await setUp(behind);
  await turns();
  expect([chunks, client.connected]).toEqual([[], true]);
  answer.resolve();
  expect(await got(2)).toEqual([ANSWER, end]);
  await client.close();
  await server.close();
});

it('so does the end of the stream', async () => {
  const { client, server, answer, got, ended } = await setUp(undefined);
  await turns();
  expect(client.connected).toBe(true);
  answer.resolve();
  expect(await got(1)).toEqual([ANSWER]);
  await ended;
  await client.close();
  await server.close();
});

it('a handler that does not answer is waited for a second, by the clock', async () => {
  const clock = createVirtualClock();
  const { client, server, chunks, got } = await setUp(closeFrame(1000), clock);
  await turns();
  await clock.advance(PATIENCE_MS - 1);
  await turns();
  expect(chunks).toEqual([]);
  await clock.advance(1);
  expect(await got(1)).toEqual(['close 1000']);
  await server.close();
  await client.close();
  expect(clock.pendingTimers).toBe(0);
});

it('closing waits for no handler, and leaves no timer behind', async () => {
  const clock = createVirtualClock();
  const { client, server } = await setUp(closeFrame(1000), clock);
  await turns();
  const closed = client.close({ flush: false });
  await server.close();
  await closed;
  expect([client.state.status, clock.pendingTimers]).toEqual(['closed', 0]);
});

it('a request of ours that waits for its reply holds nothing back, and a Ping is answered meanwhile', async () => {
  const server = await startRawServer();
  const client = createClient({ url: server.url, reconnect: false, heartbeat: false });
  client.on('error', () => {});
  const reply = client.request('slow').catch((error: unknown) => error);
  const { socket, chunks } = await server.next();
  await vi.waitFor(() => expect(chunks).toHaveLength(1));
  socket.write(
    Buffer.concat([serverFrame(TEXT, '{"method":"news"}'), serverFrame(PING, 'p'), closeFrame(1000)]),
  );
  expect(await reply).toMatchObject({ code: 'REPLY_LOST' });
  const frames = readClientFrames(Buffer.concat(chunks)).map(({ opcode }) => opcode);
  expect(frames).toEqual([TEXT, 10, CLOSE]);
  await client.close();
  await server.close();
});
