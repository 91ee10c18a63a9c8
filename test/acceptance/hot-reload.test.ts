// The layouts of the React guide under Vite, in a real browser: how many lines a page holds after its files are edited.
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer as createHttpServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Browser, chromium, type Page } from 'playwright';
import { createServer, type ViteDevServer } from 'vite';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { WebSocketServer } from 'ws';
import { snippet } from '../docs/markdown.ts';
import { CHROMIUM_FLAGS, findChromium } from '../tools/prerequisites.mjs';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const GUIDE = join(ROOT, 'docs/guides/react.md');

/** What an edit of App.tsx reloads, as the plugin for React does it: the component anew, under the same root. */
const MAIN = `
import { createElement, StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './App.tsx';

const root = createRoot(document.getElementById('root'));
const show = (Shown) => root.render(createElement(StrictMode, null, createElement(Shown)));
show(App);
import.meta.hot.accept('./App.tsx', (next) => show(next.App));
`;

let folder: string;
let vite: ViteDevServer;
let http: Server;
let lines: WebSocketServer;
let browser: Browser;
let page: Page;
/** The paths of all lines that there were. */
let opened: string[];

beforeAll(async () => {
  const executablePath = findChromium();
  browser = await chromium.launch({
    args: CHROMIUM_FLAGS,
    ...(executablePath === undefined ? {} : { executablePath }),
  });
});
afterAll(() => browser?.close());

beforeEach(async () => {
  opened = [];
  http = createHttpServer();
  lines = new WebSocketServer({ server: http });
  lines.on('connection', (_, request) => opened.push(request.url ?? ''));
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  folder = mkdtempSync(join(tmpdir(), 'holdline-hot-'));
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'), 'dir');
});
afterEach(async () => {
  await page?.close();
  await vite?.close();
  for (const socket of lines.clients) socket.terminate();
  await new Promise((resolve) => http.close(resolve));
  rmSync(folder, { recursive: true, force: true });
});

/** Writes a file of the page, with the addresses of the guide on our server. */
function write(name: string, text: string): void {
  const { port } = http.address() as AddressInfo;
  writeFileSync(join(folder, name), text.replaceAll('wss://example.com', `ws://127.0.0.1:${port}`));
}

/** Serves the files by Vite and opens them. */
async function open(): Promise<void> {
  write('index.html', '<!doctype html><div id="root"></div><script type="module" src="/main.js"></script>');
  write('main.js', MAIN);
  vite = await createServer({
    root: folder,
    configFile: false,
    logLevel: 'silent',
    cacheDir: join(folder, '.vite'),
    server: { host: '127.0.0.1', port: 0, fs: { strict: false }, watch: { usePolling: true, interval: 100 } },
    resolve: {
      alias: [
        { find: /^holdline$/, replacement: join(ROOT, 'src/index.ts') },
        { find: /^holdline\/react$/, replacement: join(ROOT, 'src/react.ts') },
        { find: /^\.\/chat\.js$/, replacement: join(folder, 'chat.ts') },
      ],
    },
    // Found while the page runs, they would load it anew.
    optimizeDeps: {
      include: ['react', 'react/jsx-runtime', 'react/jsx-dev-runtime', 'react-dom/client', 'eventemitter3'],
    },
    oxc: { jsx: { runtime: 'automatic' } },
  });
  await vite.listen();
  const { port } = vite.httpServer!.address() as AddressInfo;
  page = await browser.newPage();
  await page.goto(`http://127.0.0.1:${port}/`);
  // A page that was loaded anew would have closed its lines by that.
  await page.evaluate(() => Object.assign(globalThis, { isSamePage: true }));
}

const isSamePage = (): Promise<boolean> => page.evaluate(() => 'isSamePage' in globalThis);

/** Edits a file, and waits until the page shows it. */
async function edit(name: string, text: string, shown: string): Promise<void> {
  write(name, text);
  await page.getByText(shown).waitFor();
}

async function reach(count: number): Promise<void> {
  await expect.poll(() => lines.clients.size).toBe(count);
}

test('a client in a module of its own: one line, however often components and the client are edited', async () => {
  const chat = snippet(GUIDE, 'react-client');
  const app = snippet(GUIDE, 'react-typed');
  const edited = (mark: string): string => app.replace('1 + 2 =', `${mark} =`);
  write('chat.ts', chat);
  write('App.tsx', app);
  await open();
  await reach(1);
  for (const mark of ['one', 'two', 'three', 'four']) await edit('App.tsx', edited(mark), `${mark} =`);
  expect([opened.length, lines.clients.size, await isSamePage()]).toEqual([1, 1, true]);
  for (const path of ['/a', '/b']) {
    write('chat.ts', chat.replace('/socket', path));
    await expect.poll(() => opened.at(-1)).toBe(path);
    await reach(1);
  }
  expect(opened).toEqual(['/socket', '/a', '/b']);
});

test('a client of the provider: one line under StrictMode and after edits, another for another name', async () => {
  const app = (mark: string): string => `
    import { useState } from 'react';
    import { useConnection } from 'holdline/react';
    import { Room } from './Room.tsx';

    function Status({ name }: { name: string }) {
      return <p>${mark} {name} {useConnection().status}</p>;
    }
    export function App() {
      const [name, setName] = useState('red');
      return (
        <>
          <button type="button" onClick={() => setName(name === 'red' ? 'blue' : 'red')}>move</button>
          <Room name={name}><Status name={name} /></Room>
        </>
      );
    }
  `;
  write('Room.tsx', snippet(GUIDE, 'react-close'));
  write('App.tsx', app('first'));
  await open();
  await page.getByText('first red ready').waitFor();
  expect(opened).toEqual(['/rooms/red']);
  await page.getByRole('button').click();
  await page.getByText('first blue ready').waitFor();
  await reach(1);
  expect(opened).toEqual(['/rooms/red', '/rooms/blue']);
  for (const mark of ['one', 'two', 'three', 'four']) {
    await edit('App.tsx', app(mark), `${mark} red ready`);
    await reach(1);
  }
  expect(await isSamePage()).toBe(true);
});
