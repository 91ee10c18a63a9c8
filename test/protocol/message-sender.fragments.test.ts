// Messages that leave in frames of a size that somebody between here and the server allows (RFC 6455, 5.4).
import { describe, expect, it } from 'vitest';
import { deflateHarness, PeerInflater } from '../tools/deflate.ts';
import { bytesOf, concat, openHarness, sent, utf8 } from '../tools/engine-harness.ts';

describe('a message above maxFrameBytes', () => {
  it.each([
    ['a text', 1, 'Hello, you'],
    ['bytes', 2, utf8('Hello, you')],
  ])('leaves in fragments of that size: %s', (_what, opcode, message) => {
    const harness = openHarness({ maxFrameBytes: 4 });
    harness.engine.send(message);
    expect(sent(harness)).toEqual([
      [opcode, false, [...bytesOf('Hell')]],
      [0, false, [...bytesOf('o, y')]],
      [0, true, [...bytesOf('ou')]],
    ]);
  });

  it('of just that size leaves whole', () => {
    const harness = openHarness({ maxFrameBytes: 4 });
    harness.engine.send('Hell');
    expect(sent(harness)).toEqual([[1, true, [...bytesOf('Hell')]]]);
  });

  it('is compressed as one, and marked so in its first fragment alone (RFC 7692, 7.2.1)', () => {
    const text = Array.from({ length: 40 }, (_, index) => `line ${index * 7919}`).join('\n');
    const harness = deflateHarness({ maxFrameBytes: 50 });
    harness.engine.send(text);
    const frames = harness.frames();
    expect(frames.length).toBeGreaterThan(2);
    expect(frames.map(({ rsv1 }) => rsv1)).toEqual(frames.map((_, at) => at === 0));
    expect(frames.map(({ fin }) => fin)).toEqual(frames.map((_, at) => at === frames.length - 1));
    expect(frames.map(({ opcode }) => opcode)).toEqual(frames.map((_, at) => (at === 0 ? 1 : 0)));
    expect(Math.max(...frames.map(({ payload }) => payload.length))).toBe(50);
    const whole = concat(...frames.map(({ payload }) => payload));
    expect(Buffer.from(new PeerInflater(true, 15).inflate(whole)).toString()).toBe(text);
  });
});
