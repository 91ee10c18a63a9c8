import { expect, it } from 'vitest';
import { login } from '../../src/auth/login.ts';
import { createClient } from '../../src/client/create-client.node.ts';
import { raw } from '../../src/messaging/raw.ts';
import { createScriptedServer } from '../../src/testing/scripted-server.ts';
import type { MessageOptions, TransportFactory } from '../../src/transport/transport.ts';

it('every message of a login leaves uncompressed: a secret beside text of others could be guessed by its length (attack 33)', async () => {
  const { transport } = createScriptedServer({
    onMessage: (connection, message) => connection.send(message as string),
  });
  const seen: [unknown, MessageOptions | undefined][] = [];
  const listening: TransportFactory = (request, sink) => {
    const inner = transport(request, sink);
    const { send } = inner;
    inner.send = (data, options) => {
      seen.push([data, options]);
      return send.call(inner, data, options);
    };
    return inner;
  };
  const auth = login(async (line) => {
    line.send('name');
    await line.receive();
    line.send('password');
    await line.receive();
  });
  const client = createClient({ url: 'ws://test/', transport: listening, envelope: raw(), auth });
  await client.ready();
  await client.send('hello');
  expect(seen).toEqual([
    ['name', { compress: false }],
    ['password', { compress: false }],
    ['hello', undefined],
  ]);
  await client.close();
});
