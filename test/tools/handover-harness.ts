/** A connection that can be handed over, on a virtual clock and a scripted server; everything it tells is written down. */
import { expect } from 'vitest';
import type { ConnectionError } from '../../src/base/errors.ts';
import { Connection } from '../../src/connection/connection.ts';
import type {
  ConnectionObserver,
  LineHandle,
  ReconnectSettings,
} from '../../src/connection/connection-options.ts';
import {
  type Handover,
  type HandoverCore,
  type HandoverOptions,
  handover,
} from '../../src/connection/handover.ts';
import type { StateChange } from '../../src/connection/states.ts';
import { createScriptedRandom } from '../../src/testing/scripted-random.ts';
import { createScriptedServer, type ScriptedServer } from '../../src/testing/scripted-server.ts';
import { createVirtualClock, type VirtualClock } from '../../src/testing/virtual-clock.ts';
import { addPlugins, always, connectionOptions, type HarnessOptions } from './connection-harness.ts';

export interface HandoverHarness {
  readonly connection: Connection;
  readonly handover: Handover;
  readonly clock: VirtualClock;
  readonly server: ScriptedServer;
  /** Everything told, in order: `ready 2`, `> ready: handed over`, `message x on 1`, `parted 1`. */
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

/** The server does nothing by itself, but for answering a Close, unless it must not. */
export function createHandoverHarness(
  given: HarnessOptions = {},
  setup: HandoverOptions = {},
  reconnect: Partial<ReconnectSettings> = {},
  answerClose = true,
): HandoverHarness {
  const clock = createVirtualClock();
  const server = createScriptedServer({ onConnect: () => {}, answerClose });
  const told: string[] = [];
  const changes: StateChange[] = [];
  const busy = new Set<number>();
  const tell = (name: string): void => {
    told.push(name);
    harness.onTold?.(name);
  };
  /** The lines that have been ready, in order: the first has the epoch 1. */
  const lines: LineHandle[] = [];
  const epochOf = (line: LineHandle): number => lines.indexOf(line) + 1;
  const observer: ConnectionObserver = {
    stateChanged(change) {
      changes.push(change);
      tell(`> ${change.current.status}: ${change.current.reason}`);
    },
    message: (data, line) => tell(`message ${data} on ${epochOf(line)}`),
    ready(line) {
      lines.push(line);
      tell(`ready ${connection.state.epoch}`);
      moves.ready();
    },
    drain: () => tell('drain'),
    measured: () => tell('measured'),
    lineEnded(closure) {
      moves.lineEnded();
      tell(`ended ${closure.code}`);
    },
    closed(_closure, error) {
      moves.closed(error as ConnectionError | undefined);
      tell(`closed ${error?.code ?? 'by the caller'}`);
    },
  };
  const random = createScriptedRandom({ numbers: always(0.5) });
  const options = connectionOptions({ transport: server.transport, clock, random, ...given }, reconnect);
  const connection: Connection = new Connection(options, observer);
  addPlugins(connection, given);
  const core: HandoverCore = {
    connection,
    isBusy: (line) => busy.has(epochOf(line)),
    parted: (line) => tell(`parted ${epochOf(line)}${connection.isEnding ? ' with all' : ''}`),
  };
  handover(setup)(core);
  const moves = core.handover as Handover;
  const harness: HandoverHarness = {
    connection,
    handover: moves,
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
