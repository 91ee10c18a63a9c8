import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, inject, it, vi } from 'vitest';
import { WebSocketServer } from 'ws';
import { WebSocket, type WebSocketOptions } from '../../../../src/transport/tcp/whatwg/websocket.ts';
import type {
  CloseEvent,
  SocketMessageEvent,
} from '../../../../src/transport/tcp/whatwg/websocket-events.ts';
import { switchingProtocols } from '../../../tools/server-frame.ts';
import { nextEvent } from '../../../tools/socket-events.ts';
import { lookupLoopback } from '../../../tools/tls-server.ts';

const url = inject('conformanceUrl');
const sockets: WebSocket[] = [];

afterEach(() => {
  for (const socket of sockets.splice(0)) socket.terminate();
});

function kept(socket: WebSocket): WebSocket {
  sockets.push(socket);
  return socket;
}

describe('the options of WebSocket', () => {
  it('baseUrl: a relative address is resolved against it (#102)', async () => {
    const socket = kept(new WebSocket('echo?x=1', [], { baseUrl: `${url.replace('ws', 'http')}/page` }));
    expect(socket.url).toBe(`${url}/echo?x=1`);
    await nextEvent(socket, 'open');
  });

  it('reaches a server on a unix socket', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'holdline-socket-'));
    const server = createServer();
    const webSockets = new WebSocketServer({ server });
    webSockets.on('connection', (client, request) => client.send(request.url ?? ''));
    const path = join(folder, 'server.sock');
    await new Promise<void>((resolve) => server.listen(path, resolve));
    const socket = kept(new WebSocket(`ws+unix:${path}:/chat`));
    const { data, origin } = await nextEvent<SocketMessageEvent>(socket, 'message');
    expect([data, origin]).toEqual(['/chat', 'null']);
    socket.close();
    await nextEvent(socket, 'close');
    await new Promise((resolve) => server.close(resolve));
    rmSync(folder, { recursive: true });
  });

  it('connects to a host one socket at a time, as all sockets of a browser do (#4)', async () => {
    const held: (() => void)[] = [];
    const server = createServer();
    server.on('upgrade', (request, socket) => {
      held.push(() => socket.write(switchingProtocols(request)));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const [first, second] = [1, 2].map(() => kept(new WebSocket(`ws://127.0.0.1:${port}`))) as [
      WebSocket,
      WebSocket,
    ];
    const opened: string[] = [];
    first.onopen = () => opened.push('first');
    second.onopen = () => opened.push('second');
    await expect.poll(() => held).toHaveLength(1);
    // Long enough for a second connection, if there were one.
    const other = kept(new WebSocket(`${url}/echo`));
    await nextEvent(other, 'open');
    expect([held.length, opened]).toEqual([1, []]);
    held[0]?.();
    await expect.poll(() => held).toHaveLength(2);
    expect(opened).toEqual(['first']);
    held[1]?.();
    await nextEvent(second, 'open');
    first.terminate();
    second.terminate();
    server.close();
  });

  it('compression: on as in a browser, and per message `compress: false` (#100)', async () => {
    const server = createServer();
    const webSockets = new WebSocketServer({ server, perMessageDeflate: { threshold: 0 } });
    webSockets.on('connection', (client) => client.on('message', (data) => client.send(data)));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const lengths: number[] = [];
    const trace: WebSocketOptions['trace'] = ({ direction, opcode, length }) => {
      if (direction === 'out' && opcode === 2) lengths.push(length);
    };
    const address = `ws://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const socket = kept(new WebSocket(address, [], { trace }));
    socket.binaryType = 'arraybuffer';
    await nextEvent(socket, 'open');
    expect(socket.extensions).toMatch(/^permessage-deflate/);
    const message = new Uint8Array(5000).fill(7);
    for (const options of [undefined, { compress: true }, { compress: false }]) {
      socket.send(message, options);
      // What a program gave to send counts, whatever becomes of it on the wire (#112).
      expect(socket.bufferedAmount).toBe(5000);
      const { data } = await nextEvent<SocketMessageEvent>(socket, 'message');
      expect(new Uint8Array(data as ArrayBuffer)).toEqual(message);
      await expect.poll(() => socket.bufferedAmount).toBe(0);
    }
    expect(lengths.map((length) => length < 500)).toEqual([true, true, false]);
    socket.terminate();
    webSockets.close();
    server.close();
  });

  it.each([0, -1, Number.NaN])('maxBufferedAmount: %s is refused', (maxBufferedAmount) => {
    expect(() => new WebSocket(url, [], { maxBufferedAmount })).toThrow(
      expect.objectContaining({ code: 'INVALID_OPTION' }),
    );
  });

  it('fails at a blocked port with "error" and 1006, in a later task, without connecting (#106)', async () => {
    const lookup = vi.fn(lookupLoopback);
    const socket = new WebSocket('ws://mail.test:25/', [], { lookup });
    const types: string[] = [];
    for (const type of ['open', 'error', 'close']) socket.addEventListener(type, () => types.push(type));
    expect([socket.readyState, socket.bufferedAmount]).toEqual([0, 0]);
    expect(() => socket.send('early')).toThrow(DOMException);
    const { code, wasClean, error } = await nextEvent<CloseEvent>(socket, 'close');
    expect([code, wasClean, error?.code, types]).toEqual([1006, false, 'BLOCKED_PORT', ['error', 'close']]);
    expect(error?.message).toContain('25');
    socket.send('late');
    socket.ping();
    expect([socket.readyState, socket.bufferedAmount]).toEqual([3, 4]);
    expect(lookup).not.toHaveBeenCalled();
  });

  it.each([
    ['close', (socket: WebSocket) => socket.close()],
    ['terminate', (socket: WebSocket) => socket.terminate()],
  ])('%s before a blocked port has failed: still "error" and 1006, once (#106, #108)', async (_, end) => {
    const socket = new WebSocket('ws://127.0.0.1:6667/');
    const onerror = vi.fn();
    socket.onerror = onerror;
    end(socket);
    expect(socket.readyState).toBe(2);
    expect((await nextEvent<CloseEvent>(socket, 'close')).code).toBe(1006);
    expect(onerror).toHaveBeenCalledTimes(1);
  });

  it('allowBlockedPorts: connects to such a port as well', async () => {
    const lookup = vi.fn(lookupLoopback);
    const socket = kept(new WebSocket('ws://mail.test:6697/', [], { lookup, allowBlockedPorts: true }));
    const { error } = await nextEvent<CloseEvent>(socket, 'close');
    expect(error?.code).toBe('CONNECT');
    expect(lookup).toHaveBeenCalled();
  });
});
