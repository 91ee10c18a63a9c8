import { describe, expect, it } from 'vitest';
import {
  createFrameHeader,
  type FrameHeader,
  firstByte,
  MASK_KEY_BYTES,
  MAX_RECEIVED_HEADER_BYTES,
  MAX_SENT_HEADER_BYTES,
  readFrameHeader,
  sentHeaderBytes,
  writeFrameHeader,
  writeMaskKey,
} from '../../src/protocol/frame-header.ts';
import { concat, hex } from '../tools/engine-harness.ts';

/** 0x3D21FA37: the sample key, 37 FA 21 3D on the wire. */
const KEY = 0x3d21fa37;

function read(bytes: Uint8Array): { size: number; header: FrameHeader } {
  const header = createFrameHeader();
  return { size: readFrameHeader(bytes, 0, bytes.length, header), header };
}

function write(opcode: number, fin: boolean, length: number, key = KEY): Uint8Array {
  const target = new Uint8Array(20).fill(0xee);
  writeMaskKey(target, writeFrameHeader(target, 3, firstByte(opcode, fin), length), key);
  const size = sentHeaderBytes(length);
  expect([...target.subarray(0, 3), ...target.subarray(3 + size)].every((byte) => byte === 0xee)).toBe(true);
  return target.slice(3, 3 + size);
}

describe('the sizes', () => {
  it('are those of RFC 6455, 5.2', () => {
    expect([MASK_KEY_BYTES, MAX_SENT_HEADER_BYTES, MAX_RECEIVED_HEADER_BYTES]).toEqual([4, 14, 10]);
  });

  it('begin empty', () => {
    expect(createFrameHeader()).toEqual({ fin: false, reserved: 0, opcode: 0, length: 0, fault: undefined });
  });
});

describe('a header read', () => {
  it.each([
    ['81 05', 2, true, 0, 1, 5],
    ['01 03', 2, false, 0, 1, 3],
    ['80 02', 2, true, 0, 0, 2],
    ['89 05', 2, true, 0, 9, 5],
    ['f2 00', 2, true, 0x70, 2, 0],
    ['4f 7d', 2, false, 0x40, 15, 125],
    ['a1 00', 2, true, 0x20, 1, 0],
    ['91 00', 2, true, 0x10, 1, 0],
    ['82 7e 00 7e', 4, true, 0, 2, 126],
    ['82 7e 00 7f', 4, true, 0, 2, 127],
    ['82 7e 01 00', 4, true, 0, 2, 256],
    ['82 7e ff ff', 4, true, 0, 2, 65_535],
    ['82 7f 00 00 00 00 00 01 00 00', 10, true, 0, 2, 65_536],
    ['82 7f 00 00 00 00 ff ff ff ff', 10, true, 0, 2, 2 ** 32 - 1],
    ['82 7f 00 00 00 01 00 00 00 00', 10, true, 0, 2, 2 ** 32],
    ['82 7f 00 00 00 01 12 34 56 78', 10, true, 0, 2, 2 ** 32 + 0x12345678],
    ['82 7f 00 1f ff ff ff ff ff ff', 10, true, 0, 2, 2 ** 53 - 1],
    ['82 7f 00 20 00 00 00 00 00 00', 10, true, 0, 2, 2 ** 53],
    ['82 7f 7f ff ff ff ff ff ff ff', 10, true, 0, 2, 2 ** 63],
  ])('of %s has %d bytes', (digits, size, fin, reserved, opcode, length) => {
    expect(read(hex(digits))).toEqual({ size, header: { fin, reserved, opcode, length, fault: undefined } });
  });

  it('is waited for until it is whole', () => {
    for (const digits of [
      '81 05',
      '82 7e 00 7e',
      '82 7f 00 00 00 00 00 01 00 00',
      '81 ff 00 00 00 00 00 00 00 00',
    ]) {
      const whole = hex(digits);
      for (let length = 0; length < whole.length; length++) {
        expect(read(whole.subarray(0, length)).size, `${length} of ${digits}`).toBe(0);
      }
      expect(read(whole).size).toBe(whole.length);
      expect(read(concat(whole, hex('00 00 00'))).size).toBe(whole.length);
    }
  });

  it('is read where it is told, not beyond the end', () => {
    const header = createFrameHeader();
    expect(readFrameHeader(hex('ff 82 7e 01 02 ff'), 1, 5, header)).toBe(4);
    expect(header).toEqual({ fin: true, reserved: 0, opcode: 2, length: 258, fault: undefined });
    expect(readFrameHeader(hex('ff 82 7e 01 02 ff'), 1, 4, header)).toBe(0);
    const far = hex('00 00 00 82 7f 00 00 00 02 00 00 00 03');
    expect(readFrameHeader(far, 3, 13, header)).toBe(10);
    expect(header.length).toBe(2 ** 33 + 3);
    expect(readFrameHeader(far, 3, 12, header)).toBe(0);
  });

  it.each([
    ['81 80', 'masked'],
    ['81 fe 00 01', 'masked'],
    ['81 ff 80 00 00 00 00 00 00 00', 'masked'],
    ['82 7e 00 00', 'non-minimal-length'],
    ['82 7e 00 7d', 'non-minimal-length'],
    ['82 7f 00 00 00 00 00 00 00 00', 'non-minimal-length'],
    ['82 7f 00 00 00 00 00 00 ff ff', 'non-minimal-length'],
    ['82 7f 80 00 00 00 00 00 00 00', 'length-above-2^63'],
    ['82 7f ff ff ff ff ff ff ff ff', 'length-above-2^63'],
  ])('of %s is faulty: %s (#57, #60)', (digits, fault) => {
    expect(read(hex(digits)).header.fault).toBe(fault);
  });

  it('forgets the fault of the one before', () => {
    const header = createFrameHeader();
    readFrameHeader(hex('81 80'), 0, 2, header);
    readFrameHeader(hex('81 00'), 0, 2, header);
    expect(header.fault).toBeUndefined();
  });
});

describe('a header written (#44, #47, #48)', () => {
  it.each([
    [1, true, 0, '81 80'],
    [1, true, 5, '81 85'],
    [0, false, 125, '00 fd'],
    [2, true, 126, '82 fe 00 7e'],
    [2, true, 127, '82 fe 00 7f'],
    [2, false, 258, '02 fe 01 02'],
    [2, true, 65_535, '82 fe ff ff'],
    [2, true, 65_536, '82 ff 00 00 00 00 00 01 00 00'],
    [2, true, 0x12345678, '82 ff 00 00 00 00 12 34 56 78'],
    [2, true, 2 ** 32, '82 ff 00 00 00 01 00 00 00 00'],
    [2, true, 2 ** 32 * 0x1fffff + 0xfedcba98, '82 ff 00 1f ff ff fe dc ba 98'],
    [2, true, 2 ** 53, '82 ff 00 20 00 00 00 00 00 00'],
    [8, true, 2, '88 82'],
  ])('with opcode %d, fin %s, length %d', (opcode, fin, length, digits) => {
    expect(write(opcode, fin, length)).toEqual(concat(hex(digits), hex('37 fa 21 3d')));
  });

  it('has the key in the order of the wire, negative numbers too', () => {
    expect(write(1, true, 0, 0xfedcba98 | 0)).toEqual(hex('81 80 98 ba dc fe'));
  });

  it.each([
    [0, 6],
    [125, 6],
    [126, 8],
    [65_535, 8],
    [65_536, 14],
    [2 ** 53, 14],
  ])('takes, for %d bytes of payload, %d bytes', (length, size) => {
    expect(sentHeaderBytes(length)).toBe(size);
  });
});
