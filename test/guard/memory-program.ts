/**
 * A process of its own that tells what is still held when everything is at rest. `process.argv`: the server's addresses, and
 * what to look at. Sends one report and ends.
 */
import { Socket } from 'node:net';
import { type Clock, systemClock } from '../../src/base/clock.ts';
import { createClient } from '../../src/client/create-client.node.ts';
import { tcpTransport } from '../../src/transport/tcp/tcp-transport.ts';
import type { Transport } from '../../src/transport/transport.ts';
import { immediate, openTransport, TEXT_32 } from './loads.ts';
import type { Held, Idle } from './work.ts';

/** Finalizers, and memory that is given back by other threads, take more than one. */
const GC_ROUNDS = 8;

const ROUNDS = 3;

async function rest(): Promise<Held> {
  for (let round = 0; round < GC_ROUNDS; round++) {
    (globalThis.gc as () => void)();
    await immediate();
    await immediate();
  }
  const { heapUsed, external, arrayBuffers } = process.memoryUsage();
  return { heap: heapUsed, buffers: arrayBuffers, external };
}

function grown(before: Held, after: Held, count: number): Held {
  return {
    heap: (after.heap - before.heap) / count,
    buffers: (after.buffers - before.buffers) / count,
    external: (after.external - before.external) / count,
  };
}

/** Node has no documented way to them. */
function sockets(): Socket[] {
  const handles = (process as unknown as { _getActiveHandles(): unknown[] })._getActiveHandles();
  return handles.filter(
    (handle): handle is Socket => handle instanceof Socket && handle.remotePort !== undefined,
  );
}

const timers = (): number => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;

/** What one connection holds that is open and does nothing. */
async function idle(open: () => Promise<unknown>): Promise<Idle> {
  const count = 500;
  // The first ones load and compile everything.
  const all: unknown[] = [await open(), await open(), await open()];
  const before = await rest();
  const timersBefore = timers();
  for (let at = 0; at < count; at += 50) all.push(...(await Promise.all(Array.from({ length: 50 }, open))));
  const after = await rest();
  const listeners = sockets().map((socket) =>
    socket.eventNames().reduce((sum, name) => sum + socket.listenerCount(name), 0),
  );
  return {
    ...grown(before, after, count),
    timers: (timers() - timersBefore) / count,
    listeners: Math.max(...listeners),
    connections: all.length,
  };
}

function idleTransport(url: string): Promise<Idle> {
  const factory = tcpTransport({ connectsPerHost: Number.POSITIVE_INFINITY });
  return idle(() => openTransport(`${url}/echo`, {}, factory));
}

function idleClient(url: string): Promise<Idle> {
  const transport = tcpTransport({ connectsPerHost: Number.POSITIVE_INFINITY });
  return idle(async () => {
    const client = createClient({ url: `${url}/echo`, transport });
    await client.ready();
    return client;
  });
}

/** What `fill` keeps `count` of: the least of some rounds, since the heap grows by other things too. */
async function least(fill: () => Promise<void>, empty: () => unknown, count: number): Promise<Held> {
  const rounds: Held[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    await fill();
    empty();
    const before = await rest();
    await fill();
    rounds.push(grown(before, await rest(), count));
    empty();
  }
  const of = (name: keyof Held): number => Math.min(...rounds.map((held) => held[name]));
  return { heap: of('heap'), buffers: of('buffers'), external: of('external') };
}

/** What every message keeps that the reader keeps: all of them, or one of many. */
async function kept(url: string, path: string, every: number): Promise<Held> {
  const count = 50_000;
  const keep: unknown[] = new Array(count);
  let left = 0;
  let done = (): void => {};
  const take = (message: unknown): void => {
    left--;
    if (left % every === 0) keep[left] = message;
    if (left === 0) done();
  };
  const transport = await openTransport(`${url}/flood/${path}`, { text: take, binary: take });
  const round = (): Promise<void> =>
    new Promise((resolve) => {
      done = resolve;
      left = count;
      transport.send(String(count));
    });
  return least(round, () => keep.fill(undefined), count / every);
}

/** A field of 32 characters out of each message of 6 KB that a client has read. */
async function keptFields(url: string): Promise<Held> {
  const count = 1000;
  const fields: string[] = [];
  const transport = tcpTransport({ compression: false });
  const client = createClient({ url: `${url}/echo`, transport });
  await client.ready();
  const round = (): Promise<void> =>
    new Promise((resolve) => {
      const off = client.on('message', (message) => {
        const { name } = message as { name: string };
        if (fields.push(name) < count) return;
        off();
        resolve();
      });
      for (let index = 0; index < count; index++) {
        void client.send({ rest: TEXT_32.repeat(190), name: `${TEXT_32}${index}` });
      }
    });
  return least(round, () => fields.splice(0), count);
}

/** Time passes so many times as fast: what is given back after a while is given back soon. */
const HASTE = 50;

const hastyClock: Clock = {
  now: () => systemClock.now() * HASTE,
  wallTime: () => systemClock.wallTime(),
  setTimer: (callback, delay) => systemClock.setTimer(callback, delay / HASTE),
  clearTimer: (handle) => systemClock.clearTimer(handle),
};

/** Longer than pools of an idle transport are kept, by the hasty clock. Milliseconds. */
const IDLE_MS = 60_000 / HASTE;

/**
 * What the pools hold: after a burst that fills them, after a while without messages, and when the connections are closed.
 */
async function pools(url: string): Promise<{ burst: Held; idle: Held; closed: Held }> {
  const factory = tcpTransport({ compression: false });
  const open = (): Promise<Transport> => openTransport(`${url}/sink`, { close() {} }, factory, hastyClock);
  const before = await rest();
  const transports = [await open(), await open(), await open()];
  const drained = async (): Promise<void> => {
    do await immediate();
    while (transports.some(({ bufferedAmount }) => bufferedAmount > 0));
  };
  const large = new Uint8Array(64 * 1024);
  for (let round = 0; round < 4; round++) {
    for (const transport of transports) {
      for (let index = 0; index < 200; index++) transport.send(large);
      for (let index = 0; index < 50_000; index++) transport.send(TEXT_32);
      transport.send(new Uint8Array(8 * 1024 * 1024));
    }
    await drained();
  }
  const burst = grown(before, await rest(), 1);
  await new Promise((resolve) => setTimeout(resolve, IDLE_MS));
  const calm = grown(before, await rest(), 1);
  for (const transport of transports) transport.abandon();
  await new Promise((resolve) => setTimeout(resolve, 100));
  return { burst, idle: calm, closed: grown(before, await rest(), 1) };
}

/** By the names that memory.test.ts uses. */
const TASKS: Readonly<Record<string, (url: string) => Promise<unknown>>> = {
  'idle transport': idleTransport,
  'idle client': idleClient,
  'texts, all': (url) => kept(url, '1/32', 1),
  'texts, one of 100': (url) => kept(url, '1/32', 100),
  'binaries, all': (url) => kept(url, '2/32', 1),
  'binaries, one of 100': (url) => kept(url, '2/32', 100),
  'fields of messages': keptFields,
  pools,
};

const [url, , task] = process.argv.slice(2) as [string, string, string];
const look = TASKS[task];
if (look === undefined) throw new Error(`There is nothing called "${task}" to look at.`);
process.send?.(await look(url), () => process.exit());
