/** Our wrapper beside the browser's bare WebSocket: CPU of the page's main thread, as Chromium counts it. */
import { chmodSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { build } from 'esbuild';
import { type Browser, type CDPSession, chromium, type Page } from 'playwright';
import { CHROMIUM_FLAGS, ensure, findChromium } from '../../../tools/prerequisites.mjs';
import type { Contest } from '../contests.ts';
import { CLIENT_CORE, pinned } from '../cores.ts';
import type { PeerResult, WorkloadResult } from '../results.ts';
import { BROWSER_ROW } from '../rows.ts';
import type { Stage } from '../stage.ts';
import type { PageBench, PagePeer, PageSettings } from './page.ts';

const PEERS: readonly PagePeer[] = ['bare', 'holdline', 'holdline-client'];
const N = 4_000;
const IN_FLIGHT = 100;
const WARM_ROUNDS = 2;

export function browserContest(stage: Stage, rounds: number): Contest {
  return { ...BROWSER_ROW, run: () => runInBrowser(stage, rounds) };
}

async function runInBrowser(stage: Stage, rounds: number): Promise<WorkloadResult> {
  if (!ensure(['browser'])) throw new Error('There is no Chromium.');
  const pages = await servePages();
  const browser = await launch(stage);
  try {
    const page = await browser.newPage();
    const settings: PageSettings = { url: `${stage.server.plain}/echo`, inFlight: IN_FLIGHT, bytes: 32 };
    await page.goto(pages.url);
    await page.evaluate((values) => Object.assign(globalThis, { settings: values }), settings);
    await page.addScriptTag({ content: await pageScript(stage) });
    const session = await page.context().newCDPSession(page);
    await session.send('Performance.enable', { timeDomain: 'threadTicks' });
    return { id: 'browser-echo', peers: await race(page, session, browser.version(), rounds) };
  } finally {
    await browser.close();
    pages.server.close();
  }
}

/** Only a page that came from this machine may speak to it: an empty one will do. */
async function servePages(): Promise<{ server: Server; url: string }> {
  const server = createServer((_, response) => {
    response.setHeader('Content-Type', 'text/html').end('<!doctype html><title>bench</title>');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/` };
}

/** Chromium, all its processes on the client's core. */
function launch(stage: Stage): Promise<Browser> {
  const path = join(stage.folder, 'chromium');
  const words = pinned(CLIENT_CORE, [findChromium() as string]);
  writeFileSync(path, `#!/bin/sh\nexec ${words.map((word) => `'${word}'`).join(' ')} "$@"\n`);
  chmodSync(path, 0o755);
  return chromium.launch({ executablePath: path, args: CHROMIUM_FLAGS });
}

async function pageScript(stage: Stage): Promise<string> {
  const text = `import * as api from ${JSON.stringify(join(stage.dist, 'index.js'))};
import { install } from ${JSON.stringify(join(process.cwd(), 'test/bench/speed/browser/page.ts'))};
install(api);`;
  const { outputFiles } = await build({
    stdin: { contents: text, resolveDir: stage.folder },
    bundle: true,
    minify: true,
    write: false,
    format: 'iife',
    platform: 'browser',
    logLevel: 'warning',
  });
  return (outputFiles[0] as { text: string }).text;
}

async function race(page: Page, session: CDPSession, version: string, rounds: number): Promise<PeerResult[]> {
  const threadTime = async (): Promise<number> => {
    const { metrics } = await session.send('Performance.getMetrics');
    return (metrics.find(({ name }) => name === 'ThreadTime')?.value ?? Number.NaN) * 1e6;
  };
  const results = PEERS.map(
    (id): PeerResult => ({
      ...{ id, runtime: `Chromium ${version}`, library: '', n: N, cpu: [], wall: [], server: [], extra: {} },
    }),
  );
  for (let round = -WARM_ROUNDS; round < rounds; round++) {
    for (const result of results) {
      const [begin, before] = [performance.now(), await threadTime()];
      await page.evaluate(
        ([peer, n]) =>
          (globalThis as unknown as { bench: PageBench }).bench.round(peer as PagePeer, n as number),
        [result.id, N],
      );
      const [after, end] = [await threadTime(), performance.now()];
      if (round < 0) continue;
      result.cpu.push((after - before) / N);
      result.wall.push(((end - begin) * 1_000) / N);
    }
  }
  return results;
}
