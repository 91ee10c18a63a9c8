// Handovers in any order with losses, requests, events and closing. The server keeps one log of events and lets every
// subscription on every line see them in order, from where it was asked to begin.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { isHoldlineError } from '../../src/base/errors.ts';
import { handover } from '../../src/connection/handover.ts';
import type { ScriptedConnection } from '../../src/testing/scripted-server.ts';
import { type Bench, type Fate, setUp, watch } from '../client/set-up.ts';
import { PROPERTY_RUNS, PROPERTY_TIMEOUT } from '../tools/property-runs.ts';

type Step =
  | { readonly do: 'request'; readonly idempotent: boolean }
  | { readonly do: 'reply' | 'drop' | 'deliver'; readonly line: number }
  | { readonly do: 'advance'; readonly ms: number }
  | {
      readonly do:
        | 'publish'
        | 'handover'
        | 'move'
        | 'flow'
        | 'accept'
        | 'refuse'
        | 'up'
        | 'subscribe'
        | 'leave'
        | 'close'
        | 'connect';
    };

const plain = (...names: string[]) => fc.record({ do: fc.constantFrom(...names) });

const anyStep = fc.oneof(
  { weight: 12, arbitrary: fc.record({ do: fc.constant('request'), idempotent: fc.boolean() }) },
  { weight: 24, arbitrary: fc.record({ do: fc.constantFrom('reply', 'deliver'), line: fc.nat(3) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('drop'), line: fc.nat(3) }) },
  {
    weight: 8,
    arbitrary: fc.record({ do: fc.constant('advance'), ms: fc.constantFrom(0, 100, 6_000, 31_000) }),
  },
  { weight: 28, arbitrary: plain('handover', 'accept', 'up', 'move', 'move', 'flow', 'flow', 'publish') },
  { weight: 4, arbitrary: plain('refuse', 'subscribe', 'leave', 'connect') },
  { weight: 1, arbitrary: plain('close') },
) as fc.Arbitrary<Step>;

interface Made {
  readonly fate: Fate;
  readonly text: string;
  readonly idempotent: boolean;
}

/** What the server does on one line: answers in order, and brings each subscription the log from its cursor on. */
interface ServerLine {
  readonly connection: ScriptedConnection;
  /** How many of its messages were looked at. */
  read: number;
  readonly streams: Map<string, { next: number }>;
}

async function run(steps: readonly Step[]) {
  const bench = setUp({ use: [handover()], requestTimeout: 25_000 }, { onConnect: () => {} });
  bench.forget('message');
  const { client, clock, server } = bench;
  const made: Made[] = [];
  const handovers: Fate[] = [];
  const streams: { heard: number[]; leave(): void; isLeft: boolean; ended: Fate }[] = [];
  const lines: ServerLine[] = [];
  let published = 0;

  const lineAt = (index: number): ServerLine | undefined => {
    for (const connection of server.connections.slice(lines.length)) {
      lines.push({ connection, read: 0, streams: new Map() });
    }
    return lines[Math.max(0, lines.length - 1 - index)];
  };
  /** Answers the oldest message of a line that was not looked at. */
  const answerOne = (line: ServerLine): void => {
    const data = line.connection.received[line.read];
    if (data === undefined || line.connection.state !== 'open') return;
    line.read++;
    const { id, method, params } = JSON.parse(data as string);
    if (method === 'subscribe') {
      const from = params[1]?.from;
      const name = `${id}`;
      line.streams.set(name, { next: from === undefined ? 0 : from + 1 });
      // The first event may overtake the reply.
      if (id % 2 === 0) deliver(line);
      line.connection.send(
        JSON.stringify({ id, result: { subscription: name, resumed: from !== undefined } }),
      );
    } else if (method === 'unsubscribe') {
      line.streams.delete(params[0]);
      line.connection.send(JSON.stringify({ id, result: true }));
    } else {
      line.connection.send(JSON.stringify({ id, result: `re ${method}` }));
    }
  };
  const deliver = (line: ServerLine): void => {
    for (const [subscription, stream] of line.streams) {
      for (; stream.next < published; stream.next++) {
        const params = { subscription, result: stream.next };
        line.connection.send(JSON.stringify({ method: 'subscription', params }));
      }
    }
  };
  const subscribe = (): void => {
    const subscription = client.subscribe(
      'log',
      {},
      {
        cursor: (event) => event as number,
        resume: (_params, from) => ({ from }),
        resumed: (result) => (result as { resumed: boolean }).resumed,
      },
    );
    const heard: number[] = [];
    const stream = {
      heard,
      isLeft: false,
      ended: watch(subscription.closed),
      leave: () => {
        stream.isLeft = true;
        subscription.unsubscribe();
      },
    };
    subscription.on((event) => {
      expect(stream.isLeft).toBe(false);
      heard.push(event as number);
    });
    streams.push(stream);
  };
  const take = (step: Step): void => {
    switch (step.do) {
      case 'request': {
        const text = `message ${made.length}`;
        const promise = client.request(text, undefined, { idempotent: step.idempotent });
        made.push({ fate: watch(promise), text, idempotent: step.idempotent });
        break;
      }
      case 'reply': {
        const line = lineAt(step.line);
        if (line) answerOne(line);
        break;
      }
      case 'deliver': {
        const line = lineAt(step.line);
        if (line) deliver(line);
        break;
      }
      case 'drop':
        lineAt(step.line)?.connection.drop();
        break;
      case 'publish':
        published++;
        break;
      case 'handover':
        handovers.push(watch(client.handover()));
        break;
      case 'accept':
        lineAt(0)?.connection.accept();
        break;
      case 'up': {
        client.connect();
        const line = lineAt(0);
        line?.connection.accept();
        for (let count = 0; line && count < 20; count++) answerOne(line);
        break;
      }
      case 'move':
        // A handover that comes through, as far as it depends on the server; its subscriptions are answered later.
        handovers.push(watch(client.handover()));
        lineAt(0)?.connection.accept();
        break;
      case 'flow':
        published++;
        for (const line of lines) {
          answerOne(line);
          answerOne(line);
          deliver(line);
        }
        break;
      case 'refuse':
        lineAt(0)?.connection.refuse(503);
        break;
      case 'subscribe':
        subscribe();
        break;
      case 'leave':
        streams[0]?.leave();
        break;
      case 'connect':
        client.connect();
        break;
      case 'close':
        void client.close();
    }
  };
  subscribe();
  for (const step of [{ do: 'up' } as Step, ...steps]) {
    const before = client.state.epoch;
    take(step);
    if (step.do === 'advance') await clock.advance(step.ms);
    else await clock.settle();
    expect(client.state.epoch).toBeLessThanOrEqual(before + (step.do === 'advance' ? 2 : 1));
  }
  const closed = client.close();
  await clock.advance(30_000);
  await closed;
  return { bench, made, handovers, streams };
}

function timesSent(bench: Bench, text: string): number {
  const all = bench.server.connections.flatMap(({ received }) => received);
  return all.filter((data) => JSON.parse(data as string).method === text).length;
}

it(
  'settles everything once, sends nothing twice, and tells no event twice or out of order',
  async () => {
    let [handedOver, resumed] = [0, 0];
    await fc.assert(
      fc.asyncProperty(fc.array(anyStep, { maxLength: 40, size: 'max' }), async (steps) => {
        const { bench, made, handovers, streams } = await run(steps);
        for (const { fate, text, idempotent } of made) {
          const times = timesSent(bench, text);
          expect(fate.settled).toBe(1);
          if (!idempotent) expect(times).toBeLessThanOrEqual(1);
          if (isHoldlineError(fate.value)) {
            expect(times > 0).toBe((fate.value as { outcome?: string }).outcome === 'unknown');
          } else {
            expect([fate.value, times > 0]).toEqual([`re ${text}`, true]);
          }
        }
        for (const fate of handovers) {
          expect(fate.settled).toBe(1);
          if (isHoldlineError(fate.value)) {
            expect(['HANDOVER_FAILED', 'INVALID_STATE']).toContain(fate.value.code);
          } else handedOver++;
        }
        resumed += bench.of('gap').filter((gap) => (gap as { recovered: boolean }).recovered).length;
        for (const { heard, ended } of streams) {
          // Each event once, in order, and none left out: the server keeps them all.
          expect(heard).toEqual(heard.map((_, index) => index));
          expect(ended.settled).toBe(1);
        }
        const { clock, client, server } = bench;
        expect([clock.pendingTimers, client.stats().pending, client.state.status]).toEqual([0, 0, 'closed']);
        expect(server.connections.filter(({ state }) => state !== 'closed')).toEqual([]);
      }),
      { numRuns: PROPERTY_RUNS },
    );
    // Chance must come to what this is about.
    expect(handedOver).toBeGreaterThan(PROPERTY_RUNS / 2);
    expect(resumed).toBeGreaterThan(PROPERTY_RUNS / 10);
  },
  PROPERTY_TIMEOUT,
);
