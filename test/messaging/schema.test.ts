import { expect, it } from 'vitest';
import { type } from '../../src/messaging/contract.ts';
import { judge, type StandardSchema } from '../../src/messaging/schema.ts';

const FAILED = { issues: [{ message: 'The schema itself failed.' }] };

function schema(validate: StandardSchema['~standard']['validate']): StandardSchema {
  return { '~standard': { version: 1, vendor: 'test', validate } };
}

it('says what the schema says, at once or later', async () => {
  const doubled = schema((value) => ({ value: (value as number) * 2 }));
  const later = schema(async () => ({ issues: [{ message: 'no' }] }));
  expect(judge(doubled, 2)).toEqual({ value: 4 });
  expect(await judge(later, 2)).toEqual({ issues: [{ message: 'no' }] });
});

it('takes everything for a type alone', () => {
  expect(judge(type<number>(), 'no number')).toEqual({ value: 'no number' });
});

it('never throws, nor rejects', async () => {
  const throwing = schema(() => {
    throw new Error('of the library');
  });
  const rejecting = schema(async () => Promise.reject(new Error('of the library')));
  expect(judge(throwing, 1)).toEqual(FAILED);
  expect(await judge(rejecting, 1)).toEqual(FAILED);
});
