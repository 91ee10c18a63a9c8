import { afterEach, describe, expect, inject, it, vi } from 'vitest';
import { WebSocket } from '../../../src/transport/tcp/websocket.ts';
import type { CloseEvent } from '../../../src/transport/tcp/websocket-events.ts';
import { nextEvent } from '../../tools/socket-events.ts';
import { lookupLoopback } from '../../tools/tls-server.ts';

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
