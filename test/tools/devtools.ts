/**
 * Chromium by its own protocol. Playwright keeps every page visible and active; what happens to a page that is hidden or
 * frozen can only be seen without it.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { WebSocket } from 'ws';
import { CHROMIUM_FLAGS, findChromium } from './prerequisites.mjs';

type Answer = Record<string, string>;

/** What `Runtime.evaluate` answers. */
interface Evaluated {
  readonly result: { readonly value: never };
  readonly exceptionDetails?: { readonly exception?: { readonly description?: string } };
}

/** A tab of a browser. */
export interface Tab {
  /** Sends a command of the DevTools protocol to the page. */
  send(method: string, params?: object): Promise<Answer>;
  /** The value of an expression in the page, promises awaited; it must be JSON. */
  evaluate<T>(expression: string): Promise<T>;
  /** Makes it the tab that is seen; the others are hidden. */
  show(): Promise<void>;
}

export interface BareChromium {
  /** Where it speaks its protocol. */
  readonly address: string;
  open(url: string): Promise<Tab>;
  close(): Promise<void>;
}

/** Starts a Chromium of its own, without a profile. */
export async function startChromium(): Promise<BareChromium> {
  const program = findChromium();
  if (program === undefined)
    throw new Error('There is no Chromium here: npm run test:browser says how to get it.');
  const profile = mkdtempSync(join(tmpdir(), 'holdline-chromium-'));
  const flags = [
    '--headless=new',
    ...CHROMIUM_FLAGS,
    '--remote-debugging-port=0',
    `--user-data-dir=${profile}`,
  ];
  const child = spawn(program, [...flags, 'about:blank'], { stdio: ['ignore', 'ignore', 'pipe'] });
  const address = await addressOf(child);
  const devtools = await connectTo(address);
  return {
    address,
    async open(url) {
      const { targetId } = await devtools.send('Target.createTarget', { url: 'about:blank' });
      const { sessionId = '' } = await devtools.send('Target.attachToTarget', { targetId, flatten: true });
      const send = (method: string, params?: object) => devtools.send(method, params, sessionId);
      await send('Page.enable');
      const loaded = devtools.event(sessionId, 'Page.loadEventFired');
      await send('Page.navigate', { url });
      await loaded;
      return {
        send,
        evaluate: async (expression) => {
          const options = { expression, awaitPromise: true, returnByValue: true };
          const evaluated: unknown = await send('Runtime.evaluate', options);
          const { result, exceptionDetails } = evaluated as Evaluated;
          if (exceptionDetails !== undefined) throw new Error(exceptionDetails.exception?.description);
          return result.value;
        },
        show: async () => void (await devtools.send('Target.activateTarget', { targetId })),
      };
    },
    async close() {
      const exited = once(child, 'exit');
      await devtools.send('Browser.close').catch(() => child.kill());
      await exited;
      rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

async function addressOf(child: ChildProcess): Promise<string> {
  const printed: string[] = [];
  for await (const line of createInterface(child.stderr!)) {
    printed.push(line);
    const [, address] = /DevTools listening on (ws:\S+)/.exec(line) ?? [];
    if (address === undefined) continue;
    child.stderr!.resume();
    return address;
  }
  throw new Error(`Chromium did not start:\n${printed.join('\n')}`);
}

interface Devtools {
  send(method: string, params?: object, sessionId?: string): Promise<Answer>;
  event(sessionId: string, method: string): Promise<void>;
}

async function connectTo(address: string): Promise<Devtools> {
  const socket = new WebSocket(address);
  const waiting = new Map<number, { resolve: (answer: Answer) => void; reject: (error: Error) => void }>();
  const listeners = new Map<string, () => void>();
  let last = 0;
  socket.on('message', (data) => {
    const { id, result, error, method, sessionId } = JSON.parse(String(data));
    if (id === undefined) return listeners.get(`${sessionId} ${method}`)?.();
    const taker = waiting.get(id);
    waiting.delete(id);
    if (error === undefined) taker?.resolve(result);
    else taker?.reject(new Error(error.message));
  });
  socket.on('close', () => {
    for (const { reject } of waiting.values()) reject(new Error('Chromium is gone.'));
  });
  await once(socket, 'open');
  return {
    send: (method, params = {}, sessionId) =>
      new Promise((resolve, reject) => {
        const id = ++last;
        waiting.set(id, { resolve, reject });
        socket.send(JSON.stringify({ id, method, params, sessionId }));
      }),
    event: (sessionId, method) => new Promise((resolve) => listeners.set(`${sessionId} ${method}`, resolve)),
  };
}
