import { describe, expect, it } from 'vitest';
import { DEFAULT_INBOX, Inbox, type InboxLimits } from '../../src/messaging/inbox.ts';

function setUp(limits: Partial<InboxLimits> = {}, canPause = true): { inbox: Inbox; log: string[] } {
  const log: string[] = [];
  const inbox = new Inbox(
    { ...DEFAULT_INBOX, ...limits },
    () => ({
      features: { ping: false, pause: canPause, headers: false },
      pause: () => log.push('pause'),
      resume: () => log.push('resume'),
    }),
    (bytes) => log.push(`overflow ${bytes}`),
  );
  return { inbox, log };
}

const message = (value: string | Uint8Array) => ({ value, done: false });
const END = { value: undefined, done: true };

describe('Inbox', () => {
  it('keeps messages in order, and their bytes as they are', async () => {
    const { inbox } = setUp();
    inbox.push('a');
    inbox.push(Uint8Array.of(1));
    expect(inbox.waiting.size).toBe(2);
    expect(await inbox.next()).toEqual(message('a'));
    expect(await inbox.next()).toEqual(message(Uint8Array.of(1)));
    expect(inbox.waiting.size).toBe(0);
  });

  it('keeps the order over thousands of messages, read in between', async () => {
    const { inbox } = setUp();
    const read: unknown[] = [];
    for (let at = 0; at < 3_000; at++) {
      inbox.push(String(at));
      if (at % 3 === 2) read.push((await inbox.next()).value);
    }
    while (inbox.waiting.size > 0) read.push((await inbox.next()).value);
    expect(read).toEqual(Array.from({ length: 3_000 }, (_, at) => String(at)));
  });

  it('serves readers that came first, in their order', async () => {
    const { inbox } = setUp();
    const readers = [inbox.next(), inbox.next()];
    inbox.push('a');
    inbox.push('b');
    expect(await Promise.all(readers)).toEqual([message('a'), message('b')]);
  });

  it('pauses at the mark of bytes and reads on at half of it, once each', async () => {
    const { inbox, log } = setUp({ pauseAtBytes: 4 });
    for (const text of ['aa', 'bb', 'cc']) inbox.push(text);
    expect(log).toEqual(['pause']);
    await inbox.next();
    expect(log).toEqual(['pause']);
    await inbox.next();
    expect(log).toEqual(['pause', 'resume']);
    await inbox.next();
    expect(log).toEqual(['pause', 'resume']);
  });

  it('pauses at the mark of messages', async () => {
    const { inbox, log } = setUp({ pauseAtMessages: 2 });
    inbox.push('');
    expect(log).toEqual([]);
    inbox.push('');
    expect(log).toEqual(['pause']);
    await inbox.next();
    expect(log).toEqual(['pause', 'resume']);
  });

  it('overflows once where the server cannot be stopped, and takes no more', async () => {
    const { inbox, log } = setUp({ maxBytes: 3 }, false);
    for (const text of ['aa', 'bb', 'c']) inbox.push(text);
    expect(log).toEqual(['overflow 4']);
    expect(inbox.waiting.size).toBe(1);
    expect(await inbox.next()).toEqual(message('aa'));
  });

  it('stops the server at maxBytes instead, where it can, even if that lies below the other marks', async () => {
    const { inbox, log } = setUp({ maxBytes: 4, pauseAtBytes: 1_000 });
    for (const text of ['aaa', 'bbb', 'ccc']) inbox.push(text);
    expect(log).toEqual(['pause']);
    expect(inbox.waiting.size).toBe(3);
    await inbox.next();
    expect(log).toEqual(['pause']);
    await inbox.next();
    await inbox.next();
    expect(log).toEqual(['pause', 'resume']);
  });

  it('lets what came be read after the end', async () => {
    const { inbox } = setUp();
    inbox.push('a');
    inbox.end();
    inbox.end(new Error('too late'));
    expect(await inbox.next()).toEqual(message('a'));
    expect(await inbox.next()).toEqual(END);
    expect(await inbox.next()).toEqual(END);
  });

  it('tells every reader, waiting or later, of a bad end', async () => {
    const { inbox } = setUp();
    const fault = new Error('lost');
    const waiting = [inbox.next(), inbox.next()];
    inbox.end(fault);
    for (const reader of [...waiting, inbox.next()]) await expect(reader).rejects.toBe(fault);
  });

  it('tells waiting readers of a good end', async () => {
    const { inbox } = setUp();
    const waiting = inbox.next();
    inbox.end();
    expect(await waiting).toEqual(END);
  });

  it('lets a reader go when its signal says so; the message goes to the next', async () => {
    const { inbox } = setUp();
    const controller = new AbortController();
    const [first, second] = [inbox.next(controller.signal), inbox.next()];
    controller.abort('enough');
    await expect(first).rejects.toBe('enough');
    inbox.push('a');
    expect(await second).toEqual(message('a'));
  });

  it('gives no message to a signal that is aborted already', async () => {
    const { inbox } = setUp();
    inbox.push('a');
    await expect(inbox.next(AbortSignal.abort('no'))).rejects.toBe('no');
    expect(inbox.waiting.size).toBe(1);
  });

  it.each(['message', 'end', 'failure'])('leaves no listener on a signal after a %s', async (ending) => {
    const { inbox } = setUp();
    const { signal } = new AbortController();
    let listeners = 0;
    const { addEventListener, removeEventListener } = signal;
    signal.addEventListener = (...args: Parameters<typeof addEventListener>) => {
      listeners++;
      addEventListener.apply(signal, args);
    };
    signal.removeEventListener = (...args: Parameters<typeof removeEventListener>) => {
      listeners--;
      removeEventListener.apply(signal, args);
    };
    const reader = inbox.next(signal).catch(() => {});
    expect(listeners).toBe(1);
    if (ending === 'message') inbox.push('a');
    else inbox.end(ending === 'end' ? undefined : new Error('x'));
    await reader;
    expect(listeners).toBe(0);
  });
});
