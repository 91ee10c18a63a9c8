// A page in Chromium that reads more slowly than its server sends. No browser can stop a server: what waits is bounded,
// and a hole is told.
import type { AddressInfo } from 'node:net';
import { type Browser, chromium, type Page } from 'playwright';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { WebSocketServer } from 'ws';
import { CHROMIUM_FLAGS, findChromium } from '../tools/prerequisites.mjs';
import { type Site, startSite } from './environment-stage.ts';

/** In the page. */
declare const holdline: typeof import('../../src/index.ts');
declare const stage: {
  readonly gaps: number;
  readonly received: number;
  read(count: number): Promise<string[]>;
};

const MESSAGES = 80;
const BYTES = 1024 * 1024;
/** What a client keeps at most where the server cannot be stopped. */
const MOST_KEPT = 64;
const MAX_BUFFERED = 10;

let site: Site;
let browser: Browser;
let page: Page;
let server: WebSocketServer;

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
  server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false });
  server.on('connection', (socket) => {
    socket.on('error', () => {});
    socket.on('message', (data) => socket.send(String(data)));
    const text = 'x'.repeat(BYTES - 10);
    for (let at = 0; at < MESSAGES; at++) socket.send(`${at} ${text}`);
  });
  await new Promise((resolve) => server.once('listening', resolve));
  page = await browser.newPage();
  await page.goto(`${site.url}/`);
});

afterEach(async () => {
  await page.close();
  for (const socket of server.clients) socket.terminate();
  await new Promise((resolve) => server.close(resolve));
});

test('a loop that stops reading keeps 64 MiB at most, and a gap event tells what was left out', async () => {
  await page.evaluate(
    ([url, maxBuffered]) => {
      const client = holdline.createClient({
        url: url as string,
        envelope: holdline.raw(),
        heartbeat: false,
      });
      const messages = client.messages({ maxBuffered: maxBuffered as number });
      const stage = {
        gaps: 0,
        get received() {
          return client.stats().received;
        },
        read: async (count: number): Promise<string[]> => {
          const heads: string[] = [];
          for (let at = 0; at < count; at++)
            heads.push(
              String((await messages.next()).value)
                .slice(0, 12)
                .split(' ')[0]!,
            );
          return heads;
        },
        client,
      };
      client.on('gap', () => stage.gaps++);
      Object.assign(globalThis, { stage });
    },
    [`ws://127.0.0.1:${(server.address() as AddressInfo).port}`, MAX_BUFFERED],
  );
  await page.waitForFunction((all) => stage.received === all, MESSAGES);
  expect(await page.evaluate(() => stage.gaps)).toBe(1);
  const kept = MAX_BUFFERED + MOST_KEPT;
  const whole = Array.from({ length: kept }, (_, at) => String(at));
  expect(await page.evaluate((count) => stage.read(count), kept)).toEqual(whole);
  // The loop has caught up: what comes now comes whole.
  await page.evaluate('stage.client.send("still here")');
  expect(await page.evaluate(() => stage.read(1))).toEqual(['still']);
  expect(await page.evaluate(() => stage.gaps)).toBe(1);
});
