import type { EnvironmentEvent } from '../connection/environment.ts';
import type { Dice } from './dice.ts';
import type { Link, Weather } from './link.ts';
import type { Server } from './simulated-server.ts';
import type { WorldClock } from './world-clock.ts';

/**
 * What can go wrong.
 *
 * - `cut`: a connection breaks, at any byte; `halfOpen`: nothing passes any more, and neither end learns of it
 * - `stall`: nothing arrives for a while; `lag`, `slow`: everything takes longer
 * - `refuse`, `void`: no new connection: refused, or no answer; `flap`: each new one breaks soon
 * - `sleep`: the machine of the client sleeps; `clock`: its wall clock is set
 * - `offline`, `hidden`, `thaw`: what a page is told; it was without network, in the back/forward cache, frozen
 * - `restart`: the server goes away and comes back; `status`: it refuses handshakes; `close`: it closes a connection
 * - `drain`: it asks for a handover by the event `restarting`, then closes; `expire`: see {@link Simulation.expire}
 * - `silent`, `late`, `twice`, `limit`: it does not answer, late, twice, with an error
 * - `forget`: it can resume nothing of before; `burst`: many events at once; `ask`: it asks the client `confirm`
 * - `babble`: messages that mean nothing; `ping`: a Ping
 */
export type FaultKind =
  | 'cut'
  | 'halfOpen'
  | 'stall'
  | 'lag'
  | 'slow'
  | 'refuse'
  | 'void'
  | 'flap'
  | 'sleep'
  | 'clock'
  | 'offline'
  | 'hidden'
  | 'thaw'
  | 'restart'
  | 'status'
  | 'close'
  | 'drain'
  | 'expire'
  | 'silent'
  | 'late'
  | 'twice'
  | 'limit'
  | 'forget'
  | 'burst'
  | 'ask'
  | 'babble'
  | 'ping';

/** One fault. */
export interface Fault {
  /** Milliseconds after the beginning. */
  readonly at: number;
  /** What happens. */
  readonly kind: FaultKind;
  /** How long it lasts, where it lasts, in milliseconds. */
  readonly time: number;
  /** How much of it, from 0 to 1: after how many bytes, which close code. */
  readonly amount: number;
  /** Which connection, from 0 for the oldest to 1 for the newest. */
  readonly aim: number;
}

/** What faults act upon. */
export interface Stage {
  readonly clock: WorldClock;
  readonly weather: Weather;
  readonly server: Server;
  /** Connections that are there. */
  readonly links: readonly Link[];
  /** How new connections fare. */
  readonly roads: { refusedUntil: number; voidUntil: number };
  /** Whether the page believes that there is a network. */
  readonly page: { online: boolean };
  /** Tells the page something. */
  tell(event: EnvironmentEvent): void;
  /** Credentials are good no longer. */
  expire(): void;
}

type Act = (stage: Stage, fault: Fault) => void;

const STATUSES = [500, 502, 503, 504, 429, 408, 503, 429] as const;
const CLOSE_CODES = [1001, 1012, 1013, 1000, 1011, 4000, 1006, 4429] as const;
const BABBLE: readonly string[] = [
  '[]',
  'null',
  '{"jsonrpc":"2.0","id":999999,"result":1}',
  '{"jsonrpc":"2.0","method":"news"}',
  '"?"',
];

const ofList = <T>(list: readonly T[], amount: number): T => list[Math.floor(amount * list.length)] as T;

/** The connection that a fault is aimed at. */
function aimed<T>(list: readonly T[], { aim }: Fault): T | undefined {
  return list[Math.min(list.length - 1, Math.floor(aim * list.length))];
}

const until: (set: (stage: Stage, end: number, fault: Fault) => void) => Act = (set) => (stage, fault) =>
  set(stage, stage.clock.now() + fault.time, fault);

function restart(stage: Stage, { time, amount }: Fault): void {
  const { server, clock, roads } = stage;
  if (amount > 0.6) server.forget();
  for (const guest of server.guests) {
    if (amount < 0.3) guest.drop();
    else guest.close(amount < 0.6 ? 1012 : 1001);
  }
  roads.refusedUntil = clock.now() + time;
}

function drain({ server, clock }: Stage, { time }: Fault): void {
  const { guests } = server;
  for (const guest of guests) guest.say({ jsonrpc: '2.0', method: 'restarting', params: {} });
  clock.setTimer(() => {
    for (const guest of guests) guest.close(1001);
  }, time);
}

function close({ server }: Stage, fault: Fault): void {
  const code = ofList(CLOSE_CODES, fault.amount);
  const guest = aimed(server.guests, fault);
  const advice = fault.time % 3 === 0 ? JSON.stringify({ retryAfter: fault.time }) : '';
  if (code === 1006) guest?.drop();
  else guest?.close(code, advice);
}

function sleep({ clock, weather, links, tell, page }: Stage, { time, amount }: Fault): void {
  clock.sleep(time);
  weather.heldUntil = Math.max(weather.heldUntil, clock.now() + time);
  // A server that waits for nobody has let go meanwhile.
  if (amount < 0.5) for (const link of links) link.die(clock.clients.now());
  clock.setTimer(() => page.online && amount < 0.8 && tell('resume'), time);
}

function offline({ clock, weather, page, tell }: Stage, { time }: Fault): void {
  page.online = false;
  weather.heldUntil = Math.max(weather.heldUntil, clock.now() + time);
  tell('offline');
  clock.setTimer(() => {
    page.online = true;
    tell('online');
  }, time);
}

/** What each fault does. */
export const FAULTS: Readonly<Record<FaultKind, Act>> = {
  cut: ({ links, clock }, fault) => {
    const link = aimed(links, fault);
    if (link === undefined) return;
    const pipe = fault.time % 2 === 0 ? link.up : link.down;
    pipe.cutAfter = Math.floor(3_000 ** fault.amount) - 1;
    clock.setTimer(() => link.cut(), pipe.cutAfter === 0 ? 0 : fault.time);
  },
  halfOpen: ({ links, clock }, fault) => {
    const link = aimed(links, fault);
    if (link === undefined) return;
    if (fault.amount < 0.2) link.up.isVoid = true;
    else if (fault.amount < 0.4) link.down.isVoid = true;
    else link.die(clock.clients.now());
  },
  stall: until(({ weather }, end) => {
    weather.heldUntil = Math.max(weather.heldUntil, end);
  }),
  lag: ({ weather, clock }, { time, amount }) => {
    weather.lag += amount * 4_000;
    clock.setTimer(() => {
      weather.lag -= amount * 4_000;
    }, time);
  },
  slow: ({ weather, clock }, { time, amount }) => {
    weather.rate = 200 * 500 ** amount;
    clock.setTimer(() => {
      weather.rate = Number.POSITIVE_INFINITY;
    }, time);
  },
  refuse: until(({ roads }, end) => {
    roads.refusedUntil = end;
  }),
  void: until(({ roads }, end) => {
    roads.voidUntil = end;
  }),
  flap: until(({ server: { moods } }, end, { amount }) => {
    moods.flapsUntil = end;
    moods.flapAfter = amount * 5_500;
  }),
  sleep,
  clock: ({ clock }, { time, amount }) => clock.jump((amount - 0.5) * time * 100),
  offline,
  hidden: ({ clock, tell }, { time }) => {
    tell('leave');
    clock.setTimer(() => tell('return'), time);
  },
  thaw: ({ tell }, { amount }) => tell(amount < 0.5 ? 'visible' : 'resume'),
  restart,
  status: until(({ server: { moods } }, end, { amount, time }) => {
    moods.refusesUntil = end;
    moods.status = ofList(STATUSES, amount);
    moods.retryAfter = time % 2 === 0 ? Math.floor(time / 1_000) : undefined;
  }),
  close,
  drain,
  expire: ({ expire, server }, { amount }) => {
    expire();
    if (amount < 0.5) for (const guest of server.guests) guest.close(4401);
  },
  silent: until(({ server: { moods } }, end) => {
    moods.silentUntil = end;
  }),
  late: until(({ server: { moods } }, end, { amount }) => {
    moods.lateUntil = end;
    moods.lateBy = amount * 40_000;
  }),
  twice: until(({ server: { moods } }, end) => {
    moods.twiceUntil = end;
  }),
  limit: until(({ server: { moods } }, end) => {
    moods.limitedUntil = end;
  }),
  forget: ({ server }) => server.forget(),
  burst: ({ server }, { amount }) => {
    for (const name of server.names) for (let count = amount * 40; count > 0; count--) server.publish(name);
  },
  ask: ({ server }, fault) => {
    const guest = aimed(server.guests, fault);
    guest?.say({ jsonrpc: '2.0', id: `s${guest.id}-${fault.at}`, method: 'confirm', params: [1] });
  },
  babble: ({ server }, fault) => aimed(server.guests, fault)?.say(JSON.parse(ofList(BABBLE, fault.amount))),
  ping: ({ server }, fault) => aimed(server.guests, fault)?.ping(),
};

/** Every kind of fault. */
export const FAULT_KINDS: readonly FaultKind[] = /* @__PURE__ */ Object.freeze(
  Object.keys(FAULTS) as FaultKind[],
);

/**
 * So many faults within `time` milliseconds, in the order in which they come. Each world has a mood: only some of the kinds
 * happen in it, those the more often.
 */
export function rollFaults(dice: Dice, count: number, time: number, kinds: readonly FaultKind[]): Fault[] {
  const share = dice.pick([0.15, 0.4, 1]);
  const some = kinds.filter(() => dice.chance(share));
  const mood = some.length === 0 ? kinds : some;
  const faults = Array.from({ length: kinds.length === 0 ? 0 : count }, () => ({
    at: dice.between(0, time),
    kind: dice.pick(mood),
    time: 10 + (dice.chance(0.5) ? dice.byDigits(time / 2) : dice.between(0, time / 2)),
    amount: dice.uniform(),
    aim: dice.uniform(),
  }));
  return faults.sort((one, other) => one.at - other.at);
}

/** One fault in words. */
export function printFault({ at, kind, time, amount, aim }: Fault): string {
  return `${kind} at ${at} ms (time ${time} ms, amount ${amount.toFixed(2)}, aim ${aim.toFixed(2)})`;
}
