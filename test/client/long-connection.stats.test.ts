import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { createClient } from '../../src/client/create-client.node.ts';
import { handover } from '../../src/connection/handover.ts';
import { raw } from '../../src/messaging/raw.ts';
import { nativeTransport } from '../../src/transport/native/native-transport.ts';
import { setUp } from './set-up.ts';

describe('stats', () => {
  it('count messages and reconnects over every connection, and tell the round trip of the present one', async () => {
    const { client, clock, server, open } = setUp({ envelope: raw(), heartbeat: { interval: 1_000 } });
    expect(client.stats()).toEqual({
      sent: 0,
      received: 0,
      bytesSent: 0,
      bytesReceived: 0,
      reconnects: 0,
      rtt: undefined,
      smoothedRtt: undefined,
      queued: 0,
      queuedBytes: 0,
      pending: 0,
      bufferedAmount: 0,
    });
    await open();
    await client.send('one');
    server.last.send('12345678');
    await clock.advance(1_000);
    server.last.pong();
    expect(client.stats()).toMatchObject({ sent: 1, received: 1, reconnects: 0, rtt: 0, smoothedRtt: 0 });
    const { bytesReceived } = client.stats();
    expect(bytesReceived).toBeGreaterThanOrEqual(10);
    server.last.drop();
    await clock.advance(0);
    expect(client.stats()).toMatchObject({ rtt: undefined, bytesReceived });
    await clock.advance(10_000);
    server.last.send('12345678');
    const after = client.stats();
    expect(after).toMatchObject({ sent: 1, received: 2, reconnects: 1 });
    expect(after.bytesReceived).toBeGreaterThan(bytesReceived);
    const closed = client.close();
    await clock.advance(100);
    await closed;
    expect(client.stats()).toMatchObject({ reconnects: 1, bytesReceived: after.bytesReceived });
    client.connect();
    await clock.advance(0);
    expect(client.stats()).toMatchObject({ reconnects: 2, bytesReceived: after.bytesReceived });
    void client.close();
    await clock.advance(100);
  });

  it('count both connections of a handover once', async () => {
    const { client, clock, server, open } = setUp({ envelope: raw(), use: [handover()] });
    await open();
    server.last.send('12345678');
    const before = client.stats().bytesReceived;
    void client.handover();
    await clock.advance(10);
    server.last.send('12345678');
    await clock.advance(60_000);
    expect(client.stats()).toMatchObject({ reconnects: 1, bytesReceived: 2 * before });
    void client.close();
    await clock.advance(100);
  });

  it.each([
    ['TCP: all that crosses the wire', undefined, 100],
    ['the platform’s WebSocket: what messages hold', nativeTransport({ WebSocket: WebSocket as never }), 0],
  ])('count the bytes of %s', async (_, transport, head) => {
    const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
    await once(server, 'listening');
    server.on('connection', (socket) => socket.on('message', (data) => socket.send(data)));
    const url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    const client = createClient({ url, envelope: raw(), transport });
    const echoed = new Promise((resolve) => client.once('message', resolve));
    await client.send(new Uint8Array(1_000));
    await echoed;
    const { bytesSent, bytesReceived } = client.stats();
    for (const bytes of [bytesSent, bytesReceived]) {
      expect(bytes).toBeGreaterThanOrEqual(1_000 + head);
      expect(bytes).toBeLessThan(1_600);
    }
    await client.close();
    server.close();
    await once(server, 'close');
  });
});
