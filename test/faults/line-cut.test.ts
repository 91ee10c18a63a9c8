// A line cut at every byte: what the client says of a message must be what the server has seen of it. In `npm test` it
// is cut at one byte of 17, all over the line; `npm run test:nightly` leaves none out.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createClient } from '../../src/client/create-client.node.ts';
import { IN_FULL } from '../tools/campaign.ts';
import {
  type CutKind,
  type Direction,
  type FaultProxy,
  type LinePlan,
  startFaultProxy,
} from './fault-proxy.ts';
import { type LineServer, startLineServer } from './line-server.ts';

/** A line is cut at one byte of so many. A prime, so that frames are not always cut at the same place. */
const STRIDE = IN_FULL ? 1 : 17;

/** Sessions at the same time. */
const WORKERS = 24;

/** What may wait for a line that was cut: the times of the default policy, a thousandth of them. */
const RECONNECT = { firstDelay: 5, baseDelay: 2, maxDelay: 30 };

let server: LineServer;
let sessions = 0;

beforeAll(async () => {
  server = await startLineServer();
});

afterAll(() => server.close());

type Outcome = 'handed-off' | 'replied' | 'not-sent' | 'unknown';

interface Session {
  /** How each of the 20 messages ended, by its id. */
  readonly outcomes: ReadonlyMap<string, Outcome>;
  /** Ids that the server has seen, in order. */
  readonly seen: readonly string[];
  /** Bytes that went through on the first line. */
  readonly forwarded: Readonly<Record<Direction, number>>;
}

/** 10 messages at once, before there is a line, then 10 one after the other; each of them told or asked. */
async function converse(proxy: FaultProxy, plan: LinePlan): Promise<Session> {
  const path = `/${String(sessions++).padStart(5, '0')}`;
  const first = proxy.lines.length;
  proxy.plan = (index) => (index === first ? plan : {});
  const client = createClient({
    url: `ws://127.0.0.1:${proxy.port}${path}`,
    reconnect: RECONNECT,
    heartbeat: false,
    requestTimeout: 20_000,
  });
  const outcomes = new Map<string, Outcome>();
  const say = async (number: number): Promise<void> => {
    const id = `${path}-${String(number).padStart(2, '0')}`;
    const isRequest = number % 2 === 1;
    const idempotent = isIdempotent(id);
    const done = isRequest ? client.request('echo', { id }, { idempotent }) : client.send({ id });
    const outcome = await done.then(
      (): Outcome => (isRequest ? 'replied' : 'handed-off'),
      (error: { outcome: Outcome }) => error.outcome,
    );
    if (outcomes.has(id)) throw new Error(`${id} was settled twice`);
    outcomes.set(id, outcome);
  };
  await Promise.all(Array.from({ length: 10 }, (_, number) => say(number)));
  for (let number = 10; number < 20; number++) await say(number);
  await client.close();
  await server.closed(path);
  return { outcomes, seen: server.ids.get(path) ?? [], forwarded: proxy.lines[first]!.forwarded };
}

/** Every fourth message may be repeated, so it must be answered whatever happens. */
function isIdempotent(id: string): boolean {
  return Number(id.slice(-2)) % 4 === 3;
}

/** What a session must not do, as sentences; none if all is well. */
function faultsOf({ outcomes, seen }: Session): string[] {
  const faults: string[] = [];
  if (outcomes.size !== 20) faults.push(`${outcomes.size} of 20 were settled`);
  const once = seen.filter((id) => !isIdempotent(id));
  if (new Set(once).size !== once.length) faults.push('the server has seen an id twice');
  for (const [id, outcome] of outcomes) {
    const wasSeen = seen.includes(id);
    if (outcome === undefined) faults.push(`${id} failed without an outcome`);
    if (isIdempotent(id) && outcome !== 'replied')
      faults.push(`${id}: ${outcome}, though it may be repeated`);
    if (outcome === 'not-sent' && wasSeen) faults.push(`${id}: not-sent, but the server has seen it`);
    if (outcome === 'replied' && !wasSeen) faults.push(`${id}: replied, but the server has not seen it`);
  }
  return faults;
}

describe('a line cut at every byte', () => {
  it.each(['up', 'down'] as const)('%s: nothing twice, nothing hangs, no lie', async (direction) => {
    const proxies = await Promise.all(Array.from({ length: WORKERS }, () => startFaultProxy(server.port)));
    try {
      const whole = await converse(proxies[0]!, {});
      expect([faultsOf(whole), new Set(whole.outcomes.values())]).toEqual([
        [],
        new Set(['handed-off', 'replied']),
      ]);
      const bytes = whole.forwarded[direction];
      expect(bytes).toBeGreaterThan(500);

      const cuts: { after: number; how: CutKind }[] = [];
      for (let after = 0; after <= bytes; after += STRIDE)
        cuts.push({ after, how: 'reset' }, { after, how: 'end' });
      const faults: string[] = [];
      const seen = new Map<Outcome, number>();
      const work = async (proxy: FaultProxy): Promise<void> => {
        for (let cut = cuts.pop(); cut !== undefined; cut = cuts.pop()) {
          const session = await converse(proxy, { cut: { direction, ...cut } });
          for (const outcome of session.outcomes.values()) seen.set(outcome, (seen.get(outcome) ?? 0) + 1);
          faults.push(...faultsOf(session).map((fault) => `${cut.how} after ${cut.after}: ${fault}`));
        }
      };
      await Promise.all(proxies.map(work));
      expect(faults).toEqual([]);
      // The cuts were where it hurts.
      expect(seen.get('unknown')).toBeGreaterThan(500 / STRIDE);
      expect(seen.get('replied')).toBeGreaterThan(5_000 / STRIDE);
    } finally {
      await Promise.all(proxies.map((proxy) => proxy.close()));
    }
  });
});
