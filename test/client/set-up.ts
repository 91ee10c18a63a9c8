/** A client on a virtual clock, wired to a server in memory, with everything that it tells written down. */
import type { Client, ClientEvents } from '../../src/client/client.ts';
import type { Contract } from '../../src/client/contract.ts';
import { createClient, createSlimClient } from '../../src/client/create-client.node.ts';
import type { ClientOptions } from '../../src/client/options.ts';
import { createScriptedRandom } from '../../src/testing/scripted-random.ts';
import {
  createScriptedServer,
  type ScriptedServer,
  type ScriptedServerOptions,
} from '../../src/testing/scripted-server.ts';
import { createVirtualClock, type VirtualClock } from '../../src/testing/virtual-clock.ts';

/** Numbers for jitter that never end: always the middle. */
export function* halves(): Generator<number> {
  while (true) yield 0.5;
}

/** One event, with its payload. */
export type Told = readonly [name: keyof ClientEvents, event: unknown];

export interface Bench {
  readonly clock: VirtualClock;
  readonly server: ScriptedServer;
  readonly client: Client;
  /** Every event in order, `state` as `previous>current`. */
  readonly told: Told[];
  /** The payloads of one kind of event. */
  of(name: keyof ClientEvents): unknown[];
  /** Stops listening to one kind of event. */
  forget(name: keyof ClientEvents): void;
  /** What the newest line received, decoded. */
  received(): unknown[];
  /** Connects, and waits until that has had its effect. */
  open(): Promise<void>;
}

const EVENTS = [
  'state',
  'ready',
  'message',
  'error',
  'lost',
  'reconnected',
  'gap',
  'drop',
  'lateReply',
  'rtt',
  'closed',
] as const;

/** As `createClient` makes it, unless `slim`. */
export function setUp(
  options: Partial<ClientOptions> = {},
  behaviour: ScriptedServerOptions = {},
  slim = false,
): Bench {
  const clock = createVirtualClock();
  const server = createScriptedServer(behaviour);
  const given: ClientOptions = {
    url: 'ws://test/?token=hush',
    clock,
    random: createScriptedRandom({ numbers: halves() }),
    heartbeat: false,
    transport: server.transport,
    ...options,
  };
  const client: Client = slim ? createSlimClient<Contract>(given) : createClient(given);
  const told: Told[] = [];
  const stops = new Map<string, () => void>();
  for (const name of EVENTS) {
    const stop = client.on(name, (event) => {
      if (name === 'state') {
        const { previous, current } = event as ClientEvents['state'];
        told.push(['state', `${previous.status}>${current.status}`]);
      } else {
        told.push([name, event]);
      }
    });
    stops.set(name, stop);
  }
  return {
    clock,
    server,
    client,
    told,
    of: (name) => told.filter(([other]) => other === name).map(([, event]) => event),
    forget: (name) => stops.get(name)?.(),
    received: () => server.last.received.map((data) => JSON.parse(data as string)),
    open: async () => {
      client.connect();
      await clock.advance(0);
    },
  };
}

/** How a promise stands: what it settled with, or `pending`. Read it after `clock.settle()`. */
export interface Fate {
  value: unknown;
  settled: number;
}

export function watch(promise: Promise<unknown>): Fate {
  const fate: Fate = { value: 'pending', settled: 0 };
  const settle = (value: unknown): void => {
    fate.value = value;
    fate.settled++;
  };
  promise.then(settle, settle);
  return fate;
}

/** A signal that counts its listeners. */
export function countingSignal(): { controller: AbortController; signal: AbortSignal; listeners(): number } {
  const controller = new AbortController();
  const { signal } = controller;
  const listeners = new Set<unknown>();
  const { addEventListener, removeEventListener } = signal;
  signal.addEventListener = (name: string, listener: any, options?: any) => {
    listeners.add(listener);
    addEventListener.call(signal, name, listener, options);
  };
  signal.removeEventListener = (name: string, listener: any) => {
    listeners.delete(listener);
    removeEventListener.call(signal, name, listener);
  };
  return { controller, signal, listeners: () => listeners.size };
}
