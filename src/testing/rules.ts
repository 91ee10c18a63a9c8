/** The promises of a client, checked on a history. This file is long because each promise is one small rule of its own. */

import { checkHistoryOf, type HistoryRecord } from './history.ts';

/** A promise that was broken. */
export interface Breach {
  /** Which promise. */
  readonly rule: RuleName;
  /** When it showed, in milliseconds since the beginning. */
  readonly at: number;
  /** What happened. */
  readonly what: string;
}

/** One call of a client's, as the history tells of it. */
interface Call {
  readonly id: number;
  readonly at: number;
  readonly method: string;
  readonly content: string | undefined;
  readonly isRepeatable: boolean;
  /** It may go before others, or not at all: with a key. */
  readonly isLoose: boolean;
  readonly ttl: number | undefined;
  readonly hasCursor: boolean;
  /** By the clock of the client, which stands still while its machine sleeps. */
  readonly clock: number;
  settled:
    | { readonly at: number; readonly clock: number; readonly outcome: string; readonly value: unknown }
    | undefined;
}

interface Seen {
  readonly at: number;
  readonly connection: number;
  readonly kind: string;
  readonly content: string;
  readonly key: unknown;
}

interface Told {
  readonly at: number;
  readonly client: number;
  readonly name: string;
  readonly [fact: string]: unknown;
}

/** A history, sorted. */
interface View {
  readonly history: readonly HistoryRecord[];
  readonly calls: ReadonlyMap<number, Call>;
  readonly seen: readonly Seen[];
  readonly told: readonly Told[];
  readonly end: number;
}

type Rule = (view: View, breach: (at: number, what: string) => void) => void;

const USER_CALLS: readonly string[] = ['send', 'notify', 'request'];

/** What a client may be late by, in milliseconds: rounding. */
const SLACK_MS = 1;

function viewOf(history: readonly HistoryRecord[]): View {
  const calls = new Map<number, Call>();
  const seen: Seen[] = [];
  const told: Told[] = [];
  for (const { at, what, id, detail } of history) {
    if (what === 'call') calls.set(id, { ...(detail as unknown as Call), id, at, settled: undefined });
    else if (what === 'seen') seen.push({ ...(detail as unknown as Seen), at, connection: id });
    else if (what === 'told') told.push({ ...(detail as unknown as Told), at, client: id });
    else if (what === 'settled') {
      const call = calls.get(id);
      if (call !== undefined)
        call.settled ??= { at, ...(detail as { outcome: string; value: unknown; clock: number }) };
    }
  }
  return { history, calls, seen, told, end: history[history.length - 1]?.at ?? 0 };
}

/** Calls that put the same content on the wire: which of them was seen cannot be told apart. */
function byContent({ calls }: View): Map<string, Call[]> {
  const groups = new Map<string, Call[]>();
  for (const call of calls.values()) {
    if (call.content === undefined || !USER_CALLS.includes(call.method)) continue;
    const group = groups.get(call.content);
    if (group === undefined) groups.set(call.content, [call]);
    else group.push(call);
  }
  return groups;
}

function timesSeen({ seen }: View): Map<string, number> {
  const times = new Map<string, number>();
  for (const { kind, content } of seen) {
    if (kind === 'message') times.set(content, (times.get(content) ?? 0) + 1);
  }
  return times;
}

function groupBy<T>(list: readonly T[], key: (item: T) => number): Map<number, T[]> {
  const groups = new Map<number, T[]>();
  for (const item of list) {
    const group = groups.get(key(item));
    if (group === undefined) groups.set(key(item), [item]);
    else group.push(item);
  }
  return groups;
}

/** Every call settles, and once. */
const settles: Rule = ({ history, calls, end }, breach) => {
  for (const { id, method, settled } of calls.values()) {
    if (settled === undefined) breach(end, `call ${id} (${method}) never settled`);
  }
  const done = new Set<number>();
  for (const { at, what, id } of history) {
    if (what !== 'settled') continue;
    if (done.has(id)) breach(at, `call ${id} settled again`);
    done.add(id);
  }
  const excuses = history.filter(({ what, detail }) => what === 'told' && detail.name === 'excuse');
  for (const close of calls.values()) {
    const end = close.settled?.at;
    if (close.method !== 'close' || end === undefined) continue;
    // Whoever connects again meanwhile keeps what waits.
    if (
      excuses.some(
        (excuse) => excuse.at >= close.at && excuse.at <= end && excuse !== excuseOf(history, close),
      )
    )
      continue;
    for (const { id, method, at, settled } of calls.values()) {
      if (id < close.id && at <= close.at && (settled?.at ?? Number.POSITIVE_INFINITY) > end)
        breach(end, `the client is closed, and call ${id} (${method}) is not settled`);
    }
  }
};

/** What was written down right before a call. */
function excuseOf(history: readonly HistoryRecord[], { id }: Call): HistoryRecord | undefined {
  return history[history.findIndex((record) => record.what === 'call' && record.id === id) - 1];
}

/** Nothing is on the wire twice that was not called idempotent. */
const onceOnTheWire: Rule = (view, breach) => {
  const times = timesSeen(view);
  for (const [content, group] of byContent(view)) {
    const seen = times.get(content) ?? 0;
    if (seen > group.length && !group.some(({ isRepeatable }) => isRepeatable))
      breach(view.end, `the server has seen ${content} ${seen} times`);
  }
};

/** What is `not-sent` was not seen; what was answered was; what was seen was sent. */
const outcomesAreTrue: Rule = (view, breach) => {
  const times = timesSeen(view);
  const groups = byContent(view);
  for (const [content, group] of groups) {
    const seen = times.get(content) ?? 0;
    const mayBeSeen = group.filter(({ settled }) => settled?.outcome !== 'not-sent');
    const answered = group.filter(({ settled }) => settled?.outcome === 'replied');
    if (mayBeSeen.length === 0 && seen > 0)
      breach(view.end, `${content} is not-sent, but the server has seen it`);
    if (answered.length > seen) breach(view.end, `${content} was answered, but the server has not seen it`);
  }
  for (const { at, kind, content } of view.seen) {
    if (kind === 'message' && !groups.has(content))
      breach(at, `the server has seen ${content}, and nobody sent it`);
  }
};

/** A reply belongs to its request; an answer goes to the connection that asked. */
const repliesFit: Rule = ({ calls, seen }, breach) => {
  for (const { at, kind, key, connection } of seen) {
    if (kind !== 'answer' || !String(key).startsWith('s')) continue;
    if (!String(key).startsWith(`s${connection}-`))
      breach(at, `the answer to ${key} came on connection ${connection}`);
  }
  for (const { id, content, settled } of calls.values()) {
    if (settled?.outcome !== 'replied' || settled.value === undefined || content === undefined) continue;
    if (settled.value !== content)
      breach(settled.at, `call ${id} (${content}) got the reply ${settled.value}`);
  }
};

/** Messages of one connection come in the order of their calls. */
const inOrder: Rule = (view, breach) => {
  const groups = byContent(view);
  for (const [connection, messages] of groupBy(view.seen, (one) => one.connection)) {
    let last = -1;
    for (const { at, kind, content } of messages) {
      const [call, ...others] = (kind === 'message' && groups.get(content)) || [];
      if (call === undefined || others.length > 0 || call.isRepeatable || call.isLoose) continue;
      if (call.id < last) breach(at, `on connection ${connection} call ${call.id} came after call ${last}`);
      last = Math.max(last, call.id);
    }
  }
};

/** Numbers of requests only rise on a connection. */
const idsRise: Rule = ({ seen }, breach) => {
  for (const [connection, messages] of groupBy(seen, (one) => one.connection)) {
    let last = 0;
    for (const { at, key, kind } of messages) {
      if (typeof key !== 'number' || kind === 'login' || kind === 'answer') continue;
      if (key <= last) breach(at, `on connection ${connection} id ${key} came after id ${last}`);
      last = key;
    }
  }
};

/** Nothing before the login; frames are masked. */
const loginFirst: Rule = ({ seen }, breach) => {
  for (const { at, kind, connection, content } of seen) {
    if (kind === 'early') breach(at, `on connection ${connection} ${content} came before the login`);
    if (kind === 'unmasked') breach(at, `on connection ${connection} a frame was not masked`);
  }
};

/** What is subscribed to is on a new connection before the first message that waited. */
const subscriptionsFirst: Rule = ({ history, calls, seen }, breach) => {
  const all = [...calls.values()].filter(({ method }) => method === 'subscribe');
  if (all.length === 0) return;
  const opened = new Map<number, number>();
  for (const { what, id, at } of history) if (what === 'opened') opened.set(id, at);
  for (const [connection, messages] of groupBy(seen, (one) => one.connection)) {
    const first = messages.find(({ kind }) => kind === 'message');
    if (first === undefined) continue;
    const begun = opened.get(connection) ?? 0;
    const before = messages
      .slice(0, messages.indexOf(first))
      .filter(({ kind }) => kind === 'subscribe').length;
    const open = all.filter(
      ({ at, settled }) => at < begun && (settled?.at ?? Number.POSITIVE_INFINITY) > first.at,
    );
    if (before < open.length)
      breach(
        first.at,
        `on connection ${connection} ${first.content} came before ${open.length - before} subscriptions`,
      );
  }
};

interface Heard {
  readonly at: number;
  readonly number: number;
}

function heardBy({ history }: View): Map<number, Heard[]> {
  const heard = history.filter(({ what, detail }) => what === 'heard' && typeof detail.number === 'number');
  return new Map(
    [...groupBy(heard, ({ id }) => id)].map(([id, records]) => [
      id,
      records.map(({ at, detail }) => ({ at, number: detail.number as number })),
    ]),
  );
}

/** A subscription with a cursor tells each event once. Over two connections they may come out of order. */
const eventsOnce: Rule = (view, breach) => {
  for (const [id, heard] of heardBy(view)) {
    if (view.calls.get(id)?.hasCursor !== true) continue;
    const known = new Set<number>();
    for (const { at, number } of heard) {
      if (known.has(number)) breach(at, `subscription ${id} has told event ${number} again`);
      known.add(number);
    }
  }
};

/** Every hole in a subscription is told by a gap, and none that is called recovered. */
const holesAreTold: Rule = (view, breach) => {
  const gaps = view.told.filter(({ name }) => name === 'gap');
  for (const [id, heard] of heardBy(view)) {
    const known = new Set(heard.map(({ number }) => number));
    heard.forEach(({ at, number }, index) => {
      const before = heard[index - 1];
      if (before === undefined) return;
      let missing = before.number + 1;
      while (missing < number && known.has(missing)) missing++;
      if (missing >= number) return;
      const between = gaps.filter((gap) => gap.at >= before.at && gap.at <= at);
      const hole = `subscription ${id} has missed event ${missing}`;
      if (between.length === 0) breach(at, `${hole}, and no gap was told`);
      else if (between.every(({ recovered }) => recovered === true))
        breach(at, `${hole}, and the gap was called recovered`);
    });
  }
};

/**
 * For so long the end of a connection may be put down to a sleep of the machine, or a clock that was set: the interval of the
 * heartbeat, 25 s, and the 5 s that an answer may take then, as the client's machine sees them. Milliseconds.
 */
const DOUBT_MS = 31_000;

/** Every further connection raises a gap. */
const gapsAreTold: Rule = ({ told }, breach) => {
  for (const [client, events] of groupBy(told, (one) => one.client)) {
    const gaps = new Set(
      events
        .filter(({ name, subscription }) => name === 'gap' && subscription === undefined)
        .map(({ epoch }) => epoch),
    );
    for (const { at, name, epoch } of events) {
      const isOver = events.some((one) =>
        one.name === 'lost' || one.name === 'closed' ? one.at >= at : false,
      );
      if (name === 'ready' && (epoch as number) > 1 && !gaps.has(epoch) && isOver)
        breach(at, `client ${client} was ready again (${epoch}) without a gap`);
    }
  }
};

interface StateTold {
  readonly clock: number;
  readonly from: string;
  readonly to: string;
  readonly reason: string;
  readonly delay: number | undefined;
  readonly share: number;
}

interface Times {
  readonly firstDelay: number;
  readonly baseDelay: number;
  readonly maxDelay: number;
}

/** How long a connection must be ready to count as stable, in milliseconds. */
const STABLE_MS = 5_000;

/** For how long what has happened on the side of the client may explain a short wait, in milliseconds. */
const EXCUSE_MS = 12_000;

/** Faults of the machine or the page, after which a client may hurry. */
const LOCAL_FAULTS: readonly string[] = ['sleep', 'clock', 'offline', 'hidden', 'thaw'];

/** How often a client has failed in a row, counted anew. */
class Failures {
  failures = 0;
  flaps = 0;
  /** What was counted may not be what the client counts: until the next stable connection. */
  isExcused = false;
  #readyAt: number | undefined;
  #excusedAt = Number.NEGATIVE_INFINITY;

  excuse(clock: number): void {
    this.isExcused = true;
    this.#excusedAt = clock;
  }

  ready(clock: number): void {
    this.#readyAt = clock;
  }

  lost(clock: number): void {
    const isStable = this.#readyAt !== undefined && clock - this.#readyAt >= STABLE_MS;
    if (isStable) {
      this.failures = this.flaps = 0;
      this.isExcused = clock - this.#excusedAt < EXCUSE_MS;
    } else if (this.#readyAt !== undefined) {
      this.flaps++;
    }
    this.failures++;
    this.#readyAt = undefined;
  }

  /** The least that is to be waited, by the share of the range that chance gave. */
  least({ share }: StateTold, times: Times): number {
    if (this.isExcused) return 0;
    const { firstDelay, baseDelay, maxDelay } = times;
    const range = this.failures === 1 ? firstDelay : Math.min(maxDelay, baseDelay * 2 ** (this.failures - 1));
    return range * (this.flaps > 1 ? 0.5 + share / 2 : share);
  }
}

/**
 * Waits between attempts grow with the failures in a row, whatever a server does between accepting and closing: each is
 * compared with what it must be at least by the dice of the client.
 */
const waitsGrow: Rule = ({ history, told }, breach) => {
  const faults = history.filter(
    ({ what, detail }) => what === 'fault' && LOCAL_FAULTS.includes(String(detail.kind)),
  );
  for (const [client, events] of groupBy(told, (one) => one.client)) {
    const failures = new Failures();
    const { times } = (events.find(({ name }) => name === 'watched') ?? {}) as { times?: Times | false };
    if (times === undefined || times === false) continue;
    const states = events.filter(({ name }) => name === 'state') as unknown as (StateTold & Told)[];
    let excuses = [
      ...faults.map(({ at }) => at),
      ...events.filter(({ name }) => name === 'excuse').map(({ at }) => at),
    ].sort((one, other) => one - other);
    states.forEach((state, index) => {
      const { at, clock, from, to, reason, delay } = state;
      if (excuses.some((excuse) => excuse <= at)) failures.excuse(clock);
      // The heartbeat looks at its clock once in an interval, and then gives the server another moment.
      const isInDoubt = from === 'ready' && faults.some((one) => one.at <= at && at - one.at <= DOUBT_MS);
      if (isInDoubt && to === 'waiting') failures.excuse(clock);
      excuses = excuses.filter((excuse) => excuse > at);
      if (to === 'ready' && from === 'ready') failures.excuse(clock);
      if (to === 'ready') failures.ready(clock);
      // The next connection, of a handover, is all there is: the loss counts, and nothing is waited for.
      if (from === 'ready' && to !== 'ready' && to !== 'waiting') failures.lost(clock);
      if (to !== 'waiting') return;
      if (from === 'waiting' || !['connection lost', 'attempt failed'].includes(reason)) {
        failures.lost(clock);
        failures.excuse(clock);
        return;
      }
      failures.lost(clock);
      const isRenewal = states[index + 1]?.reason === 'credentials refused';
      const least = failures.least(state, times);
      if (isRenewal || delay === undefined || delay >= least - SLACK_MS) return;
      const { failures: count, flaps } = failures;
      breach(
        at,
        `client ${client} waits ${delay} ms after ${count} failures, ${flaps} of ready connections; ${least} ms were due`,
      );
    });
  }
};

/** One renewal of credentials at a time, and no second one before a connection has lived. */
const oneRenewal: Rule = ({ history }, breach) => {
  let underWay = 0;
  let readyAt: number | undefined;
  let isUnproven = false;
  for (const { at, what, id, detail } of history) {
    const { name, to, clock } = detail as { name?: string; to?: string; clock?: number };
    if (what === 'renewing') {
      underWay++;
      if (readyAt !== undefined && (clock as number) - readyAt >= STABLE_MS) isUnproven = false;
      if (underWay > 1) breach(at, `renewal ${id} began while another was under way`);
      if (isUnproven) breach(at, `renewal ${id} began before the credentials of the last had proved good`);
    } else if (what === 'renewed') {
      underWay--;
      isUnproven ||= detail.isGivenUp !== true;
    } else if (what === 'told' && (name === 'excuse' || name === 'closed')) {
      isUnproven = false;
    } else if (what === 'told' && name === 'state') {
      if (readyAt !== undefined && (clock as number) - readyAt >= STABLE_MS) isUnproven = false;
      readyAt = to === 'ready' ? (readyAt ?? clock) : undefined;
    }
  }
};

/** The least waits that close codes ask for, in milliseconds. */
const ASKED_WAITS: Readonly<Record<number, number>> = { 1012: 5_000, 1013: 10_000 };

/** What a server asks for is waited. */
const hintsAreObeyed: Rule = ({ told }, breach) => {
  for (const [client, events] of groupBy(told, (one) => one.client)) {
    events.forEach((event, index) => {
      if (event.name !== 'state' || event.to !== 'waiting' || event.reason === 'reconnect called') return;
      const cause = events
        .slice(Math.max(0, index - 2), index)
        .find(({ name, at }) => name === 'trouble' && at === event.at);
      const { retryAfter, code } = (cause ?? {}) as { retryAfter?: number; code?: number };
      const asked = retryAfter ?? ASKED_WAITS[code ?? 0] ?? 0;
      if ((event.delay as number | undefined) !== undefined && (event.delay as number) < asked - SLACK_MS)
        breach(event.at, `client ${client} waits ${event.delay} ms, the server had asked for ${asked}`);
    });
  }
};

/** What a message may wait is kept: nothing that is older is handed to the socket. */
const agesAreKept: Rule = ({ calls }, breach) => {
  for (const { id, clock, ttl, settled } of calls.values()) {
    if (ttl === undefined || settled?.outcome !== 'handed-off') continue;
    if (settled.clock > clock + ttl + SLACK_MS)
      breach(settled.at, `call ${id} was handed off after ${settled.clock - clock} ms, its ttl was ${ttl}`);
  }
};

/** A connection over which nothing passes any more is noticed in time. */
const silenceIsNoticed: Rule = ({ history }, breach) => {
  for (const { at, what, id, detail } of history) {
    if (what === 'left' && detail.what === 'dead')
      breach(at, `connection ${id} was dead for ${detail.time} ms and nobody noticed`);
  }
};

/** The client comes back when everything is well again; a closed one leaves nothing behind. */
const nothingIsLeft: Rule = ({ history }, breach) => {
  for (const { at, what, detail } of history) {
    if (what === 'left' && detail.what !== 'dead' && detail.what !== 'status')
      breach(at, `${detail.count} ${detail.what} left behind`);
  }
};

/** What ends a client for good: refused credentials, and a close code that says so. */
const FINAL_CODES: readonly unknown[] = ['CONNECTION_CLOSED'];

/** When all faults are over the client is ready again, unless it was told to give up. */
const comesBack: Rule = ({ history, told }, breach) => {
  for (const { at, client, name, code, isAuth } of told) {
    if (name === 'closed' && code !== undefined && isAuth !== true && !FINAL_CODES.includes(code))
      breach(at, `client ${client} gave up after ${code}`);
  }
  for (const { at, what, id, detail } of history) {
    if (what === 'left' && detail.what === 'status')
      breach(at, `client ${id} is ${detail.status} although all is well again`);
  }
};

const RULES: Readonly<Record<RuleName, Rule>> = {
  settles,
  onceOnTheWire,
  outcomesAreTrue,
  repliesFit,
  inOrder,
  idsRise,
  loginFirst,
  subscriptionsFirst,
  eventsOnce,
  holesAreTold,
  gapsAreTold,
  waitsGrow,
  oneRenewal,
  hintsAreObeyed,
  agesAreKept,
  silenceIsNoticed,
  nothingIsLeft,
  comesBack,
};

/** A promise that is checked. */
export type RuleName =
  | 'settles'
  | 'onceOnTheWire'
  | 'outcomesAreTrue'
  | 'repliesFit'
  | 'inOrder'
  | 'idsRise'
  | 'loginFirst'
  | 'subscriptionsFirst'
  | 'eventsOnce'
  | 'holesAreTold'
  | 'gapsAreTold'
  | 'waitsGrow'
  | 'oneRenewal'
  | 'hintsAreObeyed'
  | 'agesAreKept'
  | 'silenceIsNoticed'
  | 'nothingIsLeft'
  | 'comesBack';

/** Every promise that is checked. */
export const RULE_NAMES: readonly RuleName[] = /* @__PURE__ */ Object.freeze(
  Object.keys(RULES) as RuleName[],
);

/** What a history breaks, in the order of the rules. */
export function checkHistory(history: readonly HistoryRecord[]): Breach[] {
  checkHistoryOf(history, checkHistory);
  const view = viewOf(history);
  return RULE_NAMES.flatMap((rule) => {
    const found: Breach[] = [];
    RULES[rule](view, (at, what) => found.push({ rule, at, what }));
    return found;
  });
}
