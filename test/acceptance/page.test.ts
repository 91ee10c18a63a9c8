// A real browser against the tutorials' own servers: the page of one, rewritten on our client and as it was; and the
// client by itself, over the browser's WebSocket.
import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BuildOptions, build } from 'esbuild';
import { type Browser, chromium, type Page } from 'playwright';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { CHROMIUM_FLAGS, findChromium } from '../tools/prerequisites.mjs';
import { startSeedServer } from './seed-server.ts';

/** The whole client, in a page that loaded /holdline.js. */
declare const holdline: typeof import('../../src/index.ts');

const HERE = fileURLToPath(new URL('./', import.meta.url));

/** What the server sends back, with its own ending, must stay this text. */
const MARKUP = '<b>x</b><img src=x onerror="document.title=\'broken into\'">';

/** Where to leave pictures of the page, for people to look at. Default: nowhere. */
const PICTURES = process.env.HOLDLINE_PICTURES;

let site: Server;
let address: string;
let browser: Browser;

beforeAll(async () => {
  const [script, library] = await Promise.all([
    bundle({ entryPoints: [fileURLToPath(new URL('./page/page.ts', import.meta.url))], format: 'esm' }),
    bundle({
      entryPoints: [fileURLToPath(new URL('../../src/index.ts', import.meta.url))],
      format: 'iife',
      globalName: 'holdline',
    }),
  ]);
  const files = new Map<string, { type: string; body: string | Uint8Array }>([
    ['/', { type: 'text/html; charset=utf-8', body: await readFile(join(HERE, 'page/index.html')) }],
    ['/page.css', { type: 'text/css; charset=utf-8', body: await readFile(join(HERE, 'page/page.css')) }],
    ['/page.js', { type: 'text/javascript; charset=utf-8', body: script }],
    ['/holdline.js', { type: 'text/javascript; charset=utf-8', body: library }],
    ['/empty', { type: 'text/html; charset=utf-8', body: '<!doctype html><link rel="icon" href="data:,">' }],
    [
      '/original',
      { type: 'text/html; charset=utf-8', body: await readFile(join(HERE, 'seed-servers/d_page.html')) },
    ],
  ]);
  site = createServer((request, response) => {
    const file = files.get(new URL(request.url ?? '/', 'http://127.0.0.1').pathname);
    response.writeHead(file ? 200 : 404, { 'Content-Type': file?.type ?? 'text/plain' });
    response.end(file?.body ?? 'Not here.');
  });
  await new Promise<void>((resolve) => site.listen(0, '127.0.0.1', resolve));
  address = `http://127.0.0.1:${(site.address() as AddressInfo).port}`;
  const executablePath = findChromium();
  browser = await chromium.launch({
    args: CHROMIUM_FLAGS,
    ...(executablePath === undefined ? {} : { executablePath }),
  });
});

afterAll(async () => {
  await browser?.close();
  site?.closeAllConnections();
  await new Promise((resolve) => site?.close(resolve));
});

test('connects, sends, shows the answer as text and not as markup, closes', async () => {
  await using server = await startSeedServer('b3_raw_seed3.py', 'PORT');
  const { page, faults } = await open(`/?port=${server.port}`);
  const lines = page.locator('#content li');
  const status = page.locator('#status');

  await lines.getByText('【连接成功】').waitFor();
  expect(await status.textContent()).toBe('ready');

  await page.fill('#txt', '你好');
  await page.click('#btn');
  await page.locator('.received').getByText('你好响应', { exact: true }).waitFor();
  expect(await page.inputValue('#txt')).toBe('');

  await page.fill('#txt', MARKUP);
  await page.press('#txt', 'Enter');
  await page.locator('.received').nth(1).waitFor();
  await picture(page, 'page-open.png');

  expect(await lines.allTextContents()).toEqual([
    '【连接成功】',
    '你好',
    '你好响应',
    MARKUP,
    `${MARKUP}响应`,
  ]);
  expect(await page.locator('#content li *').count()).toBe(0);
  expect(await page.title()).toBe('WebSocket');
  await server.prints((output) => output.includes(`请求数据 ${MARKUP}\n`));

  await page.click('#close');
  await lines.getByText('【关闭连接】').waitFor();
  expect(await status.textContent()).toBe('closed');
  expect(await page.isDisabled('#btn')).toBe(true);
  // The server takes our Close frame for an empty message and answers it: too late to be shown.
  expect(await lines.allTextContents()).toHaveLength(6);
  await picture(page, 'page-closed.png');
  expect(faults).toEqual([]);
  await page.close();
});

test('a server that goes away is shown as what it is', async () => {
  await using server = await startSeedServer('b3_raw_seed3.py', 'PORT');
  const { page } = await open(`/?port=${server.port}`);
  await page.getByText('【连接成功】').waitFor();
  server.signal('SIGKILL');
  await page.getByText('【关闭连接】').waitFor();
  const [, reason, ending, ...more] = await page.locator('#content li').allTextContents();
  expect(reason).toMatch(/connection/i);
  expect([ending, ...more]).toEqual(['【关闭连接】']);
  expect(await page.locator('#status').textContent()).toBe('closed');
  await page.close();
});

test("the tutorial's own page, for comparison: it runs what the server sends back", async () => {
  await using server = await startSeedServer('b3_raw_seed3.py', 'PORT');
  const { page } = await open(`/original?port=${server.port}`);
  await page.getByText('【连接成功】').waitFor();
  await page.fill('#txt', MARKUP);
  await page.click('#btn');
  await page.waitForFunction(() => document.title === 'broken into');
  expect(await page.locator('#content b').textContent()).toBe('x');
  await page.close();
});

test('the client in a page lives through 5 heartbeats of the broadcast server', async () => {
  await using server = await startSeedServer('c_broadcast_heartbeat.py', 'PORT', '--interval', '1');
  const { page, faults } = await openEmpty();
  const beats = (count: number) => (output: string) => output.split('heartbeat ok').length > count;
  await page.evaluate(async (url) => {
    const heard: unknown[] = [];
    const client = holdline.createClient({
      url,
      envelope: holdline.raw(),
      reconnect: false,
      heartbeat: { ping: 'none' },
      use: [holdline.serverPings({ echo: (data) => /^[0-9a-f]{16}$/.test(String(data)) })],
    });
    client.on('message', (message) => heard.push(message));
    await client.ready();
    Object.assign(globalThis, { client, heard });
  }, server.url());
  await server.prints(beats(1));
  await page.evaluate('client.send("from a page")');
  await server.prints(beats(5));
  expect(await page.evaluate('[client.state.status, client.state.epoch, heard]')).toEqual([
    'ready',
    1,
    ['FROM A PAGE'],
  ]);
  expect(await page.evaluate('client.close()')).toMatchObject({ code: 1005, wasClean: true });
  expect(server.output).toContain('client close');
  expect(faults).toEqual([]);
  await page.close();
});

test('the client in a page logs in until a name is accepted; then the server closes cleanly', async () => {
  await using server = await startSeedServer('e_login_server.py', 'PORT');
  const { page, faults } = await openEmpty();
  const told = await page.evaluate(async (url) => {
    const names = ['alice', '名字', 'hlq'];
    const replies: unknown[] = [];
    const client = holdline.createClient({
      url,
      envelope: holdline.raw(),
      reconnect: false,
      auth: holdline.loginLoop({
        answer: ({ reply }) => {
          replies.push(reply ?? 'none yet');
          return names.shift();
        },
      }),
    });
    const statuses: string[] = [];
    client.on('state', ({ current }) => statuses.push(current.status));
    const closed = new Promise<{ closure: unknown }>((resolve) => client.once('closed', resolve));
    await client.ready();
    return { replies, closure: (await closed).closure, statuses };
  }, server.url());
  expect(told.replies).toEqual(['none yet', 'name is not exist', 'name is not exist']);
  expect(told.statuses).toEqual(['connecting', 'authenticating', 'ready', 'closed']);
  expect(told.closure).toMatchObject({ code: 1000, wasClean: true });
  expect(faults).toEqual([]);
  await page.close();
});

/** The client's sources for a browser. */
async function bundle(options: BuildOptions): Promise<Uint8Array> {
  const { outputFiles } = await build({ ...options, bundle: true, platform: 'browser', write: false });
  const [file] = outputFiles;
  if (file === undefined) throw new Error('esbuild made no file.');
  return file.contents;
}

/** A page with nothing in it but the client. */
async function openEmpty(): Promise<{ page: Page; faults: string[] }> {
  const opened = await open('/empty');
  await opened.page.addScriptTag({ url: '/holdline.js' });
  return opened;
}

/** A page, and everything that went wrong in it. */
async function open(path: string): Promise<{ page: Page; faults: string[] }> {
  const page = await browser.newPage({ viewport: { width: 800, height: 600 } });
  const faults: string[] = [];
  page.on('pageerror', (error) => faults.push(String(error)));
  page.on('console', (message) => {
    if (message.type() === 'error') faults.push(message.text());
  });
  await page.goto(address + path);
  return { page, faults };
}

async function picture(page: Page, name: string): Promise<void> {
  if (PICTURES) await page.screenshot({ path: join(PICTURES, name) });
}
