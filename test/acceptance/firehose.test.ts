// A page in Chromium that reads more slowly than its server sends. No browser can stop a server: what waits is bounded,
// and a hole is told. Without Playwright, which has every frame of a WebSocket told and copied.
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { WebSocketServer } from 'ws';
import { type BareChromium, startChromium, type Tab } from '../tools/devtools.ts';
import { type Site, startSite } from './environment-stage.ts';

const MESSAGES = 80;
const BYTES = 1024 * 1024;
/** What a client holds at most, in MiB: `limits.maxHeldBytes`. */
const MOST_KEPT = 32;
const MAX_BUFFERED = 10;

let site: Site;
let browser: BareChromium;
let tab: Tab;
let server: WebSocketServer;

beforeAll(async () => {
  site = await startSite();
  browser = await startChromium();
});

afterAll(async () => {
  await browser?.close();
  await site?.close();
});

beforeEach(async () => {
  server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false });
  server.on('connection', (socket) => {
    socket.on('error', () => {});
    socket.on('message', (data) => socket.send(String(data)));
    const text = 'x'.repeat(BYTES - 10);
    for (let at = 0; at < MESSAGES; at++) socket.send(`${at} ${text}`);
  });
  await new Promise((resolve) => server.once('listening', resolve));
  tab = await browser.open(`${site.url}/`);
});

afterEach(async () => {
  await tab.send('Page.close');
  for (const socket of server.clients) socket.terminate();
  await new Promise((resolve) => server.close(resolve));
});

/** The first words of the next messages of the loop. */
function read(count: number): Promise<string[]> {
  return tab.evaluate(`(async () => {
    const heads = [];
    while (heads.length < ${count}) heads.push(String((await messages.next()).value).slice(0, 12).split(' ')[0]);
    return heads;
  })()`);
}

test('a loop that stops reading keeps 32 MiB at most, and a gap event tells what was left out', async () => {
  await tab.evaluate(`
    globalThis.client = holdline.createClient({
      url: 'ws://127.0.0.1:${(server.address() as AddressInfo).port}',
      envelope: holdline.raw(),
      heartbeat: false,
    });
    globalThis.messages = client.messages({ maxBuffered: ${MAX_BUFFERED} });
    globalThis.gaps = 0;
    client.on('gap', () => gaps++);
    undefined`);
  await expect.poll(() => tab.evaluate('client.stats().received')).toBe(MESSAGES);
  expect(await tab.evaluate('gaps')).toBe(1);
  expect(await read(MOST_KEPT)).toEqual(Array.from({ length: MOST_KEPT }, (_, at) => String(at)));
  // The loop has caught up: what comes now comes whole.
  await tab.evaluate('client.send("still here").then(({ outcome }) => outcome)');
  expect([await read(1), await tab.evaluate('gaps')]).toEqual([['still'], 1]);
});
