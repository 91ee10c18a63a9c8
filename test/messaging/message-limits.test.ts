import { expect, it } from 'vitest';
import { checkAmount } from '../../src/messaging/message-limits.ts';

it('an amount may be the limit, and nothing above it', () => {
  expect(() => checkAmount('limits.maxBatch', 10, 10)).not.toThrow();
  expect(() => checkAmount('limits.maxBatch', 11, 10)).toThrow(
    expect.objectContaining({
      code: 'BAD_MESSAGE',
      detail: 'too-much',
      option: 'limits.maxBatch',
      size: 11,
      limit: 10,
      message: expect.stringContaining('Raise limits.maxBatch'),
    }),
  );
});
