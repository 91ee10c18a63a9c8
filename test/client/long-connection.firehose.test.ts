/** A server that sends more than is read: over TCP it is stopped, and nothing is lost or piled up. */
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, it, vi } from 'vitest';
import { type WebSocket, WebSocketServer } from 'ws';
import { createClient } from '../../src/client/create-client.node.ts';
import { raw } from '../../src/messaging/raw.ts';

/** More than sockets keep on both sides: Linux lets one grow to 32 MiB and more. */
const MESSAGES = 400;
const BYTES = 256 * 1024;
const MAX_BUFFERED = 20;

let server: WebSocketServer | undefined;
afterEach(() => {
  for (const socket of server?.clients ?? []) socket.terminate();
  server?.close();
});

/** Sends 100 MiB as fast as the client takes it, a message at a time. */
async function startFirehose(): Promise<{
  readonly url: string;
  readonly sent: () => number;
  readonly peer: () => WebSocket;
}> {
  const made = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false });
  server = made;
  let sent = 0;
  let peer: WebSocket | undefined;
  made.on('connection', async (socket) => {
    peer = socket;
    socket.on('error', () => {});
    for (; sent < MESSAGES && socket.readyState === socket.OPEN; sent++)
      await new Promise((resolve) => socket.send(`${sent} ${'x'.repeat(BYTES)}`, resolve));
  });
  await once(made, 'listening');
  return {
    url: `ws://127.0.0.1:${(made.address() as AddressInfo).port}`,
    sent: () => sent,
    peer: () => peer as WebSocket,
  };
}

/** Resolves when the server has had something to send for a while, and it did not get on. */
async function stalled({ peer, sent }: Awaited<ReturnType<typeof startFirehose>>): Promise<void> {
  let before = -1;
  await vi.waitFor(
    () => {
      const now = sent();
      const isStuck = now === before && peer().bufferedAmount > 0;
      before = now;
      expect(isStuck).toBe(true);
    },
    { timeout: 20_000, interval: 250 },
  );
}

it('a loop that is slow stops the server, and reads every message in the end', async () => {
  const firehose = await startFirehose();
  const client = createClient({ url: firehose.url, envelope: raw() });
  const gaps = vi.fn();
  client.on('gap', gaps);
  const messages = client.messages({ maxBuffered: MAX_BUFFERED });
  const first = await messages.next();
  expect(first.value).toMatch(/^0 /);
  await stalled(firehose);
  // What the program holds: the mark, and what was in one read of the socket. The rest is the system's, on both sides.
  expect(client.stats().received).toBeLessThan(MAX_BUFFERED + 10);
  expect(firehose.sent()).toBeLessThan(MESSAGES);
  for (let at = 1; at < MESSAGES; at++)
    expect(String((await messages.next()).value).split(' ', 1)).toEqual([String(at)]);
  expect([client.stats().received, client.state.epoch, gaps.mock.calls]).toEqual([MESSAGES, 1, []]);
  await client.close();
});

it('pause() stops it too, and resume() lets it go on', async () => {
  const firehose = await startFirehose();
  const client = createClient({ url: firehose.url, envelope: raw() });
  let got = 0;
  client.on('message', () => {
    if (++got === 5) client.pause();
  });
  await client.ready();
  await vi.waitFor(() => expect(got).toBe(5), 20_000);
  await stalled(firehose);
  expect(got).toBe(5);
  client.resume();
  await vi.waitFor(() => expect(got).toBe(MESSAGES), 20_000);
  expect(client.state.epoch).toBe(1);
  await client.close();
});
