// A method that was taken off its object: `const { send } = client`.
import { describe, expect, it } from 'vitest';
import { connect } from '../../src/index.node.ts';
import { WebSocket } from '../../src/node.ts';
import { createScriptedServer } from '../../src/testing/scripted-server.ts';
import { setUp } from './set-up.ts';

const refusal = (owner: string, method: string) =>
  expect.objectContaining({
    name: 'UsageError',
    code: 'INVALID_STATE',
    detail: 'detached',
    message: `Call ${method}() on its ${owner}: ${owner}.${method}(…).`,
  });

/** The names of the methods of an object's class. */
const methodsOf = (object: object): string[] =>
  Object.entries(Object.getOwnPropertyDescriptors(Object.getPrototypeOf(object)))
    .filter(([name, { value }]) => name !== 'constructor' && typeof value === 'function')
    .map(([name]) => name);

function attempt(object: object, method: string, self: unknown): unknown {
  try {
    return (object as Record<string, () => unknown>)[method]?.call(self as never);
  } catch (error) {
    return error;
  }
}

describe('a method without its object says how to call it', () => {
  it('of the WebSocket class, before it looks at the arguments', () => {
    const socket = new WebSocket('ws://127.0.0.1:1/', [], { allowBlockedPorts: true });
    socket.onerror = () => {};
    for (const method of ['send', 'close', 'ping', 'terminate']) {
      for (const self of [undefined, null, {}, 5, Object.create(WebSocket.prototype)])
        expect(attempt(WebSocket.prototype, method, self)).toEqual(refusal('socket', method));
    }
    const { send } = socket;
    expect(() => send('x')).toThrow(TypeError);
    expect(() => send('x')).toThrow('Call send() on its socket: socket.send(…).');
    socket.terminate();
  });

  it('of a client', () => {
    const { client } = setUp();
    const methods = methodsOf(client);
    expect(methods).toEqual(expect.arrayContaining(['connect', 'send', 'request', 'on', 'why', 'close']));
    for (const method of methods) {
      for (const self of [undefined, {}, 5])
        expect(attempt(client, method, self)).toEqual(refusal('client', method));
    }
    const { on } = client;
    expect(() => on('ready', () => {})).toThrow('Call on() on its client: client.on(…).');
  });

  it('of a socket', async () => {
    const socket = await connect('ws://test', { transport: createScriptedServer().transport });
    for (const method of ['send', 'receive', 'drained', 'close'])
      expect(attempt(socket, method, undefined)).toEqual(refusal('socket', method));
    await socket.close();
  });

  it('of a subscription', () => {
    const { client } = setUp();
    const subscription = client.subscribe('ticks');
    for (const method of ['on', 'unsubscribe'])
      expect(attempt(subscription, method, undefined)).toEqual(refusal('subscription', method));
  });
});

it('a method on its object is what it was, under its name', async () => {
  const { client, open } = setUp();
  await open();
  expect(client.state.status).toBe('ready');
  expect([client.send.name, client.request.name]).toEqual(['send', 'request']);
  await expect(client.send('x')).resolves.toMatchObject({ outcome: 'handed-off' });
});
