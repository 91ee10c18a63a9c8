import { expect, it } from 'vitest';
import { isControl, isDefinedOpcode, Opcode, opcodeName } from '../../src/protocol/opcode.ts';

const ALL = Array.from({ length: 16 }, (_, opcode) => opcode);

it('has the numbers of RFC 6455, 11.8', () => {
  expect(Opcode).toEqual({ continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 });
});

it('knows 0-2 and 8-10 and no other (#59)', () => {
  expect(ALL.filter(isDefinedOpcode)).toEqual([0, 1, 2, 8, 9, 10]);
});

it('takes the upper half for control frames (5.5)', () => {
  expect(ALL.filter(isControl)).toEqual([8, 9, 10, 11, 12, 13, 14, 15]);
});

it('knows them by their names', () => {
  expect(ALL.filter((opcode) => opcodeName(opcode) !== undefined)).toEqual(ALL.filter(isDefinedOpcode));
  expect([0, 1, 2, 8, 9, 10].map(opcodeName)).toEqual([
    'continuation',
    'text',
    'binary',
    'close',
    'ping',
    'pong',
  ]);
});
