// Compression must not depend on where the network cuts the stream, nor on what either side sends; and nothing that a
// server compresses may do more than end the connection.
import * as zlib from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MessageWiseDeflater } from '../../src/transport/tcp/deflate/deflater.ts';
import { cpuMilliseconds } from '../tools/cpu-time.ts';
import { deflated, deflateHarness, PeerInflater } from '../tools/deflate.ts';
import { concat, type Harness, type Told, utf8 } from '../tools/engine-harness.ts';
import { patience } from '../tools/patience.ts';
import { PROPERTY_RUNS, PROPERTY_TIMEOUT } from '../tools/property-runs.ts';
import { serverFrame } from '../tools/server-frame.ts';

const bits = fc.integer({ min: 8, max: 15 });

/** Text and bytes that repeat themselves, near and far. */
const words = fc.array(fc.constantFrom('Hello', ' ', 'é世', '{"id":', '0123456789', 'x'.repeat(300)), {
  maxLength: 12,
});
const text = words.map((list) => list.join(''));
const bytes = fc.oneof(
  fc.uint8Array({ maxLength: 60 }),
  fc
    .tuple(fc.uint8Array({ minLength: 1, maxLength: 20 }), fc.nat(400))
    .map(([some, count]) =>
      Uint8Array.from({ length: some.length * count }, (_, at) => some[at % some.length] as number),
    ),
);
const data = fc.oneof(text, bytes);

function feed(harness: Harness, stream: Uint8Array, cuts: readonly number[]): void {
  const ends = [...cuts.map((cut) => cut % (stream.length + 1)), stream.length].sort((a, b) => a - b);
  const shared = Buffer.alloc(stream.length + 1);
  let start = 0;
  for (const end of ends) {
    shared.fill(0xa5);
    shared.set(stream.subarray(start, end));
    harness.engine.receive(shared, 0, end - start);
    start = end;
  }
}

/** One message of a server's: compressed or not, cut into fragments, a Ping between them or not. */
const serverMessage = fc.record({
  data,
  compress: fc.boolean(),
  cuts: fc.array(fc.nat(), { maxLength: 3 }),
  ping: fc.boolean(),
});

it(
  'any split of a compressed session gives the events that the server meant (#61, #95, #96, #97, #98)',
  () => {
    const session = fc.tuple(fc.array(serverMessage, { maxLength: 5 }), bits, fc.boolean());
    fc.assert(
      fc.property(session, fc.array(fc.nat(), { maxLength: 10 }), ([list, windowBits, takeover], cuts) => {
        const settings = { windowBits: Math.max(windowBits, 9), level: 6, memLevel: 8 };
        const deflater = new MessageWiseDeflater(zlib, settings);
        const frames: Uint8Array[] = [];
        const events: Told[] = [];
        for (const { data: message, compress, cuts: parts, ping } of list) {
          const isText = typeof message === 'string';
          const plain = isText ? utf8(message) : message;
          const packed = compress && plain.length > 0 ? deflater.deflate(plain).slice(0, -4) : plain;
          if (!takeover) deflater.reset();
          const rsv1 = compress && plain.length > 0 ? 0x40 : 0;
          const ends = [...parts.map((cut) => cut % (packed.length + 1)), packed.length].sort(
            (a, b) => a - b,
          );
          ends.forEach((end, index) => {
            const first = index === 0 ? (isText ? 1 : 2) | rsv1 : 0;
            const fin = index === ends.length - 1 ? 0x80 : 0;
            frames.push(serverFrame(0, packed.subarray(ends[index - 1] ?? 0, end), first | fin));
            if (ping) frames.push(serverFrame(9, 'p'));
            if (ping && fin === 0) events.push(['ping', [0x70]]);
          });
          events.push(isText ? ['text', message] : ['binary', [...plain]]);
          if (ping) events.push(['ping', [0x70]]);
        }
        const harness = deflateHarness({
          params: `; server_max_window_bits=${windowBits}${takeover ? '' : '; server_no_context_takeover'}`,
        });
        feed(harness, concat(...frames), cuts);
        expect(harness.told).toEqual(events);
        harness.engine.abandon();
      }),
      { numRuns: Math.ceil(PROPERTY_RUNS / 2) },
    );
  },
  PROPERTY_TIMEOUT,
);

it(
  'whatever we send is read back by a server with exactly the window agreed on (#93, #94, #97)',
  () => {
    const piece = fc.record({ data, fragments: fc.boolean(), compress: fc.constantFrom(undefined, false) });
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 6 }), bits, fc.boolean(), (list, windowBits, takeover) => {
        const harness = deflateHarness({
          params: `; client_max_window_bits=${windowBits}${takeover ? '' : '; client_no_context_takeover'}`,
        });
        const peer = new PeerInflater(takeover, windowBits);
        for (const { data: message, fragments, compress } of list) {
          const plain = typeof message === 'string' ? utf8(message) : message;
          if (fragments) {
            harness.engine.sendFragment(message, false, compress);
            harness.engine.sendFragment(typeof message === 'string' ? '' : new Uint8Array(0), true);
          } else harness.engine.send(message, compress);
          const frames = harness.frames();
          const payload = concat(...frames.map((frame) => frame.payload));
          const read = frames[0]?.rsv1 ? peer.inflate(payload) : payload;
          expect(Buffer.compare(read, plain)).toBe(0);
        }
        harness.engine.abandon();
      }),
      { numRuns: Math.ceil(PROPERTY_RUNS / 2) },
    );
  },
  PROPERTY_TIMEOUT,
);

describe('a hostile server that compresses', () => {
  const LIMITS = { maxMessageBytes: 5_000, maxFragments: 6 };
  const payload = fc.oneof(
    fc.uint8Array({ maxLength: 40 }),
    text.map((message) => deflated(message)),
    fc.tuple(bytes, fc.nat(), fc.nat(255)).map(([message, where, byte]) => {
      const packed = deflated(message);
      packed[where % packed.length] = byte;
      return packed;
    }),
    fc.tuple(bytes, fc.nat()).map(([message, cut]) => {
      const packed = deflated(message);
      return packed.subarray(0, cut % (packed.length + 1));
    }),
    fc.nat(200_000).map((size) => deflated(new Uint8Array(size))),
  );
  const frame = fc
    .tuple(fc.constantFrom(0xc1, 0xc2, 0x41, 0x42, 0x00, 0x80, 0x81, 0x89, 0x88, 0xc9, 0xc0), payload)
    .map(([first, body]) => serverFrame(0, body, first));

  it(
    'never makes receive() throw, and the story ends once (#76, #99, attack 4)',
    () => {
      fc.assert(
        fc.property(
          fc.array(frame, { maxLength: 6 }),
          fc.array(fc.nat(), { maxLength: 8 }),
          (frames, cuts) => {
            const harness = deflateHarness({ limits: LIMITS });
            feed(harness, concat(...frames), cuts);
            harness.engine.receiveEnd();
            const ends = harness.told.filter(([name]) => name === 'close' || name === 'failure');
            expect(ends).toHaveLength(1);
            expect(harness.told.at(-1)).toBe(ends[0]);
            for (const [name, value] of harness.told) {
              if (name === 'text') expect(utf8(value as string).length).toBeLessThanOrEqual(5_000);
              if (name === 'binary') expect((value as number[]).length).toBeLessThanOrEqual(5_000);
            }
          },
        ),
        { numRuns: PROPERTY_RUNS },
      );
    },
    PROPERTY_TIMEOUT,
  );
});

it('streams that are ended and begun again inside a message are read to their end', () => {
  const many = concat(...new Array<Uint8Array>(20_000).fill(Uint8Array.of(0x03, 0x00)), Uint8Array.of(0));
  const { engine, told } = deflateHarness();
  expect(cpuMilliseconds(() => engine.receive(serverFrame(2, many, 0xc2)))).toBeLessThan(patience(2_000));
  expect(told).toEqual([['binary', []]]);
});
