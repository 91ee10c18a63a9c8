import { expect, it } from 'vitest';
import { connect } from '../../src/client/create-client.node.ts';
import { createScriptedServer } from '../../src/testing/scripted-server.ts';
import type { MessageOptions, TransportFactory } from '../../src/transport/transport.ts';

it('hands { compress: false } to the transport with its message, and with no other (#100)', async () => {
  const { transport } = createScriptedServer({});
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
  const socket = await connect('ws://test/', { transport: listening });
  socket.send('plain text');
  socket.send('a secret', { compress: false });
  expect(seen).toEqual([
    ['plain text', undefined],
    ['a secret', { compress: false }],
  ]);
  await socket.close();
});
