import { describe, expect, it } from 'vitest';
import type { PollMessage } from '../../../src/polling.ts';
import { MAX_BATCH_BYTES, Poster } from '../../../src/transport/polling/poster.ts';

function posting(maxBatch = 100) {
  const posts: { messages: readonly PollMessage[]; taken: () => void }[] = [];
  const log: string[] = [];
  const poster = new Poster({
    maxBatch,
    highWaterMark: 10,
    post: (messages, taken) => posts.push({ messages, taken }),
    drained: () => log.push('drained'),
    idle: () => log.push('idle'),
    failed: (error) => log.push(String(error)),
  });
  return { poster, posts, log };
}

const turn = () => new Promise((resolve) => setTimeout(resolve));

describe('the lane for sending', () => {
  it('has one batch under way, and turns every kind of message into text or bytes', async () => {
    const { poster, posts, log } = posting();
    expect(poster.isIdle).toBe(true);
    poster.add('a\uD800');
    poster.add(new Uint8Array([1, 2]));
    poster.add(new Uint8Array([3]).buffer);
    poster.add(new Blob(['blob']));
    await turn();
    poster.add('later');
    await turn();
    expect(posts.map(({ messages }) => messages)).toEqual([
      ['a\uFFFD', new Uint8Array([1, 2]), new Uint8Array([3]), new TextEncoder().encode('blob')],
    ]);
    expect(poster.isIdle).toBe(false);
    posts[0]?.taken();
    await turn();
    expect(posts[1]?.messages).toEqual(['later']);
    posts[1]?.taken();
    expect([poster.isIdle, poster.bufferedAmount, poster.bytesSent]).toEqual([true, 0, 16]);
    expect(log).toEqual(['drained', 'idle']);
  });

  it('a batch ends before it is too long, but one message may be longer', async () => {
    const { poster, posts } = posting();
    poster.add('x'.repeat(MAX_BATCH_BYTES + 1));
    poster.add('y');
    await turn();
    expect(posts[0]?.messages).toHaveLength(1);
  });

  it('sends nothing once it was stopped', async () => {
    const { poster, posts } = posting();
    poster.add('a');
    poster.stop();
    await turn();
    expect(posts).toEqual([]);
  });
});
