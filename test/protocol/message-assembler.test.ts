import { describe, expect, it } from 'vitest';
import { MessageAssembler } from '../../src/protocol/message-assembler.ts';
import { Opcode } from '../../src/protocol/opcode.ts';
import { createTextCodec } from '../../src/protocol/text-codec.ts';
import { hex, utf8 } from '../tools/engine-harness.ts';

const codec = createTextCodec();

/** A message under way whose frames have these payloads. */
function collect(opcode: number, ...frames: Uint8Array[]): MessageAssembler {
  const message = new MessageAssembler();
  message.begin(opcode);
  for (const frame of frames) {
    message.beginFrame(frame.length);
    message.append(frame, 0, frame.length);
  }
  return message;
}

describe('MessageAssembler', () => {
  it('is idle until a message begins, and counts what it holds', () => {
    const message = new MessageAssembler();
    expect([message.active, message.opcode, message.size, message.fragments]).toEqual([false, 0, 0, 0]);
    message.begin(Opcode.text);
    expect([message.active, message.opcode]).toEqual([true, Opcode.text]);
    message.beginFrame(2);
    expect(message.append(utf8('xabx'), 1, 3)).toBe(true);
    message.beginFrame(1);
    expect(message.append(utf8('c'), 0, 1)).toBe(true);
    expect([message.size, message.fragments]).toEqual([3, 2]);
    expect(message.takeText(codec)).toBe('abc');
    expect([message.active, message.opcode, message.size, message.fragments]).toEqual([false, 0, 0, 0]);
  });

  it('takes text whose characters are cut by frames, and starts clean afterwards (#71, #73)', () => {
    const message = collect(Opcode.text, hex('f0 9f'), hex(''), hex('98'), hex('80'));
    expect(message.takeText(codec)).toBe('😀');
    message.begin(Opcode.text);
    message.beginFrame(1);
    expect(message.append(utf8('x'), 0, 1)).toBe(true);
    expect(message.takeText(codec)).toBe('x');
  });

  it('refuses text at its first bad byte, and text that ends inside a character', () => {
    const message = collect(Opcode.text, utf8('good'));
    message.beginFrame(3);
    expect(message.append(hex('61 ed a0'), 0, 2)).toBe(true);
    expect(message.append(hex('61 ed a0'), 2, 3)).toBe(false);
    expect(collect(Opcode.text, hex('e2 82')).takeText(codec)).toBeUndefined();
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
    const message = new MessageAssembler();
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
    const message = new MessageAssembler();
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
});
