// Where the network cuts the stream must not matter; and no server can do more than end the connection.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createHarness, type Harness, sent, type Told, utf8 } from '../tools/engine-harness.ts';
import { PROPERTY_RUNS, PROPERTY_TIMEOUT } from '../tools/property-runs.ts';
import { honestSession, hostileSession } from '../tools/server-session.ts';

const LIMITS = {
  maxMessageBytes: 200,
  maxFragments: 6,
  maxHeadBytes: 400,
  maxHeadLineBytes: 60,
  maxHeaders: 8,
};

/** Everything that can be seen of a harness: events, bytes written, state. */
function seen(harness: Harness): unknown {
  const { told, engine } = harness;
  const plain = told.map(([name, value]) => [
    name,
    value instanceof Error ? { ...value, message: value.message, name: value.name } : value,
  ]);
  return {
    plain,
    written: harness.written(),
    state: engine.state,
    sent: engine.sent,
    received: engine.received,
  };
}

/** Feeds `bytes` cut at `cuts`, out of one small block of memory that is used again and again, as sockets do. */
function feed(harness: Harness, bytes: Uint8Array, cuts: readonly number[]): void {
  const ends = [...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length].sort((a, b) => a - b);
  const shared = Buffer.alloc(bytes.length + 3);
  let start = 0;
  for (const end of ends) {
    shared.fill(0xa5);
    shared.set(bytes.subarray(start, end), 3);
    harness.engine.receive(shared, 3, 3 + end - start);
    start = end;
  }
}

const cuts = fc.array(fc.nat(), { maxLength: 12 });
const options = { numRuns: PROPERTY_RUNS };

describe('any split of the stream', () => {
  it(
    'of an honest session gives the events that the server meant (#39, #61, #64, #71, #73)',
    () => {
      fc.assert(
        fc.property(honestSession, cuts, ({ bytes, events }, where) => {
          const harness = createHarness();
          harness.written();
          feed(harness, bytes, where);
          expect(harness.told[0]?.[0]).toBe('open');
          expect(harness.told.slice(1)).toEqual(events);
          const answers = events.filter(([name]) => name === 'ping' || name === 'close');
          expect(sent(harness).map(([opcode]) => (opcode === 8 ? 'close' : 'ping'))).toEqual(
            answers.map(([name]) => name),
          );
        }),
        options,
      );
    },
    PROPERTY_TIMEOUT,
  );

  it(
    'of an honest session gives the same one byte at a time',
    () => {
      fc.assert(
        fc.property(honestSession, ({ bytes, events }) => {
          const harness = createHarness();
          for (let at = 0; at < bytes.length; at++) harness.engine.receive(bytes, at, at + 1);
          expect(harness.told.slice(1)).toEqual(events);
        }),
        { numRuns: Math.ceil(PROPERTY_RUNS / 4) },
      );
    },
    PROPERTY_TIMEOUT,
  );

  it(
    'of a hostile session gives the same events, the same failure and the same bytes in answer',
    () => {
      fc.assert(
        fc.property(hostileSession, cuts, fc.boolean(), (bytes, where, ends) => {
          const whole = createHarness({ limits: LIMITS });
          const split = createHarness({ limits: LIMITS });
          whole.engine.receive(bytes);
          feed(split, bytes, where);
          if (ends) {
            whole.engine.receiveEnd();
            split.engine.receiveEnd();
          }
          expect(seen(split)).toEqual(seen(whole));
        }),
        options,
      );
    },
    PROPERTY_TIMEOUT,
  );
});

describe('a hostile server', () => {
  it(
    'never makes receive() throw, and the story ends once (#76, attack 12)',
    () => {
      fc.assert(
        fc.property(hostileSession, hostileSession, cuts, (bytes, more, where) => {
          const harness = createHarness({ limits: LIMITS });
          harness.written();
          feed(harness, bytes, where);
          feed(harness, more, where);
          harness.engine.receiveEnd();
          harness.engine.receiveEnd();
          const ends = harness.told.filter(([name]) => name === 'close' || name === 'failure');
          expect(ends).toHaveLength(1);
          expect(harness.told.at(-1)).toBe(ends[0]);
          expect(harness.engine.state).toBe('closed');
          const opcodes = sent(harness).map(([opcode]) => opcode);
          expect(opcodes.filter((opcode) => opcode === 8).length).toBeLessThanOrEqual(1);
          expect(opcodes.lastIndexOf(8)).toBe(opcodes.includes(8) ? opcodes.length - 1 : -1);
        }),
        options,
      );
    },
    PROPERTY_TIMEOUT,
  );
});

describe('what we send', () => {
  const length = fc.oneof(
    fc.nat(300),
    fc.constantFrom(0, 124, 125, 126, 127, 128, 65_534, 65_535, 65_536, 65_537),
    fc.integer({ min: 16_300, max: 16_500 }),
  );
  const text = fc
    .tuple(
      fc.array(fc.oneof(fc.nat(0x7f), fc.nat(0xffff)), { maxLength: 12 }),
      fc.constantFrom('', 'x', 'é', '再'),
      length,
    )
    .map(([codes, filler, count]) => String.fromCharCode(...codes) + filler.repeat(count));

  it(
    'is read back by a strict server (#44, #47, #48, #52)',
    () => {
      fc.assert(
        fc.property(
          fc.oneof(
            text,
            length.map((count) => new Uint8Array(count).fill(count & 0xff)),
          ),
          (data) => {
            const harness = createHarness();
            harness.engine.receive(ANSWER);
            harness.written();
            harness.engine.send(data);
            const frames = harness.frames();
            const payload = typeof data === 'string' ? utf8(data) : data;
            expect(frames).toHaveLength(1);
            expect(frames[0]).toMatchObject({ fin: true, opcode: typeof data === 'string' ? 1 : 2 });
            expect(Buffer.compare(frames[0]?.payload as Uint8Array, payload)).toBe(0);
            expect(harness.writer.payloadBytes).toBe(payload.length);
          },
        ),
        { numRuns: Math.ceil(PROPERTY_RUNS / 4) },
      );
    },
    PROPERTY_TIMEOUT,
  );

  const command = fc.constantFrom(
    'text',
    'binary',
    'more',
    'last',
    'ping',
    'close',
    'drained',
    'congest',
    'abandon',
  );
  const script = fc.array(fc.oneof({ weight: 3, arbitrary: command }, { weight: 2, arbitrary: fc.nat(40) }), {
    maxLength: 20,
  });

  it(
    'keeps to RFC 6455 in any order of commands and bytes (#50, #51, #53, #54, #67)',
    () => {
      fc.assert(
        fc.property(honestSession, script, ({ bytes }, steps) => {
          const harness = createHarness();
          harness.written();
          let at = 0;
          for (const step of steps) {
            if (typeof step === 'string') obey(harness, step);
            else {
              harness.engine.receive(bytes, at, Math.min(at + step * 8, bytes.length));
              at = Math.min(at + step * 8, bytes.length);
            }
          }
          expect(isOrderly(sent(harness))).toBe(true);
          const ends = harness.told.filter(([name]: Told) => name === 'close' || name === 'failure');
          expect(ends.length).toBeLessThanOrEqual(1);
        }),
        options,
      );
    },
    PROPERTY_TIMEOUT,
  );
});

const ANSWER = new TextEncoder().encode(
  'HTTP/1.1 101 x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n',
);

function obey({ engine, writer }: Harness, command: string): void {
  try {
    if (command === 'text') engine.send('text');
    else if (command === 'binary') engine.send(new Uint8Array(3));
    else if (command === 'more') engine.sendFragment('more', false);
    else if (command === 'last') engine.sendFragment('last', true);
    else if (command === 'ping') engine.ping();
    else if (command === 'close') engine.close(1000);
    else if (command === 'abandon') engine.abandon();
    else if (command === 'congest') writer.congested = true;
    else {
      writer.congested = false;
      engine.drained();
    }
  } catch (error) {
    // A message inside a fragmented one is refused; nothing else may be.
    expect((error as Error).message).toContain('A fragmented message is unfinished');
  }
}

/** No message inside another, no data and no second Close after a Close. */
function isOrderly(frames: ReturnType<typeof sent>): boolean {
  let inside = false;
  let closed = false;
  for (const [opcode, fin] of frames) {
    if (opcode === 8 && closed) return false;
    if (opcode === 8) closed = true;
    if (opcode >= 8) continue;
    if (closed || inside !== (opcode === 0)) return false;
    inside = !fin;
  }
  return true;
}
