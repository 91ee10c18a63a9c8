// Random stories with keys, times to live, every overflow policy, pacing, aborts, closes, and crashes with a journal.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { isHoldlineError } from '../../src/base/errors.ts';
import {
  type OutboxStorage,
  persistentOutbox,
  type StoredMessage,
} from '../../src/messaging/journal/persistent-outbox.ts';
import { OVERFLOW_POLICIES, type OverflowPolicy } from '../../src/messaging/outbox-options.ts';
import { createScriptedServer, type ScriptedServer } from '../../src/testing/scripted-server.ts';
import { createVirtualClock, type VirtualClock } from '../../src/testing/virtual-clock.ts';
import { awaitReply } from '../../src/transport/pacing.ts';
import type { TransportFactory } from '../../src/transport/transport.ts';
import { type Bench, type Fate, setUp, watch } from '../client/set-up.ts';
import { PROPERTY_RUNS, PROPERTY_TIMEOUT } from '../tools/property-runs.ts';

interface Story {
  readonly overflow: OverflowPolicy;
  readonly isPaced: boolean;
  readonly isSlow: boolean;
  readonly steps: readonly Step[];
}

type Step =
  | {
      readonly do: 'send' | 'request';
      readonly key: string | undefined;
      readonly ttl: number | undefined;
      readonly idempotent: boolean;
      readonly offline: 'queue' | 'reject';
    }
  | { readonly do: 'abort' | 'reply'; readonly which: number }
  | { readonly do: 'advance'; readonly ms: number }
  | { readonly do: 'close'; readonly flush: boolean }
  | { readonly do: 'up' | 'congest' | 'drain' | 'room' | 'drop' | 'accept' | 'connect' | 'say' | 'crash' };

const anyStep: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constantFrom('send', 'send', 'request'),
      key: fc.constantFrom(undefined, undefined, 'x', 'y'),
      ttl: fc.constantFrom(undefined, undefined, 0, 5, 4_000),
      idempotent: fc.boolean(),
      offline: fc.constantFrom('queue', 'queue', 'reject'),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constantFrom('abort', 'reply'), which: fc.nat(4) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('advance'), ms: fc.constantFrom(0, 10, 900, 6_000) }) },
  {
    weight: 9,
    arbitrary: fc.record({
      do: fc.constantFrom(
        'up',
        'up',
        'up',
        'congest',
        'drain',
        'room',
        'drop',
        'accept',
        'connect',
        'say',
        'say',
      ),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('close'), flush: fc.boolean() }) },
  { weight: 1, arbitrary: fc.constant({ do: 'crash' }) },
) as fc.Arbitrary<Step>;

const anyStory: fc.Arbitrary<Story> = fc.record({
  overflow: fc.constantFrom(...OVERFLOW_POLICIES),
  isPaced: fc.boolean(),
  isSlow: fc.boolean(),
  steps: fc.array(anyStep, { maxLength: 60, size: 'max' }),
});

/** Long stories, so half as many. */
const RUNS = Math.ceil(PROPERTY_RUNS / 2);

const MAX_MESSAGES = 3;
const MAX_BYTES = 200;
const TURN_MS = 2_000;

interface Made {
  /** What the program knew, up to its crash. */
  fate: Fate;
  readonly text: string;
  readonly life: number;
  readonly idempotent: boolean;
  readonly controller: AbortController;
}

/** One run of the program: its client, its clock, its end of the storage. */
interface Life {
  readonly bench: Bench;
  readonly clock: VirtualClock;
  readonly server: ScriptedServer;
  /** The ids that were asked, by line. */
  crash(): void;
}

/** A message on the wire: what, when, and how often the server had spoken on that line. */
interface Seen {
  readonly text: string;
  readonly life: number;
  readonly at: number;
  readonly said: number;
}

class World {
  readonly held = new Map<string, StoredMessage>();
  readonly lines: Seen[][] = [];
  readonly made: Made[] = [];
  readonly closes: { readonly fate: Fate; readonly life: number }[] = [];
  readonly story: Story;
  lives: Life[] = [];
  life!: Life;

  constructor(story: Story) {
    this.story = story;
    this.begin();
  }

  begin(): void {
    const before = this.lives.at(-1)?.clock;
    const clock = createVirtualClock(before === undefined ? {} : { wallTime: before.wallTime() });
    const seed = this.lives.length + 1;
    const end = { isDead: false };
    const server = createScriptedServer({ onConnect: () => {} });
    const { isPaced, overflow } = this.story;
    const pacing = isPaced ? [awaitReply({ timeout: TURN_MS })] : [];
    const bench = setUp({
      clock,
      transport: this.#observed(server.transport, seed),
      random: { fill: (target) => void target.fill(seed), uniform: () => 0.5 },
      requestTimeout: 9_000,
      closeTimeout: 1_000,
      use: [...pacing, persistentOutbox(this.#storage(end))],
      outbox: {
        overflow,
        maxMessages: MAX_MESSAGES,
        maxBytes: MAX_BYTES,
        maxAge: 12_000,
      },
    });
    this.life = {
      bench,
      clock,
      server,
      crash: () => {
        end.isDead = true;
        for (const line of server.connections) line.drop();
      },
    };
    this.lives.push(this.life);
  }

  #observed(transport: TransportFactory, life: number): TransportFactory {
    return (request, sink) => {
      const line: Seen[] = [];
      let said = 0;
      this.lines.push(line);
      const inner = transport(request, {
        ...sink,
        text: (message) => {
          said++;
          sink.text(message);
        },
      });
      const send: typeof inner.send = (data) => {
        const isTaken = inner.send(data);
        const value = JSON.parse(data as string);
        const text = typeof value === 'string' ? value : value.method;
        if (isTaken) line.push({ text, life, at: request.clock.now(), said });
        return isTaken;
      };
      return Object.create(inner, { send: { value: send } });
    };
  }

  #storage(end: { readonly isDead: boolean }): OutboxStorage {
    // A program that has crashed does nothing any more, and hears of nothing.
    const run = <T>(task: () => T): T | Promise<T> => {
      if (end.isDead) return new Promise<T>(() => {});
      return this.story.isSlow
        ? Promise.resolve().then(() => (end.isDead ? new Promise(() => {}) : task()))
        : task();
    };
    return {
      load: () => run(() => [...this.held.values()]),
      save: (message) => run(() => void this.held.set(message.id, message)),
      remove: (id) => run(() => void this.held.delete(id)),
    };
  }

  async take(step: Step): Promise<void> {
    const { bench, server, clock } = this.life;
    const { client } = bench;
    const last = server.connections.at(-1);
    switch (step.do) {
      case 'send':
      case 'request': {
        const controller = new AbortController();
        const text = `message ${this.made.length}`;
        const { key, ttl, offline: whenOffline } = step;
        const idempotent = step.do === 'request' && step.idempotent;
        const { signal } = controller;
        const promise =
          step.do === 'send'
            ? client.send(text, { signal, key, ttl, whenOffline })
            : client.request(text, undefined, { signal, idempotent, whenOffline });
        this.made.push({ fate: watch(promise), text, life: this.lives.length, idempotent, controller });
        break;
      }
      case 'abort':
        this.made.at(-1 - step.which)?.controller.abort();
        break;
      case 'reply': {
        // A real id of this line, or one that nobody asked for.
        const asked = (last?.received ?? []).map((data) => JSON.parse(data as string).id).filter(Boolean);
        last?.send(JSON.stringify({ id: asked[step.which] ?? step.which, result: 1 }));
        break;
      }
      case 'say':
        last?.send('"something"');
        break;
      case 'congest':
        if (last) last.bufferedAmount = 17 * 1024 * 1024;
        break;
      case 'room':
        // There is room again, and the transport has not said so yet.
        if (last) last.bufferedAmount = 0;
        break;
      case 'accept':
      case 'drain':
      case 'drop':
        last?.[step.do]();
        break;
      case 'connect':
        client.connect();
        break;
      case 'up':
        client.connect();
        server.connections.at(-1)?.accept();
        break;
      case 'close':
        this.closes.push({ fate: watch(client.close({ flush: step.flush })), life: this.lives.length });
        break;
      case 'crash':
        for (const one of this.made) one.fate = { ...one.fate };
        this.life.crash();
        this.begin();
        break;
      case 'advance':
        await clock.advance(step.ms);
    }
    await this.life.clock.settle();
    const { queued, queuedBytes } = this.life.bench.client.stats();
    expect(queued).toBeLessThanOrEqual(MAX_MESSAGES);
    expect(queuedBytes).toBeLessThanOrEqual(MAX_BYTES);
  }
}

it(
  'tells the truth about every message, in every life',
  async () => {
    /** How often chance came to what this is about. */
    const met = new Map<string, number>();
    const count = (what: string): void => void met.set(what, (met.get(what) ?? 0) + 1);
    await fc.assert(
      fc.asyncProperty(anyStory, async (story) => {
        const world = new World(story);
        for (const step of story.steps) await world.take(step);
        // What an earlier life left stays where it is until there is a line for it.
        for (const step of ['connect', 'advance', 'up'] as const)
          await world.take({ do: step, ms: 10 } as Step);
        const { bench, clock } = world.life;
        const closed = bench.client.close();
        await clock.advance(3_000);
        await closed;
        await clock.settle();

        const wire = world.lines.flat();
        for (const { fate, text, life, idempotent } of world.made) {
          const times = wire.filter((seen) => seen.text === text).length;
          const error = fate.value as { outcome?: string };
          // A program that has crashed never learns.
          expect(fate.settled).toBe(life === world.lives.length ? 1 : fate.settled === 0 ? 0 : 1);
          if (!idempotent) expect(times).toBeLessThanOrEqual(1);
          const sentIn = wire.find((seen) => seen.text === text)?.life;
          if (sentIn !== undefined && sentIn > life) count('sent by a later life');
          count((fate.value as { code?: string }).code ?? 'good');
          if (fate.settled === 0) continue;
          if (!isHoldlineError(error)) expect(times).toBeGreaterThanOrEqual(1);
          else expect(times > 0).toBe((error as { outcome?: string }).outcome === 'unknown');
        }
        for (const line of world.lines) {
          const texts = line.map(({ text }) => text);
          expect(new Set(texts).size).toBe(texts.length);
          for (const [at, seen] of line.entries()) {
            const before = line[at - 1];
            if (!story.isPaced || before === undefined) continue;
            expect(seen.said > before.said || seen.at - before.at >= TURN_MS).toBe(true);
          }
          // Order is kept among what one life was given, repeated requests apart.
          for (let life = 1; life <= world.lives.length; life++) {
            const order = texts
              .map((text) => world.made.findIndex((one) => one.text === text && !one.idempotent))
              .filter((at) => at >= 0 && world.made[at]?.life === life);
            expect(order).toEqual([...order].sort((a, b) => a - b));
          }
        }
        for (const { fate, life } of world.closes) {
          if (life === world.lives.length) expect(fate.settled).toBe(1);
        }
        expect(bench.client.stats()).toMatchObject({ queued: 0, queuedBytes: 0, pending: 0 });
        expect(bench.client.state.status).toBe('closed');
        expect(clock.pendingTimers).toBe(0);
        expect(world.held.size).toBe(0);
      }),
      { numRuns: RUNS },
    );
    const codes = [
      'OUTBOX_FULL',
      'OUTBOX_DROPPED',
      'OUTBOX_REPLACED',
      'OUTBOX_EXPIRED',
      'ABORTED',
      'CLIENT_CLOSED',
    ];
    for (const what of ['good', 'sent by a later life', 'REPLY_LOST', 'REQUEST_TIMEOUT', ...codes]) {
      expect(met.get(what) ?? 0, what).toBeGreaterThanOrEqual(RUNS / 100);
    }
  },
  PROPERTY_TIMEOUT,
);
