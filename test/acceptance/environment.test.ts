// A page in Chromium that loses the network, or is left and returned to: what its client does then. The events are the
// browser's; the time of the page goes on only as a test says, so a busy machine takes none of it away from the client.
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

/** Any time of the page's that is later than its loading. */
const NOON = 12 * 3_600_000;

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
  await page.clock.install({ time: 0 });
  await page.goto(`${site.url}/`);
  await page.clock.pauseAt(NOON);
  await page.evaluate(`start(${JSON.stringify(partner.url)})`);
});

afterEach(async () => {
  await context.close();
  await partner.close();
});

test('offline: asks at once, and gives the line up when no answer comes in time', async () => {
  await context.setOffline(true);
  await asked();
  expect(await current()).toBe('ready');
  await page.clock.runFor(TIMEOUT_MS - 1);
  expect(await current()).toBe('ready');
  await page.clock.runFor(1);
  expect(await current()).toBe('waiting');
  expect(await reasons()).toEqual(['connection opened', 'connection lost']);
});

test('offline: waits for the network instead of trying', async () => {
  await loseTheLine();
  expect(await page.evaluate(() => diary.client.why().rule)).toBe('there is no network');
  const before = partner.proxy.lines.length;
  // Longer than the first delay of the backoff may be.
  await page.clock.runFor(5_500);
  expect(await current()).toBe('waiting');
  expect(partner.proxy.lines).toHaveLength(before);
});

test('online again: tries at once, and the line is back', async () => {
  await loseTheLine();
  await context.setOffline(false);
  await told('network is back');
  expect(await waitAfter('network is back')).toBeLessThanOrEqual(LOCAL_WAIT_MS);
  await page.clock.runFor(LOCAL_WAIT_MS);
  await status('ready');
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
  await asked();
  await page.clock.runFor(TIMEOUT_MS / 4);
  // Behind the client's own listener: it has asked by then, or not.
  await page.evaluate(() =>
    addEventListener('online', () => Object.assign(globalThis, { isOnline: true }), { once: true }),
  );
  await context.setOffline(false);
  await page.waitForFunction(
    () => 'isOnline' in globalThis && diary.answered > 0 && diary.answered === diary.asked,
  );
  await page.clock.runFor(TIMEOUT_MS * 1.5);
  expect(await reasons()).toEqual(['connection opened']);
  expect(await page.evaluate("echo('still here')")).toBe('echo still here');
  expect(partner.closes).toEqual([]);
  // The network that is back is a reason to ask again, unless the question before is still under way.
  expect([1, 2]).toContain(partner.pings);
});

test('left for another page: closed cleanly', async () => {
  await leave();
  await expect.poll(() => partner.closes).toEqual(['1000 going away']);
});

test('returned to: the same page is back at once', async () => {
  await page.evaluate(() => Object.assign(globalThis, { mark: 'the same page' }));
  await leave();
  await expect.poll(() => partner.closes).toHaveLength(1);

  await page.evaluate(() => history.back());
  // Out of the cache, not loaded anew.
  await page.waitForFunction(() => (globalThis as { mark?: string }).mark === 'the same page');
  await told('page is back');
  expect(await waitAfter('page is back')).toBeLessThanOrEqual(LOCAL_WAIT_MS);
  await page.clock.runFor(LOCAL_WAIT_MS);
  await status('ready');
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
  await page.clock.resume();
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

/** Offline, and the line given up for it. */
async function loseTheLine(): Promise<void> {
  await context.setOffline(true);
  await asked();
  await page.clock.runFor(TIMEOUT_MS);
  await status('waiting');
}

async function leave(): Promise<void> {
  await page.evaluate(() => {
    location.href = '/elsewhere';
  });
  await page.getByText('elsewhere').waitFor();
}

/** The client has asked the server for a sign of life: of itself, with no time gone by. */
async function asked(): Promise<void> {
  await page.waitForFunction(() => diary.asked > 0);
}

async function told(reason: string): Promise<void> {
  await page.waitForFunction((wanted) => diary.states.some((state) => state.reason === wanted), reason);
}

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
