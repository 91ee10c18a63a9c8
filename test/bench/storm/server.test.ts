import { describe, expect, it } from 'vitest';
import { createServer } from './server.ts';

const SCENE = { outage: 1_000, acceptsPerSecond: 2, roundTrip: 50 };

describe('a server that sheds', () => {
  it('refuses at once while it is away and what is more than it can take', () => {
    const server = createServer('shed', SCENE);
    const arrive = (time: number): [boolean, number] => {
      const { accepted, at } = server.arrive(time, 10_000);
      return [accepted, at];
    };
    expect(arrive(999)).toEqual([false, 1_049]);
    expect([1_000, 1_000, 1_000, 1_499, 1_500, 1_501].map((time) => arrive(time)[0])).toEqual([
      ...[true, true, false, false],
      ...[true, false],
    ]);
    // What is not used for long is no more than a second's worth.
    expect([9_000, 9_000, 9_000].map((time) => arrive(time)[0])).toEqual([true, true, false]);
  });
});

describe('a server that queues', () => {
  it('works one after the other, and through the handshakes of those who have gone', () => {
    const server = createServer('queue', SCENE);
    expect(server.arrive(999, 10_000)).toEqual({ accepted: false, at: 1_049 });
    expect(server.arrive(1_000, 10_000)).toEqual({ accepted: true, at: 1_500 });
    expect(server.arrive(1_000, 700)).toEqual({ accepted: false, at: 1_700 });
    expect(server.arrive(1_000, 1_500)).toEqual({ accepted: true, at: 2_500 });
    expect(server.arrive(9_000, 10_000)).toEqual({ accepted: true, at: 9_500 });
  });

  it('answers no earlier than the way there and back takes', () => {
    const server = createServer('queue', { ...SCENE, acceptsPerSecond: 1_000 });
    expect(server.arrive(2_000, 10_000)).toEqual({ accepted: true, at: 2_050 });
  });
});
