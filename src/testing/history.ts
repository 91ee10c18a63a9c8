/** What is written down of a simulation: every call, every byte at the server, every fault. */
import { checkArgument, checkCall } from '../base/checks.ts';
import type { Called, Rule } from '../base/need.ts';

/**
 * What happened.
 *
 * - `call`, `settled`: a call of the client's, and how its promise ended
 * - `told`, `heard`: an event of the client's; one that a subscription has told
 * - `dialled`, `opened`, `gone`: a connection, as the network and the server see it
 * - `up`, `down`: bytes that reached the server, bytes that the server sent
 * - `seen`: a message that reached the server
 * - `renewing`, `renewed`: what {@link Simulation.renewal} was told
 * - `fault`: one of the faults begins
 * - `left`: what a closed client has left behind
 */
export type HistoryEvent =
  | 'call'
  | 'settled'
  | 'told'
  | 'heard'
  | 'dialled'
  | 'opened'
  | 'gone'
  | 'up'
  | 'down'
  | 'seen'
  | 'renewing'
  | 'renewed'
  | 'fault'
  | 'left';

/** One record. */
export interface HistoryRecord {
  /** Milliseconds since the simulation began. */
  readonly at: number;
  /** What happened. */
  readonly what: HistoryEvent;
  /** The number of the call, connection, renewal or fault; of `told` that of the client. */
  readonly id: number;
  /** Everything else. */
  readonly detail: Readonly<Record<string, unknown>>;
}

const HISTORY: Rule = {
  expected: 'a list of records, as simulate() gives them',
  isRight: (history) => Array.isArray(history) && history.every((record) => typeof record?.at === 'number'),
};

/** @throws UsageError for what is no history */
export function checkHistoryOf(history: unknown, called: Called): void {
  checkCall(called, () => checkArgument(HISTORY, 'history', history, called.name));
}

/** A history as text, one record a line: the same seed gives the same text. */
export function printHistory(history: readonly HistoryRecord[]): string {
  checkHistoryOf(history, printHistory);
  return history.map(printRecord).join('\n');
}

function printRecord({ at, what, id, detail }: HistoryRecord): string {
  const shown = JSON.stringify(detail, (_key, value: unknown) => {
    if (value instanceof Uint8Array)
      return Array.from(value, (byte) => byte.toString(16).padStart(2, '0')).join('');
    return value instanceof Error ? String((value as { code?: unknown }).code ?? value.name) : value;
  });
  return `${at.toFixed(3)} ${what} ${id} ${shown}`;
}
