// partysocket's ReconnectingWebSocket over our class: the option `WebSocket`.
import ReconnectingWebSocket from 'partysocket/ws';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WebSocket } from '../../src/node.ts';
import { nextEvent } from '../tools/socket-events.ts';
import { startWsServer, type WsServer } from './ws-server.ts';

let server: WsServer;
let socket: ReconnectingWebSocket | undefined;

beforeEach(async () => {
  server = await startWsServer({}, (client) => {
    client.on('message', (data, binary) => {
      if (data.toString() === 'close me') client.close(4000, 'as you wish');
      else client.send(data, { binary });
    });
  });
});

afterEach(async () => {
  socket?.close();
  await server.close();
});

function connect(): ReconnectingWebSocket {
  socket = new ReconnectingWebSocket(server.url, ['chat'], {
    WebSocket,
    minReconnectionDelay: 1,
    maxReconnectionDelay: 10,
  });
  return socket;
}

describe('partysocket over our WebSocket', () => {
  it('sends what was queued before it opened, and echoes text and binary', async () => {
    const socket = connect();
    socket.binaryType = 'arraybuffer';
    socket.send('early');
    const { data } = await nextEvent<MessageEvent>(socket, 'message');
    expect(data).toBe('early');
    socket.send(Uint8Array.of(1, 2, 3));
    const binary = await nextEvent<MessageEvent>(socket, 'message');
    expect(new Uint8Array(binary.data as ArrayBuffer)).toEqual(Uint8Array.of(1, 2, 3));
    expect([socket.readyState, socket.protocol, socket.url]).toEqual([
      WebSocket.OPEN,
      'chat',
      `${server.url}/`,
    ]);
    expect(server.requests).toHaveLength(1);
  });

  it('reconnects when the server drops the line, and goes on', async () => {
    const socket = connect();
    await nextEvent(socket, 'open');
    // On "error" partysocket lets go of the socket and tells a close event of its own.
    const ends = Promise.all([nextEvent(socket, 'error'), nextEvent(socket, 'close')]);
    server.drop();
    await ends;
    await nextEvent(socket, 'open');
    socket.send('again');
    expect((await nextEvent<MessageEvent>(socket, 'message')).data).toBe('again');
    expect([socket.retryCount >= 0, server.requests.length]).toEqual([true, 2]);
  });

  it('tells the code and reason of the server, and reconnects after that too', async () => {
    const socket = connect();
    await nextEvent(socket, 'open');
    const closed = nextEvent<CloseEvent>(socket, 'close');
    socket.send('close me');
    expect(await closed).toMatchObject({ code: 4000, reason: 'as you wish', wasClean: true });
    await nextEvent(socket, 'open');
  });

  it('closes with the code of the program, and stays closed', async () => {
    const socket = connect();
    await nextEvent(socket, 'open');
    const [client] = server.webSockets.clients;
    const told = new Promise((resolve) =>
      client?.once('close', (code, reason) => resolve([code, reason.toString()])),
    );
    socket.close(4001, 'enough');
    expect(await told).toEqual([4001, 'enough']);
    expect(server.requests).toHaveLength(1);
  });
});
