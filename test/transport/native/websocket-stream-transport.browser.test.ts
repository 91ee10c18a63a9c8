// Chromium: a client that does not read stops the server, which says itself how far it has come.
import { afterEach, describe, expect, inject, it } from 'vitest';
import { connect, createClient } from '../../../src/client/create-client.browser.ts';
import { raw } from '../../../src/messaging/raw.ts';
import { webSocketStreamTransport } from '../../../src/transport/native/websocket-stream-transport.ts';
import type { Flood } from '../../tools/conformance-server.ts';

const MESSAGE_BYTES = 65_536;

let cleanUps: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0)) await cleanUp();
  cleanUps = [];
});

/** A server that sends 64 KiB messages as fast as they are taken. */
function floodUrl(): { url: string; flood: () => Promise<Flood> } {
  const id = crypto.randomUUID();
  const flood = async (): Promise<Flood> => {
    const socket = await connect(`${inject('conformanceUrl')}/flooded?id=${id}`);
    try {
      return JSON.parse((await socket.receive()) as string) as Flood;
    } finally {
      await socket.close();
    }
  };
  return { url: `${inject('conformanceUrl')}/flood?id=${id}`, flood };
}

const later = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 300));

/** Far more than the buffers between hold: 64 MiB. */
const UNSTOPPED = 1024;

/** Waits until the server sends no more, and has something that it would like to send. */
async function standstill(flood: () => Promise<Flood>): Promise<number> {
  const first = await flood();
  for (;;) {
    const { sent } = await flood();
    await later();
    const now = await flood();
    expect(now.sent - first.sent).toBeLessThan(UNSTOPPED);
    if (now.sent === sent && sent > 0 && now.waiting > 0) return sent;
  }
}

describe('WebSocketStream in Chromium', () => {
  it('is there', () => {
    expect('WebSocketStream' in globalThis).toBe(true);
  });

  it('a short connection that is not read stops the server, and gets every message once it is', async () => {
    const { url, flood } = floodUrl();
    const socket = await connect(url, { transport: webSocketStreamTransport() });
    cleanUps.push(() => socket.close());
    const sent = await standstill(flood);
    for (let index = 0; index < sent + 100; index += 1) {
      const message = (await socket.receive()) as Uint8Array;
      expect(message).toHaveLength(MESSAGE_BYTES);
      expect(message[300]).toBe(300 % 251);
    }
    expect((await flood()).sent).toBeGreaterThan(sent);
  });

  it('a connection that is stopped can be closed: what is not read any more is thrown away', async () => {
    const { url, flood } = floodUrl();
    const socket = await connect(url, { transport: webSocketStreamTransport() });
    await standstill(flood);
    expect(await socket.close(1000)).toMatchObject({ code: 1000, wasClean: true });
  });

  it('a paused client stops the server, and resume lets it go on', async () => {
    const { url, flood } = floodUrl();
    const client = createClient({
      url,
      envelope: raw(),
      heartbeat: false,
      transport: webSocketStreamTransport(),
    });
    cleanUps.push(() => client.close());
    let heard = 0;
    client.on('message', () => {
      heard++;
    });
    await client.ready();
    await expect.poll(() => heard).toBeGreaterThan(10);
    client.pause();
    const sent = await standstill(flood);
    const before = heard;
    await later();
    expect(heard).toBe(before);
    client.resume();
    await expect.poll(async () => (await flood()).sent).toBeGreaterThan(sent + 100);
    expect(client.state.epoch).toBe(1);
  });
});
