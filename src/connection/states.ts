/**
 * The states of a long connection: one table with every way from one to another and every fact about each. A pair
 * that is missing cannot happen. The diagram in docs/reference/states.md is generated from it.
 */

/**
 * - `idle`: nothing was asked for yet
 * - `connecting`: an attempt is under way
 * - `authenticating`: the line is open, the login is running; only the login's messages flow
 * - `ready`: messages flow
 * - `waiting`: between two attempts (backoff)
 * - `closing`: our Close frame is out, the server's awaited
 * - `closed`: ended, by the caller or because another attempt is pointless; `connect()` begins again
 */
export type Status = 'idle' | 'connecting' | 'authenticating' | 'ready' | 'waiting' | 'closing' | 'closed';

/** What moves a connection from state to state. */
export type Step =
  | 'connect'
  | 'open'
  | 'ready'
  | 'lose'
  | 'wait'
  | 'handover'
  | 'takeOver'
  | 'stop'
  | 'close'
  | 'end';

/**
 * The timers that a connection may have set: `preparing` (for the address and the credentials), `handshake`, `reply` (for
 * the next word of the server's in a login), `heartbeat`, `retry`, `close`.
 */
export type TimerName = 'preparing' | 'handshake' | 'reply' | 'heartbeat' | 'retry' | 'close';

/** What is true in a state, and where each step leads. */
export interface StateFacts {
  /** There is a line, opening, open or closing. */
  readonly hasLine: boolean;
  /** Nothing happens any more until the caller asks for it. */
  readonly terminal: boolean;
  readonly on: Readonly<Partial<Record<Step, Status>>>;
}

/** Made by a call, so that a bundle without connections has no part of it. */
const makeTable = (): Readonly<Record<Status, StateFacts>> => {
  const nothing = { hasLine: false, terminal: false } as const;
  const line = { hasLine: true, terminal: false } as const;
  return Object.freeze({
    idle: { ...nothing, on: { connect: 'connecting', close: 'closed' } },
    connecting: {
      ...line,
      on: { open: 'authenticating', ready: 'ready', lose: 'waiting', stop: 'closed', close: 'closing' },
    },
    authenticating: {
      ...line,
      on: { ready: 'ready', lose: 'waiting', stop: 'closed', close: 'closing' },
    },
    ready: {
      ...line,
      on: {
        lose: 'waiting',
        handover: 'ready',
        takeOver: 'connecting',
        stop: 'closed',
        close: 'closing',
      },
    },
    waiting: {
      ...nothing,
      on: { connect: 'connecting', wait: 'waiting', close: 'closed' },
    },
    closing: { ...line, on: { end: 'closed' } },
    closed: { hasLine: false, terminal: true, on: { connect: 'connecting' } },
  });
};

/** The table. */
export const CONNECTION_STATES: Readonly<Record<Status, StateFacts>> = /* @__PURE__ */ makeTable();

/**
 * What becomes of a message in a state: it goes to the socket (or waits, where that has enough to do), waits for a line, or is
 * refused. Apart, like the timers below.
 */
export const STATE_MESSAGES: Readonly<Record<Status, 'sent' | 'queued' | 'refused'>> =
  /* @__PURE__ */ Object.freeze({
    idle: 'queued',
    connecting: 'queued',
    authenticating: 'queued',
    ready: 'sent',
    waiting: 'queued',
    closing: 'refused',
    closed: 'refused',
  });

/** The timers that may run in a state; none where it rests. Apart, so that a program that asks nothing of it has no part of it. */
export const STATE_TIMERS: Readonly<Record<Status, readonly TimerName[]>> = /* @__PURE__ */ Object.freeze({
  idle: [],
  connecting: ['preparing', 'handshake'],
  authenticating: ['reply', 'heartbeat', 'close'],
  ready: ['heartbeat'],
  waiting: ['retry'],
  closing: ['close'],
  closed: [],
});

/**
 * Where `step` leads from `status`.
 *
 * @throws Error for a pair that is not in the table: a fault of holdline's own
 */
export function nextStatus(status: Status, step: Step): Status {
  const next = CONNECTION_STATES[status].on[step];
  if (next === undefined) throw new Error(`${status} has no step ${step}.`);
  return next;
}

/** Why a state was entered. */
export type StateReason =
  | 'created'
  | 'connect called'
  | 'reconnect called'
  | 'first use'
  | 'retry is due'
  | 'credentials refused'
  | 'network is back'
  | 'network is gone'
  | 'page is back'
  | 'page was put away'
  | 'connection opened'
  | 'login accepted'
  | 'handed over'
  | 'attempt failed'
  | 'connection lost'
  | 'gave up'
  | 'close called'
  | 'closed';

/** Where a connection stands. Immutable; a new object only when something changed. */
export interface ConnectionState {
  /** Which of the states in the diagram. */
  readonly status: Status;
  /** Why this status was entered. */
  readonly reason: StateReason;
  /** How many times the connection has been ready: numbers the lines. 0 before the first. */
  readonly epoch: number;
  /** Attempts since the last line that proved stable; 1 during the first one, 0 while waiting for it. */
  readonly attempt: number;
  /**
   * When the next attempt begins, in milliseconds since 1970 UTC. Only while `waiting`; undefined also there while the
   * page is put away.
   */
  readonly retryAt: number | undefined;
  /** The last measured round trip of a heartbeat on this line, in milliseconds. */
  readonly rtt: number | undefined;
  /** Its running mean. */
  readonly smoothedRtt: number | undefined;
  /** The subprotocol that the server chose on this line, or an empty string. Undefined without a line. */
  readonly protocol: string | undefined;
  /**
   * The header fields of the server's answer on this line, names in lower case. Cookies are redacted.
   * Undefined without a line, and in a browser, which keeps them to itself.
   */
  readonly headers: ReadonlyMap<string, string> | undefined;
}

/** The state before anything has happened. */
export const INITIAL_STATE: ConnectionState = /* @__PURE__ */ Object.freeze({
  status: 'idle',
  reason: 'created',
  epoch: 0,
  attempt: 0,
  retryAt: undefined,
  rtt: undefined,
  smoothedRtt: undefined,
  protocol: undefined,
  headers: undefined,
});

/** One change of the status. */
export interface StateChange {
  /** The state before. */
  readonly previous: ConnectionState;
  /** The state now: what `client.state` is. */
  readonly current: ConnectionState;
}
