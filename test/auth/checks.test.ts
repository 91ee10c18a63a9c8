import { expect, it } from 'vitest';
import {
  bearer,
  firstMessage,
  login,
  loginLoop,
  queryToken,
  subprotocolToken,
  tokenRenewal,
} from '../../src/index.ts';

const refusal = (message: string) =>
  expect.objectContaining({ name: 'UsageError', code: 'INVALID_OPTION', message });

const make: Readonly<Record<string, (options: never) => unknown>> = {
  bearer,
  queryToken,
  subprotocolToken,
  firstMessage,
  loginLoop,
};

it.each([
  ['bearer', { token: 't', refesh: () => {} }, 'refesh of bearer is unknown. Did you mean refresh?'],
  ['queryToken', { token: 't', nam: 'x' }, 'nam of queryToken is unknown. Did you mean name?'],
  ['queryToken', { token: 't', name: 5 }, 'name of queryToken must be a string. It is 5.'],
  [
    'subprotocolToken',
    { token: 't', protocol: [] },
    'protocol of subprotocolToken is unknown. Did you mean protocols?',
  ],
  ['firstMessage', { token: 't', accept: 1 }, 'accept of firstMessage is unknown. Did you mean accepted?'],
  [
    'firstMessage',
    { token: 't', replyTimeout: '1' },
    'replyTimeout of firstMessage must be a number, 0 or more. It is "1".',
  ],
  [
    'loginLoop',
    { answer: (): null => null, maxTurn: 3 },
    'maxTurn of loginLoop is unknown. Did you mean maxTurns?',
  ],
  [
    'loginLoop',
    { answer: (): null => null, maxTurns: 0 },
    'maxTurns of loginLoop must be a number, 1 or more. It is 0.',
  ],
])('%s(%j) is refused', (name, options, message) => {
  expect(() => make[name]?.(options as never)).toThrow(refusal(`The option ${message}`));
});

it('tokenRenewal() wants to know where tokens come from', () => {
  expect(() => tokenRenewal(undefined as never)).toThrow(
    refusal(
      'The option source of tokenRenewal must be the auth that the client has, such as bearer({ … }), or a function that ' +
        'gives a token.',
    ),
  );
});

it('login() wants a function', () => {
  expect(() => login({ talk: () => {} } as never)).toThrow(
    refusal('The option login must be a function. It is an object.'),
  );
});
