import { describe, expect, it } from 'vitest';
import type { ProtocolError } from '../../src/base/errors.ts';
import { FrameDecoder } from '../../src/protocol/frame-reading.ts';
import { DEFAULT_LIMITS, type Limits } from '../../src/protocol/limits.ts';
import { createTextCodec } from '../../src/protocol/text-codec.ts';
import type { TracedFrame } from '../../src/protocol/trace.ts';
import { concat, hex, utf8 } from '../tools/engine-harness.ts';
import { serverFrame } from '../tools/server-frame.ts';

interface Reading {
  readonly decoder: FrameDecoder;
  readonly found: [what: string | number, payload: unknown][];
  readonly traced: unknown[];
  /** Pushes all of `bytes`, `step` at a time. */
  push(bytes: Uint8Array, step?: number): void;
}

function reading(limits: Partial<Limits> = {}, traces = false): Reading {
  const found: Reading['found'] = [];
  const traced: unknown[] = [];
  const messages = {
    text: (message: string) => void found.push(['text', message]),
    binary: (message: Uint8Array) => void found.push(['binary', [...message]]),
  };
  const trace = (frame: TracedFrame): void => void traced.push({ ...frame, payload: [...frame.payload] });
  const decoder = new FrameDecoder({
    messages,
    control: (opcode, payload) => void found.push([opcode, [...payload]]),
    limits: { ...DEFAULT_LIMITS, ...limits },
    codec: createTextCodec(),
    trace: traces ? trace : undefined,
  });
  return {
    decoder,
    found,
    traced,
    push(bytes, step = bytes.length) {
      for (let start = 0; start < bytes.length; start += step) {
        const end = Math.min(start + step, bytes.length);
        for (let at = start; at < end; ) at = decoder.read(bytes, at, end);
      }
    },
  };
}

/** What comes out of `bytes`: the same whole as in single bytes. */
function decoded(bytes: Uint8Array, limits?: Partial<Limits>): Reading['found'] {
  const whole = reading(limits);
  const single = reading(limits);
  whole.push(bytes);
  single.push(bytes, 1);
  expect(single.found).toEqual(whole.found);
  return whole.found;
}

/** The error that `bytes` end in: the same whole as in single bytes, and only at the last byte. */
function fault(bytes: Uint8Array, limits?: Partial<Limits>): ProtocolError {
  const errors = [bytes.length, 1].map((step) => {
    const attempt = reading(limits);
    if (step === 1) attempt.push(bytes.subarray(0, -1), 1);
    try {
      attempt.push(step === 1 ? bytes.subarray(-1) : bytes);
    } catch (error) {
      return error as ProtocolError;
    }
    return expect.unreachable() as never;
  });
  expect({ ...errors[1], message: errors[1]?.message }).toEqual({
    ...errors[0],
    message: errors[0]?.message,
  });
  return errors[0] as ProtocolError;
}

const length = (count: number): Uint8Array => Uint8Array.from({ length: count }, (_, index) => index & 0xff);

describe('golden bytes of frames received: RFC 6455, 5.7', () => {
  it('an unmasked text "Hello"', () => {
    expect(decoded(hex('81 05 48 65 6c 6c 6f'))).toEqual([['text', 'Hello']]);
  });

  it('a fragmented text "Hel" and "lo" (#61)', () => {
    expect(decoded(hex('01 03 48 65 6c 80 02 6c 6f'))).toEqual([['text', 'Hello']]);
  });

  it('an unmasked Ping, and a Pong with the same payload', () => {
    expect(decoded(hex('89 05 48 65 6c 6c 6f 8a 05 48 65 6c 6c 6f'))).toEqual([
      [9, [...utf8('Hello')]],
      [10, [...utf8('Hello')]],
    ]);
  });

  it.each([
    ['82 7e 01 00', 256],
    ['82 7f 00 00 00 00 00 01 00 00', 65_536],
  ])('binary with the header %s', (head, bytes) => {
    expect(decoded(concat(hex(head), length(bytes)))).toEqual([['binary', [...length(bytes)]]]);
  });

  it.each([
    ['82 00', 0],
    ['82 7d', 125],
    ['82 7e 00 7e', 126],
    ['82 7e 00 7f', 127],
    ['82 7e ff ff', 65_535],
  ])('and the header %s at a border of the length field', (head, bytes) => {
    expect(decoded(concat(hex(head), length(bytes)))).toEqual([['binary', [...length(bytes)]]]);
  });
});

describe('messages (#61, #72, #73)', () => {
  it('may be empty, in one frame or in several', () => {
    expect(decoded(hex('81 00 82 00 01 00 00 00 80 00 02 00 80 00'))).toEqual([
      ['text', ''],
      ['binary', []],
      ['text', ''],
      ['binary', []],
    ]);
  });

  it('may have control frames between their fragments', () => {
    expect(decoded(hex('02 01 01 89 01 aa 00 00 8a 00 80 01 02 81 01 61'))).toEqual([
      [9, [0xaa]],
      [10, []],
      ['binary', [1, 2]],
      ['text', 'a'],
    ]);
  });

  it('are read one frame a call', () => {
    const { decoder, found } = reading();
    const bytes = hex('81 01 61 81 01 62');
    expect(decoder.read(bytes, 0, 6)).toBe(3);
    expect(found).toEqual([['text', 'a']]);
    expect(decoder.read(bytes, 3, 6)).toBe(6);
  });

  it('are read within the range that is told', () => {
    const { decoder, found } = reading();
    const bytes = hex('ff 81 02 61 62 ff');
    expect(decoder.read(bytes, 1, 4)).toBe(4);
    expect(found).toEqual([]);
    expect(decoder.read(bytes, 4, 5)).toBe(5);
    expect(found).toEqual([['text', 'ab']]);
  });

  it('keep a leading U+FEFF', () => {
    expect(decoded(hex('81 04 ef bb bf 61'))).toEqual([['text', '\ufeffa']]);
  });

  it('that are binary are memory of their own, even out of a Buffer that is used again', () => {
    const kept: Uint8Array[] = [];
    const messages = { text() {}, binary: (message: Uint8Array) => void kept.push(message) };
    const decoder = new FrameDecoder({
      messages,
      control() {},
      limits: DEFAULT_LIMITS,
      codec: createTextCodec(),
    });
    const buffer = Buffer.from('8202aabb', 'hex');
    decoder.read(buffer, 0, 4);
    decoder.read(buffer.subarray(0, 3), 0, 3);
    decoder.read(buffer.subarray(3), 0, 1);
    buffer.fill(0);
    expect(kept).toEqual([hex('aa bb'), hex('aa bb')]);
    for (const message of kept) {
      expect(Object.getPrototypeOf(message)).toBe(Uint8Array.prototype);
      expect(message.buffer.byteLength).toBe(2);
    }
  });
});

describe('frames that RFC 6455 forbids a server', () => {
  it.each([
    ['81 80', 'a masked frame; only a client masks (RFC 6455, 5.1)', '#57'],
    ['81 fe 00 7e', 'a masked frame; only a client masks (RFC 6455, 5.1)', '#57'],
    ['c1 00', 'a frame with reserved bits that no extension defines (RFC 6455, 5.2)', '#58, #101'],
    ['a1 00', 'a frame with reserved bits that no extension defines (RFC 6455, 5.2)', '#58'],
    ['91 00', 'a frame with reserved bits that no extension defines (RFC 6455, 5.2)', '#58'],
    ['c9 00', 'a frame with reserved bits that no extension defines (RFC 6455, 5.2)', '#95'],
    ['83 00', 'a frame with the reserved opcode 3 (RFC 6455, 5.2)', '#59'],
    ['87 00', 'a frame with the reserved opcode 7 (RFC 6455, 5.2)', '#59'],
    ['8b 00', 'a frame with the reserved opcode 11 (RFC 6455, 5.2)', '#59'],
    ['0f 00', 'a frame with the reserved opcode 15 (RFC 6455, 5.2)', '#59'],
    ['09 00', 'a fragmented control frame (RFC 6455, 5.5)', '#63'],
    ['08 00', 'a fragmented control frame (RFC 6455, 5.5)', '#63'],
    ['89 7e 00 7e', 'a control frame over 125 bytes (RFC 6455, 5.5)', '#63'],
    ['88 7f 00 00 00 00 00 01 00 00', 'a control frame over 125 bytes (RFC 6455, 5.5)', '#63'],
    ['80 00', 'a continuation frame where no message had begun (RFC 6455, 5.4)', '#62'],
    ['00 00', 'a continuation frame where no message had begun (RFC 6455, 5.4)', '#62'],
    ['01 00 81 00', 'a new message inside a fragmented one (RFC 6455, 5.4)', '#62'],
    ['01 01 61 02 00', 'a new message inside a fragmented one (RFC 6455, 5.4)', '#62'],
    ['01 00 80 00 80 00', 'a continuation frame where no message had begun (RFC 6455, 5.4)', '#62'],
    ['82 7e 00 7d', 'a frame with a non-minimal length (RFC 6455, 5.2)', '#60'],
    ['82 7f 00 00 00 00 00 00 ff ff', 'a frame with a non-minimal length (RFC 6455, 5.2)', '#60'],
    ['8a 7e 00 05', 'a frame with a non-minimal length (RFC 6455, 5.2)', '#60'],
    ['82 7f 80 00 00 00 00 00 00 00', 'a frame with a length above 2^63 (RFC 6455, 5.2)', '#60, attack 1'],
    ['82 7f ff ff ff ff ff ff ff ff', 'a frame with a length above 2^63 (RFC 6455, 5.2)', '#60, attack 1'],
  ])('%s: %s (%s)', (digits, what) => {
    const error = fault(hex(digits));
    expect(error).toMatchObject({ name: 'ProtocolError', code: 'PROTOCOL', closeCode: 1002 });
    expect(error.message).toBe(
      `The server sent ${what}. The connection was closed with 1002; the server, or a proxy between, has a fault.`,
    );
  });

  it('a control frame of 125 bytes is not one of them', () => {
    expect(decoded(concat(hex('89 7d'), length(125)))).toEqual([[9, [...length(125)]]]);
  });
});

describe('text that is not UTF-8 (#71, attack 11)', () => {
  it.each([
    ['81 01 ff', 'a whole frame'],
    ['81 02 e2 82', 'a message that ends inside a character'],
    ['01 02 61 ed 00 01 a0', 'a surrogate over two fragments'],
    ['01 01 e2 80 01 82', 'fragments that end inside a character'],
    ['01 02 c0 80', 'a fragment that is whole'],
    ['01 02 f4 90', 'above U+10FFFF, before the character is complete'],
    ['01 01 e2 80 00', 'an empty last fragment inside a character'],
  ])('%s: %s', (digits) => {
    const attempt = reading();
    expect(() => attempt.push(hex(digits))).toThrow(
      expect.objectContaining({
        code: 'INVALID_PAYLOAD',
        closeCode: 1007,
        message:
          'The server sent a text message that is not valid UTF-8. It should send such bytes as a binary message.',
      }),
    );
    expect(attempt.found).toEqual([]);
  });

  it('fails at its first bad byte, in the middle of a frame that is still arriving', () => {
    for (const [digits, bad] of [
      ['81 7d 61 62 ff', 4],
      ['81 7e 40 00 61 ed a0', 6],
      ['01 02 61 e2 89 00 00 05 28', 8],
    ] as const) {
      const attempt = reading();
      const bytes = hex(digits);
      attempt.push(bytes.subarray(0, bad), 1);
      expect(() => attempt.push(bytes.subarray(bad)), digits).toThrow('not valid UTF-8');
    }
  });

  it('does not fail where characters are cut by frames, chunks and control frames', () => {
    const text = 'κόσμε 再见 😀';
    const bytes = utf8(text);
    const frames = [...bytes].map((byte, index) => {
      const first = (index === 0 ? 1 : 0) | (index === bytes.length - 1 ? 0x80 : 0);
      return concat(serverFrame(0, Uint8Array.of(byte), first), index === 4 ? serverFrame(9, 'x') : hex(''));
    });
    expect(decoded(concat(...frames))).toEqual([
      [9, [0x78]],
      ['text', text],
    ]);
  });

  it('is no fault of binary messages or of pings', () => {
    expect(decoded(hex('82 01 ff 02 01 ff 80 01 c0 89 01 ff'))).toEqual([
      ['binary', [0xff]],
      ['binary', [0xff, 0xc0]],
      [9, [0xff]],
    ]);
  });
});

describe('limits (#74, #75, attacks 1, 2, 3)', () => {
  const tooBig = (size: number, limit: number): unknown =>
    expect.objectContaining({
      code: 'MESSAGE_TOO_BIG',
      closeCode: 1009,
      limit,
      size,
      message:
        `The server began a message of at least ${size} bytes, larger than the limit of ${limit}. ` +
        'Raise limits.maxMessageBytes if such messages are expected.',
    });

  it('allow a message of exactly maxMessageBytes, in one frame or several', () => {
    expect(decoded(hex('82 03 01 02 03'), { maxMessageBytes: 3 })).toEqual([['binary', [1, 2, 3]]]);
    expect(decoded(hex('02 02 01 02 80 01 03'), { maxMessageBytes: 3 })).toEqual([['binary', [1, 2, 3]]]);
  });

  it('fail one byte more by its header alone', () => {
    expect(fault(hex('82 04'), { maxMessageBytes: 3 })).toEqual(tooBig(4, 3));
    expect(fault(hex('02 02 01 02 00 02'), { maxMessageBytes: 3 })).toEqual(tooBig(4, 3));
  });

  it('fail a declared length of 64 MiB and a byte, 2^53 and 2^63 - 1 by default, before anything is taken', () => {
    expect(fault(hex('82 7f 00 00 00 00 04 00 00 01'))).toEqual(tooBig(67_108_865, 67_108_864));
    expect(fault(hex('82 7f 00 20 00 00 00 00 00 00'))).toEqual(tooBig(2 ** 53, 67_108_864));
    expect(fault(hex('82 7f 7f ff ff ff ff ff ff ff'))).toEqual(tooBig(2 ** 63, 67_108_864));
  });

  it('are anew for each message', () => {
    expect(
      decoded(hex('02 02 01 02 80 00 02 02 01 02 80 00 82 02 05 06'), { maxMessageBytes: 2 }),
    ).toHaveLength(3);
  });

  it('do not count control frames', () => {
    const bytes = hex('01 00 89 03 01 02 03 89 00 89 00 80 00');
    expect(decoded(bytes, { maxMessageBytes: 0, maxFragments: 2 })).toHaveLength(4);
  });

  it('allow exactly maxFragments, empty ones included', () => {
    expect(decoded(hex('01 00 00 00 80 01 61'), { maxFragments: 3 })).toEqual([['text', 'a']]);
    const error = fault(hex('01 00 00 00 00 00 80 00'), { maxFragments: 3 });
    expect(error).toMatchObject({ code: 'TOO_MANY_FRAGMENTS', closeCode: 1008, limit: 3, size: 4 });
    expect(error.message).toBe(
      'The server cut a message into more than 3 fragments. Raise limits.maxFragments if that is expected.',
    );
  });
});

describe('a trace of what came', () => {
  it('has each frame once, fragments and control frames too, however they were cut', () => {
    const bytes = hex('81 01 61 02 02 01 02 89 02 aa bb 00 00 80 01 03 88 02 03 e8');
    const expected = [
      { direction: 'in', opcode: 1, fin: true, length: 1, payload: [0x61] },
      { direction: 'in', opcode: 2, fin: false, length: 2, payload: [1, 2] },
      { direction: 'in', opcode: 9, fin: true, length: 2, payload: [0xaa, 0xbb] },
      { direction: 'in', opcode: 0, fin: false, length: 0, payload: [] },
      { direction: 'in', opcode: 0, fin: true, length: 1, payload: [3] },
      { direction: 'in', opcode: 8, fin: true, length: 2, payload: [3, 0xe8] },
    ];
    for (const step of [bytes.length, 1, 3]) {
      const { push, traced } = reading({}, true);
      push(bytes, step);
      expect(traced).toEqual(expected);
    }
  });

  it('comes before the message that the frame ends', () => {
    const order: string[] = [];
    const messages = { text: () => void order.push('text'), binary() {} };
    const control = (): void => void order.push('control');
    const trace = (): void => void order.push('trace');
    const decoder = new FrameDecoder({
      messages,
      control,
      limits: DEFAULT_LIMITS,
      codec: createTextCodec(),
      trace,
    });
    decoder.read(hex('81 00'), 0, 2);
    decoder.read(hex('89 00'), 0, 2);
    decoder.read(hex('01 00'), 0, 2);
    decoder.read(hex('80 00'), 0, 2);
    expect(order).toEqual(['trace', 'text', 'trace', 'control', 'trace', 'trace', 'text']);
  });
});

describe('reset', () => {
  it('gives up what was collected of a message and of a control frame', () => {
    const message = reading();
    message.push(hex('01 02 61 62'));
    message.decoder.reset();
    message.push(hex('81 01 63'));
    expect(message.found).toEqual([['text', 'c']]);

    const control = reading();
    control.push(hex('89 02 aa'));
    control.decoder.reset();
    control.push(hex('bb'));
    expect(control.found).toEqual([[9, [0xbb]]]);
  });
});

describe('room for the bytes that come next', () => {
  const KIB = 1024;
  const payload = Uint8Array.from({ length: 100 * KIB }, (_, index) => (index * 7) & 0x7f);

  /** Reads `bytes`, each piece into the room where there is some. */
  function pushInPlace({ decoder }: Reading, bytes: Uint8Array, step: number): number {
    let inPlace = 0;
    for (let start = 0; start < bytes.length; ) {
      const { room } = decoder;
      const end = Math.min(start + (room === undefined ? step : Math.min(step, room.length)), bytes.length);
      if (room === undefined) {
        for (let at = start; at < end; ) at = decoder.read(bytes, at, end);
      } else {
        room.set(bytes.subarray(start, end));
        expect(decoder.read(room, 0, end - start)).toBe(end - start);
        inPlace += end - start;
      }
      start = end;
    }
    return inPlace;
  }

  it.each([1_000, 10_000, 65_536])(
    'is in a message of which 32 KiB are missing: pieces of %d bytes',
    (step) => {
      const all = reading();
      const bytes = concat(
        serverFrame(2, payload),
        serverFrame(1, payload),
        serverFrame(1, payload, 1),
        serverFrame(9, 'x'),
        serverFrame(0, payload),
        serverFrame(1, 'end'),
      );
      const inPlace = pushInPlace(all, bytes, step);
      const text = Buffer.from(payload).toString();
      expect(all.found).toEqual([
        ['binary', [...payload]],
        ['text', text],
        [9, [0x78]],
        ['text', text + text],
        ['text', 'end'],
      ]);
      expect(inPlace).toBeGreaterThan(100 * KIB);
      expect(inPlace).toBeLessThanOrEqual(4 * 100 * KIB);
    },
  );

  it('is nowhere else: between frames, inside a header, a short rest or a control frame', () => {
    const { decoder, push } = reading();
    const rooms = [decoder.room];
    push(serverFrame(2, payload).subarray(0, 5));
    rooms.push(decoder.room);
    push(serverFrame(2, payload).subarray(5, payload.length + 10 - 32 * KIB + 1));
    rooms.push(decoder.room);
    push(new Uint8Array(32 * KIB - 1));
    push(hex('89 05 01'));
    rooms.push(decoder.room);
    expect(rooms).toEqual([undefined, undefined, undefined, undefined]);
  });

  it('ends where the frame does', () => {
    const { decoder, push } = reading();
    push(serverFrame(2, payload).subarray(0, 20));
    expect(decoder.room).toHaveLength(payload.length - 10);
  });

  it('fails at once where what was put there is not UTF-8', () => {
    const { decoder, push } = reading();
    push(serverFrame(1, payload).subarray(0, 10));
    const { room } = decoder;
    room?.fill(0x61);
    room?.set([0xc3, 0x28], 500);
    expect(() => decoder.read(room as Uint8Array, 0, 1_000)).toThrow(
      expect.objectContaining({ code: 'INVALID_PAYLOAD', closeCode: 1007 }),
    );
  });
});

describe("a caller's memory for binary messages", () => {
  interface Provided {
    readonly asked: number[];
    readonly messages: Uint8Array[];
    push(bytes: Uint8Array, step?: number): void;
  }

  function providing(
    buffer: (length: number) => unknown,
    limits: Partial<Limits> = {},
    traces = false,
  ): Provided {
    const asked: number[] = [];
    const messages: Uint8Array[] = [];
    const decoder = new FrameDecoder({
      messages: { text() {}, binary: (message) => void messages.push(message) },
      control() {},
      limits: { ...DEFAULT_LIMITS, ...limits },
      codec: createTextCodec(),
      trace: traces ? () => {} : undefined,
      receiveBuffer: (length) => {
        asked.push(length);
        return buffer(length) as Uint8Array | undefined;
      },
    });
    const push = (bytes: Uint8Array, step = bytes.length): void => {
      for (let start = 0; start < bytes.length; start += step) {
        const end = Math.min(start + step, bytes.length);
        for (let at = start; at < end; ) at = decoder.read(bytes, at, end);
      }
    };
    return { asked, messages, push };
  }

  it.each([1, 2, 3, 5, 300, 400])(
    'is filled and delivered, exactly, when the stream is cut every %d bytes',
    (step) => {
      const memory = new Uint8Array(500).fill(0xee);
      const { asked, messages, push } = providing(() => memory);
      push(serverFrame(2, length(300)), step);
      expect(asked).toEqual([300]);
      expect(messages).toEqual([length(300)]);
      expect([messages[0]?.buffer, messages[0]?.byteOffset]).toEqual([memory.buffer, 0]);
      expect(memory.subarray(300)).toEqual(new Uint8Array(200).fill(0xee));
    },
  );

  it('is asked for when the header is here, of a message in one frame that is not empty', () => {
    const { asked, messages, push } = providing((bytes) => new Uint8Array(bytes));
    push(hex('82 7e 01'));
    expect(asked).toEqual([]);
    push(hex('00'));
    expect(asked).toEqual([256]);
    push(length(256));
    push(hex('82 00  02 01 aa 80 01 bb  81 01 61  89 01 61  82 01 cc'));
    expect(asked).toEqual([256, 1]);
    expect(messages).toEqual([length(256), hex(''), hex('aa bb'), hex('cc')]);
  });

  it('is asked for of traced frames as well', () => {
    const { asked, messages, push } = providing((bytes) => new Uint8Array(bytes), {}, true);
    push(hex('82 01 cc'));
    push(hex('82 01 dd'), 1);
    expect([asked, messages]).toEqual([
      [1, 1],
      [hex('cc'), hex('dd')],
    ]);
  });

  it('is not asked for when the message is too long', () => {
    const { asked, push } = providing((bytes) => new Uint8Array(bytes), { maxMessageBytes: 10 });
    expect(() => push(hex('82 0b'))).toThrow(expect.objectContaining({ code: 'MESSAGE_TOO_BIG' }));
    expect(asked).toEqual([]);
  });

  it('may be denied: the message then has memory of its own', () => {
    const { messages, push } = providing(() => undefined);
    push(serverFrame(2, length(3)));
    push(serverFrame(2, length(3)), 2);
    expect(messages).toEqual([length(3), length(3)]);
    expect(messages.map(({ buffer }) => buffer.byteLength)).toEqual([3, 3]);
  });

  it.each([
    ['too small', new Uint8Array(2)],
    ['an ArrayBuffer', new ArrayBuffer(3)],
    ['a view of words', new Uint16Array(3)],
    ['null', null],
    ['something like it', { length: 3, subarray: () => new Uint8Array(3) }],
  ])('is refused if it is %s', (_, wrong) => {
    const refusal = expect.objectContaining({
      code: 'INVALID_OPTION',
      message:
        'receiveBuffer must return a Uint8Array of at least 3 bytes, the length it was asked for, or undefined.',
    });
    expect(() => providing(() => wrong).push(serverFrame(2, length(3)))).toThrow(refusal);
    expect(() => providing(() => wrong).push(serverFrame(2, length(3)), 1)).toThrow(refusal);
  });
});

describe('a message read at a glance', () => {
  it.each([
    ['81 80', 'PROTOCOL'],
    ['81 fe 00 00', 'PROTOCOL'],
    ['82 7e 00 7d', 'PROTOCOL'],
    ['c1 00', 'PROTOCOL'],
    ['83 00', 'PROTOCOL'],
  ])('is none of these: %s', (digits, code) => {
    expect(fault(hex(digits)).code).toBe(code);
  });

  it('keeps the limits', () => {
    expect(decoded(hex('81 02 61 62'), { maxMessageBytes: 2 })).toEqual([['text', 'ab']]);
    expect(fault(hex('81 03'), { maxMessageBytes: 2 }).code).toBe('MESSAGE_TOO_BIG');
    expect(() => reading({ maxMessageBytes: 2 }).push(hex('81 03 61 62 63'))).toThrow('at least 3 bytes');
    expect(() => reading({ maxFragments: 0 }).push(hex('81 01 61'))).toThrow('more than 0 fragments');
  });
});
