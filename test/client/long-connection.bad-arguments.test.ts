import { expect, it } from 'vitest';
import { loginLoop } from '../../src/auth/login-loop.ts';
import { consoleTrace } from '../../src/client/console-trace.ts';
import { connect } from '../../src/client/create-client.node.ts';
import { raw } from '../../src/messaging/raw.ts';
import { setUp } from './set-up.ts';

const refused = expect.objectContaining({ name: 'UsageError', code: 'INVALID_OPTION' });
const wrong = undefined as never;

it('a listener, handler, method, envelope, printer or login that is none is refused at once', async () => {
  const { client } = setUp();
  for (const attempt of [
    () => client.on('message', wrong),
    () => client.once('message', null as never),
    () => client.onEvent('tick', wrong),
    () => client.onEvent(5 as never, () => {}),
    () => client.subscribe('ticks').on(wrong),
    () => client.handle('ask', 'x' as never),
    () => client.handle(5 as never, () => 1),
    () => setUp({ envelope: raw as never }),
    () => setUp({ envelope: (() => {}) as never }),
    () => consoleTrace({ write: 5 as never }),
    () => loginLoop(wrong),
  ]) {
    expect(attempt).toThrow(refused);
  }
  await expect(client.request(5 as never)).rejects.toEqual(refused);
  await expect(client.notify(wrong)).rejects.toEqual(refused);
});

it('a transport factory that returns nothing is refused, not waited for', async () => {
  await expect(connect('ws://test', { transport: wrongFactory })).rejects.toEqual(refused);
  await expect(setUp({ transport: wrongFactory }).client.ready()).rejects.toEqual(refused);
});

function wrongFactory(): never {
  return undefined as never;
}

it('an envelope that was not called says so', () => {
  const forgotten = { envelope: raw as never };
  expect(() => setUp(forgotten)).toThrow('The option envelope must be called: envelope: raw()');
});
