import { expect, it } from 'vitest';
import * as z from 'zod';
import {
  type ContractShape,
  defineContract,
  type JsonRpcOptions,
  jsonRpc,
  type OutboxStorage,
  persistentOutbox,
  raw,
  requests,
  type StorageOutboxOptions,
  storageOutbox,
  subscriptions,
  type as typeOnly,
} from '../../src/index.ts';

const refusal = (message: string) =>
  expect.objectContaining({ name: 'UsageError', code: 'INVALID_OPTION', message });

it.each([
  [{ cancle: 'x' }, 'The option cancle of jsonRpc is unknown. Did you mean cancel?'],
  [{ cancel: 5 }, 'The option cancel of jsonRpc must be a string or a function. It is 5.'],
  [{ subscriptions: 'eth' }, 'The option subscriptions of jsonRpc must be an object. It is "eth".'],
  [
    { subscriptions: { events: 'x' } },
    'The option subscriptions.events of jsonRpc is unknown. Did you mean subscriptions.event?',
  ],
  [
    { subscriptions: { subscribe: true } },
    'The option subscriptions.subscribe of jsonRpc must be a string or a function. It is true.',
  ],
])('jsonRpc(%j) is refused', (options, message) => {
  expect(() => jsonRpc(options as JsonRpcOptions)).toThrow(refusal(message));
});

it.each([
  [{ maxEvent: 5 }, 'The option maxEvent of subscriptions is unknown. Did you mean maxEvents?'],
  [{ maxEvents: 0 }, 'The option maxEvents of subscriptions must be a number, 1 or more. It is 0.'],
  [
    { overflow: 'drop' },
    'The option overflow of subscriptions must be "error" or "drop-oldest". It is "drop".',
  ],
])('subscriptions(%j) is refused', (limits, message) => {
  expect(() => subscriptions(limits as object)).toThrow(refusal(message));
});

it('requests() and raw() take no options, and what would have no effect is refused', () => {
  expect(() => requests({ timeout: 5 } as never)).toThrow(
    refusal('The option timeout of requests is unknown. There are: none.'),
  );
  expect(() => raw({ binary: true } as never)).toThrow(
    refusal('The option binary of raw is unknown. There are: none.'),
  );
});

const storage = { length: 0, key: () => null, getItem: () => null, setItem() {}, removeItem() {} };

it.each([
  [
    { setItem() {} },
    { key: 'a' },
    'The option storage must be an object with key, getItem, setItem, removeItem. It is an object without key, getItem, removeItem.',
  ],
  [storage, {}, 'The option key of storageOutbox must be a string.'],
  [storage, undefined, 'The options of storageOutbox must be an object: { key: … }.'],
  [storage, { key: 'a', lock: 1 }, 'The option lock of storageOutbox is unknown. Did you mean locks?'],
  [
    storage,
    { key: 'a', locks: {} },
    'The option locks of storageOutbox must be an object with request. It is an object without request.',
  ],
])('storageOutbox(%j, %j) is refused', (wrong, options, message) => {
  expect(() => storageOutbox(wrong as typeof storage, options as StorageOutboxOptions)).toThrow(
    refusal(message),
  );
});

it('persistentOutbox() wants a storage', () => {
  expect(() => persistentOutbox({ load: () => [] } as unknown as OutboxStorage)).toThrow(
    refusal(
      'The option storage must be an object with load, save, remove. It is an object without save, remove.',
    ),
  );
});

const SCHEMA = 'must be a schema of Standard Schema (zod, valibot, arktype, …) or type<…>().';

it.each([
  [{ request: {} }, 'The option request of defineContract is unknown. Did you mean requests?'],
  [undefined, 'The option shape of defineContract must be an object.'],
  [{ requests: 5 }, 'The option requests of defineContract must be an object. It is 5.'],
  [{ requests: { sum: null } }, 'The option requests.sum of defineContract must be an object. It is null.'],
  [
    { requests: { sum: { param: z.string() } } },
    'The option requests.sum.param of defineContract is unknown. Did you mean requests.sum.params?',
  ],
  [
    { requests: { sum: { params: { id: 'string' } } } },
    `The option requests.sum.params of defineContract ${SCHEMA} It is an object.`,
  ],
  [
    { handlers: { ask: { result: 'string' } } },
    `The option handlers.ask.result of defineContract ${SCHEMA} It is "string".`,
  ],
  [{ events: { tick: typeOnly } }, `The option events.tick of defineContract ${SCHEMA} It is a function.`],
  [{ notifications: { seen: undefined } }, `The option notifications.seen of defineContract ${SCHEMA}`],
  [{ streams: { ticks: {} } }, `The option streams.ticks.event of defineContract ${SCHEMA}`],
])('defineContract(%j) is refused', (shape, message) => {
  expect(() => defineContract(shape as unknown as ContractShape)).toThrow(refusal(message));
});
