// permessage-deflate as it arrives (RFC 7692, 6.1, 7.2.2), inflated by Node's zlib; golden bytes of its section 7.2.3.
import { randomBytes } from 'node:crypto';
import { constants, createDeflateRaw, deflateRawSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { ProtocolError } from '../../src/base/errors.ts';
import { deflated, deflateHarness, TAIL } from '../tools/deflate.ts';
import { concat, createHarness, hex, openHarness, sent, utf8 } from '../tools/engine-harness.ts';
import { serverFrame } from '../tools/server-frame.ts';

const NO_TAKEOVER = '; server_no_context_takeover';

/** RSV1 and FIN on a text, a text that goes on, and so forth. */
const WHOLE_TEXT = 0xc1;
const WHOLE_BINARY = 0xc2;
const FIRST_TEXT = 0x41;

const hello = hex('f2 48 cd c9 c9 07 00');

/** The events that `bytes` give rise to: the same whole as in single bytes. */
function heard(bytes: Uint8Array, params = ''): unknown[] {
  const whole = deflateHarness({ params });
  const single = deflateHarness({ params });
  whole.engine.receive(bytes);
  for (let at = 0; at < bytes.length; at++) single.engine.receive(bytes, at, at + 1);
  expect(single.told).toEqual(whole.told);
  return whole.told;
}

const failure = (code: string, closeCode: number): unknown[] => [
  'failure',
  expect.objectContaining({ name: 'ProtocolError', code, closeCode }),
];
const corrupt = failure('INVALID_PAYLOAD', 1007);

describe('the examples of RFC 7692', () => {
  it('7.2.3.1: a message compressed using one block (#98)', () => {
    expect(heard(hex('c1 07 f2 48 cd c9 c9 07 00'))).toEqual([['text', 'Hello']]);
  });

  it('7.2.3.1: the same in two fragments (#95, #98)', () => {
    expect(heard(hex('41 03 f2 48 cd 80 04 c9 c9 07 00'))).toEqual([['text', 'Hello']]);
  });

  it('7.2.3.2: sharing the window, the second message is shorter (#98)', () => {
    expect(heard(hex('c1 07 f2 48 cd c9 c9 07 00 c1 05 f2 00 11 00 00'))).toEqual([
      ['text', 'Hello'],
      ['text', 'Hello'],
    ]);
  });

  it('7.2.3.3: a block without compression (#98)', () => {
    expect(heard(hex('c1 0b 00 05 00 fa ff 48 65 6c 6c 6f 00'))).toEqual([['text', 'Hello']]);
  });

  it('7.2.3.4: a block with BFINAL set to 1 (#98)', () => {
    expect(heard(hex('c1 08 f3 48 cd c9 c9 07 00 00'))).toEqual([['text', 'Hello']]);
  });

  it('7.2.3.5: two blocks in one message (#98)', () => {
    expect(heard(hex('c1 0d f2 48 05 00 00 00 ff ff ca c9 c9 07 00'))).toEqual([['text', 'Hello']]);
  });

  it('7.2.3.6: an empty message (#97)', () => {
    expect(heard(hex('c1 01 00 c2 01 00'))).toEqual([
      ['text', ''],
      ['binary', []],
    ]);
  });
});

describe('a compressed message', () => {
  it('may come in fragments, empty ones too, with control frames between (#61, #95)', () => {
    const payload = deflated('Grüße, 世界');
    const bytes = concat(
      serverFrame(1, payload.subarray(0, 3), FIRST_TEXT),
      serverFrame(9, 'ping'),
      serverFrame(0, '', 0x00),
      serverFrame(0, payload.subarray(3), 0x00),
      serverFrame(10, 'pong'),
      serverFrame(0, '', 0x80),
    );
    expect(heard(bytes)).toEqual([
      ['ping', [...utf8('ping')]],
      ['pong', [...utf8('pong')]],
      ['text', 'Grüße, 世界'],
    ]);
  });

  it('may be empty without a byte, as Mojolicious sends it, and leave the window as it was', () => {
    // Recorded: "hello", an empty message, "again". What the deflater did not emit must not be inflated either.
    const recorded = hex('c1 0c ca 48 cd c9 c9 07 00 00 00 ff ff 00 c1 00 c1 07 4a 4c 4f cc cc 03 00');
    expect(heard(recorded)).toEqual([
      ['text', 'hello'],
      ['text', ''],
      ['text', 'again'],
    ]);
    const inFragments = hex('c1 07 f2 48 cd c9 c9 07 00 42 00 00 00 80 00 c1 05 f2 00 11 00 00');
    expect(heard(inFragments)).toEqual([
      ['text', 'Hello'],
      ['binary', []],
      ['text', 'Hello'],
    ]);
    // An empty frame that ends a message with bytes is another matter: the tail belongs behind it.
    const emptyEnd = hex('41 07 f2 48 cd c9 c9 07 00 80 00 c1 05 f2 00 11 00 00');
    expect(heard(emptyEnd)).toEqual([
      ['text', 'Hello'],
      ['text', 'Hello'],
    ]);
  });

  it('may come between plain ones, which leave the window alone (#96)', () => {
    const again = hex('c1 05 f2 00 11 00 00');
    const bytes = concat(
      serverFrame(1, 'before'),
      serverFrame(1, hello, WHOLE_TEXT),
      serverFrame(1, 'between', 0x01),
      serverFrame(0, ' two'),
      again,
      serverFrame(2, hello, WHOLE_BINARY),
    );
    expect(heard(bytes)).toEqual([
      ['text', 'before'],
      ['text', 'Hello'],
      ['text', 'between two'],
      ['text', 'Hello'],
      ['binary', [...utf8('Hello')]],
    ]);
  });

  it('may refer to those before it only if that was agreed on (#93, #98)', () => {
    const pair = hex('c1 07 f2 48 cd c9 c9 07 00 c1 05 f2 00 11 00 00');
    expect(heard(pair, NO_TAKEOVER)).toEqual([['text', 'Hello'], corrupt]);
    expect(
      heard(concat(serverFrame(1, hello, WHOLE_TEXT), serverFrame(1, hello, WHOLE_TEXT)), NO_TAKEOVER),
    ).toEqual([
      ['text', 'Hello'],
      ['text', 'Hello'],
    ]);
  });

  it('may refer back as far as the window reaches, and no further (#94, #98)', () => {
    const noise = randomBytes(600);
    const compressor = deflateRawSync(concat(noise, noise), {
      windowBits: 15,
      finishFlush: constants.Z_SYNC_FLUSH,
    });
    const frame = serverFrame(2, compressor.subarray(0, -4), WHOLE_BINARY);
    expect(heard(frame)).toEqual([['binary', [...noise, ...noise]]]);
    // What comes from further back than 2^8 bytes is refused, once it must be taken from the window.
    const repeats = [1, 2].map(() => concat(noise, hex('00')));
    const far = deflateRawSync(concat(...repeats), { windowBits: 15, finishFlush: constants.Z_SYNC_FLUSH });
    const { engine, told } = deflateHarness({ params: '; server_max_window_bits=8' });
    for (const byte of serverFrame(2, far.subarray(0, -4), WHOLE_BINARY)) engine.receive(Uint8Array.of(byte));
    expect(told).toEqual([corrupt]);
  });

  it('may take many times the memory that is inflated to at a time', () => {
    const text = 'Grüße, 世界. '.repeat(20_000);
    expect(heard(serverFrame(1, deflated(text), WHOLE_TEXT))).toEqual([['text', text]]);
    const bytes = new Uint8Array(65_536).fill(7);
    const { engine, told } = deflateHarness();
    for (const size of [65_535, 65_536])
      engine.receive(serverFrame(2, deflated(bytes.subarray(0, size)), WHOLE_BINARY));
    expect(told.map(([, value]) => (value as number[]).length)).toEqual([65_535, 65_536]);
  });

  it('may have its own last block at its end, and after that many more (#98)', () => {
    const final = deflateRawSync('Hello');
    expect(heard(serverFrame(1, final, WHOLE_TEXT))).toEqual([['text', 'Hello']]);
    const twice = serverFrame(1, concat(final, final, Uint8Array.of(0)), WHOLE_TEXT);
    expect(heard(concat(twice, twice, serverFrame(1, hello, WHOLE_TEXT)))).toEqual([
      ['text', 'HelloHello'],
      ['text', 'HelloHello'],
      ['text', 'Hello'],
    ]);
  });

  it('may be text that begins with U+FEFF, or be cut inside a character by its blocks', () => {
    expect(heard(serverFrame(1, deflated('\uFEFFtext'), WHOLE_TEXT))).toEqual([['text', '\uFEFFtext']]);
  });

  it('is not delivered while closing (#113)', () => {
    const { engine, told } = deflateHarness();
    engine.close();
    engine.receive(serverFrame(1, hello, WHOLE_TEXT));
    expect(told).toEqual([]);
  });

  it('is shown to a tracer inflated, with its length on the wire', () => {
    const traced: Record<string, unknown>[] = [];
    const { engine } = deflateHarness({
      trace: ({ payload, ...frame }) => traced.push({ ...frame, payload: Buffer.from(payload).toString() }),
    });
    engine.receive(hex('c1 07 f2 48 cd c9 c9 07 00 41 03 f2 48 cd 89 00 80 04 c9 c9 07 00 81 02 48 69'));
    const frame = { direction: 'in', opcode: 1, fin: true };
    expect(traced.filter(({ direction }) => direction === 'in')).toEqual([
      { ...frame, length: 7, payload: 'Hello', compressed: true },
      { ...frame, fin: false, length: 3, payload: 'He', compressed: true },
      { ...frame, opcode: 9, length: 0, payload: '' },
      { ...frame, opcode: 0, length: 4, payload: 'llo', compressed: true },
      { ...frame, length: 2, payload: 'Hi' },
    ]);
  });
});

describe('RSV1 where it must not stand (attack 7)', () => {
  it.each(['c1', '41', 'c2', '42', 'c0', '40', 'c8', 'c9', 'ca'])(
    'ends the connection with 1002 if no compression was agreed on: %s (#47, #58, #101)',
    (first) => {
      const { engine, told, ...harness } = openHarness();
      engine.receive(hex(`${first} 01 00`));
      expect(told).toEqual([failure('PROTOCOL', 1002)]);
      expect(sent({ engine, told, ...harness })).toEqual([[8, true, [0x03, 0xea]]]);
    },
  );

  it.each(['c8', 'c9', 'ca'])('ends it on a control frame: %s (#95)', (first) => {
    const { engine, told } = deflateHarness();
    engine.receive(hex(`${first} 00`));
    expect(told).toEqual([failure('PROTOCOL', 1002)]);
  });

  it.each(['c0', '40'])(
    'ends it on a continuation, of a plain or a compressed message: %s (#95)',
    (first) => {
      for (const begin of ['01 01 61', '41 03 f2 48 cd']) {
        const { engine, told } = deflateHarness();
        engine.receive(hex(begin));
        engine.receive(hex(`${first} 01 00`));
        expect(told).toEqual([failure('PROTOCOL', 1002)]);
      }
    },
  );

  it.each(['a1', '91', 'e1', 'd1', 'f1'])(
    'and so do RSV2 and RSV3, with it or without: %s (#58)',
    (first) => {
      const { engine, told } = deflateHarness();
      engine.receive(hex(`${first} 01 00`));
      expect(told).toEqual([failure('PROTOCOL', 1002)]);
    },
  );
});

describe('data that cannot be inflated (#99, attack 4)', () => {
  it.each([
    ['a block of a type that does not exist', '07'],
    ['a length that does not match its complement', '00 05 00 00 00 48'],
    ['a reference to nothing', '4b 04 12 00'],
    ['a code that has no end', 'ed ff ff ff ff ff ff'],
    ['garbage', 'de ad be ef de ad be ef'],
  ])('ends the connection with 1007: %s', (_, payload) => {
    const bytes = hex(payload);
    expect(heard(serverFrame(2, bytes, WHOLE_BINARY))).toEqual([corrupt]);
    expect(heard(concat(serverFrame(2, bytes, 0x42), serverFrame(0)))).toEqual([corrupt]);
  });

  it('ends it as soon as the bad bytes are here, in the middle of a fragment', () => {
    const { engine, told } = deflateHarness();
    engine.receive(hex('42 7e 40 00 07 ff ff ff'));
    expect(told).toEqual([corrupt]);
  });

  it('ends it when a message stops in the middle of its data (#97)', () => {
    for (const cut of ['f2', 'f2 48', 'f2 48 cd', 'f2 48 cd c9 c9', '00 05 00 fa ff 48 65 6c']) {
      expect(heard(serverFrame(1, hex(cut), WHOLE_TEXT))).toEqual([corrupt]);
    }
  });

  it('ends it at that message, not at the next, when only the end of its last block is missing (#97)', () => {
    for (const params of ['', NO_TAKEOVER]) {
      for (const cut of ['f2 48 cd c9 c9 07', '00 05 00 fa ff 48 65 6c 6c 6f', 'f2 48 05']) {
        expect(heard(serverFrame(1, hex(cut), WHOLE_TEXT), params)).toEqual([corrupt]);
      }
    }
  });

  it('says what to do about it, and closes with 1007 on the wire', () => {
    const { engine, told, ...harness } = deflateHarness();
    engine.receive(serverFrame(1, hex('07'), WHOLE_TEXT));
    const { message } = harness.failure();
    expect(message).toContain('cannot be inflated');
    expect(message).toContain('compression: false');
    expect(sent({ engine, told, ...harness })).toEqual([[8, true, [0x03, 0xef]]]);
    engine.receive(serverFrame(1, hello, WHOLE_TEXT));
    expect(told).toHaveLength(1);
  });
});

describe('text that is not UTF-8 once inflated (#71, attack 11)', () => {
  const bad = deflated(concat(utf8('ok'), Uint8Array.of(0xff)));

  it('ends the connection with 1007, in a whole message and in fragments', () => {
    expect(heard(serverFrame(1, bad, WHOLE_TEXT))).toEqual([corrupt]);
    expect(
      heard(concat(serverFrame(1, bad.subarray(0, 2), FIRST_TEXT), serverFrame(0, bad.subarray(2)))),
    ).toEqual([corrupt]);
    expect(heard(serverFrame(1, deflated(Uint8Array.of(0xc3)), WHOLE_TEXT))).toEqual([corrupt]);
    expect(
      heard(
        serverFrame(1, deflated(concat(new Uint8Array(70_000).fill(97), Uint8Array.of(0xc3))), WHOLE_TEXT),
      ),
    ).toEqual([corrupt]);
  });

  it('ends it when the bad byte arrives, not at the end of the message', () => {
    const { engine, told } = deflateHarness();
    // Flushed, so that the byte comes out although the message goes on.
    engine.receive(serverFrame(1, concat(bad, TAIL), FIRST_TEXT));
    expect(told).toEqual([corrupt]);
  });

  it('ends it inside a long message, before the rest is inflated', () => {
    const text = concat(
      new Uint8Array(70_000).fill(97),
      Uint8Array.of(0xff),
      new Uint8Array(200_000).fill(97),
    );
    const { engine, told } = deflateHarness({ limits: { maxMessageBytes: 140_000 } });
    engine.receive(serverFrame(1, deflated(text), WHOLE_TEXT));
    expect(told).toEqual([corrupt]);
  });
});

describe('a message that inflates to more than the limit (#74, #99, attack 4)', () => {
  const limits = { maxMessageBytes: 1_000 };

  it.each([1_000, 1_001])('of 1,000 bytes: %i', (size) => {
    const payload = deflated(new Uint8Array(size));
    const frames = [
      serverFrame(2, payload, WHOLE_BINARY),
      concat(serverFrame(2, payload.subarray(0, 4), 0x42), serverFrame(0, payload.subarray(4))),
    ];
    for (const bytes of frames) {
      const { engine, told } = deflateHarness({ limits });
      engine.receive(bytes);
      if (size === 1_000) expect(told.map(([name]) => name)).toEqual(['binary']);
      else {
        expect(told).toEqual([failure('MESSAGE_TOO_BIG', 1009)]);
        expect(told[0]?.[1]).toMatchObject({ limit: 1_000, size: 1_001 });
      }
    }
  });

  it('is stopped while it grows: 256 MiB in 260 KB inflate to no more than the limit and one step', () => {
    const { engine, told, failure: failed } = deflateHarness({ limits: { maxMessageBytes: 1024 * 1024 } });
    const bomb = zeros(256);
    expect(bomb.length).toBeLessThan(270_000);
    const before = process.memoryUsage().arrayBuffers;
    engine.receive(serverFrame(2, bomb, WHOLE_BINARY));
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(8 * 1024 * 1024);
    expect(told).toEqual([failure('MESSAGE_TOO_BIG', 1009)]);
    const { size } = failed() as ProtocolError;
    expect(size).toBeLessThan(1024 * 1024 + 65_537);
  });

  it('is the sum of its fragments', () => {
    const { engine, told } = deflateHarness({ limits });
    const part = deflateRawSync(new Uint8Array(600), { finishFlush: constants.Z_SYNC_FLUSH });
    engine.receive(serverFrame(2, part, 0x42));
    expect(told).toEqual([]);
    engine.receive(serverFrame(0, part, 0x00));
    expect(told).toEqual([failure('MESSAGE_TOO_BIG', 1009)]);
  });

  it.each([
    ['within the limit is what is seen', 990, corrupt],
    ['behind the limit is not', 1_010, failure('MESSAGE_TOO_BIG', 1009)],
  ])('a byte that is no UTF-8 %s, however TCP cuts it', (_, at, seen) => {
    const bytes = serverFrame(
      1,
      deflated(new Uint8Array(1_100).fill(0x61).fill(0xff, at, at + 1)),
      WHOLE_TEXT,
    );
    const whole = deflateHarness({ limits });
    const single = deflateHarness({ limits });
    whole.engine.receive(bytes);
    for (let byte = 0; byte < bytes.length; byte++) single.engine.receive(bytes, byte, byte + 1);
    expect([whole.told, single.told]).toEqual([[seen], [seen]]);
  });

  it('may be longer on the wire, as a clumsy encoder makes it, but not without end', () => {
    const empty = hex('00 00 00 ff ff');
    const padded = (count: number): Uint8Array =>
      concat(...new Array<Uint8Array>(count).fill(empty), Uint8Array.of(0));
    const allowance = 1_000 * 1.125 + 1024;
    const fits = deflateHarness({ limits });
    fits.engine.receive(serverFrame(2, padded(429), WHOLE_BINARY));
    fits.engine.receive(serverFrame(2, padded(429), WHOLE_BINARY));
    expect(429 * 5 + 1).toBeLessThanOrEqual(allowance);
    expect(fits.told).toEqual([
      ['binary', []],
      ['binary', []],
    ]);
    const endless = deflateHarness({ limits });
    endless.engine.receive(serverFrame(2, padded(400), 0x42));
    endless.engine.receive(serverFrame(0, padded(30), 0x00));
    expect(endless.told).toEqual([failure('MESSAGE_TOO_BIG', 1009)]);
    expect(endless.told[0]?.[1]).toMatchObject({ limit: 1_000, size: 430 * 5 + 2 });
  });

  it('is known before a byte of it comes, where its length says so (#77, attack 1)', () => {
    const { engine, told } = deflateHarness();
    engine.receive(hex('c2 7f 00 00 01 00 00 00 00 00'));
    expect(told).toEqual([failure('MESSAGE_TOO_BIG', 1009)]);
  });

  it('may have as many fragments as others (#75, attack 3)', () => {
    const { engine, told } = deflateHarness({ limits: { maxFragments: 3 } });
    engine.receive(
      concat(
        serverFrame(2, hello, 0x42),
        serverFrame(0, '', 0),
        serverFrame(0, '', 0),
        serverFrame(0, '', 0),
      ),
    );
    expect(told).toEqual([failure('TOO_MANY_FRAGMENTS', 1008)]);
  });
});

it('is offered only where the engine has what it takes (#25)', () => {
  expect(Buffer.from(createHarness().written()).toString()).not.toContain('Extensions');
});

/** So many MiB of zeros as one compressed message, made without holding them. */
function zeros(mebibytes: number): Uint8Array {
  const block = Buffer.alloc(1024 * 1024);
  const compressor = createDeflateRaw({ level: 9, chunkSize: 1024 * 1024 }) as unknown as {
    _handle: { writeSync(...args: unknown[]): void };
    _writeState: Uint32Array;
    close(): void;
  };
  const out = Buffer.alloc(1024 * 1024);
  let filled = 0;
  for (let index = 0; index < mebibytes; index++) {
    const flush = index === mebibytes - 1 ? constants.Z_SYNC_FLUSH : constants.Z_NO_FLUSH;
    compressor._handle.writeSync(flush, block, 0, block.length, out, filled, out.length - filled);
    filled = out.length - (compressor._writeState[0] as number);
  }
  compressor.close();
  return new Uint8Array(out.subarray(0, filled - 4));
}
