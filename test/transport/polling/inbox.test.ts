import { describe, expect, it } from 'vitest';
import { Inbox } from '../../../src/transport/polling/inbox.ts';

function reading() {
  const log: string[] = [];
  const state = { isOpen: true, on: (_message: unknown): void => {} };
  const inbox = new Inbox({
    get isOpen() {
      return state.isOpen;
    },
    message: (message) => {
      log.push(String(message));
      state.on(message);
    },
    goodbye: ({ code }) => log.push(`goodbye ${code}`),
    empty: () => log.push('empty'),
  });
  return { inbox, log, state };
}

describe('the inbox of polling', () => {
  it('tells messages in order, then that it is empty', () => {
    const { inbox, log } = reading();
    inbox.take({ messages: ['a', 'b'] });
    inbox.take({});
    expect(log).toEqual(['a', 'b', 'empty', 'empty']);
    expect(inbox.isReady).toBe(true);
  });

  it('keeps order over pauses, whoever pauses and goes on when', () => {
    const { inbox, log, state } = reading();
    state.on = (message) => {
      inbox.pause();
      if (message === 'b') inbox.resume();
    };
    inbox.take({ messages: ['a', 'b', 'c'] });
    expect(log).toEqual(['a']);
    expect(inbox.isReady).toBe(false);
    inbox.take({ messages: ['d'] });
    inbox.resume();
    expect(log).toEqual(['a', 'b', 'c']);
    inbox.resume();
    inbox.resume();
    expect(log).toEqual(['a', 'b', 'c', 'd', 'empty']);
  });

  it('pauses and goes on a hundred thousand times without growing a stack', () => {
    const { inbox, log, state } = reading();
    state.on = () => {
      inbox.pause();
      inbox.resume();
    };
    inbox.take({ messages: Array(100_000).fill('x') });
    expect(log).toHaveLength(100_001);
  });

  it('tells the goodbye behind all messages, also behind those that wait', () => {
    const { inbox, log } = reading();
    inbox.pause();
    inbox.take({ messages: ['a'], close: { code: 1001, reason: '' } });
    expect(log).toEqual([]);
    inbox.resume();
    expect(log).toEqual(['a', 'goodbye 1001']);
  });

  it('tells nothing more once nobody listens', () => {
    const { inbox, log, state } = reading();
    state.on = () => {
      state.isOpen = false;
    };
    inbox.take({ messages: ['a', 'b'], close: { code: 1001, reason: '' } });
    expect(log).toEqual(['a']);
  });
});
