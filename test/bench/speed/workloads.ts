/** The table of workloads: what is done, by whom beside the usual peers, and what has to be reached. */
import type { Job, ProgramName } from './job.ts';
import type { Payload } from './payload.ts';
import { REFERENCE } from './peers.ts';

/** Where a figure has to lie. `metric`: `cpu` in microseconds a message, or one that the program measures beside it. */
export interface Target {
  readonly peer: string;
  readonly metric: string;
  readonly against: string;
  /** `ratio`: `against` divided by `peer`, at least; `extra`: `peer` minus `against`, at most; `value`: `peer`, at most. */
  readonly kind: 'ratio' | 'extra' | 'value';
  readonly must: number;
  readonly stretch?: number;
}

export interface Workload {
  readonly id: string;
  readonly title: string;
  /** What the figures are for: one of these. */
  readonly unit: 'message' | 'round trip' | 'connection' | 'request' | 'import';
  /** What the tables show of it. Default: `cpu`. */
  readonly shows?: string;
  readonly program: ProgramName;
  /** The server's mode, with its query. */
  readonly mode: 'sink' | 'source' | 'echo' | 'echo?spin=1' | 'rpc';
  readonly payload: Payload;
  readonly secure?: boolean;
  readonly deflate?: boolean;
  readonly settings?: Partial<Job>;
  /** Messages of the very first round, from which the number of the others follows. */
  readonly start: number;
  /** A round of more is not needed, however fast. */
  readonly most?: number;
  /** Rounds that do not count, before those that do. Default: 3. */
  readonly warmUps?: number;
  /** Peers that cannot do it, or that it makes no sense for, by the first part of their name. */
  readonly without?: readonly string[];
  /** Peers that take part in every run, beside the reference. */
  readonly by?: readonly string[];
  /** Whether nobody else does. */
  readonly isClosed?: boolean;
  /** Each round in a new process, `start` messages long. */
  readonly isFresh?: boolean;
  /** Rounds that count, where the usual number is too many. */
  readonly rounds?: number;
  /** Left out of a quick run, unless it is named. */
  readonly isLong?: boolean;
  readonly targets: readonly Target[];
}

const KIB = 1_024;
const MIB = 1_024 * KIB;

const SMALL: Payload = { kind: 'ascii', bytes: 32 };
const KIB_TEXT: Payload = { kind: 'ascii', bytes: KIB };
const JSON_TEXT: Payload = { kind: 'json', bytes: KIB };
const binary = (bytes: number): Payload => ({ kind: 'binary', bytes });

/** Ours beside ws + bufferutil: how many times less CPU. */
function beside(must: number, stretch?: number, metric = 'cpu'): Target {
  const target = { peer: 'holdline', against: REFERENCE, kind: 'ratio', metric, must } as const;
  return stretch === undefined ? target : { ...target, stretch };
}

/** What is acknowledged, and how much may be under way, so that nobody piles up what the server has not yet taken. */
const flow = (bytes: number): Partial<Job> => {
  const window = Math.max(2, Math.floor((4 * MIB) / bytes));
  return { ackEvery: Math.max(1, window >> 2), window, perTick: window };
};

const ONLY_CORK = ['ws-corked'];
const NO_DEFLATE = ['raw', 'ws-corked', 'undici', 'native', 'websocket', 'faye-websocket'];

const sendSmall = (perTick: number, targets: readonly Target[]): Workload => ({
  id: perTick === 1_000 ? 'send-32' : `send-32-${perTick}`,
  title: `send 32 B text, ${perTick === 1_000 ? '1,000' : perTick} a tick`,
  unit: 'message',
  program: 'send',
  mode: 'sink',
  payload: SMALL,
  settings: { perTick, ackEvery: 16_384, window: 65_536 },
  start: 5_000,
  without: perTick === 1 ? ONLY_CORK : [],
  targets,
});

const sendLarge = (id: string, title: string, payload: Payload, start: number, target: Target): Workload => ({
  id,
  title,
  unit: 'message',
  program: 'send',
  mode: 'sink',
  payload,
  settings: flow(payload.bytes),
  start,
  without: ONLY_CORK,
  targets: [target],
});

const receive = (id: string, title: string, payload: Payload, start: number, target: Target): Workload => ({
  id,
  title,
  unit: 'message',
  program: 'receive',
  mode: 'source',
  payload,
  start,
  without: ONLY_CORK,
  targets: [target],
});

const secure = (workload: Workload): Workload => ({
  ...workload,
  id: `wss-${workload.id}`,
  title: `wss: ${workload.title}`,
  secure: true,
  targets: [],
});

const pingPong = (id: string, title: string, mode: 'echo' | 'echo?spin=1'): Workload => ({
  id,
  title,
  unit: 'round trip',
  program: 'echo',
  mode,
  payload: SMALL,
  settings: { inFlight: 1 },
  start: 2_000,
  without: ONLY_CORK,
  targets: [
    beside(1 / 0.75),
    { peer: 'holdline', against: 'raw', kind: 'ratio', metric: 'p50', must: 1 / 1.06 },
  ],
});

const send32 = sendSmall(1_000, [
  beside(15, 35),
  { peer: 'holdline', against: 'ws-corked', kind: 'ratio', metric: 'cpu', must: 3.5 },
]);
const receive32 = receive('receive-32', 'receive 32 B text', SMALL, 10_000, beside(4, 8));
const send1m = sendLarge('send-1m', 'send 1 MiB binary', binary(MIB), 30, beside(2, 2.7));
const receive1m = receive('receive-1m', 'receive 1 MiB binary', binary(MIB), 50, beside(1.05, 1.3));

const idle = (count: number, isLong: boolean): Workload => ({
  id: `idle-${count}`,
  title: `${count.toLocaleString('en')} idle connections: memory of each`,
  unit: 'connection',
  program: 'idle',
  mode: 'echo',
  payload: SMALL,
  shows: 'rss',
  isFresh: true,
  rounds: 1,
  start: count,
  isLong,
  without: ['ws-corked', 'raw', 'holdline-client', 'ws'],
  targets: [
    beside(1, undefined, 'rss'),
    {
      peer: 'holdline',
      against: '',
      kind: 'value',
      metric: 'rss',
      must: Number.POSITIVE_INFINITY,
      stretch: 5_632,
    },
  ],
});

/** What createClient adds to the transport under it. */
const floor = (workload: Workload): Workload => ({
  ...workload,
  id: `client-${workload.id}`,
  title: `createClient: ${workload.title}`,
  by: ['holdline', 'holdline-client'],
  isClosed: true,
  targets: [],
});

/** Every workload that is a race of clients against the C server, in the order of the report. */
export const WORKLOADS: readonly Workload[] = [
  send32,
  sendSmall(10, [beside(4, 5)]),
  sendSmall(1, [
    beside(1),
    { peer: 'holdline', against: 'raw', kind: 'ratio', metric: 'cpu', must: 0, stretch: 1 / 1.05 },
  ]),
  receive32,
  {
    id: 'echo-32',
    title: 'echo 32 B text, 1,000 in flight',
    unit: 'message',
    program: 'echo',
    mode: 'echo',
    payload: SMALL,
    settings: { inFlight: 1_000 },
    start: 10_000,
    without: ONLY_CORK,
    targets: [beside(15, 30)],
  },
  {
    ...sendLarge('send-1k', 'send 1 KiB text', KIB_TEXT, 2_000, beside(7, 10)),
    settings: { ...flow(KIB), perTick: 100 },
  },
  receive('receive-1k', 'receive 1 KiB text', KIB_TEXT, 5_000, beside(2, 2.5)),
  sendLarge('send-64k', 'send 64 KiB binary', binary(64 * KIB), 300, beside(2, 2.7)),
  send1m,
  sendLarge('send-16m', 'send 16 MiB binary', binary(16 * MIB), 4, beside(1.6, 2.1)),
  receive1m,
  receive(
    'receive-64k-ascii',
    'receive 64 KiB ASCII text',
    { kind: 'ascii', bytes: 64 * KIB },
    300,
    beside(3, 4),
  ),
  receive(
    'receive-64k-multibyte',
    'receive 64 KiB multibyte text',
    { kind: 'multibyte', bytes: 64 * KIB },
    300,
    beside(3, 4),
  ),
  {
    ...receive('deflate-receive', 'deflate: receive 1 KiB JSON', JSON_TEXT, 2_000, beside(8, 12)),
    deflate: true,
    without: NO_DEFLATE,
  },
  {
    ...sendLarge('deflate-send', 'deflate: send 1 KiB JSON', JSON_TEXT, 1_000, beside(5, 6)),
    settings: { ...flow(KIB), perTick: 100 },
    deflate: true,
    without: NO_DEFLATE,
  },
  {
    id: 'deflate-echo',
    title: 'deflate: echo 1 KiB JSON, 100 in flight',
    unit: 'message',
    program: 'echo',
    mode: 'echo',
    payload: JSON_TEXT,
    settings: { inFlight: 100 },
    deflate: true,
    start: 1_000,
    without: NO_DEFLATE,
    targets: [beside(5, 6)],
  },
  {
    id: 'connect',
    title: 'connect and close',
    unit: 'connection',
    program: 'connect',
    mode: 'echo',
    payload: SMALL,
    start: 100,
    most: 1_000,
    // A round holds few connections: as many as V8 needs to compile what runs all the time.
    warmUps: 10,
    without: ['ws-corked', 'holdline-client'],
    targets: [
      beside(2),
      { peer: 'holdline', against: 'raw', kind: 'ratio', metric: 'cpu', must: 0, stretch: 1 / 1.15 },
    ],
  },
  {
    ...receive1m,
    id: 'receive-1m-own',
    title: 'receive 1 MiB binary into the caller’s buffer',
    by: ['holdline-own', 'raw'],
    isClosed: true,
    targets: [{ ...beside(3, 5), peer: 'holdline-own' }],
  },
  pingPong('ping-pong', 'ping-pong 32 B, 1 in flight, server sleeps', 'echo'),
  pingPong('ping-pong-spin', 'ping-pong 32 B, 1 in flight, server polls', 'echo?spin=1'),
  idle(2_000, false),
  idle(10_000, true),
  {
    id: 'request',
    title: 'request: JSON, id and promise, 100 in flight',
    unit: 'request',
    program: 'request',
    mode: 'rpc',
    payload: SMALL,
    settings: { inFlight: 100 },
    start: 5_000,
    by: ['holdline', 'holdline-client'],
    isClosed: true,
    targets: [
      { peer: 'holdline-client', against: 'holdline', kind: 'extra', metric: 'cpu', must: 2, stretch: 1.2 },
    ],
  },
  {
    id: 'correlation',
    title: 'request beside raw JSON messages, 100 in flight',
    unit: 'request',
    program: 'request',
    mode: 'rpc',
    payload: SMALL,
    settings: { inFlight: 100 },
    start: 5_000,
    by: ['holdline-raw', 'holdline-client'],
    isClosed: true,
    targets: [{ peer: 'holdline-client', against: 'holdline-raw', kind: 'extra', metric: 'cpu', must: 1.2 }],
  },
  floor(send32),
  floor(receive32),
  secure(send32),
  secure(receive32),
  secure(send1m),
  secure(receive1m),
];
