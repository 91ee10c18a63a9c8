/** The promises of a client, checked on a history. */
import type { HistoryRecord } from './history.ts';

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
  settled: { readonly at: number; readonly outcome: string; readonly value: unknown } | undefined;
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

const USER_CALLS = ['send', 'notify', 'request'];

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
      if (call !== undefined) call.settled ??= { at, ...(detail as { outcome: string; value: unknown }) };
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
};

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

/** A reply belongs to its request. */
const repliesFit: Rule = ({ calls }, breach) => {
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

/** A subscription tells each event once, and in order. */
const eventsOnce: Rule = (view, breach) => {
  for (const [id, heard] of heardBy(view)) {
    let last = 0;
    for (const { at, number } of heard) {
      if (number <= last) breach(at, `subscription ${id} has told event ${number} after event ${last}`);
      last = Math.max(last, number);
    }
  }
};

/** Every hole in a subscription is told by a gap, and none that is called recovered. */
const holesAreTold: Rule = (view, breach) => {
  const gaps = view.told.filter(({ name }) => name === 'gap');
  for (const [id, heard] of heardBy(view)) {
    heard.forEach(({ at, number }, index) => {
      const before = heard[index - 1];
      if (before === undefined || number <= before.number + 1) return;
      const between = gaps.filter((gap) => gap.at >= before.at && gap.at <= at);
      const hole = `subscription ${id} has missed events ${before.number + 1} to ${number - 1}`;
      if (between.length === 0) breach(at, `${hole}, and no gap was told`);
      else if (between.every(({ recovered, isHandover }) => recovered === true && isHandover !== true))
        breach(at, `${hole}, and the gap was called recovered`);
    });
  }
};

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

/** How a wait is judged: by the default times, whatever the dice of the client said. */
interface Waits {
  failures: number;
  flaps: number;
  readyAt: number | undefined;
  isExcused: boolean;
}

/** How long a connection must be ready to count as stable, in milliseconds. */
const STABLE_MS = 5_000;

/**
 * Waits between attempts grow with the failures in a row, whatever a server does between accepting and closing: each is
 * compared with the share of its range that the dice of the client gave. Needs the times in `told`, see `reconnect`.
 */
const waitsGrow: Rule = ({ told }, breach) => {
  for (const [client, events] of groupBy(told, (one) => one.client)) {
    const waits: Waits = { failures: 0, flaps: 0, readyAt: undefined, isExcused: false };
    for (const event of events) {
      if (event.name === 'excuse') waits.isExcused = true;
      if (event.name !== 'state') continue;
      const { at, to, from, reason, delay, share, times } = event as unknown as StateTold;
      if (to === 'ready') waits.readyAt = at;
      if (to !== 'waiting' && !(from === 'ready' && to === 'connecting')) continue;
      const isStable = waits.readyAt !== undefined && at - waits.readyAt >= STABLE_MS;
      if (isStable) Object.assign(waits, { failures: 0, flaps: 0 });
      else if (waits.readyAt !== undefined) waits.flaps++;
      waits.failures++;
      waits.readyAt = undefined;
      const isJudged =
        to === 'waiting' && !waits.isExcused && ['connection lost', 'attempt failed'].includes(reason);
      if (to === 'waiting' && !['connection lost', 'attempt failed'].includes(reason)) waits.isExcused = true;
      if (waits.isExcused && isStable && isJudged) waits.isExcused = false;
      if (!isJudged || times === undefined || delay === undefined) continue;
      const range =
        waits.failures === 1
          ? times.firstDelay
          : Math.min(times.maxDelay, times.baseDelay * 2 ** (waits.failures - 1));
      const least = range * (waits.flaps > 1 ? 0.5 + share / 2 : share);
      if (delay < least - SLACK_MS)
        breach(
          at,
          `client ${client} waits ${delay} ms after ${waits.failures} failures, ${waits.flaps} of them of connections that were ready; at least ${least} were due`,
        );
    }
  }
};

interface StateTold {
  readonly at: number;
  readonly from: string;
  readonly to: string;
  readonly reason: string;
  readonly delay: number | undefined;
  readonly share: number;
  readonly times:
    | { readonly firstDelay: number; readonly baseDelay: number; readonly maxDelay: number }
    | undefined;
}

/** One renewal of credentials at a time. */
const oneRenewal: Rule = ({ history }, breach) => {
  let underWay = 0;
  for (const { at, what, id } of history) {
    if (what === 'renewing' && ++underWay > 1) breach(at, `renewal ${id} began while another was under way`);
    if (what === 'renewed') underWay--;
  }
};

/** What a message may wait is kept: nothing that is older is handed to the socket. */
const agesAreKept: Rule = ({ calls }, breach) => {
  for (const { id, at, ttl, settled } of calls.values()) {
    if (ttl === undefined || settled?.outcome !== 'handed-off') continue;
    if (settled.at > at + ttl + SLACK_MS)
      breach(settled.at, `call ${id} was handed off after ${settled.at - at} ms, its ttl was ${ttl}`);
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

/** When all faults are over the client is ready again, unless it was told to give up. */
const comesBack: Rule = ({ history }, breach) => {
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
  const view = viewOf(history);
  return RULE_NAMES.flatMap((rule) => {
    const found: Breach[] = [];
    RULES[rule](view, (at, what) => found.push({ rule, at, what }));
    return found;
  });
}
