// Work that must stay linear, and memory that must stay flat, whatever a server does. The times allowed are ten times
// what a slow machine needs, and far from what quadratic work would take.
import { describe, expect, it } from 'vitest';
import type { ClientEngine } from '../../src/protocol/engine.ts';
import { cpuMilliseconds } from '../tools/cpu-time.ts';
import { answer, bytesOf, createHarness, hex, openHarness } from '../tools/engine-harness.ts';
import { closeFrame, serverFrame } from '../tools/server-frame.ts';

function drip(engine: ClientEngine, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; at++) engine.receive(bytes, at, at + 1);
}

describe('linear time', () => {
  it('a head of 16 KiB, one byte a call (attack 13)', () => {
    const { engine, told } = createHarness();
    const head = bytesOf(answer(`X: ${'a '.repeat(4_000)}`, `Y: ${' b'.repeat(3_900)}`));
    expect(head.length).toBeGreaterThan(15_900);
    expect(cpuMilliseconds(() => drip(engine, head))).toBeLessThan(1_000);
    expect(told.map(([name]) => name)).toEqual(['open']);
  });

  it('a message of 64 KiB, one byte a call', () => {
    const { engine, told } = openHarness();
    const frame = serverFrame(1, 'é'.repeat(32_768));
    expect(cpuMilliseconds(() => drip(engine, frame))).toBeLessThan(1_000);
    expect(told).toEqual([['text', 'é'.repeat(32_768)]]);
  });

  it('4 MiB in 65,537 fragments, by default (attack 3, Autobahn 9.3.1)', () => {
    const { engine, told } = openHarness();
    const middle = serverFrame(0, 'x'.repeat(64), 0);
    const fragments = Buffer.concat([
      serverFrame(1, '', 1),
      ...new Array(65_535).fill(middle),
      serverFrame(0, 'x'.repeat(64)),
    ]);
    expect(cpuMilliseconds(() => engine.receive(fragments))).toBeLessThan(3_000);
    expect((told[0]?.[1] as string | undefined)?.length).toBe(4 * 1024 * 1024);
  });

  it('10,000 pings and as many small messages in one chunk', () => {
    const { engine, told } = openHarness();
    const flood = Buffer.concat(new Array(10_000).fill(Buffer.concat([serverFrame(9), serverFrame(1, 'x')])));
    expect(cpuMilliseconds(() => engine.receive(flood))).toBeLessThan(2_000);
    expect(told).toHaveLength(20_000);
  });
});

describe('flat memory', () => {
  it('a frame that declares 64 MiB and sends three bytes takes 1 MiB (#77, attack 1)', () => {
    const before = process.memoryUsage().arrayBuffers;
    const harnesses = Array.from({ length: 8 }, () => openHarness());
    for (const { engine } of harnesses) engine.receive(hex('82 7f 00 00 00 00 04 00 00 00 01 02 03'));
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(8 * 1.5 * 1024 * 1024);
    expect(harnesses.map(({ told }) => told.length)).toEqual(new Array(8).fill(0));
  });

  it('endless empty fragments end at 262,144 of them (#75, attack 3)', () => {
    const { engine, told } = openHarness();
    engine.receive(hex('01 00'));
    const empty = Buffer.alloc(2 * 65_536);
    expect(
      cpuMilliseconds(() => {
        for (let round = 0; round < 5; round++) engine.receive(empty);
      }),
    ).toBeLessThan(3_000);
    expect(told).toEqual([
      ['failure', expect.objectContaining({ code: 'TOO_MANY_FRAGMENTS', closeCode: 1008, limit: 262_144 })],
    ]);
  });

  it('fragments whose sum passes the limit end at the first header that does (#74, attack 2)', () => {
    const { engine, told } = openHarness({ limits: { maxMessageBytes: 1_000 } });
    engine.receive(serverFrame(2, new Uint8Array(600), 2));
    engine.receive(hex('00 7e 01 91'));
    expect(told).toEqual([
      [
        'failure',
        expect.objectContaining({ code: 'MESSAGE_TOO_BIG', closeCode: 1009, limit: 1_000, size: 1_001 }),
      ],
    ]);
  });

  it('is given back at the end of the connection', () => {
    const { engine, told } = openHarness();
    engine.receive(Buffer.concat([serverFrame(2, new Uint8Array(500), 2), closeFrame()]));
    engine.receive(hex('80 00'));
    expect(told.map(([name]) => name)).toEqual(['close']);
  });
});
