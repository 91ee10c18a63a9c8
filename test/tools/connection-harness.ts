/** A connection on a virtual clock, a scripted server and known chance; everything it tells is written down. */
import { expect } from 'vitest';
import type { Login, LoginLine } from '../../src/auth/authenticator.ts';
import { login } from '../../src/auth/login.ts';
import type { HoldlineError, UsageError } from '../../src/base/errors.ts';
import { createBackoff, DEFAULT_BACKOFF } from '../../src/connection/backoff.ts';
import { Connection } from '../../src/connection/connection.ts';
import type {
  ConnectionObserver,
  ConnectionOptions,
  ReconnectSettings,
} from '../../src/connection/connection-options.ts';
import { type Environment, followEnvironment } from '../../src/connection/environment.ts';
import { failover } from '../../src/connection/failover.ts';
import { Heartbeat } from '../../src/connection/heartbeat.ts';
import { type Probe, probe } from '../../src/connection/probe.ts';
import { defaultRetryPolicy } from '../../src/connection/retry-policy.ts';
import { type ServerPingsOptions, serverPings } from '../../src/connection/server-pings.ts';
import type { StateChange, Status } from '../../src/connection/states.ts';
import type { Closure } from '../../src/protocol/closure.ts';
import { DEFAULT_LIMITS } from '../../src/protocol/limits.ts';
import { createScriptedRandom } from '../../src/testing/scripted-random.ts';
import {
  createScriptedServer,
  type ScriptedServer,
  type ScriptedServerOptions,
} from '../../src/testing/scripted-server.ts';
import { createVirtualClock, type VirtualClock } from '../../src/testing/virtual-clock.ts';
import { MAX_BUFFERED_BYTES } from '../../src/transport/high-water-mark.ts';

/** The same number for ever: every delay is that share of its range. */
export function* always(value: number): Generator<number> {
  while (true) yield value;
}

/** The options of a connection; what plugins add to it stands beside them. */
export interface HarnessOptions extends Partial<Omit<ConnectionOptions, 'login'>> {
  readonly login?: Login['talk'] | undefined;
  readonly environment?: Environment;
  readonly serverPings?: ServerPingsOptions;
}

export interface HarnessSetup {
  readonly server?: ScriptedServerOptions;
  readonly options?: HarnessOptions;
  readonly reconnect?: Partial<ReconnectSettings> & { readonly probe?: Probe };
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
    ready: () => tell(`ready ${connection.state.epoch}`),
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
  const options = connectionOptions(
    { transport: server.transport, clock, random, ...setup.options },
    setup.reconnect,
  );
  const connection = new Connection(options, observer);
  addPlugins(connection, setup.options, setup.reconnect?.probe);
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

/** A connection's options, with every default filled in. */
export function connectionOptions(
  {
    login: talk,
    environment: _,
    serverPings: __,
    ...given
  }: HarnessOptions & Pick<ConnectionOptions, 'transport' | 'clock' | 'random'>,
  { probe: ___, ...reconnect }: HarnessSetup['reconnect'] = {},
): ConnectionOptions {
  const { heartbeat } = given;
  return {
    url: 'ws://server/',
    protocols: [],
    reconnect: {
      backoff: createBackoff(DEFAULT_BACKOFF),
      policy: defaultRetryPolicy,
      maxAttempts: Number.POSITIVE_INFINITY,
      ...reconnect,
    },
    times: DEFAULT_BACKOFF,
    closeTimeout: 5_000,
    maxBufferedBytes: MAX_BUFFERED_BYTES,
    heartbeat: undefined,
    watchdog: heartbeat && ((line, time) => new Heartbeat(heartbeat, line, time)),
    limits: DEFAULT_LIMITS,
    ...given,
    login: talk && login(talk).login,
  };
}

/** What the options ask for beside the connection itself. */
export function addPlugins(connection: Connection, options: HarnessOptions = {}, ask?: Probe): void {
  const { url, environment, serverPings: pings } = options;
  if (Array.isArray(url)) failover()({ connection });
  if (pings !== undefined) serverPings(pings)({ connection });
  if (ask !== undefined) probe(ask)({ connection });
  if (environment !== undefined) followEnvironment(connection, environment);
}

/** A login that sends `me` and takes `True` for a yes; `False` is refused. */
export async function askToEnter(line: LoginLine): Promise<void> {
  line.send('me');
  const reply = await line.receive();
  if (reply !== 'True') throw new Error(`unexpected reply ${reply}`);
}
