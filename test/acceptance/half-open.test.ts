// A page in Chromium whose line dies without a word: a proxy between swallows every byte and tells nobody. The browser
// cannot ping; the envelope asks. The time of the page goes on only as a test says.
import type { AddressInfo } from 'node:net';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { WebSocketServer } from 'ws';
import { type FaultProxy, startFaultProxy } from '../faults/fault-proxy.ts';
import { CHROMIUM_FLAGS, findChromium } from '../tools/prerequisites.mjs';
import { type Site, startSite } from './environment-stage.ts';

/** In the page. */
declare const client: import('../../src/index.ts').Client;
declare const answers: number;
declare const lost: readonly { readonly at: number; readonly code: string | undefined }[];

const INTERVAL_MS = 20_000;
const TIMEOUT_MS = 4_000;
const NOON = 12 * 3_600_000;

let site: Site;
let browser: Browser;
let context: BrowserContext;
let page: Page;
let server: WebSocketServer;
let proxy: FaultProxy;
/** What the server was asked. */
let asked: string[];
let printed: string[];

beforeAll(async () => {
  site = await startSite();
  const executablePath = findChromium();
  browser = await chromium.launch({ args: CHROMIUM_FLAGS, ...(executablePath ? { executablePath } : {}) });
});

afterAll(async () => {
  await browser?.close();
  await site?.close();
});

beforeEach(async () => {
  asked = [];
  printed = [];
  // Knows no method at all, as it may: JSON-RPC 2.0, 5.1 makes it say so.
  server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
  server.on('connection', (socket) => {
    socket.on('message', (data) => {
      const { id, method } = JSON.parse(String(data));
      asked.push(method);
      socket.send(`{"jsonrpc":"2.0","id":${id},"error":{"code":-32601,"message":"Method not found"}}`);
    });
  });
  await new Promise((resolve) => server.once('listening', resolve));
  proxy = await startFaultProxy((server.address() as AddressInfo).port);
  context = await browser.newContext();
  page = await context.newPage();
  page.on('console', (message) => printed.push(message.text()));
  await page.clock.install({ time: 0 });
  await page.goto(`${site.url}/`);
  await page.clock.pauseAt(NOON);
});

afterEach(async () => {
  await context.close();
  await proxy.close();
  for (const socket of server.clients) socket.terminate();
  await new Promise((resolve) => server.close(resolve));
});

async function start(more: string): Promise<void> {
  await page.evaluate(`(async () => {
    globalThis.answers = 0;
    globalThis.lost = [];
    globalThis.client = holdline.createClient({ url: 'ws://127.0.0.1:${proxy.port}/', ${more} });
    client.on('rtt', () => answers++);
    client.on('lost', ({ closure }) => lost.push({ at: Date.now(), code: closure.error?.code }));
    await client.ready();
  })()`);
}

/** The next line is ready. The time of the page goes on in steps: a browser that is busy would miss every deadline in one. */
async function comesBack(): Promise<void> {
  const look = async (): Promise<unknown> => {
    await page.clock.runFor(200);
    return page.evaluate(() => [client.state.status, client.state.epoch]);
  };
  await expect.poll(look).toEqual(['ready', 2]);
}

const BEATS = `heartbeat: { interval: ${INTERVAL_MS}, timeout: ${TIMEOUT_MS} }`;

test('the heartbeat of JSON-RPC asks by itself: a line that lives is kept, whatever the answer', async () => {
  await start(BEATS);
  await page.clock.runFor(INTERVAL_MS);
  await page.waitForFunction(() => answers === 1);
  await page.clock.runFor(TIMEOUT_MS);
  expect(await page.evaluate(() => [client.state.epoch, client.connected, client.why().isWatched])).toEqual([
    1,
    true,
    true,
  ]);
  expect(asked).toEqual(['rpc.ping']);
});

test('a line that is swallowed is noticed within interval + timeout, and given up at once', async () => {
  await start(BEATS);
  const begin = await page.evaluate(() => Date.now());
  proxy.lines[0]!.blackhole();
  await page.clock.runFor(INTERVAL_MS + TIMEOUT_MS);
  const [first] = await page.evaluate(() => [...lost]);
  expect(first).toMatchObject({ code: 'HEARTBEAT_TIMEOUT' });
  expect(first!.at - begin).toBeLessThanOrEqual(INTERVAL_MS + TIMEOUT_MS);
  await comesBack();
});

test.each([
  ['the network is back', 'dispatchEvent(new Event("online"))'],
  ['the page is seen again', 'document.dispatchEvent(new Event("visibilitychange"))'],
])('%s: the server is asked at once, and a line that is swallowed is given up', async (_, event) => {
  await start(BEATS);
  await page.evaluate(event);
  await page.waitForFunction(() => answers === 1);
  proxy.lines[0]!.blackhole();
  await page.evaluate(event);
  await page.clock.runFor(TIMEOUT_MS - 1);
  expect(await page.evaluate(() => lost.length)).toBe(0);
  await page.clock.runFor(1);
  expect(await page.evaluate(() => lost.map(({ code }) => code))).toEqual(['HEARTBEAT_TIMEOUT']);
});

test('plain messages have no question: the console says so once, and why() knows it', async () => {
  await start('envelope: holdline.raw()');
  proxy.lines[0]!.cut('reset');
  await page.waitForFunction(() => lost.length === 1);
  await comesBack();
  expect(printed.filter((line) => line.includes('heartbeat.ping'))).toHaveLength(1);
  expect(await page.evaluate(() => client.why())).toMatchObject({
    isWatched: false,
    summary: expect.stringContaining('a dead line will not be noticed'),
  });
});
