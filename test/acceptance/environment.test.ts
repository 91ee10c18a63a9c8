// A page in Chromium that loses the network, or is left and returned to: what its client does then.
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { CHROMIUM_FLAGS, findChromium } from '../tools/prerequisites.mjs';
import {
  type Diary,
  LOCAL_WAIT_MS,
  type Partner,
  type Site,
  startPartner,
  startSite,
  TIMEOUT_MS,
} from './environment-stage.ts';

/** In the page. */
declare const diary: Diary;

let site: Site;
let browser: Browser;
let partner: Partner;
let context: BrowserContext;
let page: Page;

beforeAll(async () => {
  site = await startSite();
  const executablePath = findChromium();
  browser = await chromium.launch({
    args: CHROMIUM_FLAGS,
    // Playwright switches the back/forward cache off unless it is told not to.
    ignoreDefaultArgs: ['--disable-back-forward-cache'],
    ...(executablePath === undefined ? {} : { executablePath }),
  });
});

afterAll(async () => {
  await browser?.close();
  await site?.close();
});

beforeEach(async () => {
  partner = await startPartner();
  context = await browser.newContext();
  page = await context.newPage();
  await page.goto(`${site.url}/`);
  await page.evaluate(`start(${JSON.stringify(partner.url)})`);
});

afterEach(async () => {
  await context.close();
  await partner.close();
});

test('offline: asks at once, gives the line up, and waits for the network instead of trying', async () => {
  await context.setOffline(true);
  await status('waiting');
  expect(await reasons()).toEqual(['connection opened', 'connection lost']);
  expect(await page.evaluate(() => diary.client.why().rule)).toBe('there is no network');
  const before = partner.proxy.lines.length;
  // Longer than the first delay of the backoff may be.
  await page.waitForTimeout(5_500);
  expect([partner.proxy.lines.length, await current()]).toEqual([before, 'waiting']);

  await context.setOffline(false);
  await status('ready');
  expect(await waitAfter('network is back')).toBeLessThanOrEqual(LOCAL_WAIT_MS);
  expect(await reasons()).toEqual([
    'connection opened',
    'connection lost',
    'network is back',
    'retry is due',
    'connection opened',
  ]);
  expect(await page.evaluate(() => diary.client.state.epoch)).toBe(2);
});

test('a moment offline: the line stays when the server answers', async () => {
  await context.setOffline(true);
  await page.waitForTimeout(TIMEOUT_MS / 4);
  await context.setOffline(false);
  await expect.poll(() => partner.pings).toBeGreaterThan(0);
  await page.waitForTimeout(TIMEOUT_MS * 1.5);
  expect([await reasons(), partner.closes]).toEqual([['connection opened'], []]);
  expect(await page.evaluate("echo('still here')")).toBe('echo still here');
});

test('left for another page and returned to: closed cleanly, and back at once', async () => {
  await page.evaluate(() => Object.assign(globalThis, { mark: 'the same page' }));
  await page.evaluate(() => {
    location.href = '/elsewhere';
  });
  await page.getByText('elsewhere').waitFor();
  await expect.poll(() => partner.closes).toEqual(['1000 going away']);

  await page.evaluate(() => history.back());
  // Out of the cache, not loaded anew.
  await page.waitForFunction(() => (globalThis as { mark?: string }).mark === 'the same page');
  await status('ready');
  expect(await waitAfter('page is back')).toBeLessThanOrEqual(LOCAL_WAIT_MS);
  expect(await reasons()).toEqual([
    'connection opened',
    'page was put away',
    'page is back',
    'retry is due',
    'connection opened',
  ]);
  expect(await page.evaluate("echo('home again')")).toBe('echo home again');
  expect(partner.closes).toHaveLength(1);
});

test('a closed client leaves no listener on the page', async () => {
  const count = () =>
    page.evaluate(async () => {
      const seen: string[] = [];
      const kept = globalThis.addEventListener;
      const gone = globalThis.removeEventListener;
      globalThis.addEventListener = (...args: unknown[]) => {
        seen.push(`+${args[0]}`);
        return kept.apply(globalThis, args as never);
      };
      globalThis.removeEventListener = (...args: unknown[]) => {
        seen.push(`-${args[0]}`);
        return gone.apply(globalThis, args as never);
      };
      await diary.client.close();
      diary.client.connect();
      await diary.client.close();
      Object.assign(globalThis, { addEventListener: kept, removeEventListener: gone });
      return seen;
    });
  const seen = await count();
  const added = seen.filter((name) => name.startsWith('+')).map((name) => name.slice(1));
  const removed = seen.filter((name) => name.startsWith('-')).map((name) => name.slice(1));
  // The first close removes what was added before we looked.
  expect(added.length).toBeGreaterThan(3);
  expect([...removed].sort()).toEqual([...added, ...added].sort());
});

async function status(expected: string): Promise<void> {
  await page.waitForFunction((wanted) => diary.client.state.status === wanted, expected);
}

/** How long the client meant to wait for its next attempt, told when something happened. */
function waitAfter(reason: string): Promise<number | undefined> {
  return page.evaluate((wanted) => diary.states.find((state) => state.reason === wanted)?.wait, reason);
}

function current(): Promise<string> {
  return page.evaluate(() => diary.client.state.status);
}

/** Why the client came to each state, the first `connecting` apart; what the page tells twice, once. */
async function reasons(): Promise<string[]> {
  const all = await page.evaluate(() => diary.states.slice(1).map(({ reason }) => reason));
  return all.filter((reason, index) => reason !== all[index - 1]);
}
