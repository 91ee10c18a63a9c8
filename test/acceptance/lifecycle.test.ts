// A tab of Chromium that is hidden, or frozen: what its client does when it is seen again, or runs again. Where a server
// has only so much time to answer, the client's clock is the test's: a busy machine takes nothing of it away.
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { type BareChromium, startChromium, type Tab } from '../tools/devtools.ts';
import {
  LOCAL_WAIT_MS,
  type Partner,
  type Site,
  startPartner,
  startSite,
  TIMEOUT_MS,
} from './environment-stage.ts';

/** What a busy machine may add, and the browser, which lets a hidden page wait. The next ping by itself is a minute away. */
const SLACK_MS = 15_000;

let site: Site;
let browser: BareChromium;
let other: Tab;
let partner: Partner;
let tab: Tab;

beforeAll(async () => {
  site = await startSite();
  browser = await startChromium();
  other = await browser.open(`${site.url}/elsewhere`);
});

afterAll(async () => {
  await browser?.close();
  await site?.close();
});

beforeEach(async () => {
  partner = await startPartner();
  tab = await browser.open(`${site.url}/`);
  await tab.show();
});

afterEach(async () => {
  await tab.send('Page.close');
  await partner.close();
});

test('hidden and seen again: messages flow meanwhile, and the server is asked at once', async () => {
  await start('virtual');
  await hide();
  expect(await tab.evaluate("echo('in the dark')")).toBe('echo in the dark');
  expect(partner.pings).toBe(0);
  await see();
  await expect.poll(() => partner.pings).toBe(1);
  await expect.poll(() => tab.evaluate('diary.answered')).toBe(1);
  await advance(TIMEOUT_MS * 1.5);
  expect([await reasons(), partner.closes]).toEqual([['connection opened'], []]);
});

test('hidden while the line dies: noticed within the time of one answer when it is seen again', async () => {
  await start('virtual');
  await hide();
  partner.proxy.lines.at(-1)!.blackhole();
  await advance(TIMEOUT_MS);
  expect(await current()).toBe('ready');
  await see();
  await expect.poll(() => tab.evaluate('diary.asked')).toBe(1);
  await advance(TIMEOUT_MS - 1);
  expect(await current()).toBe('ready');
  await advance(1);
  expect(await current()).toBe('waiting');
  await advance(LOCAL_WAIT_MS);
  await expect.poll(current).toBe('ready');
  expect(await tab.evaluate('diary.client.state.epoch')).toBe(2);
});

test('frozen while the line dies: noticed within the time of one answer when it runs again', async () => {
  await start();
  await freeze();
  partner.proxy.lines.at(-1)!.blackhole();
  await wait(TIMEOUT_MS * 1.5);
  await resume();
  const begin = performance.now();
  await expect.poll(current, { interval: 20 }).not.toBe('ready');
  expect(performance.now() - begin).toBeLessThan(TIMEOUT_MS + SLACK_MS);
  await expect.poll(current).toBe('ready');
  expect(await tab.evaluate('diary.client.state.epoch')).toBe(2);
});

test('frozen and run again: asked at once; a line that the browser closed for the freeze is replaced', async () => {
  await start('virtual');
  await freeze();
  await wait(300);
  expect(partner.pings).toBe(0);
  await resume();
  await expect.poll(() => partner.pings).toBe(1);
  // Chromium closes the WebSockets of a page that was frozen, with 1001; another browser may keep them.
  await expect.poll(async () => (await tab.evaluate('diary.answered')) || partner.closes.length).toBe(1);
  await wait(TIMEOUT_MS);
  for (const close of partner.closes) expect(close).toBe('1001 ');
  await advance(LOCAL_WAIT_MS);
  await expect.poll(current).toBe('ready');
  expect(await tab.evaluate('diary.client.state.epoch')).toBe(1 + partner.closes.length);
  expect(await tab.evaluate("echo('awake')")).toBe('echo awake');
});

test('frozen while it waits for its next attempt: that comes at once when it runs again', async () => {
  await start();
  partner.proxy.plan = () => ({ instead: 'reset' });
  partner.proxy.lines.at(-1)!.cut('reset');
  await expect.poll(() => partner.proxy.lines.length).toBeGreaterThan(2);
  // Not one that is about to try: it would while we say so.
  const left = `diary.client.state.status === 'waiting' ? diary.client.state.retryAt - Date.now() : 0`;
  await expect.poll(() => tab.evaluate(left), { interval: 20 }).toBeGreaterThan(2_000);
  await freeze();
  partner.proxy.plan = () => ({});
  const before = partner.proxy.lines.length;
  await wait(6_000);
  expect(partner.proxy.lines.length).toBe(before);
  await resume();
  await expect.poll(current).toBe('ready');
  expect(await reasons()).toContain('page is back');
});

/** The client begins. With a clock of the test's its time stands still. */
async function start(clock: 'real' | 'virtual' = 'real'): Promise<void> {
  await tab.evaluate(`start(${JSON.stringify(partner.url)}, ${clock === 'virtual'})`);
}

/** Time goes on in the client. */
async function advance(milliseconds: number): Promise<void> {
  await tab.evaluate(`diary.clock.advance(${milliseconds})`);
}

async function hide(): Promise<void> {
  await other.show();
  await expect.poll(visibility).toBe('hidden');
}

async function see(): Promise<void> {
  await tab.show();
  await expect.poll(visibility).toBe('visible');
}

async function freeze(): Promise<void> {
  await tab.send('Page.setWebLifecycleState', { state: 'frozen' });
}

async function resume(): Promise<void> {
  await tab.send('Page.setWebLifecycleState', { state: 'active' });
}

function visibility(): Promise<string> {
  return tab.evaluate('document.visibilityState');
}

function current(): Promise<string> {
  return tab.evaluate('diary.client.state.status');
}

/** Why the client came to each state, the first `connecting` apart. */
function reasons(): Promise<string[]> {
  return tab.evaluate('diary.states.slice(1).map(({ reason }) => reason)');
}

function wait(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
