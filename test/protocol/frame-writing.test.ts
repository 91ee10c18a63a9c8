import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ArrayWriter } from '../../src/protocol/array-writer.ts';
import { FrameEncoder, STEP_BYTES } from '../../src/protocol/frame-writing.ts';
import { maskInPlace } from '../../src/protocol/mask.ts';
import { Opcode } from '../../src/protocol/opcode.ts';
import type { FrameWriter } from '../../src/protocol/ports.ts';
import { createTextCodec } from '../../src/protocol/text-codec.ts';
import type { TracedFrame } from '../../src/protocol/trace.ts';
import { createScriptedRandom } from '../../src/testing/scripted-random.ts';
import { readClientFrames } from '../tools/client-frame.ts';
import { concat, hex, SAMPLE_MASK, utf8 } from '../tools/engine-harness.ts';
import { PROPERTY_RUNS, PROPERTY_TIMEOUT } from '../tools/property-runs.ts';

function* sampleMask(): Generator<number> {
  for (;;) yield* SAMPLE_MASK;
}

function setUp(writer: FrameWriter = new ArrayWriter(), trace?: (frame: TracedFrame) => void): FrameEncoder {
  const random = createScriptedRandom({ bytes: sampleMask() });
  return new FrameEncoder({ writer, codec: createTextCodec(), mask: maskInPlace, random, trace });
}

function written(write: (encoder: FrameEncoder) => void): Uint8Array {
  const writer = new ArrayWriter();
  write(setUp(writer));
  const blocks = writer.take();
  expect(blocks).toHaveLength(1);
  return blocks[0] as Uint8Array;
}

describe('golden bytes of frames sent', () => {
  it('"Hello", masked, of RFC 6455, 5.7', () => {
    const golden = hex('81 85 37 fa 21 3d 7f 9f 4d 51 58');
    expect(written((encoder) => encoder.writeText(Opcode.text, true, 'Hello'))).toEqual(golden);
    expect(written((encoder) => encoder.writeBytes(Opcode.text, true, utf8('Hello')))).toEqual(golden);
  });

  it('the masked Pong of RFC 6455, 5.7', () => {
    expect(written((encoder) => encoder.writeBytes(Opcode.pong, true, utf8('Hello')))).toEqual(
      hex('8a 85 37 fa 21 3d 7f 9f 4d 51 58'),
    );
  });

  it('a first fragment, a last one, an empty one', () => {
    expect(written((encoder) => encoder.writeText(Opcode.text, false, 'Hel'))).toEqual(
      hex('01 83 37 fa 21 3d 7f 9f 4d'),
    );
    expect(written((encoder) => encoder.writeText(Opcode.continuation, true, 'lo'))).toEqual(
      hex('80 82 37 fa 21 3d 5b 95'),
    );
    expect(written((encoder) => encoder.writeText(Opcode.text, true, ''))).toEqual(hex('81 80 37 fa 21 3d'));
    expect(written((encoder) => encoder.writeBytes(Opcode.binary, true, hex('')))).toEqual(
      hex('82 80 37 fa 21 3d'),
    );
  });

  it.each([
    [125, '82 fd'],
    [126, '82 fe 00 7e'],
    [127, '82 fe 00 7f'],
    [65_535, '82 fe ff ff'],
    [65_536, '82 ff 00 00 00 00 00 01 00 00'],
  ])('binary of %d bytes (#48)', (length, head) => {
    const payload = Uint8Array.from({ length }, (_, index) => index & 0xff);
    const masked = payload.map((byte, index) => byte ^ (SAMPLE_MASK[index % 4] as number));
    expect(written((encoder) => encoder.writeBytes(Opcode.binary, true, payload))).toEqual(
      concat(hex(head), hex('37 fa 21 3d'), masked),
    );
  });

  it.each([
    // ASCII, then text that is short in units and long in bytes: the header grows after the text is encoded
    ['x'.repeat(125), 6],
    ['x'.repeat(126), 8],
    ['é'.repeat(62), 6],
    ['é'.repeat(63), 8],
    ['é'.repeat(125), 8],
    ['再'.repeat(125), 8],
    ['x'.repeat(16_384), 8],
    ['x'.repeat(16_385), 8],
    ['再'.repeat(16_384), 8],
    ['再'.repeat(21_845), 8],
    ['再'.repeat(21_846), 14],
    ['x'.repeat(65_535), 8],
    ['x'.repeat(65_536), 14],
    ['é'.repeat(65_535), 14],
    ['😀'.repeat(40_000), 14],
    ['\ud800'.repeat(20_000), 8],
  ])('text at the borders of the length field (#48)', (text, headerBytes) => {
    const bytes = written((encoder) => encoder.writeText(Opcode.text, true, text));
    const payload = utf8(text);
    expect(bytes.length).toBe(headerBytes + payload.length);
    const [frame] = readClientFrames(bytes);
    expect(frame).toMatchObject({ fin: true, opcode: 1, key: SAMPLE_MASK });
    expect(Buffer.compare(frame?.payload as Uint8Array, payload)).toBe(0);
  });
});

describe('the writer', () => {
  /** Memory that is shared with others: only what was reserved may be touched. */
  class StrictWriter implements FrameWriter {
    memory = new Uint8Array(400_000).fill(0xee);
    offset = 1001;
    congested = false;
    reserved = 0;
    commits: [size: number, payload: number][] = [];
    reserve(size: number): void {
      this.reserved = size;
    }
    commit(size: number, payload: number): void {
      expect(size).toBeLessThanOrEqual(this.reserved);
      this.commits.push([size, payload]);
    }
  }

  it('is asked for room first, filled at its offset and nowhere outside', () => {
    for (const text of ['Hello', 'é'.repeat(125), 'x'.repeat(70_000), '再'.repeat(20_000)]) {
      const writer = new StrictWriter();
      setUp(writer).writeText(Opcode.text, true, text);
      const [[size] = [0]] = writer.commits;
      const [frame] = readClientFrames(writer.memory.slice(1001, 1001 + size));
      expect(Buffer.compare(frame?.payload as Uint8Array, utf8(text))).toBe(0);
      expect(writer.memory.subarray(0, 1001).every((byte) => byte === 0xee)).toBe(true);
      expect(writer.memory.subarray(1001 + writer.reserved).every((byte) => byte === 0xee)).toBe(true);
    }
  });

  it('is not asked for three times the size of a long text', () => {
    const writer = new StrictWriter();
    setUp(writer).writeText(Opcode.text, true, 'x'.repeat(16_384));
    expect(writer.reserved).toBe(14 + 3 * 16_384);
    setUp(writer).writeText(Opcode.text, true, 'x'.repeat(16_385));
    expect(writer.reserved).toBe(14 + 16_385);
    setUp(writer).encode('x'.repeat(16_385));
    expect(writer.reserved).toBe(16_385);
    setUp(writer).writeBytes(Opcode.binary, true, new Uint8Array(10));
    expect(writer.reserved).toBe(16);
  });

  it('is told how much of a frame is payload of a message: none of a control frame (#112)', () => {
    const writer = new StrictWriter();
    const encoder = setUp(writer);
    encoder.writeText(Opcode.text, true, 'é');
    encoder.writeBytes(Opcode.continuation, true, new Uint8Array(200));
    encoder.writeBytes(Opcode.ping, true, new Uint8Array(5));
    encoder.writeBytes(Opcode.close, true, new Uint8Array(2));
    expect(writer.commits).toEqual([
      [8, 2],
      [208, 200],
      [11, 0],
      [8, 0],
    ]);
  });

  it('holds a copy: changing what was passed changes nothing that is sent (#46, attack 22)', () => {
    const payload = utf8('Hello');
    const frame = written((encoder) => {
      encoder.writeBytes(Opcode.text, true, payload);
      payload.fill(0);
    });
    expect(frame).toEqual(hex('81 85 37 fa 21 3d 7f 9f 4d 51 58'));
    expect(payload).toEqual(new Uint8Array(5));
  });
});

describe('large frames', () => {
  const SIZES = [262_127, 262_128, 262_129, 262_144, 600_003, 1_048_576];

  function blocksOf(
    write: (encoder: FrameEncoder) => void,
    trace?: (frame: TracedFrame) => void,
  ): Uint8Array[] {
    const writer = new ArrayWriter();
    write(setUp(writer, trace));
    return writer.take();
  }

  it.each(SIZES)('of %d bytes come in steps, the first with the header, no step above 256 KiB', (size) => {
    const payload = Uint8Array.from({ length: size }, (_, index) => (index * 7 + (index >> 8)) & 0xff);
    const blocks = blocksOf((encoder) => encoder.writeBytes(Opcode.binary, true, payload));
    expect(blocks).toHaveLength(Math.ceil(size / 262_128));
    expect(Math.max(...blocks.map(({ length }) => length))).toBeLessThanOrEqual(STEP_BYTES);
    const frames = readClientFrames(concat(...blocks));
    expect(frames).toHaveLength(1);
    expect(frames[0]).toMatchObject({ fin: true, opcode: 2, key: SAMPLE_MASK });
    expect(Buffer.compare(frames[0]?.payload as Uint8Array, payload)).toBe(0);
  });

  it.each([
    ['ASCII', 'x'.repeat(300_000)],
    ['é, cut anywhere', `x${'é'.repeat(200_000)}`],
    ['three bytes each', `再${'再é'.repeat(70_000)}`],
    ['pairs', `${'😀'.repeat(100_000)}x`],
    ['pairs, one unit on', `x${'😀'.repeat(100_000)}`],
    ['lone surrogates', '\ud800'.repeat(100_000)],
    ['pairs in the wrong order', `\udc00${'\ud800\ud800\udc00'.repeat(60_000)}\ud800`],
  ])('of text are the same as if made at once: %s', (_, text) => {
    const blocks = blocksOf((encoder) => encoder.writeText(Opcode.text, true, text));
    expect(blocks.length).toBeGreaterThan(1);
    const frames = readClientFrames(concat(...blocks));
    expect(frames).toHaveLength(1);
    expect(Buffer.compare(frames[0]?.payload as Uint8Array, utf8(text))).toBe(0);
  });

  it('are traced whole', () => {
    const lengths: number[] = [];
    const trace = ({ payload, length }: TracedFrame): void => void lengths.push(payload.length, length);
    blocksOf((encoder) => {
      encoder.writeBytes(Opcode.binary, true, new Uint8Array(600_000));
      encoder.writeText(Opcode.text, true, 'é'.repeat(300_000));
    }, trace);
    expect(lengths).toEqual([600_000, 600_000, 600_000, 600_000]);
  });
});

describe('short texts', () => {
  /** As the transport's: one memory for many frames, and a view of it. */
  class ViewWriter extends ArrayWriter {
    view: DataView | undefined;
    override reserve(size: number): void {
      super.reserve(size);
      this.memory.fill(0xee);
      this.view = new DataView(this.memory.buffer);
    }
  }

  function both(
    text: string,
  ): [fast: Uint8Array, plain: Uint8Array, fastPayload: number, plainPayload: number] {
    const [fast, plain] = [new ViewWriter(), new ArrayWriter()];
    setUp(fast).writeMessage(text);
    setUp(plain).writeText(Opcode.text, true, text);
    return [concat(...fast.take()), concat(...plain.take()), fast.payloadBytes, plain.payloadBytes];
  }

  it.each(Array.from({ length: 40 }, (_, length) => length))(
    'of %d characters are the same in one pass',
    (length) => {
      const ascii = '\0\x7fazAZ09 {}"'.repeat(4).slice(0, length);
      for (const text of [ascii, `${ascii}\x80`, `é${ascii}`, `${ascii}再${ascii}`, `${ascii}\ud800`]) {
        const [fast, plain, fastPayload, plainPayload] = both(text);
        expect(fast).toEqual(plain);
        expect(fastPayload).toBe(plainPayload);
      }
    },
  );

  it(
    'of any kind are the same in one pass',
    () => {
      fc.assert(
        fc.property(fc.string({ unit: 'binary', maxLength: 40 }), (text) => {
          const [fast, plain] = both(text);
          expect(fast).toEqual(plain);
        }),
        { numRuns: PROPERTY_RUNS },
      );
    },
    PROPERTY_TIMEOUT,
  );

  it('are those that the codec calls so, up to 36 units', () => {
    const encoded: number[] = [];
    const plain = createTextCodec();
    const setUpWith = (shortUnits: number): FrameEncoder =>
      new FrameEncoder({
        writer: new ViewWriter(),
        codec: {
          ...plain,
          shortUnits,
          encodeInto(text, target, at) {
            encoded.push(text.length);
            return plain.encodeInto(text, target, at);
          },
        },
        mask: maskInPlace,
        random: createScriptedRandom({ bytes: sampleMask() }),
      });
    for (const length of [3, 4, 5]) setUpWith(4).writeMessage('x'.repeat(length));
    for (const length of [36, 37]) setUpWith(1000).writeMessage('x'.repeat(length));
    expect(encoded).toEqual([5, 37]);
  });

  it('are seen by a trace as any other', () => {
    const seen: number[][] = [];
    setUp(new ViewWriter(), ({ payload }) => seen.push([...payload])).writeMessage('Hello');
    expect(seen).toEqual([[...utf8('Hello')]]);
  });
});

describe('keys and trace', () => {
  it('every frame has a key of its own, in the order of the source (#45, attack 21)', () => {
    const writer = new ArrayWriter();
    const bytes = Array.from({ length: 64 }, (_, index) => index);
    const encoder = new FrameEncoder({
      writer,
      codec: createTextCodec(),
      mask: maskInPlace,
      random: createScriptedRandom({ bytes }),
    });
    for (let index = 0; index < 16; index++) encoder.writeText(Opcode.text, true, 'x');
    expect(readClientFrames(concat(...writer.take())).flatMap((frame) => frame.key)).toEqual(bytes);
  });

  it('the mask in use is the one that was given, over the payload alone', () => {
    const calls: number[][] = [];
    const writer = new ArrayWriter();
    const encoder = new FrameEncoder({
      writer,
      codec: createTextCodec(),
      mask: (_, start, end, key) => calls.push([start, end, key]),
      random: createScriptedRandom({ bytes: sampleMask() }),
    });
    encoder.writeText(Opcode.text, true, 'Hello');
    expect(calls).toEqual([[6, 11, 0x3d21fa37]]);
  });

  it('a trace sees each frame before it is masked', () => {
    const seen: unknown[] = [];
    const encoder = setUp(new ArrayWriter(), (frame) => seen.push({ ...frame, payload: [...frame.payload] }));
    encoder.writeText(Opcode.text, false, 'é');
    encoder.writeBytes(Opcode.ping, true, hex('01 02'));
    expect(seen).toEqual([
      { direction: 'out', opcode: 1, fin: false, length: 2, payload: [0xc3, 0xa9] },
      { direction: 'out', opcode: 9, fin: true, length: 2, payload: [1, 2] },
    ]);
  });
});
