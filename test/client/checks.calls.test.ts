// The options of one call, and of what prints frames.
import { expect, it } from 'vitest';
import { type ConsoleTraceOptions, connect, consoleTrace, type Socket } from '../../src/index.node.ts';
import { createScriptedServer } from '../../src/testing/scripted-server.ts';
import { setUp } from './set-up.ts';

type Call = (options: never) => unknown;

const { client } = setUp();
const methods: Readonly<Record<string, Call>> = {
  send: (options) => client.send('x', options),
  notify: (options) => client.notify('x', 1, options),
  request: (options) => client.request('x', 1, options),
  subscribe: (options) => client.subscribe('x', 1, options),
  ready: (options) => client.ready(options),
  close: (options) => client.close(options),
};

const refusal = (message: string) =>
  expect.objectContaining({ name: 'UsageError', code: 'INVALID_OPTION', message });

it.each([
  ['send', { tll: 5 }, 'tll of send is unknown. Did you mean ttl?'],
  ['send', { key: 5 }, 'key of send must be a string. It is a number.'],
  ['send', { persist: 'no' }, 'persist of send must be a boolean. It is "no".'],
  ['send', { compress: 0 }, 'compress of send must be a boolean. It is 0.'],
  ['send', null, 'options of send must be an object. It is null.'],
  [
    'notify',
    { timeout: 5 },
    'timeout of notify is unknown. Did you mean signal: AbortSignal.timeout(milliseconds)?',
  ],
  ['notify', { ttl: '5' }, 'ttl of notify must be a number, 0 or more. It is "5".'],
  ['request', { timout: 5 }, 'timout of request is unknown. Did you mean timeout?'],
  ['request', { idempotent: 1 }, 'idempotent of request must be a boolean. It is 1.'],
  ['request', 5, 'options of request must be an object. It is a number.'],
  ['subscribe', { curser: () => 1 }, 'curser of subscribe is unknown. Did you mean cursor?'],
  ['subscribe', { resumed: true }, 'resumed of subscribe must be a function. It is true.'],
  ['subscribe', { maxEvents: 0 }, 'maxEvents of subscribe must be a number, 1 or more. It is 0.'],
  [
    'subscribe',
    { overflow: 'drop' },
    'overflow of subscribe must be "error" or "drop-oldest". It is "drop".',
  ],
  ['subscribe', { signal: 5 }, 'signal of subscribe must be an AbortSignal. It is 5.'],
  ['ready', { signl: null }, 'signl of ready is unknown. Did you mean signal?'],
  ['close', { flsh: false }, 'flsh of close is unknown. Did you mean flush?'],
  ['close', { flush: 'no' }, 'flush of close must be a boolean. It is "no".'],
])('%s with the options %j is refused', async (method, options, message) => {
  const call = async (): Promise<unknown> => methods[method]?.(options as never);
  await expect(call()).rejects.toEqual(refusal(`The option ${message}`.replace('option options', 'options')));
  expect([client.state.status, client.stats().queued, client.stats().pending]).toEqual(['idle', 0, 0]);
});

const calls: Readonly<Record<string, (socket: Socket, options: never) => unknown>> = {
  send: (socket, options) => socket.send('x', options),
  receive: (socket, options) => socket.receive(options),
  drained: (socket, options) => socket.drained(options),
};

it.each([
  ['send', { compres: false }, 'compres of send is unknown. Did you mean compress?'],
  ['send', { compress: 'no' }, 'compress of send must be a boolean. It is "no".'],
  [
    'receive',
    { timeout: 5 },
    'timeout of receive is unknown. Did you mean signal: AbortSignal.timeout(milliseconds)?',
  ],
  ['receive', { signal: 5 }, 'signal of receive must be an AbortSignal. It is 5.'],
  [
    'drained',
    { timeout: 5 },
    'timeout of drained is unknown. Did you mean signal: AbortSignal.timeout(milliseconds)?',
  ],
])('%s of a socket with the options %j is refused', async (method, options, message) => {
  const server = createScriptedServer();
  const socket = await connect('ws://test', { transport: server.transport });
  const call = async (): Promise<unknown> => calls[method]?.(socket, options as never);
  await expect(call()).rejects.toEqual(refusal(`The option ${message}`.replace('option options', 'options')));
  await socket.close();
});

it.each([
  [{ payloads: true }, 'payloads of consoleTrace is unknown. Did you mean payload?'],
  [{ payload: 1 }, 'payload of consoleTrace must be a boolean. It is 1.'],
  [{ write: 5 }, 'write of consoleTrace must be a function. It is 5.'],
])('consoleTrace(%j) is refused', (options, message) => {
  expect(() => consoleTrace(options as ConsoleTraceOptions)).toThrow(
    refusal(`The option ${message}`.replace('option options', 'options')),
  );
});

it.each([{ limits: { maxHeader: 1 } }, { limits: 5 }])('connect with %j is refused', async (options) => {
  await expect(connect('ws://test', options as object)).rejects.toMatchObject({ code: 'INVALID_OPTION' });
});
