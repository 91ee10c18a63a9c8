import { expect, it } from 'vitest';
import {
  type BackoffOptions,
  browserEnvironment,
  createBackoff,
  failover,
  type HandoverOptions,
  handover,
  pageEvents,
  probe,
  type ServerPingsOptions,
  serverPings,
} from '../../src/index.ts';

const refusal = (message: string) =>
  expect.objectContaining({ name: 'UsageError', code: 'INVALID_OPTION', message });

it.each([
  [{ deadlin: 1 }, 'The option deadlin of handover is unknown. Did you mean deadline?'],
  [{ deadline: '5' }, 'The option deadline of handover must be a number, 0 or more. It is "5".'],
  [{ spread: -1 }, 'The option spread of handover must be a number, 0 or more. It is -1.'],
  [{ when: true }, 'The option when of handover must be a function. It is true.'],
])('handover(%j) is refused', (options, message) => {
  expect(() => handover(options as HandoverOptions)).toThrow(refusal(message));
});

it.each([
  [{ eco: true }, 'The option eco of serverPings is unknown. Did you mean echo?'],
  [{ echo: 'ping' }, 'The option echo of serverPings must be a function. It is "ping".'],
  [
    { beat: { message: 5, interval: 1 } },
    'The option beat.message of serverPings must be a function. It is 5.',
  ],
  [{ announced: 5 }, 'The option announced of serverPings must be a function. It is 5.'],
])('serverPings(%j) is refused', (options, message) => {
  expect(() => serverPings(options as ServerPingsOptions)).toThrow(refusal(message));
});

it('failover() takes no options, and what would have no effect is refused', () => {
  expect(() => failover({ shuffle: true } as never)).toThrow(
    refusal('The option shuffle of failover is unknown. There are: none.'),
  );
});

it('probe() wants a function', () => {
  expect(() => probe({} as never)).toThrow(refusal('The option probe must be a function. It is an object.'));
});

it('pageEvents() wants something that tells, and browserEnvironment() a place to listen at', () => {
  expect(() => pageEvents({} as never)).toThrow(
    refusal('The option environment must be an object with watch. It is an object without watch.'),
  );
  expect(() => browserEnvironment('window' as never)).toThrow(
    refusal('The option scope must be an object. It is "window".'),
  );
});

const times: BackoffOptions = {
  firstDelay: 1,
  baseDelay: 1,
  factor: 2,
  maxDelay: 1,
  connectTimeout: 1,
  connectTimeoutFactor: 1,
  maxConnectTimeout: 1,
};

it.each([
  [{ ...times, maxDelays: 1 }, 'The option maxDelays of createBackoff is unknown. Did you mean maxDelay?'],
  [{ ...times, factor: undefined }, 'The option factor of createBackoff must be a number, 0 or more.'],
])('createBackoff(%j) is refused', (options, message) => {
  expect(() => createBackoff(options as BackoffOptions)).toThrow(refusal(message));
});
