// A page in Chromium, served from a folder on the loopback: resolves to what the page has told.
import { once } from 'node:events';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize } from 'node:path';
import { type Browser, chromium } from 'playwright';
import { CHROMIUM_FLAGS, findChromium } from '../tools/prerequisites.mjs';

const KINDS: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.css': 'text/css',
};

let shared: Promise<Browser> | undefined;

/** One browser for all pages. */
function browser(): Promise<Browser> {
  const executablePath = findChromium();
  shared ??= chromium.launch({ args: CHROMIUM_FLAGS, ...(executablePath ? { executablePath } : {}) });
  return shared;
}

/** Ends it. */
export async function closeBrowser(): Promise<void> {
  await (await shared)?.close();
  shared = undefined;
}

/** How long a page may take. */
const STUCK_MS = 60_000;

/** Opens `/` of a folder; `globalThis.told` is what it says. */
export async function openPage(
  folder: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<string> {
  const server = createServer(({ url = '/' }, response) => {
    const path = join(folder, normalize(new URL(url, 'http://host').pathname));
    const file = existsSync(path) && statSync(path).isDirectory() ? join(path, 'index.html') : path;
    if (!existsSync(file)) return void response.writeHead(404).end();
    response.writeHead(200, {
      'content-type': KINDS[extname(file)] ?? 'application/octet-stream',
      ...headers,
    });
    response.end(readFileSync(file));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const context = await (await browser()).newContext();
  try {
    return await toldBy(context, `http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  } finally {
    await context.close();
    server.close();
    server.closeAllConnections();
  }
}

/** Opens an address that somebody else serves. */
export async function openAddress(address: string): Promise<string> {
  const context = await (await browser()).newContext();
  try {
    return await toldBy(context, address);
  } finally {
    await context.close();
  }
}

async function toldBy(context: Awaited<ReturnType<Browser['newContext']>>, address: string): Promise<string> {
  const page = await context.newPage();
  const faults: string[] = [];
  page.on('pageerror', (error) => faults.push(String(error)));
  page.on('console', (message) => {
    if (message.type() === 'error') faults.push(message.text());
  });
  await page.goto(address);
  // By hand: what Playwright has for it makes code of text, which a page may forbid.
  const late = performance.now() + STUCK_MS;
  while (performance.now() < late) {
    const told = await page.evaluate(() => (globalThis as { told?: unknown }).told);
    if (told) return String(told);
    await page.waitForTimeout(50);
  }
  return ['nothing', ...faults].join('\n');
}
