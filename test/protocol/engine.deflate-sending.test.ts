// permessage-deflate as it leaves (RFC 7692, 7.2.1): a strict reader of frames and Node's zlib play the server.
import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { deflateHarness, nodeCompression, PeerInflater, TAIL } from '../tools/deflate.ts';
import {
  concat,
  createHarness,
  type Harness,
  hex,
  openHarness,
  SAMPLE_NONCE,
  utf8,
} from '../tools/engine-harness.ts';

const HELLO = 'Hello, Hello, Hello, Hello';

/** What the server makes of the messages written since the last look. */
function messages(
  harness: Harness,
  peer = new PeerInflater(true, 15),
): [compressed: boolean, text: string][] {
  const found: [boolean, string][] = [];
  let parts: Uint8Array[] = [];
  let compressed = false;
  for (const { opcode, fin, rsv1, payload } of harness.frames()) {
    if (opcode >= 8) continue;
    if (opcode !== 0) compressed = rsv1;
    parts.push(payload);
    if (!fin) continue;
    const bytes = compressed ? peer.inflate(concat(...parts)) : concat(...parts);
    found.push([compressed, Buffer.from(bytes).toString()]);
    parts = [];
  }
  return found;
}

describe('a message that is sent compressed', () => {
  it('carries RSV1, lacks 00 00 FF FF at its end and is read back as it was (#97)', () => {
    const harness = deflateHarness();
    harness.engine.send(HELLO);
    harness.engine.send(utf8(HELLO));
    const frames = harness.frames();
    expect(frames.map(({ opcode, fin, rsv1 }) => [opcode, fin, rsv1])).toEqual([
      [1, true, true],
      [2, true, true],
    ]);
    const peer = new PeerInflater(true, 15);
    for (const { payload } of frames) {
      expect([...payload.subarray(-4)]).not.toEqual([...TAIL]);
      expect(Buffer.from(peer.inflate(payload)).toString()).toBe(HELLO);
    }
  });

  it('is, with fixed codes, what RFC 7692 has in 7.2.3.1 and 7.2.3.2 (#97)', () => {
    // Five letters do not get shorter, so they are sent in fragments, which must stay what they are.
    const harness = deflateHarness({ deflate: { level: 6 } });
    for (let round = 0; round < 2; round++) harness.engine.sendFragment('Hello', true);
    const [first, second] = harness.frames().map(({ payload }) => payload);
    expect(first).toEqual(hex('f2 48 cd c9 c9 07 00'));
    expect(second).toEqual(hex('f2 00 11 00 00'));
  });

  it('is masked whole, each with a key of its own (#44, #45)', () => {
    // The nonce of the handshake, then a count.
    let count = 0;
    const fill = (target: Uint8Array): void => {
      if (count === 0) target.set(SAMPLE_NONCE);
      else for (let at = 0; at < target.length; at++) target[at] = count + at;
      count += 1;
    };
    const harness = deflateHarness({ random: { fill } });
    harness.engine.send(HELLO);
    harness.engine.send(HELLO);
    expect(harness.frames().map(({ key }) => key)).toEqual([
      [1, 2, 3, 4],
      [5, 6, 7, 8],
    ]);
  });

  it('refers to those before it, unless the server or we said not to (#93, #97)', () => {
    const sizes = (options: Parameters<typeof deflateHarness>[0]): number[] => {
      const harness = deflateHarness(options);
      const text = randomBytes(200).toString('hex');
      harness.engine.send(text);
      harness.engine.send(text);
      return harness.frames().map(({ payload }) => payload.length);
    };
    const [first = 0, second = 0] = sizes({});
    expect(second).toBeLessThan(first / 10);
    for (const options of [
      { params: '; client_no_context_takeover' },
      { deflate: { clientNoContextTakeover: true } },
    ]) {
      const [one, two] = sizes(options);
      expect(two).toBe(one);
    }
  });

  it('is plain if that is shorter, and the window forgets it (#96, #97)', () => {
    const harness = deflateHarness();
    const noise = new Uint8Array(randomBytes(300));
    harness.engine.send(HELLO);
    harness.engine.send(noise);
    harness.engine.send(noise);
    harness.engine.send(HELLO);
    harness.engine.send(`${HELLO}!`);
    const frames = harness.frames();
    expect(frames.map(({ rsv1 }) => rsv1)).toEqual([true, false, false, true, true]);
    const peer = new PeerInflater(true, 15);
    expect(frames.map(({ rsv1, payload }) => (rsv1 ? peer.inflate(payload) : payload))).toEqual(
      [utf8(HELLO), noise, noise, utf8(HELLO), utf8(`${HELLO}!`)].map((bytes) => new Uint8Array(bytes)),
    );
  });

  it('is plain if it is short, or if it is to be (#96, #100)', () => {
    const harness = deflateHarness({ deflate: { threshold: 20 } });
    const { engine } = harness;
    engine.send('x'.repeat(19));
    engine.send('x'.repeat(20));
    engine.send(new Uint8Array(19));
    engine.send(new Uint8Array(20));
    engine.send('x'.repeat(20), false);
    engine.send('x'.repeat(20), true);
    engine.send('', true);
    expect(messages(harness).map(([compressed]) => compressed)).toEqual([
      false,
      true,
      false,
      true,
      false,
      true,
      false,
    ]);
  });

  it('never is with a threshold of Infinity, though the server may compress', () => {
    const harness = deflateHarness({ deflate: { threshold: Number.POSITIVE_INFINITY } });
    harness.engine.send('x'.repeat(10_000));
    expect(messages(harness)).toEqual([[false, 'x'.repeat(10_000)]]);
    harness.engine.receive(hex('c1 07 f2 48 cd c9 c9 07 00'));
    expect(harness.told).toEqual([['text', 'Hello']]);
  });

  it('leaves a secret out of what later messages refer to, if it was sent with compress: false (#100)', () => {
    const harness = deflateHarness();
    const secret = randomBytes(100).toString('hex');
    harness.engine.send(secret, false);
    harness.engine.send(secret);
    const [plain, packed] = harness.frames();
    expect(plain?.rsv1).toBe(false);
    expect(packed?.payload.length).toBeGreaterThan(100);
  });

  it('is counted as long as it is, for bufferedAmount (#112)', () => {
    const { engine, writer } = deflateHarness();
    engine.send('é'.repeat(500));
    expect(writer.payloadBytes).toBe(1_000);
    engine.sendFragment(new Uint8Array(300), false);
    engine.sendFragment(new Uint8Array(0), true);
    expect(writer.payloadBytes).toBe(1_300);
  });

  it('has lone surrogates replaced, like any other (#52)', () => {
    const harness = deflateHarness();
    harness.engine.send(`${'a'.repeat(50)}\ud800`);
    expect(messages(harness)).toEqual([[true, `${'a'.repeat(50)}\ufffd`]]);
  });

  it('may be long: text is measured first, and what it becomes may outgrow the block that it is made in', () => {
    const harness = deflateHarness();
    const text = 'Grüße, 世界. '.repeat(10_000);
    const letters = randomBytes(150_000).toString('base64');
    harness.engine.send(text);
    harness.engine.send(letters);
    expect(messages(harness)).toEqual([
      [true, text],
      [true, letters],
    ]);
  });

  it('is shown to a tracer as it was, with its length on the wire', () => {
    const traced: Record<string, unknown>[] = [];
    const harness = deflateHarness({
      trace: ({ payload, ...frame }) => traced.push({ ...frame, payload: Buffer.from(payload).toString() }),
    });
    harness.engine.send(HELLO);
    harness.engine.sendFragment(HELLO, false);
    const [whole, part] = harness.frames().map(({ payload }) => payload.length);
    const frame = { direction: 'out', opcode: 1, payload: HELLO, compressed: true };
    expect(traced).toEqual([
      { ...frame, fin: true, length: whole },
      { ...frame, fin: false, length: part },
    ]);
  });
});

describe('a message that is sent in fragments', () => {
  it('carries RSV1 on the first alone, and is cut anywhere (#47, #95, #97)', () => {
    const harness = deflateHarness();
    harness.engine.sendFragment('Grüße, ', false);
    harness.engine.ping();
    harness.engine.sendFragment('', false);
    harness.engine.sendFragment('世界', true);
    const frames = harness.frames();
    expect(frames.map(({ opcode, fin, rsv1 }) => [opcode, fin, rsv1])).toEqual([
      [1, false, true],
      [9, true, false],
      [0, false, false],
      [0, true, false],
    ]);
    const payload = concat(...frames.filter(({ opcode }) => opcode < 8).map((frame) => frame.payload));
    expect(Buffer.from(new PeerInflater(true, 15).inflate(payload)).toString()).toBe('Grüße, 世界');
  });

  it('may end in an empty one, and may be empty: a block that lacks its tail (#97)', () => {
    const harness = deflateHarness();
    harness.engine.sendFragment(HELLO, false);
    harness.engine.sendFragment('', true);
    harness.engine.sendFragment('', false);
    harness.engine.sendFragment('', true);
    harness.engine.send(HELLO);
    const frames = harness.frames();
    expect(frames[1]?.payload).toEqual(hex('00'));
    const peer = new PeerInflater(true, 15);
    expect([
      Buffer.from(peer.inflate(concat(frames[0]?.payload as Uint8Array, hex('00')))).toString(),
      Buffer.from(
        peer.inflate(concat(frames[2]?.payload as Uint8Array, frames[3]?.payload as Uint8Array)),
      ).toString(),
      Buffer.from(peer.inflate(frames[4]?.payload as Uint8Array)).toString(),
    ]).toEqual([HELLO, '', HELLO]);
  });

  it('is compressed if its first fragment is long enough, and not told otherwise', () => {
    const harness = deflateHarness({ deflate: { threshold: 20 } });
    harness.engine.sendFragment('x'.repeat(19), false);
    harness.engine.sendFragment('x'.repeat(50), true);
    harness.engine.sendFragment('x'.repeat(20), false);
    harness.engine.sendFragment('x', true, false);
    harness.engine.sendFragment('x'.repeat(20), false, false);
    harness.engine.sendFragment('x'.repeat(20), true);
    expect(messages(harness)).toEqual([
      [false, 'x'.repeat(69)],
      [true, 'x'.repeat(21)],
      [false, 'x'.repeat(40)],
    ]);
  });

  it('begins without memory of others where that was agreed on (#97)', () => {
    const harness = deflateHarness({ params: '; client_no_context_takeover' });
    for (let round = 0; round < 2; round++) {
      harness.engine.sendFragment(HELLO, false);
      harness.engine.sendFragment(HELLO, true);
    }
    expect(messages(harness, new PeerInflater(false, 15))).toEqual([
      [true, HELLO + HELLO],
      [true, HELLO + HELLO],
    ]);
  });

  it('must end before another message, and keep to its type (#50)', () => {
    const harness = deflateHarness();
    harness.engine.sendFragment(HELLO, false);
    expect(() => harness.engine.send(HELLO)).toThrow(expect.objectContaining({ code: 'INVALID_STATE' }));
    expect(() => harness.engine.sendFragment(utf8(HELLO), true)).toThrow(
      expect.objectContaining({ code: 'INVALID_DATA' }),
    );
    harness.engine.sendFragment(HELLO, true);
    expect(messages(harness)).toEqual([[true, HELLO + HELLO]]);
  });
});

describe('without an agreement', () => {
  it('no frame carries RSV1, whatever was offered (#47, #101)', () => {
    const harness = openHarness({ compression: nodeCompression() });
    harness.engine.send(HELLO.repeat(100));
    harness.engine.send(HELLO.repeat(100), true);
    harness.engine.sendFragment(HELLO.repeat(100), true);
    expect(harness.frames().map(({ payload }) => payload.length)).toEqual([2_600, 2_600, 2_600]);
  });

  it('an offer that is wrong is refused before a byte is written (#25)', () => {
    const compression = { ...nodeCompression(), offer: { serverMaxWindowBits: 7 } };
    expect(() => createHarness({ compression })).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }));
  });
});
