// Gateways that end connections over long frames: messages leave in fragments, and arrive whole.

import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { expect, it } from 'vitest';
import { WebSocketServer } from 'ws';
import { connect } from '../../../src/client/create-client.node.ts';
import { tcpTransport } from '../../../src/transport/tcp/tcp-transport.ts';

it.each([false, true])(
  'maxFrameBytes bounds every frame that leaves (compressed: %s)',
  async (isCompressed) => {
    const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: isCompressed });
    await once(server, 'listening');
    server.on('connection', (socket) =>
      socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary })),
    );
    const url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const lengths: number[] = [];
    const socket = await connect(url, {
      maxFrameBytes: 1000,
      compression: isCompressed && { threshold: 0 },
      trace: ({ direction, length }) => direction === 'out' && lengths.push(length),
    });
    const text = Array.from({ length: 3000 }, (_, at) => `${at}€`).join('');
    for (const message of [text, new TextEncoder().encode(text)]) {
      socket.send(message);
      expect(await socket.receive()).toEqual(message);
    }
    expect(Math.max(...lengths)).toBe(1000);
    await socket.close();
    server.close();
  },
);

it('is a number of 1 or more', () => {
  expect(() => tcpTransport({ maxFrameBytes: 0 })).toThrow(
    expect.objectContaining({ code: 'INVALID_OPTION' }),
  );
});
