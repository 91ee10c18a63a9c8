import { describe, expect, it } from 'vitest';
import { json } from '../../src/messaging/codec.ts';
import { jsonRpc } from '../../src/messaging/json-rpc.ts';
import { DEFAULT_MESSAGE_LIMITS } from '../../src/messaging/message-limits.ts';
import { messagesIn } from '../../src/messaging/messages-in.ts';
import { DEFAULT_LIMITS } from '../../src/protocol/limits.ts';

const read = (data: string | Uint8Array, limits: object = {}): readonly unknown[] =>
  messagesIn(data, json({ readBinary: true }), jsonRpc()().reader(undefined), {
    ...DEFAULT_LIMITS,
    ...DEFAULT_MESSAGE_LIMITS,
    ...limits,
  });
const tooMuch = (option: string) => expect.objectContaining({ detail: 'too-much', option });

describe('the messages in what has come', () => {
  it('are one, or those of a batch', () => {
    expect(read('{"a":1}')).toEqual([{ a: 1 }]);
    expect(read('[1,[2]]')).toEqual([1, [2]]);
  });

  it('are not read where it is too large, text or bytes', () => {
    expect(read('"abc"', { maxMessageBytes: 5 })).toEqual(['abc']);
    expect(() => read('"abc"', { maxMessageBytes: 4 })).toThrow(tooMuch('limits.maxMessageBytes'));
    const bytes = new TextEncoder().encode('"abc"');
    expect(() => read(bytes, { maxMessageBytes: 4 })).toThrow(tooMuch('limits.maxMessageBytes'));
  });

  it('are none where a batch has too many', () => {
    expect(read('[1,2]', { maxBatch: 2 })).toEqual([1, 2]);
    expect(() => read('[1,2,3]', { maxBatch: 2 })).toThrow(tooMuch('limits.maxBatch'));
  });
});
