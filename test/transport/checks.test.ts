import { expect, it } from 'vitest';
import { type AwaitReplyOptions, atInterval, awaitReply } from '../../src/index.ts';
import { fallback } from '../../src/transport/fallback.ts';

const refusal = (message: string) =>
  expect.objectContaining({ name: 'UsageError', code: 'INVALID_OPTION', message });

it.each([
  [{ timout: 5 }, 'The option timout of awaitReply is unknown. Did you mean timeout?'],
  [{ timeout: 0 }, 'The option timeout of awaitReply must be a positive number of milliseconds. It is 0.'],
  [5_000, 'The options of awaitReply must be an object. It is a number.'],
])('awaitReply(%j) is refused', (options, message) => {
  expect(() => awaitReply(options as AwaitReplyOptions)).toThrow(refusal(message));
});

it.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY, '50' as never])(
  'atInterval(%j) is refused',
  (interval) => {
    expect(() => atInterval(interval)).toThrow(
      'The option atInterval must be a positive number of milliseconds.',
    );
  },
);

it.each([
  [[], 'The option others of fallback must be a list of one or more transports. It is an array.'],
  [
    [() => {}, { start() {} }],
    'The option others[1] of fallback must be a transport, which is a function. Of a preset for polling: ' +
      'pollingTransport(sockjs()). It is an object.',
  ],
])('fallback(%j) is refused', (others, message) => {
  expect(() => fallback(others as never)).toThrow(refusal(message));
});
