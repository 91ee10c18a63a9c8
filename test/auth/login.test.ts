import { describe, expect, it } from 'vitest';
import type { LoginLine } from '../../src/auth/authenticator.ts';
import { DEFAULT_LOGIN_REPLY_TIMEOUT_MS, login } from '../../src/auth/login.ts';
import { ConnectionError } from '../../src/base/errors.ts';
import type { LoginConversation } from '../../src/connection/connection-options.ts';
import { createVirtualClock } from '../../src/testing/virtual-clock.ts';

/** A login that does nothing by itself, both ends of it at hand. */
function begin(maxBytes = 100) {
  const clock = createVirtualClock();
  let line!: LoginLine;
  const conversation: LoginConversation = login(async (given) => {
    line = given;
    await new Promise(() => {});
  }).login.begin({
    attempt: 1,
    clock,
    maxBytes,
    signal: new AbortController().signal,
    send: () => {},
    announce: () => {},
    hide: () => {},
    clean: (said) => said,
  });
  return { clock, conversation, line };
}

describe('what the server says during a login', () => {
  it('goes to who reads it, in order, before or after it came', async () => {
    const { clock, conversation, line } = begin();
    conversation.take('a');
    const read = [line.receive(), line.receive(), line.receive()];
    conversation.take('b');
    conversation.take('c');
    conversation.take('d');
    expect([await Promise.all(read), conversation.next, clock.pendingTimers]).toEqual([
      ['a', 'b', 'c'],
      'd',
      0,
    ]);
  });

  it('is kept for the client where nobody reads it', () => {
    const { conversation } = begin();
    conversation.take('a');
    conversation.take('b');
    const seen = [conversation.next];
    conversation.shift();
    seen.push(conversation.next);
    conversation.shift();
    expect([...seen, conversation.next]).toEqual(['a', 'b', undefined]);
  });

  it('is awaited for 10 s, unless told otherwise', async () => {
    const { clock, conversation, line } = begin();
    const late = line.receive().catch((error: unknown) => error);
    await clock.advance(DEFAULT_LOGIN_REPLY_TIMEOUT_MS);
    expect(await late).toMatchObject({ code: 'LOGIN_FAILED', message: expect.stringContaining('10000 ms') });
    conversation.take('too late for that one');
    expect(await line.receive(5)).toBe('too late for that one');
  });

  it('may be so many bytes, and so many messages', async () => {
    const { conversation } = begin(10);
    expect([conversation.take('12345'), conversation.take('67890'), conversation.take('x')]).toEqual([
      true,
      true,
      false,
    ]);
    const read = begin(10);
    read.conversation.take('1234567890');
    await read.line.receive();
    expect(read.conversation.take('1234567890')).toBe(true);
    const many = begin(10_000).conversation;
    const taken = Array.from({ length: 1_001 }, () => many.take(''));
    expect([taken.indexOf(false), taken.length]).toEqual([1_000, 1_001]);
  });

  it('may still be read when the line has ended; then comes the error', async () => {
    const { conversation, line } = begin();
    const gone = new ConnectionError('CONNECTION_LOST');
    conversation.take('last');
    conversation.end(gone);
    expect(await line.receive()).toBe('last');
    await expect(line.receive()).rejects.toBe(gone);
  });

  it('may not be read when the login is over: it is the client’s', async () => {
    const { conversation, line } = begin();
    const over = new ConnectionError('LOGIN_FAILED');
    const read = line.receive().catch((error: unknown) => error);
    conversation.dismiss(over);
    conversation.take('news');
    expect(await read).toBe(over);
    await expect(line.receive()).rejects.toBe(over);
    expect(conversation.next).toBe('news');
  });
});
