import { describe, expect, it, vi } from 'vitest';
import { LastWords, PATIENCE_MS } from '../../src/client/last-words.ts';
import { DEFAULT_INBOX, Inbox } from '../../src/messaging/inbox.ts';
import { createVirtualClock } from '../../src/testing/virtual-clock.ts';

const nextTask = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function setUp() {
  const clock = createVirtualClock();
  const features = { ping: true, pause: true, headers: true };
  const inbox = new Inbox(
    DEFAULT_INBOX,
    () => ({ features, pause() {}, resume() {} }),
    () => {},
  );
  const words = new LastWords(inbox, clock);
  return { clock, inbox, words, proceed: vi.fn() };
}

describe('the end of the server', () => {
  it('is carried out a task later where nothing is left to read', async () => {
    const { words, proceed, clock } = setUp();
    words.hold(proceed);
    expect(proceed).not.toHaveBeenCalled();
    await nextTask();
    expect(proceed).toHaveBeenCalledOnce();
    expect(clock.pendingTimers).toBe(0);
    words.read();
    words.release();
    await nextTask();
    expect(proceed).toHaveBeenCalledOnce();
  });

  it('waits for what is unread, and for a loop until it comes back', async () => {
    const { words, inbox, proceed } = setUp();
    inbox.push('first');
    const loop = words.loop();
    await loop.next();
    inbox.push('last');
    words.hold(proceed);
    await nextTask();
    await loop.next();
    await nextTask();
    expect(proceed).not.toHaveBeenCalled();
    void loop.next();
    await nextTask();
    expect(proceed).toHaveBeenCalledOnce();
  });

  it('does not wait for a loop that was left', async () => {
    const { words, inbox, proceed } = setUp();
    inbox.push('a');
    for await (const message of { [Symbol.asyncIterator]: () => words.loop() }) {
      words.hold(proceed);
      if (message === 'a') break;
    }
    await nextTask();
    expect(proceed).toHaveBeenCalledOnce();
  });

  it('does not wait longer than a second for one message', async () => {
    const { words, inbox, proceed, clock } = setUp();
    inbox.push('a');
    inbox.push('b');
    words.hold(proceed);
    await clock.advance(PATIENCE_MS - 1);
    inbox.take();
    await clock.advance(PATIENCE_MS - 1);
    expect(proceed).not.toHaveBeenCalled();
    await clock.advance(1);
    expect(proceed).toHaveBeenCalledOnce();
  });
});
