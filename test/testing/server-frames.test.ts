import { expect, it } from 'vitest';
import { Opcode } from '../../src/protocol/opcode.ts';
import {
  acceptAnswer,
  closePayload,
  isDataOpcode,
  readClientFrame,
  readUpgrade,
  refusalAnswer,
  serverFrame,
} from '../../src/testing/server-frames.ts';

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

it('reads a masked frame (RFC 6455, 5.7), and none that is not there whole', () => {
  const bytes = new Uint8Array([0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58, 0xff]);
  const frame = readClientFrame(bytes);
  expect(frame).toMatchObject({ opcode: Opcode.text, isLast: true, isMasked: true, size: 11 });
  expect(new TextDecoder().decode(frame?.payload)).toBe('Hello');
  for (let length = 0; length < 11; length++)
    expect(readClientFrame(bytes.subarray(0, length))).toBeUndefined();
});

it.each([0, 125, 126, 65_535, 65_536])('writes and reads %i bytes', (length) => {
  const payload = new Uint8Array(length).fill(7);
  const frame = serverFrame(Opcode.binary, payload);
  expect(readClientFrame(frame)).toEqual({
    opcode: Opcode.binary,
    isLast: true,
    isMasked: false,
    payload,
    size: frame.length,
  });
  expect(readClientFrame(frame.subarray(0, 1))).toBeUndefined();
  if (length > 0) expect(readClientFrame(frame.subarray(0, 3))).toBeUndefined();
});

it('closes with a code and a reason, or with nothing', () => {
  expect([...closePayload(1000, 'bye', encode)]).toEqual([3, 232, 98, 121, 101]);
  expect(closePayload(undefined, '', encode)).toEqual(new Uint8Array(0));
});

it('reads an upgrade and answers it (RFC 6455, 1.3), or refuses', () => {
  const request =
    'GET /chat?a=1 HTTP/1.1\r\nHost: x\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: chat, other\r\n\r\n';
  expect(readUpgrade(request.slice(0, -1))).toBeUndefined();
  const upgrade = readUpgrade(request)!;
  expect([upgrade.path, upgrade.size, upgrade.headers.get('host')]).toEqual([
    '/chat?a=1',
    request.length,
    'x',
  ]);
  expect(acceptAnswer(upgrade)).toContain('Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n');
  expect(acceptAnswer(upgrade)).toContain('Sec-WebSocket-Protocol: chat\r\n');
  expect(acceptAnswer({ path: '', headers: new Map(), size: 0 })).not.toContain('Protocol:');
  expect(refusalAnswer(429, 3)).toContain('HTTP/1.1 429 Simulated\r\nRetry-After: 3\r\n');
  expect(refusalAnswer(503, undefined)).not.toContain('Retry-After');
});

it('tells data from control', () => {
  expect([Opcode.text, Opcode.binary, Opcode.continuation, Opcode.ping].map(isDataOpcode)).toEqual([
    true,
    true,
    true,
    false,
  ]);
});
