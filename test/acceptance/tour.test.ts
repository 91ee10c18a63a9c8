// The tour of `npm start`, run as a newcomer runs it: without a terminal, with one, with a server that answers wrongly,
// and its page in a real browser. It runs on a copy of the built package, which no other build takes away meanwhile.
import { type ChildProcess, spawn } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Browser, chromium, type Page } from 'playwright';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { WebSocket } from 'ws';
import { HANG_MS } from '../tools/patience.ts';
import { CHROMIUM_FLAGS, findChromium, PYTHON } from '../tools/prerequisites.mjs';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** Where to leave pictures of the page, for people to look at. Default: nowhere. */
const PICTURES = process.env.HOLDLINE_PICTURES;

/** How long the whole tour may take on a busy machine. */
const TOUR_TIMEOUT_MS = 2 * HANG_MS;

/** How long a build may take there. */
const BUILD_TIMEOUT_MS = 4 * HANG_MS;

/** What others say must stay text. */
const MARKUP = '<img src=x onerror="document.title=\'broken into\'"><b>bold</b>';

const STEPS = [
  'A refused login',
  'An accepted login',
  'A request',
  'A broken contract',
  'Pushed events',
  'A broadcast',
  'The server dies',
  'Messages meanwhile',
  'The server comes back',
  'The outbox is delivered',
  'The end',
];

/** Runs a program in a terminal, and passes on what comes on stdin as if it were typed. */
const IN_A_TERMINAL = 'import os, pty, sys; sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))';

let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'holdline-tour-'));
  if (isStale()) {
    const { code, output } = await ends(
      run(process.execPath, ['test/tools/build.mjs'], { cwd: ROOT }),
      BUILD_TIMEOUT_MS,
    );
    if (code !== 0) throw new Error(`dist/ could not be built:\n${output}`);
  }
  for (const name of ['dist', 'docs/tour', 'package.json']) {
    cpSync(join(ROOT, name), join(folder, name), { recursive: true });
  }
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'), 'dir');
}, BUILD_TIMEOUT_MS + 20_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('without a terminal', () => {
  test('every step is shown, right, and the process ends by itself', {
    timeout: TOUR_TIMEOUT_MS,
  }, async () => {
    const { code, output } = await ends(run(process.execPath, ['docs/tour/tour.mjs']));

    expect(output).toContain(`All ${STEPS.length} steps went as they should.`);
    expect([...output.matchAll(/^ +[\d.]+ s {3}\d+\. (.+)$/gm)].map(([, title]) => title)).toEqual(STEPS);
    expect(output).toMatch(/AuthError: .+\n.+✓ ready\(\) rejects/);
    expect(output).toMatch(
      /ready -> waiting {2}\(connection lost\)\n.+retry {5}in \d+ ms\n.+why\(\) {5}the connection was lost/,
    );
    expect(output).toContain('opened, login refused, login accepted, one, two, three, sum');
    expect(output).toContain('✓ the page is served');
    expect(output).not.toContain('http://'); // a page that is gone when the program is
    expect(output).not.toContain('✗');
    expect(output).not.toContain('\u001b');
    expect(code).toBe(0);
  });

  test.each(['true', '1'])(
    'a terminal of a CI (CI=%s) is offered no page, and does not hang',
    {
      timeout: TOUR_TIMEOUT_MS,
    },
    async (CI) => {
      const { code, output } = await ends(
        run(PYTHON, ['-c', IN_A_TERMINAL, process.execPath, 'docs/tour/tour.mjs'], {
          env: { ...process.env, CI },
        }),
      );
      expect(output).toContain(`All ${STEPS.length} steps went as they should.`);
      expect(output).not.toContain('http://');
      expect(code).toBe(0);
    },
  );

  test('a step that fails says what was expected, and the process fails', async () => {
    const { code, output } = await ends(
      program(
        "import { main } from './docs/tour/tour.mjs'; process.exitCode = await main({ methods: { sum: () => 41 } });",
      ),
    );

    expect(output).toMatch(/✗ the reply is right\n +expected 42\n +but got {2}41\n/);
    expect(output).toContain('Step 3 of 11 failed; 8 not run.');
    expect(code).toBe(1);
  });

  test('a step that waits for what never comes fails too', async () => {
    const { code, output } = await ends(
      program(`
        import { createTimeline, runSteps, within } from './docs/tour/timeline.mjs';
        const timeline = createTimeline({ write: console.log, color: false });
        const hangs = { title: 'Hangs', about: [], run: () => within('a sign', new Promise(() => {}), 50) };
        process.exitCode = (await runSteps([hangs], { timeline })) ? 0 : 1;
      `),
    );

    expect(output).toMatch(/✗ a sign\n +expected within 50 ms\n +but nothing came\n/);
    expect(code).toBe(1);
  });
});

describe('with a terminal', () => {
  let tour: ChildProcess;
  let ended: ReturnType<typeof ends>;
  let address: string;
  let browser: Browser;

  beforeAll(async () => {
    const { CI: _, NO_COLOR: __, ...env } = process.env;
    tour = run(PYTHON, ['-c', IN_A_TERMINAL, process.execPath, 'docs/tour/tour.mjs'], { env });
    ended = ends(tour, 5 * TOUR_TIMEOUT_MS);
    address = await printed(tour, /http:\/\/127\.0\.0\.1:\d+\//);
    const executablePath = findChromium();
    browser = await chromium.launch({
      args: CHROMIUM_FLAGS,
      ...(executablePath === undefined ? {} : { executablePath }),
    });
  }, TOUR_TIMEOUT_MS);
  afterAll(async () => {
    await browser?.close();
    tour?.kill('SIGKILL');
  });

  test.each([
    ['what is no URL', 'GET // HTTP/1.1', {}, 404],
    ['another name for this machine', 'GET / HTTP/1.1', { host: 'localhost' }, 403],
    ['another page of this machine', 'POST /server/kill HTTP/1.1', { origin: 'http://127.0.0.1:1' }, 403],
    ['its own page', 'GET / HTTP/1.1', {}, 200],
  ])('the page server is asked by %s, and lives (attack 40)', async (_who, line, changes, status) => {
    const { host, port } = new URL(address);
    const fields = Object.entries({ host, connection: 'close', ...changes });
    const socket = connect(Number(port), '127.0.0.1');
    socket.end(`${line}\r\n${fields.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`);
    const chunks = await socket.toArray();
    expect(Buffer.concat(chunks).toString()).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
  });

  test('the server of the tour lets no page in but its own, also of this machine (attack 40)', async () => {
    const { url } = (await (await fetch(new URL('/server', address))).json()) as { url: string };
    const { origin } = new URL(address);
    const outcome = (from: string): Promise<string> =>
      new Promise((resolve) => {
        const socket = new WebSocket(url, { origin: from });
        socket.once('open', () => resolve('open'));
        socket.once('error', ({ message }) => resolve(message));
        socket.once('open', () => socket.close());
      });
    expect(await outcome(origin)).toBe('open');
    expect(await outcome('http://127.0.0.1:1')).toContain('401');
  });

  test('the page logs in, asks, loses the server, comes back and delivers', {
    timeout: 2 * TOUR_TIMEOUT_MS,
  }, async () => {
    const page = await open(browser, address);
    const { faults, log } = watch(page);

    await reach(page, 'ready'); // by itself, before anything is typed
    await points(page, 2);
    expect(await page.locator('#rule').textContent()).toBe('nothing has gone wrong yet');

    await logIn(page, 'Bob');
    await page.locator('#login-hint.refused', { hasText: 'name is not exist' }).waitFor();
    expect(await status(page)).toBe('authenticating');
    expect(await page.locator('#error').textContent()).toBe('the server refused “Bob”: name is not exist');
    expect(await page.locator('.why').textContent()).not.toContain('nothing has gone wrong');
    await page.getByRole('button', { name: 'Ask' }).click(); // waits for the login, and is in nobody's way
    await logIn(page, 'Ada');
    await reach(page, 'ready');
    await page.getByText('= 42', { exact: true }).waitFor();
    expect(await page.locator('#error').textContent()).toBe('–');
    await say(page, MARKUP);
    await page.waitForFunction(
      (text) => document.querySelector('#timeline')?.textContent?.includes(text),
      MARKUP,
    );
    await points(page, 4);
    await picture(page, 'ready');

    await page.getByRole('button', { name: 'Kill the server' }).click();
    await reach(page, 'waiting');
    await say(page, 'Is anybody there?');
    await page.locator('#queued', { hasText: /^1$/ }).waitFor();
    await picture(page, 'waiting');

    await page.getByRole('button', { name: 'Restart it' }).click();
    await reach(page, 'ready');
    await page.getByText('Ada: Is anybody there?').waitFor();
    await page.locator('#epoch', { hasText: /^3$/ }).waitFor();
    await page.locator('#chart .down').last().waitFor({ state: 'attached' });
    await points(page, 8);
    await picture(page, 'back');
    const delivered = (await log()).filter((entry) => entry.includes('Is anybody there?'));
    expect(delivered.reverse()).toEqual([
      'outbox “Is anybody there?” waits for a connection',
      'outbox “Is anybody there?” was handed to connection 3',
      'said Ada: Is anybody there?',
    ]);

    await page.getByRole('button', { name: 'Close the connection' }).click();
    await reach(page, 'closed');
    expect((await log())[0]).toBe('close code 1000, clean on both sides');
    expect(await page.locator('img').count()).toBe(0);
    expect(await page.title()).toBe('holdline, the tour');
    expect(faults).toEqual([]);
  });

  test('who asks, or says something, before naming somebody can still log in', async () => {
    const page = await open(browser, address);
    await reach(page, 'ready');
    await page.getByRole('button', { name: 'Close the connection' }).click();
    await reach(page, 'closed');
    await page.getByRole('button', { name: 'Ask' }).click();
    await page.getByText('This message was not sent').first().waitFor();
    await logIn(page, 'Grace');
    await reach(page, 'ready');
    await page.getByText('you are Grace').waitFor();
    await logIn(page, 'Ada'); // another name while somebody is in
    await page.getByText('you are Ada').waitFor();
  });

  test.each([
    [1280, 'machine'],
    [390, 'machine-tall'],
  ] as const)(
    'at %i pixels, light and dark: nothing is cut, and every text can be read',
    async (width, machine) => {
      const page = await open(browser, address);
      await page.setViewportSize({ width, height: 844 });
      await reach(page, 'ready');
      await points(page, 2);
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme });
        expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(width);
        expect(await page.evaluate(cutStates, machine)).toEqual([]);
        expect(await page.evaluate(faintTexts)).toEqual([]);
      }
    },
  );

  test('only its own page may press the buttons of the server', async () => {
    const press = (headers: Record<string, string>): Promise<Response> =>
      fetch(new URL('/server/restart', address), { method: 'POST', headers });
    expect((await press({ origin: 'http://attacker.example' })).status).toBe(403);
    expect((await press({ origin: new URL(address).origin })).status).toBe(200);
  });

  test('Ctrl-C ends it, and that is no failure', async () => {
    tour.stdin?.write('\u0003');
    const { code, output } = await ended;
    expect(output).toContain('\u001b[32m✓\u001b[0m');
    expect(code).toBe(0);
    await expect(fetch(address)).rejects.toThrow();
  });
});

/** The states of a diagram that do not stand whole on the page. Runs there. */
function cutStates(id: string): string[] {
  const states = [...document.querySelectorAll(`#${id} [data-state]`)];
  if (states.length !== 7) return [`${states.length} states`];
  return states.flatMap((state) => {
    const { left, right, width } = state.getBoundingClientRect();
    return width > 0 && left >= 0 && right <= innerWidth ? [] : [state.textContent?.trim() ?? ''];
  });
}

/** Texts whose contrast with what is behind them is below 4.5 (WCAG AA), those of disabled buttons apart. Runs there. */
function faintTexts(): string[] {
  const parts = (color: string): number[] => (color.match(/[\d.]+/g) ?? []).map(Number);
  const luminance = (color: string): number => {
    const [r = 0, g = 0, b = 0] = parts(color).map((part) => {
      const value = part / 255;
      return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = (element: Element): string => {
    const rect = element.closest('[data-state]')?.querySelector('rect');
    if (rect) return getComputedStyle(rect).fill;
    for (let at: Element | null = element; at; at = at.parentElement) {
      const { backgroundColor } = getComputedStyle(at);
      if (parts(backgroundColor)[3] !== 0) return backgroundColor;
    }
    return 'rgb(255, 255, 255)';
  };
  return [...document.querySelectorAll('body *')].flatMap((element) => {
    const own = [...element.childNodes].filter(({ nodeType }) => nodeType === Node.TEXT_NODE);
    const text = own.map(({ textContent }) => textContent?.trim()).join('');
    if (text === '' || element.matches(':disabled') || element.getClientRects().length === 0) return [];
    const { color, fill } = getComputedStyle(element);
    const [a, b] = [luminance(element instanceof SVGElement ? fill : color), luminance(behind(element))];
    const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    return contrast < 4.5 ? [`${text}: ${contrast.toFixed(2)}`] : [];
  });
}

/** A program of the tour's folder, given as text. */
function program(text: string): ChildProcess {
  return run(process.execPath, ['--input-type=module', '-e', text]);
}

function run(
  command: string,
  args: readonly string[],
  options: { cwd?: string; env?: NodeJS.ProcessEnv } = {},
) {
  return spawn(command, args, { cwd: folder, stdio: ['pipe', 'pipe', 'pipe'], ...options });
}

/** How a process ends, and all it printed until then. */
function ends(
  child: ChildProcess,
  timeout = TOUR_TIMEOUT_MS,
): Promise<{ code: number | null; output: string }> {
  let output = '';
  child.stdout?.on('data', (chunk) => (output += chunk));
  child.stderr?.on('data', (chunk) => (output += chunk));
  const timer = setTimeout(() => child.kill('SIGKILL'), timeout);
  return new Promise((resolve) => {
    child.once('close', (code) => {
      clearTimeout(timer);
      resolve({ code, output });
    });
  });
}

/** Waits until a process has printed what is looked for, and returns that. */
function printed(child: ChildProcess, wanted: RegExp): Promise<string> {
  let output = '';
  return new Promise((resolve, reject) => {
    child.stdout?.on('data', (chunk) => {
      output += chunk;
      const found = wanted.exec(output)?.[0];
      if (found !== undefined) resolve(found);
    });
    child.once('close', (code) => reject(new Error(`It ended with ${code}:\n${output}`)));
  });
}

/** Whether dist/ is missing, or older than what it is made of. */
function isStale(): boolean {
  const changed = (path: string): number =>
    statSync(join(ROOT, path), { throwIfNoEntry: false })?.mtimeMs ?? 0;
  const sources = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' }).map((path) =>
    join('src', path),
  );
  const built = changed('dist/index.node.js');
  return [...sources, 'package.json', 'tsup.config.ts'].some((path) => changed(path) > built);
}

async function open(browser: Browser, address: string): Promise<Page> {
  const page = await browser.newPage({ viewport: { width: 1280, height: 1060 } });
  onTestFinished(() => page.close());
  await page.goto(address);
  return page;
}

/** What goes wrong in the page, and its timeline, the newest first. */
function watch(page: Page): { faults: string[]; log: () => Promise<string[]> } {
  const faults: string[] = [];
  page.on('pageerror', (error) => faults.push(String(error)));
  page.on('console', (message) => {
    // Chromium itself prints this for every attempt while the server is away.
    const expected = /^WebSocket connection to .+ failed: Error in connection establishment/.test(
      message.text(),
    );
    if (message.type() === 'error' && !expected) faults.push(message.text());
  });
  const entries = page.locator('#timeline li');
  return {
    faults,
    log: () =>
      entries.evaluateAll((nodes) =>
        nodes.map(
          (node) => `${node.querySelector('b')?.textContent} ${node.querySelector('span')?.textContent}`,
        ),
      ),
  };
}

async function logIn(page: Page, name: string): Promise<void> {
  await page.getByLabel('Log in as').fill(name);
  await page.getByRole('button', { name: 'Log in' }).click();
}

async function say(page: Page, text: string): Promise<void> {
  await page.getByLabel('Say to everybody').fill(text);
  await page.getByRole('button', { name: 'Send' }).click();
}

function status(page: Page): Promise<string | null> {
  return page.locator('#status').textContent();
}

/** Waits for a state: on the badge, and as the one that the diagram shows. */
async function reach(page: Page, state: string): Promise<void> {
  await page
    .locator(`body:has(#status[data-status=${state}]) #machine .current[data-state=${state}]`)
    .waitFor({ state: 'attached' }); // a narrow page shows another diagram
}

async function points(page: Page, least: number): Promise<void> {
  await page.waitForFunction((count) => document.querySelectorAll('#chart circle').length >= count, least);
}

async function picture(page: Page, name: string): Promise<void> {
  if (PICTURES === undefined) return;
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    await page.screenshot({ path: join(PICTURES, `tour-${name}-${colorScheme}.png`), fullPage: true });
  }
}
