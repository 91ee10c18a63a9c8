/** A connection that can be handed over, on a virtual clock and a scripted server; everything it tells is written down. */
import { expect } from 'vitest';
import { createBackoff, DEFAULT_BACKOFF } from '../../src/connection/backoff.ts';
import type { ConnectionOptions, ReconnectSettings } from '../../src/connection/connection-options.ts';
import type { StateChange } from '../../src/connection/connection-state.ts';
import {
  DEFAULT_HANDOVER,
  HandoverConnection,
  type HandoverObserver,
  type HandoverSetup,
} from '../../src/connection/handover.ts';
import { defaultRetryPolicy } from '../../src/connection/retry-policy.ts';
import { DEFAULT_LIMITS } from '../../src/protocol/limits.ts';
import { createScriptedRandom } from '../../src/testing/scripted-random.ts';
import { createScriptedServer, type ScriptedServer } from '../../src/testing/scripted-server.ts';
import { createVirtualClock, type VirtualClock } from '../../src/testing/virtual-clock.ts';
import { always } from './connection-harness.ts';

export interface HandoverHarness {
  readonly connection: HandoverConnection;
  readonly clock: VirtualClock;
  readonly server: ScriptedServer;
  /** Everything told, in order: `ready 2`, `> ready: line handed over`, `message x on 1`, `parted 1`. */
  readonly told: string[];
  readonly changes: StateChange[];
  /** The epochs on which something is under way. */
  readonly busy: Set<number>;
  /** Called with each name after it was written down. */
  onTold: ((name: string) => void) | undefined;
  /** Connects the first line, and forgets what was told of it. */
  open(): Promise<void>;
  /** Closes and expects that nothing is left behind. */
  finish(): Promise<void>;
}

/** The server does nothing by itself. */
export function createHandoverHarness(
  given: Partial<ConnectionOptions> = {},
  setup: Partial<HandoverSetup> = {},
  reconnect: Partial<ReconnectSettings> = {},
): HandoverHarness {
  const clock = createVirtualClock();
  const server = createScriptedServer({ onConnect: () => {} });
  const told: string[] = [];
  const changes: StateChange[] = [];
  const busy = new Set<number>();
  const tell = (name: string): void => {
    told.push(name);
    harness.onTold?.(name);
  };
  const observer: HandoverObserver = {
    stateChanged(change) {
      changes.push(change);
      tell(`> ${change.current.status}: ${change.current.reason}`);
    },
    message: (data, epoch) => tell(`message ${data} on ${epoch}`),
    ready: (epoch) => tell(`ready ${epoch}`),
    drain: () => tell('drain'),
    measured: () => tell('measured'),
    lineEnded: (closure) => tell(`ended ${closure.code}`),
    closed: (_closure, error) => tell(`closed ${error?.code ?? 'by the caller'}`),
    isBusy: (epoch) => busy.has(epoch),
    parted: (epoch, isClosing) => tell(`parted ${epoch}${isClosing ? ' with all' : ''}`),
  };
  const options: ConnectionOptions = {
    url: 'ws://server/',
    protocols: [],
    transport: server.transport,
    reconnect: {
      times: DEFAULT_BACKOFF,
      backoff: createBackoff(DEFAULT_BACKOFF),
      policy: defaultRetryPolicy,
      maxAttempts: Number.POSITIVE_INFINITY,
      ...reconnect,
    },
    times: DEFAULT_BACKOFF,
    closeTimeout: 5_000,
    heartbeat: undefined,
    login: undefined,
    limits: DEFAULT_LIMITS,
    clock,
    random: createScriptedRandom({ numbers: always(0.5) }),
    ...given,
  };
  const connection = new HandoverConnection(options, { ...DEFAULT_HANDOVER, ...setup }, observer);
  const harness: HandoverHarness = {
    connection,
    clock,
    server,
    told,
    changes,
    busy,
    onTold: undefined,
    async open() {
      connection.connect();
      await clock.advance(0);
      server.last.accept();
      await clock.settle();
      told.length = 0;
      changes.length = 0;
    },
    async finish() {
      harness.onTold = undefined;
      const closed = connection.close();
      await clock.advance(5_000);
      await closed;
      expect(connection.state.status).toBe('closed');
      expect(clock.pendingTimers).toBe(0);
      expect(server.connections.filter(({ state }) => state !== 'closed')).toEqual([]);
    },
  };
  return harness;
}
