/** A connection on a virtual clock, a scripted server and known chance; everything it tells is written down. */
import { expect } from 'vitest';
import type { HoldlineError, UsageError } from '../../src/base/errors.ts';
import { createBackoff, DEFAULT_BACKOFF } from '../../src/connection/backoff.ts';
import { Connection } from '../../src/connection/connection.ts';
import type {
  ConnectionObserver,
  ConnectionOptions,
  LoginLine,
  ReconnectSettings,
} from '../../src/connection/connection-options.ts';
import type { StateChange, Status } from '../../src/connection/connection-state.ts';
import { defaultRetryPolicy } from '../../src/connection/retry-policy.ts';
import type { Closure } from '../../src/protocol/closure.ts';
import { DEFAULT_LIMITS } from '../../src/protocol/limits.ts';
import { createScriptedRandom } from '../../src/testing/scripted-random.ts';
import {
  createScriptedServer,
  type ScriptedServer,
  type ScriptedServerOptions,
} from '../../src/testing/scripted-server.ts';
import { createVirtualClock, type VirtualClock } from '../../src/testing/virtual-clock.ts';

/** The same number for ever: every delay is that share of its range. */
export function* always(value: number): Generator<number> {
  while (true) yield value;
}

export interface HarnessSetup {
  readonly server?: ScriptedServerOptions;
  readonly options?: Partial<ConnectionOptions>;
  readonly reconnect?: Partial<ReconnectSettings>;
  /** The chance in force. Default: always one half. */
  readonly chance?: Iterable<number>;
}

export interface Harness {
  readonly clock: VirtualClock;
  readonly server: ScriptedServer;
  readonly connection: Connection;
  /** Names of everything told, in order: `ready`, `> connecting`, `message x`, `ended 1006`, `closed`. */
  readonly told: string[];
  readonly changes: StateChange[];
  readonly closures: Closure[];
  readonly ends: (HoldlineError | UsageError | undefined)[];
  readonly rtts: number[];
  /** Called with each name after it was written down: acts from inside the callback. */
  onTold: ((name: string) => void) | undefined;
  readonly statuses: Status[];
  /** Closes and expects that nothing is left behind. */
  finish(): Promise<void>;
}

export function createHarness(setup: HarnessSetup = {}): Harness {
  const clock = createVirtualClock();
  const random = createScriptedRandom({ numbers: setup.chance ?? always(0.5) });
  const server = createScriptedServer(setup.server);
  const told: string[] = [];
  const changes: StateChange[] = [];
  const closures: Closure[] = [];
  const ends: Harness['ends'] = [];
  const rtts: number[] = [];
  const tell = (name: string): void => {
    told.push(name);
    harness.onTold?.(name);
  };
  const observer: ConnectionObserver = {
    stateChanged(change) {
      changes.push(change);
      tell(`> ${change.current.status}`);
    },
    message: (data) => tell(`message ${data}`),
    ready: (epoch) => tell(`ready ${epoch}`),
    drain: () => tell('drain'),
    measured(rtt) {
      rtts.push(rtt);
      tell('measured');
    },
    lineEnded(closure) {
      closures.push(closure);
      tell(`ended ${closure.code}`);
    },
    closed(_closure, error) {
      ends.push(error);
      tell(`closed ${error?.code ?? 'by the caller'}`);
    },
  };
  const connection = new Connection(
    {
      url: 'ws://server/',
      protocols: [],
      transport: server.transport,
      reconnect: {
        times: DEFAULT_BACKOFF,
        backoff: createBackoff(DEFAULT_BACKOFF),
        policy: defaultRetryPolicy,
        maxAttempts: Number.POSITIVE_INFINITY,
        ...setup.reconnect,
      },
      times: DEFAULT_BACKOFF,
      closeTimeout: 5_000,
      heartbeat: undefined,
      login: undefined,
      limits: DEFAULT_LIMITS,
      clock,
      random,
      ...setup.options,
    },
    observer,
  );
  const harness: Harness = {
    clock,
    server,
    connection,
    told,
    changes,
    closures,
    ends,
    rtts,
    onTold: undefined,
    get statuses() {
      return changes.map(({ current }) => current.status);
    },
    async finish() {
      harness.onTold = undefined;
      const closed = connection.close();
      await clock.advance(5_000);
      await closed;
      expect(connection.state.status).toBe('closed');
      expect(clock.pendingTimers).toBe(0);
      expect(server.connections.map(({ state }) => state).filter((state) => state !== 'closed')).toEqual([]);
    },
  };
  return harness;
}

/** A login that sends `me` and takes `True` for a yes; `False` is refused. */
export async function askToEnter(line: LoginLine): Promise<void> {
  line.send('me');
  const reply = await line.receive();
  if (reply !== 'True') throw new Error(`unexpected reply ${reply}`);
}
