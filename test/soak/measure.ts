/** What a process holds at a point of rest. */
import { getEventListeners } from 'node:events';
import { Socket } from 'node:net';
import * as v8 from 'node:v8';
import { EventEmitter } from 'eventemitter3';
import { LongConnection } from '../../src/client/long-connection.ts';
import { Connection } from '../../src/connection/connection.ts';
import { OpenSubscription } from '../../src/messaging/subscription.ts';
import { WebSocket } from '../../src/transport/tcp/whatwg/websocket.ts';

/** Everything but the heap must be the same at every rest. */
export interface Measured {
  /** Bytes in use after garbage collection. */
  readonly heap: number;
  /** What must not change: listeners, timers, sockets, objects, by name. */
  readonly counts: Readonly<Record<string, number>>;
  /** What is known of the sockets that are open. */
  readonly sockets: readonly string[];
}

/** Rounds of garbage collection: finalizers and weak references take more than one. */
const GC_ROUNDS = 6;

/** The timer of the server, which goes on at rest. */
const TICKING = 1;

/** How long closed sockets and timers that are due may take to be gone. Milliseconds. */
const MOST_REST_MS = 10_000;

export interface Gauge {
  measure(): Promise<Measured>;
  stop(): void;
}

/** Starts to watch the emitters of the library. Needs `--expose-gc`. */
export function startGauge(signal: AbortSignal): Gauge {
  // The first stack that is read loads the source map of the program, megabytes that are no leak.
  if (new Error('warm').stack === undefined) throw new Error('This Node has no stacks.');
  const { gc } = globalThis;
  if (gc === undefined) throw new Error('The heap cannot be measured: start node with --expose-gc.');
  const emitters = new Set<WeakRef<EventEmitter>>();
  const stop = watchEmitters((emitter) => emitters.add(new WeakRef(emitter)));
  const listeners = (): number => {
    let count = 0;
    for (const ref of emitters) {
      const emitter = ref.deref();
      if (emitter === undefined) emitters.delete(ref);
      else for (const name of emitter.eventNames()) count += emitter.listenerCount(name);
    }
    return count;
  };
  return {
    stop,
    measure: async () => {
      await comeToRest();
      for (let round = 0; round < GC_ROUNDS; round++) {
        await new Promise((resolve) => setImmediate(resolve));
        gc();
      }
      const heap = process.memoryUsage().heapUsed;
      const counts: Record<string, number> = {
        'listeners of emitters': listeners(),
        'listeners of the signal': getEventListeners(signal, 'abort').length,
        'listeners of the process': sum(process.eventNames().map((name) => process.listenerCount(name))),
        ...liveObjects(),
      };
      // Garbage collection takes its time, in which the runner may have begun something again.
      await comeToRest();
      for (const name of process.getActiveResourcesInfo()) counts[name] = (counts[name] ?? 0) + 1;
      return { heap, counts, sockets: openSockets() };
    },
  };
}

/**
 * Until no socket is left, no request to the system, and no timer but the server's; or it takes too long, which the counts
 * will show. Not what was there before the soak, but none: a test runner has now and then a timer of its own, which would
 * be counted the first time and be gone the last.
 */
async function comeToRest(): Promise<void> {
  const began = performance.now();
  while (isBusy() && performance.now() - began < MOST_REST_MS)
    await new Promise((resolve) => setImmediate(resolve));
}

function isBusy(): boolean {
  const active = process.getActiveResourcesInfo();
  return (
    active.some((name) => name === 'TCPSocketWrap' || name.includes('Req')) ||
    active.filter((name) => name === 'Timeout').length > TICKING
  );
}

/** Node has no documented way to them. */
function openSockets(): string[] {
  const handles = (process as unknown as { _getActiveHandles(): unknown[] })._getActiveHandles();
  return handles
    .filter((handle): handle is Socket => handle instanceof Socket)
    .filter((socket) => !('fd' in socket || '_type' in socket)) // not those of the console
    .map((socket) => {
      const { localPort, remotePort, readyState, destroyed, bytesRead, bytesWritten, allowHalfOpen } = socket;
      const names = socket.eventNames().map(String).join(' ');
      const facts = { localPort, remotePort, readyState, destroyed, bytesRead, bytesWritten, allowHalfOpen };
      return `${JSON.stringify(facts)} ${names}`;
    });
}

/** By class, where this Node can count them (20.13 or later). */
function liveObjects(): Record<string, number> {
  if (v8.queryObjects === undefined) return {};
  const classes = { LongConnection, Connection, OpenSubscription, WebSocket, Socket };
  // Node warns once that the function is experimental, which we know.
  const { emitWarning } = process;
  process.emitWarning = () => {};
  try {
    return Object.fromEntries(
      Object.entries(classes).map(([name, made]) => [`objects ${name}`, Number(v8.queryObjects(made))]),
    );
  } finally {
    process.emitWarning = emitWarning;
  }
}

/** Tells of every emitter that gets a listener. */
function watchEmitters(found: (emitter: EventEmitter) => void): () => void {
  const { prototype } = EventEmitter;
  const { on, once } = prototype;
  const known = new WeakSet<EventEmitter>();
  const note = (emitter: EventEmitter): void => {
    if (known.has(emitter)) return;
    known.add(emitter);
    found(emitter);
  };
  Object.assign(prototype, {
    on(this: EventEmitter, ...args: Parameters<typeof on>) {
      note(this);
      return on.apply(this, args);
    },
    once(this: EventEmitter, ...args: Parameters<typeof once>) {
      note(this);
      return once.apply(this, args);
    },
  });
  return () => void Object.assign(prototype, { on, once });
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
