import { describe, expect, it } from 'vitest';
import { MessageAssembler } from '../../src/protocol/message-assembler.ts';
import { MessageInflater } from '../../src/protocol/message-inflater.ts';
import type { Inflater } from '../../src/protocol/ports.ts';
import { createTextCodec } from '../../src/protocol/text-codec.ts';
import { utf8 } from '../tools/engine-harness.ts';

/** "Inflates" by saying each byte twice, four bytes at a time; writes down what it is told to do. */
class DoublingInflater implements Inflater {
  readonly output = new Uint8Array(4);
  readonly calls: string[] = [];
  #left: number[] = [];

  write(bytes: Uint8Array, start: number, end: number, isLast: boolean): void {
    this.calls.push(isLast ? 'last' : 'more');
    this.#left = [...bytes.subarray(start, end)].flatMap((byte) => [byte, byte]);
  }

  read(): number {
    const part = this.#left.splice(0, 4);
    this.output.set(part);
    return part.includes(0xff) ? -1 : part.length;
  }

  reset(): void {
    this.calls.push('reset');
  }

  release(): void {
    this.calls.push('release');
  }
}

function bench(options: { takeover?: boolean; maxMessageBytes?: number } = {}) {
  const made: DoublingInflater[] = [];
  const create = (): Inflater => {
    const inflater = new DoublingInflater();
    made.push(inflater);
    return inflater;
  };
  const message = new MessageAssembler(createTextCodec());
  const settings = { create, takeover: true, maxMessageBytes: 100, ...options };
  const inflater = new MessageInflater(settings, message);
  return { inflater, message, made };
}

describe('inflating messages', () => {
  it('asks for an inflater when the first compressed message comes, and once', () => {
    const { inflater, made } = bench();
    expect(made).toHaveLength(0);
    inflater.inflateShort(utf8('a'), 0, 1);
    inflater.inflateShort(utf8('b'), 0, 1);
    expect(made).toHaveLength(1);
  });

  it('gives a short message in the memory that it was inflated to', () => {
    const { inflater, made } = bench();
    const short = inflater.inflateShort(utf8('xab'), 2, 3);
    expect(Buffer.from(short as Uint8Array).toString()).toBe('bb');
    expect(short?.buffer).toBe(made[0]?.output.buffer);
  });

  it('gives a long one piece by piece', () => {
    const { inflater, message } = bench();
    expect(inflater.inflateShort(utf8('abcd'), 0, 4)).toBeUndefined();
    message.begin(2);
    message.beginFrame(0);
    expect(inflater.appendRest()).toBe(true);
    expect(Buffer.from(message.takeBinary()).toString()).toBe('aabbccdd');
  });

  it('says which part is the last, and forgets earlier messages after it if that was agreed on (#97)', () => {
    for (const takeover of [true, false]) {
      const { inflater, message, made } = bench({ takeover });
      message.begin(2);
      inflater.append(utf8('a'), 0, 1, false);
      inflater.append(utf8('b'), 0, 1, true);
      inflater.inflateShort(utf8('c'), 0, 1);
      expect(made[0]?.calls).toEqual(
        takeover ? ['more', 'last', 'last'] : ['more', 'last', 'reset', 'last', 'reset'],
      );
    }
  });

  it('says at once of text that it cannot become UTF-8 (#71)', () => {
    const { inflater, message } = bench();
    message.begin(1);
    expect(inflater.append(Uint8Array.of(0xc3), 0, 1, false)).toBe(false);
    const long = bench();
    long.inflater.inflateShort(Uint8Array.of(0xc3, 1, 1), 0, 3);
    long.message.begin(1);
    expect(long.inflater.appendRest()).toBe(false);
  });

  it('throws for what cannot be inflated, and for what is too long (#99)', () => {
    const { inflater, message } = bench({ maxMessageBytes: 5 });
    message.begin(2);
    expect(inflater.append(utf8('ab'), 0, 2, false)).toBe(true);
    expect(() => inflater.append(utf8('c'), 0, 1, false)).toThrow(
      expect.objectContaining({ code: 'MESSAGE_TOO_BIG', closeCode: 1009, limit: 5, size: 6 }),
    );
    expect(() => inflater.append(Uint8Array.of(0xff), 0, 1, false)).toThrow(
      expect.objectContaining({ code: 'INVALID_PAYLOAD', closeCode: 1007 }),
    );
  });

  it('counts the bytes of one message on the wire, not of all (#99)', () => {
    const { inflater } = bench({ maxMessageBytes: 80 });
    for (let round = 0; round < 3; round++) {
      inflater.beginFrame(1_000);
      inflater.beginFrame(114);
      inflater.inflateShort(utf8('a'), 0, 1);
    }
    inflater.beginFrame(1_000);
    expect(() => inflater.beginFrame(115)).toThrow(
      expect.objectContaining({ code: 'MESSAGE_TOO_BIG', closeCode: 1009, limit: 80, size: 1_115 }),
    );
  });

  it('releases what it has, once, and nothing if it has nothing', () => {
    const { inflater, made } = bench();
    inflater.release();
    inflater.inflateShort(utf8('a'), 0, 1);
    inflater.release();
    inflater.release();
    expect(made.map(({ calls }) => calls)).toEqual([['last', 'release']]);
  });
});
