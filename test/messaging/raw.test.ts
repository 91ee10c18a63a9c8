import { expect, it } from 'vitest';
import { raw } from '../../src/messaging/raw.ts';

it('carries every message as a message, and knows no requests', () => {
  const envelope = raw()();
  expect(envelope.codec.encode('Hello')).toBe('Hello');
  expect(envelope.codec.decode('Hello')).toBe('Hello');
  const batch = [1, 2];
  expect(envelope.reader(undefined).split(batch)).toEqual([batch]);
  expect(envelope.reader(undefined).classify({ id: 1, method: 'sum', result: 3 })).toEqual({
    kind: 'message',
  });
  expect(envelope.rpc).toBeUndefined();
});
