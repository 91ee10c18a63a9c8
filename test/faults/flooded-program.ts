/**
 * A program of its own whose client does what the test says, and does not read what the server floods it with. It reports how
 * far its memory grew, how much of the processor that took, and what its client told.
 */
import { existsSync, readFileSync } from 'node:fs';
import { login } from '../../src/auth/login.ts';
import { createClient } from '../../src/client/create-client.node.ts';
import { handover } from '../../src/connection/handover.ts';
import { raw } from '../../src/messaging/raw.ts';

/** What its client does, by name; how often where that has a number. */
export interface Part {
  readonly url: string;
  readonly subscribe?: number;
  readonly cursor?: boolean;
  readonly loop?: boolean;
  readonly raw?: boolean;
  readonly handle?: boolean;
  readonly handover?: boolean;
  /** Requests of ours that are not answered, after the handover. */
  readonly pending?: number;
  readonly login?: boolean;
}

export interface Flooded {
  /** How far the resident memory grew at its peak, in bytes. */
  readonly growth: number;
  /** How much memory is still in use by objects and bytes, after a collection. */
  readonly held: number;
  /** Milliseconds of the processor. */
  readonly cpu: number;
  /** The codes of the errors that were told, each once. */
  readonly errors: string[];
  readonly uncaught: string[];
  readonly status: string;
}

const uncaught: string[] = [];
process.on('uncaughtException', (error) => uncaught.push(String(error)));
process.on('unhandledRejection', (error) => uncaught.push(String(error)));

/** Memory outside of the heap is given back by other threads, and its owners may be collected a round later. */
async function inUse(): Promise<number> {
  for (let round = 0; round < 3; round++) {
    globalThis.gc?.();
    await new Promise((resolve) => setImmediate(resolve));
  }
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

async function suffer(part: Part): Promise<Flooded> {
  const never = (): Promise<never> => new Promise(() => {});
  const client = createClient({
    url: part.url,
    reconnect: false,
    heartbeat: false,
    envelope: part.raw ? raw() : undefined,
    auth: part.login ? login(never) : undefined,
    use: part.handover ? [handover()] : [],
  });
  const errors = new Set<string>();
  client.on('error', ({ code }) => errors.add(code));
  client.on('gap', () => errors.add('gap'));
  const closed = new Promise((resolve) => client.on('closed', resolve));
  if (part.handle) client.handle('confirm', never);
  if (part.loop) client.messages();
  const cursor = part.cursor ? ({ at }: { at: string }) => at : undefined;
  const subscriptions = Array.from({ length: part.subscribe ?? 0 }, (_, index) =>
    client.subscribe(`s${index}`, undefined, { cursor } as never),
  );
  if (part.cursor) subscriptions[0]?.on(() => {});
  const used = await inUse();
  const [rss, cpu] = [process.memoryUsage.rss(), process.cpuUsage()];
  if (part.login) client.connect();
  else await client.ready();
  let answerOfAll = closed;
  if (part.handover) {
    client.request('wait').catch(() => {}); // the old connection stays for it
    await client.handover();
  }
  for (let index = 0; index < (part.pending ?? 0); index++) client.request('wait').catch(() => {});
  if (!part.login) {
    // The server floods, then answers.
    const over = client.request('flood', undefined, { timeout: 60_000 }).catch(() => {});
    answerOfAll = Promise.race([closed, part.raw || part.loop ? quiet(client) : over]);
  }
  await answerOfAll;
  const { user, system } = process.cpuUsage(cpu);
  const growth = most() - rss;
  const held = (await inUse()) - used;
  const { status } = client.state;
  void subscriptions;
  return { growth, held, cpu: (user + system) / 1000, errors: [...errors], uncaught, status };
}

/** Until nothing has come for a while: a loop that does not read has stopped the server. */
async function quiet(client: { stats(): { received: number } }): Promise<void> {
  for (let before = -1, calm = 0; calm < 3; ) {
    await new Promise((resolve) => setTimeout(resolve, 200));
    const { received } = client.stats();
    calm = received === before ? calm + 1 : 0;
    before = received;
  }
}

process.on('message', (part: Part) => {
  void suffer(part).then(
    (report) => process.send?.(report),
    (error) => process.send?.({ uncaught: [String(error)] }),
  );
});

/** The most memory that this program had, in bytes. On Linux `maxRSS` counts what its parent had when it was forked. */
function most(): number {
  const status = '/proc/self/status';
  const own = existsSync(status) ? /VmHWM:\s+(\d+) kB/.exec(readFileSync(status, 'utf8'))?.[1] : undefined;
  return 1024 * Number(own ?? process.resourceUsage().maxRSS);
}
