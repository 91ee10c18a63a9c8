import { describe, expect, it } from 'vitest';
import { MessageAssembler } from '../../src/protocol/message-assembler.ts';
import { Opcode } from '../../src/protocol/opcode.ts';
import { createTextCodec } from '../../src/protocol/text-codec.ts';
import { hex, utf8 } from '../tools/engine-harness.ts';

const codec = createTextCodec();

/** A message under way whose frames have these payloads. */
function collect(opcode: number, ...frames: Uint8Array[]): MessageAssembler {
  const message = new MessageAssembler(codec);
  message.begin(opcode);
  for (const frame of frames) {
    message.beginFrame(frame.length);
    message.append(frame, 0, frame.length);
  }
  return message;
}

describe('MessageAssembler', () => {
  it('is idle until a message begins, and counts what it holds', () => {
    const message = new MessageAssembler(codec);
    expect([message.active, message.opcode, message.size, message.fragments]).toEqual([false, 0, 0, 0]);
    message.begin(Opcode.text);
    expect([message.active, message.opcode]).toEqual([true, Opcode.text]);
    message.beginFrame(2);
    expect(message.append(utf8('xabx'), 1, 3)).toBe(true);
    message.beginFrame(1);
    expect(message.append(utf8('c'), 0, 1)).toBe(true);
    expect([message.size, message.fragments]).toEqual([3, 2]);
    expect(message.takeText()).toBe('abc');
    expect([message.active, message.opcode, message.size, message.fragments]).toEqual([false, 0, 0, 0]);
  });

  it('takes text whose characters are cut by frames, and starts clean afterwards (#71, #73)', () => {
    const message = collect(Opcode.text, hex('f0 9f'), hex(''), hex('98'), hex('80'));
    expect(message.takeText()).toBe('😀');
    message.begin(Opcode.text);
    message.beginFrame(1);
    expect(message.append(utf8('x'), 0, 1)).toBe(true);
    expect(message.takeText()).toBe('x');
  });

  it('refuses text at its first bad byte, and text that ends inside a character', () => {
    const message = collect(Opcode.text, utf8('good'));
    message.beginFrame(3);
    expect(message.append(hex('61 ed a0'), 0, 2)).toBe(true);
    expect(message.append(hex('61 ed a0'), 2, 3)).toBe(false);
    expect(collect(Opcode.text, hex('e2 82')).takeText()).toBeUndefined();
  });

  it('does not judge binary (#72)', () => {
    const message = collect(Opcode.binary, hex('ff fe'), hex('80'));
    expect(message.takeBinary()).toEqual(hex('ff fe 80'));
    expect(message.active).toBe(false);
  });

  it('forgets half a character of a message that is given up', () => {
    const message = collect(Opcode.text, hex('e2 82'));
    message.reset();
    message.begin(Opcode.text);
    message.beginFrame(1);
    expect(message.append(utf8('a'), 0, 1)).toBe(true);
  });

  it('shows the payload of the frame that was added last', () => {
    const message = collect(Opcode.binary, hex('01 02'), hex('03 04 05'));
    expect(message.tail(3)).toEqual(hex('03 04 05'));
    expect(message.tail(0)).toEqual(hex(''));
  });

  it('hands over exactly filled memory, and copies out of larger', () => {
    const filled = collect(Opcode.binary, hex('01'));
    const { buffer } = filled.tail(1);
    expect(filled.takeBinary().buffer).toBe(buffer);
    const grown = collect(Opcode.binary, new Uint8Array(100), new Uint8Array(1)).takeBinary();
    expect([grown.length, grown.buffer.byteLength]).toEqual([101, 101]);
  });

  it('gives each empty message memory of its own, which its receiver may transfer away', () => {
    const first = collect(Opcode.binary, hex('')).takeBinary();
    structuredClone(first.buffer, { transfer: [first.buffer as ArrayBuffer] });
    const message = collect(Opcode.binary, hex(''));
    expect(message.tail(0)).toHaveLength(0);
    expect(message.takeBinary().buffer).not.toBe(first.buffer);
  });

  it('believes a length up to 1 MiB, and takes memory for more only as it arrives (#77, attack 1)', () => {
    const message = new MessageAssembler(codec);
    const reserved = (): number => message.tail(0).buffer.byteLength;
    message.begin(Opcode.binary);
    message.beginFrame(1000);
    expect(reserved()).toBe(1000);
    message.reset();
    expect(reserved()).toBe(0);
    message.begin(Opcode.binary);
    message.beginFrame(64 * 1024 * 1024);
    expect(reserved()).toBe(1024 * 1024);
    message.append(new Uint8Array(1024 * 1024), 0, 1024 * 1024);
    expect(reserved()).toBe(1024 * 1024);
    message.append(new Uint8Array(1), 0, 1);
    expect(reserved()).toBe(2 * 1024 * 1024);
  });

  it('at least doubles its memory, so that many fragments are copied a few times only', () => {
    const message = new MessageAssembler(codec);
    message.begin(Opcode.binary);
    const blocks = new Set<ArrayBufferLike>();
    for (let index = 0; index < 4096; index++) {
      message.beginFrame(1);
      message.append(Uint8Array.of(index & 0xff), 0, 1);
      blocks.add(message.tail(0).buffer);
    }
    expect(blocks.size).toBe(13);
    expect(message.takeBinary()).toEqual(Uint8Array.from({ length: 4096 }, (_, index) => index & 0xff));
  });

  it('takes as much as one frame needs when that is more than double', () => {
    const message = collect(Opcode.binary, new Uint8Array(10));
    message.beginFrame(500);
    expect(message.tail(0).buffer.byteLength).toBe(510);
  });

  it('takes no more than the frame still needs when it grows', () => {
    const message = new MessageAssembler(codec);
    const mib = 1024 * 1024;
    message.begin(Opcode.binary);
    message.beginFrame(1.5 * mib);
    message.append(new Uint8Array(mib), 0, mib);
    message.append(Uint8Array.of(7), 0, 1);
    expect(message.tail(0).buffer.byteLength).toBe(1.5 * mib);
  });
});

describe('room in a message', () => {
  const bytes = Uint8Array.from({ length: 10 }, (_, index) => index);

  it('is where its next bytes belong, up to the end of the frame; they are not copied', () => {
    const message = new MessageAssembler(codec);
    message.begin(Opcode.binary);
    message.beginFrame(10);
    message.append(bytes, 0, 4);
    const room = message.room();
    expect(room).toHaveLength(6);
    room.set(bytes.subarray(4, 7));
    expect(message.append(room, 0, 3)).toBe(true);
    const rest = message.room();
    expect([rest.length, rest.byteOffset]).toEqual([3, 7]);
    rest.set(bytes.subarray(7));
    message.append(rest, 0, 3);
    const taken = message.takeBinary();
    expect(taken).toEqual(bytes);
    expect(taken.buffer).toBe(room.buffer);
  });

  it('ends with the frame, though there is memory for more', () => {
    const message = collect(Opcode.binary, new Uint8Array(6), new Uint8Array(1));
    message.beginFrame(2);
    expect(message.room()).toHaveLength(2);
  });

  it('grows as far as bytes have come, no further', () => {
    const mib = 1024 * 1024;
    const message = new MessageAssembler(codec);
    message.begin(Opcode.binary);
    message.beginFrame(64 * mib);
    expect(message.room()).toHaveLength(mib);
    message.append(message.room(), 0, mib);
    expect(message.room()).toHaveLength(mib);
    expect(message.tail(0).buffer.byteLength).toBe(2 * mib);
  });

  it('may be left alone, or be read as if it were any chunk', () => {
    const message = new MessageAssembler(codec);
    message.begin(Opcode.binary);
    message.beginFrame(10);
    const room = message.room();
    message.append(bytes, 0, 2);
    room.set(bytes.subarray(2, 5), 2);
    message.append(room, 2, 5);
    message.append(bytes, 5, 10);
    expect(message.takeBinary()).toEqual(bytes);
  });

  it('is judged like all else in a text', () => {
    const message = new MessageAssembler(codec);
    message.begin(Opcode.text);
    message.beginFrame(4);
    message.room().set(hex('f0 9f'));
    expect(message.append(message.room(), 0, 2)).toBe(true);
    message.room().set(hex('41'));
    expect(message.append(message.room(), 0, 1)).toBe(false);
  });
});

describe('memory of a message', () => {
  it('that is given to it becomes the message, be it empty', () => {
    const message = new MessageAssembler(codec);
    const provided = new Uint8Array(8).subarray(2, 5);
    message.begin(Opcode.binary, provided);
    message.beginFrame(3);
    message.append(hex('01 02 03'), 0, 3);
    expect(message.takeBinary()).toBe(provided);
    expect(provided).toEqual(hex('01 02 03'));
    expect(collect(Opcode.binary, hex('04')).takeBinary()).toEqual(hex('04'));
    message.begin(Opcode.binary);
    message.beginFrame(1);
    message.append(hex('05'), 0, 1);
    expect([message.takeBinary(), provided]).toEqual([hex('05'), hex('01 02 03')]);
  });

  it('is borrowed for a text, given back when it is too small, read or given up; for a binary it is not', () => {
    const calls: string[] = [];
    const name = new Map<Uint8Array, number>();
    const make = (what: string, size: number): Uint8Array => {
      const block = new Uint8Array(size + 2).fill(0xee);
      name.set(block, name.size);
      calls.push(`${what} ${size}`);
      return block;
    };
    const memory = {
      allocate: (size: number) => make('allocate', size).subarray(0, size),
      borrow: (size: number) => make('borrow', size),
      giveBack: (block: Uint8Array) => void calls.push(`give back ${name.get(block)}`),
    };
    const message = new MessageAssembler(codec, memory);
    message.begin(Opcode.text);
    message.beginFrame(3);
    message.append(utf8('abc'), 0, 3);
    message.beginFrame(7);
    message.append(utf8('defghij'), 0, 7);
    expect(message.takeText()).toBe('abcdefghij');
    message.begin(Opcode.text);
    message.beginFrame(1);
    message.reset();
    message.begin(Opcode.text);
    message.reset();
    message.begin(Opcode.binary);
    message.beginFrame(1);
    message.append(hex('01'), 0, 1);
    expect(message.takeBinary()).toEqual(hex('01'));
    expect(calls).toEqual([
      'borrow 3',
      'borrow 10',
      'give back 0',
      'give back 1',
      'borrow 1',
      'give back 2',
      'allocate 1',
    ]);
  });
});
