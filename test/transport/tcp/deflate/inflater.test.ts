import { randomBytes } from 'node:crypto';
import * as zlib from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import type { Inflater } from '../../../../src/protocol/ports.ts';
import {
  createInflater,
  MessageWiseInflater,
  StreamInflater,
} from '../../../../src/transport/tcp/deflate/inflater.ts';
import { deflated } from '../../../tools/deflate.ts';
import { concat, hex, utf8 } from '../../../tools/engine-harness.ts';
import { withoutInsides } from '../../../tools/zlib.ts';

const made: Inflater[] = [];
afterEach(() => {
  for (const inflater of made.splice(0)) inflater.release();
});

/** One that drives the stream, and one that makes do with what is documented. */
function inflaters(windowBits = 15, maxBytes = 2 ** 20): Inflater[] {
  const output = new Uint8Array(64);
  const pair = [zlib, withoutInsides()].map((library) =>
    createInflater(library, windowBits, maxBytes, output),
  );
  made.push(...pair);
  return pair;
}

/** Everything that a part gives, or -1. */
function part(inflater: Inflater, bytes: Uint8Array, isLast: boolean): Uint8Array | -1 {
  inflater.write(bytes, 0, bytes.length, isLast);
  const pieces: Uint8Array[] = [];
  for (;;) {
    const length = inflater.read();
    if (length < 0) return -1;
    pieces.push(inflater.output.slice(0, length));
    if (length < inflater.output.length) return concat(...pieces);
  }
}

const text = (bytes: Uint8Array | -1): string | -1 => (bytes === -1 ? -1 : Buffer.from(bytes).toString());
const hello = hex('f2 48 cd c9 c9 07 00');

describe('an inflater', () => {
  it('drives a stream where this runtime lets it, else makes do with what is documented', () => {
    expect(inflaters().map((one) => one.constructor)).toEqual([StreamInflater, MessageWiseInflater]);
  });

  it('inflates messages that refer to those before, until told to forget (#98)', () => {
    for (const inflater of inflaters()) {
      expect(text(part(inflater, hello, true))).toBe('Hello');
      expect(text(part(inflater, hex('f2 00 11 00 00'), true))).toBe('Hello');
      inflater.reset();
      expect(part(inflater, hex('f2 00 11 00 00'), true)).toBe(-1);
    }
  });

  it('gives all of a message that comes in parts, at the last of them at the latest', () => {
    for (const inflater of inflaters()) {
      const bytes = randomBytes(100);
      const payload = deflated(concat(bytes, bytes));
      const pieces = [payload.subarray(0, 30), payload.subarray(30, 30), payload.subarray(30)];
      const read = pieces.map((piece, index) => part(inflater, piece, index === 2) as Uint8Array);
      expect(concat(...read)).toEqual(concat(bytes, bytes));
    }
  });

  it('gives what is as long as its memory, what is one longer, and what is many times that', () => {
    for (const length of [0, 1, 63, 64, 65, 128, 100_000]) {
      for (const inflater of inflaters()) {
        const bytes = new Uint8Array(length).fill(7);
        expect(part(inflater, deflated(bytes), true)).toEqual(bytes);
        expect(part(inflater, deflated(bytes), true)).toEqual(bytes);
      }
    }
  });

  it('reads on behind a block marked as the last one, wherever it stands (#98)', () => {
    const final = new Uint8Array(zlib.deflateRawSync('Hello'));
    for (const inflater of inflaters()) {
      expect(text(part(inflater, final, true))).toBe('Hello');
      expect(text(part(inflater, concat(final, hex('00')), true))).toBe('Hello');
      expect(text(part(inflater, concat(final, final, hello), true))).toBe('HelloHelloHello');
      expect(text(part(inflater, hello, true))).toBe('Hello');
    }
  });

  it('finds data that is not valid, or that does not end where the message ends (#97, #99)', () => {
    for (const bytes of ['07', '00 05 00 00 00', 'f2 48 cd', 'f2', '00 05 00 fa ff 48']) {
      for (const inflater of inflaters()) expect(part(inflater, hex(bytes), true)).toBe(-1);
    }
    for (const inflater of inflaters())
      expect(part(inflater, concat(zlib.deflateRawSync('a'), hex('07')), true)).toBe(-1);
  });

  it('goes beyond the limit by one byte or one step, not by a bomb (attack 4)', () => {
    const bomb = deflated(new Uint8Array(2 ** 24));
    for (const inflater of inflaters(15, 1_000)) {
      inflater.write(bomb, 0, bomb.length, true);
      let total = 0;
      while (total <= 1_000) total += inflater.read();
      expect(total).toBeLessThanOrEqual(1_064);
    }
  });

  it('needs no limit', () => {
    for (const inflater of inflaters(15, Number.POSITIVE_INFINITY)) {
      expect((part(inflater, deflated(new Uint8Array(10_000)), true) as Uint8Array).length).toBe(10_000);
    }
  });

  it('keeps no more of earlier messages than the window holds (#94)', () => {
    const noise = randomBytes(3_000);
    for (const inflater of inflaters(9)) {
      part(inflater, deflated(utf8('abc')), true);
      part(inflater, deflated(noise), true);
      const far = zlib.deflateRawSync('abcabcabcabc', {
        dictionary: Buffer.concat([utf8('abcabcabcabc'), noise]),
        finishFlush: 2,
      });
      expect(part(inflater, far.subarray(0, -4), true)).toBe(-1);
    }
  });
});
