import fc from 'fast-check';
import { expect, it } from 'vitest';
import { login } from '../../src/auth/login.ts';
import { isHoldlineError } from '../../src/base/errors.ts';
import type { ScriptedConnection } from '../../src/testing/scripted-server.ts';
import { PROPERTY_RUNS, PROPERTY_TIMEOUT } from '../tools/property-runs.ts';
import { type Bench, type Fate, setUp, watch } from './set-up.ts';

interface Made {
  readonly fate: Fate;
  readonly text: string;
  readonly idempotent: boolean;
  readonly controller: AbortController;
}

type Step =
  | { readonly do: 'send' | 'request'; readonly idempotent: boolean; readonly offline: 'queue' | 'reject' }
  | { readonly do: 'abort' | 'reply'; readonly which: number }
  | { readonly do: 'advance'; readonly ms: number }
  | {
      readonly do:
        | 'up'
        | 'congest'
        | 'drain'
        | 'drop'
        | 'accept'
        | 'refuse'
        | 'hello'
        | 'connect'
        | 'close'
        | 'closeByServer';
    };

const anyStep: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constantFrom('send', 'request'),
      idempotent: fc.boolean(),
      offline: fc.constantFrom('queue', 'reject'),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constantFrom('abort', 'reply'), which: fc.nat(20) }) },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('advance'), ms: fc.constantFrom(0, 10, 3_000, 20_000) }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constantFrom(
        'congest',
        'drain',
        'drop',
        'accept',
        'accept',
        'refuse',
        'hello',
        'hello',
        'connect',
      ),
    }),
  },
  { weight: 5, arbitrary: fc.record({ do: fc.constantFrom('up', 'up', 'drop') }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('close', 'closeByServer') }) },
) as fc.Arbitrary<Step>;

interface Run {
  readonly bench: Bench;
  readonly made: readonly Made[];
  readonly heard: ReadonlyMap<ScriptedConnection, number>;
}

/** Logs in with one message, and is let in by one. */
const auth = login(async (line) => {
  line.send('"login"');
  await line.receive();
});

async function run(steps: readonly Step[]): Promise<Run> {
  const bench = setUp(
    { auth, outbox: { maxMessages: 4, maxAge: 15_000 }, requestTimeout: 25_000 },
    { onConnect: () => {} },
  );
  const { client, clock, server } = bench;
  const made: Made[] = [];
  /** How many messages each line had received when the server first spoke on it, which ends the login. */
  const heard = new Map<ScriptedConnection, number>();
  const last = () => (server.connections.length > 0 ? server.last : undefined);
  const say = (text: string): void => {
    const line = last();
    if (line?.state === 'open' && !heard.has(line)) heard.set(line, line.received.length);
    line?.send(text);
  };
  const take = (step: Step): void => {
    switch (step.do) {
      case 'send':
      case 'request': {
        const controller = new AbortController();
        const text = `message ${made.length}`;
        const options = { signal: controller.signal, whenOffline: step.offline };
        const idempotent = step.do === 'request' && step.idempotent;
        const promise =
          step.do === 'send'
            ? client.send(text, options)
            : client.request(text, undefined, { ...options, idempotent });
        made.push({ fate: watch(promise), text, idempotent, controller });
        break;
      }
      case 'abort':
        made[step.which % Math.max(made.length, 1)]?.controller.abort();
        break;
      case 'reply':
        say(JSON.stringify({ id: step.which % (made.length + 2), result: step.which }));
        break;
      case 'congest':
        if (last()) server.last.bufferedAmount = 17 * 1024 * 1024;
        break;
      case 'hello':
        say('"in"');
        break;
      case 'accept':
      case 'drain':
      case 'drop':
        last()?.[step.do]();
        break;
      case 'refuse':
        last()?.refuse(503);
        break;
      case 'closeByServer':
        last()?.close(1001);
        break;
      case 'connect':
        client.connect();
        break;
      case 'up':
        // All the way to ready, in one step: chance alone would seldom come there twice.
        client.connect();
        last()?.accept();
        say('"in"');
        break;
      case 'close':
        void client.close();
    }
  };
  for (const step of steps) {
    take(step);
    if (step.do === 'advance') await clock.advance(step.ms);
    else await clock.settle();
  }
  const closed = client.close();
  await clock.advance(6_000);
  await closed;
  return { bench, made, heard };
}

/** What every line received, as the texts or methods that were sent. */
function receivedBy(bench: Bench): string[][] {
  return bench.server.connections.map(({ received }) =>
    received.map((data) => {
      const value = JSON.parse(data as string);
      return typeof value === 'string' ? value : value.method;
    }),
  );
}

it(
  'tells the truth about every message, whatever happens in whatever order',
  async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyStep, { maxLength: 60 }), async (steps) => {
        const { bench, made, heard } = await run(steps);
        const lines = receivedBy(bench);
        const all = lines.flat();
        for (const { fate, text, idempotent } of made) {
          const times = all.filter((other) => other === text).length;
          const error = fate.value;
          expect(fate.settled).toBe(1);
          if (!idempotent) expect(times).toBeLessThanOrEqual(1);
          if (!isHoldlineError(error)) expect(times).toBeGreaterThanOrEqual(1);
          else expect(times > 0).toBe((error as { outcome?: string }).outcome === 'unknown');
        }
        for (const connection of bench.server.connections) {
          // Until the login is through, nothing but the login.
          expect(heard.get(connection) ?? connection.received.length).toBeLessThanOrEqual(1);
        }
        for (const line of lines) {
          // The login comes first, and once; no id twice on one line; order kept.
          if (line.length > 0) expect(line.indexOf('login')).toBe(0);
          const texts = line.slice(1);
          expect(new Set(texts).size).toBe(texts.length);
          const order = texts.map((text) => made.findIndex((one) => one.text === text && !one.idempotent));
          const once = order.filter((at) => at >= 0);
          expect(once).toEqual([...once].sort((a, b) => a - b));
        }
        expect(bench.client.stats()).toMatchObject({ queued: 0, queuedBytes: 0, pending: 0 });
        expect(bench.client.state.status).toBe('closed');
      }),
      { numRuns: PROPERTY_RUNS },
    );
  },
  PROPERTY_TIMEOUT,
);
