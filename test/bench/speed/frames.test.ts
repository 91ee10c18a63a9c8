import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInflateRaw } from 'node:zlib';
import { expect, test } from 'vitest';
import { blockCountOf, ensureBlock } from './blocks.ts';
import { FIN_BINARY, FIN_TEXT, frameOf } from './frames.ts';
import { textOf } from './payload.ts';

test('frames of RFC 6455, 5.7', () => {
  const hello = new TextEncoder().encode('Hello');
  expect([...frameOf(FIN_TEXT, hello)]).toEqual([0x81, 0x05, 0x48, 0x65, 0x6c, 0x6c, 0x6f]);
  expect([...frameOf(FIN_TEXT, hello, Uint8Array.of(0x37, 0xfa, 0x21, 0x3d))]).toEqual([
    0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58,
  ]);
  expect([...frameOf(FIN_BINARY, new Uint8Array(256)).subarray(0, 4)]).toEqual([0x82, 0x7e, 0x01, 0x00]);
  expect([...frameOf(FIN_BINARY, new Uint8Array(65_536)).subarray(0, 10)]).toEqual([
    0x82, 0x7f, 0, 0, 0, 0, 0, 1, 0, 0,
  ]);
});

test('a compressed block can follow itself: the window of the last message is right for the first', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'holdline-blocks-'));
  try {
    const payload = { kind: 'json', bytes: 4_096 } as const;
    const name = await ensureBlock(folder, payload, true);
    const bytes = readFileSync(join(folder, name));
    const inflate = createInflateRaw();
    const parts: Buffer[] = [];
    inflate.on('data', (part: Buffer) => parts.push(part));
    let frames = 0;
    for (let turn = 0; turn < 2; turn++) {
      for (let at = 0; at < bytes.length; frames++) {
        expect(bytes[at]).toBe(0xc1);
        const short = (bytes[at + 1] as number) < 126;
        const length = short ? (bytes[at + 1] as number) : bytes.readUInt16BE(at + 2);
        at += short ? 2 : 4;
        inflate.write(Buffer.concat([bytes.subarray(at, at + length), Buffer.of(0, 0, 0xff, 0xff)]));
        at += length;
      }
    }
    await new Promise<void>((resolve) => inflate.flush(resolve));
    const count = blockCountOf(payload);
    expect(frames).toBe(2 * count);
    const once = Array.from({ length: count }, (_, index) => textOf(payload, index)).join('');
    expect(Buffer.concat(parts).toString()).toBe(once + once);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
