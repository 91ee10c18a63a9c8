import { channel } from 'node:diagnostics_channel';
import { afterEach, expect, it } from 'vitest';
import { type DiagnosticsMessage, diagnostics } from '../../src/client/diagnostics.ts';
import { setUp } from './set-up.ts';

const stops: (() => void)[] = [];
afterEach(() => {
  for (const stop of stops.splice(0)) stop();
});

function hear(type: string): DiagnosticsMessage[] {
  const heard: DiagnosticsMessage[] = [];
  const one = channel(`holdline:${type}`);
  const listener = (message: unknown): void => void heard.push(message as DiagnosticsMessage);
  one.subscribe(listener);
  stops.push(() => one.unsubscribe(listener));
  return heard;
}

it('publishes each type of record on its channel, with the name of the client', async () => {
  const [connects, replies, frames] = ['connect', 'reply', 'frame'].map(hear);
  const { client, clock, server, open } = setUp({ use: [diagnostics({ client: 'prices' })] });
  await open();
  const reply = client.request('sum', [1, 2]);
  server.last.send('{"jsonrpc":"2.0","id":1,"result":3}');
  await reply;
  expect(connects).toMatchObject([{ type: 'connect', client: 'prices', url: 'ws://test/' }]);
  expect(replies).toMatchObject([{ type: 'reply', client: 'prices', name: 'sum', outcome: 'replied' }]);
  expect(frames).toMatchObject([
    { type: 'frame', direction: 'out', opcode: 'text' },
    { type: 'frame', direction: 'in', opcode: 'text', length: 35 },
  ]);
  expect(frames?.[0]).not.toHaveProperty('preview');
  void client.close();
  await clock.advance(100);
});

it('makes nothing where nobody listens: no frame is traced, no request is watched', async () => {
  const { client, clock, server, open } = setUp({ use: [diagnostics()] });
  client.request('sum').catch(() => {});
  await open();
  expect(server.last.request.trace).toBeUndefined();
  const states = hear('state');
  void client.close();
  await clock.advance(100);
  expect(states).toMatchObject([
    { to: 'closing', client: undefined },
    { to: 'closed', client: undefined },
  ]);
});

it('refuses options that there are not', () => {
  expect(() => diagnostics({ name: 'x' } as never)).toThrow('name');
  expect(() => diagnostics({ client: 7 as never })).toThrow(
    'The option client of diagnostics must be a string',
  );
});
