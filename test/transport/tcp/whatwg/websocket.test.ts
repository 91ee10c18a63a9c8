import { afterEach, describe, expect, inject, it, vi } from 'vitest';
import { WebSocket, type WebSocketOptions } from '../../../../src/transport/tcp/whatwg/websocket.ts';
import { CloseEvent } from '../../../../src/transport/tcp/whatwg/websocket-close-event.ts';
import type {
  CloseEvent as CloseEventType,
  SocketMessageEvent,
} from '../../../../src/transport/tcp/whatwg/websocket-events.ts';
import { startRawServer } from '../../../tools/raw-server.ts';
import { BINARY, serverFrame, switchingProtocols } from '../../../tools/server-frame.ts';

const url = inject('conformanceUrl');
const sockets: WebSocket[] = [];

afterEach(() => {
  for (const socket of sockets.splice(0)) socket.terminate();
});

function connect(path: string, protocols?: string | string[], options?: WebSocketOptions): WebSocket {
  const socket = new WebSocket(url + path, protocols, options);
  sockets.push(socket);
  return socket;
}

const event = <E extends Event = Event>(socket: WebSocket, type: string): Promise<E> =>
  new Promise((resolve) => socket.addEventListener(type, (e) => resolve(e as E), { once: true }));

async function open(path = '/echo', options?: WebSocketOptions): Promise<WebSocket> {
  const socket = connect(path, [], options);
  await event(socket, 'open');
  return socket;
}

const dom = (name: string) => expect.objectContaining({ name, constructor: DOMException });

describe('WebSocket: construction', () => {
  it('has the constants of the standard on the class and on its instances', () => {
    const socket = connect('/never');
    for (const [name, value] of [
      ['CONNECTING', 0],
      ['OPEN', 1],
      ['CLOSING', 2],
      ['CLOSED', 3],
    ] as const) {
      expect([WebSocket[name], socket[name], name in WebSocket.prototype]).toEqual([value, value, true]);
    }
    expect(String(socket)).toBe('[object WebSocket]');
    expect(socket).toBeInstanceOf(EventTarget);
  });

  it('begins with the values of the standard', () => {
    const { readyState, bufferedAmount, protocol, extensions, binaryType, onopen, onmessage } =
      connect('/never');
    expect({ readyState, bufferedAmount, protocol, extensions, binaryType, onopen, onmessage }).toEqual({
      readyState: 0,
      bufferedAmount: 0,
      protocol: '',
      extensions: '',
      binaryType: 'blob',
      onopen: null,
      onmessage: null,
    });
  });

  it('takes http and URL objects, and shows the ws URL (#102)', () => {
    const socket = new WebSocket(new URL(`${url.replace('ws:', 'http:')}/never?a=b`));
    sockets.push(socket);
    expect(socket.url).toBe(`${url}/never?a=b`);
  });

  it.each(['/relative', 'ftp://host/', 'ws://host/#part', 'ws://', ''])(
    'throws a SyntaxError for the URL %j (#1, #102)',
    (bad) => {
      expect(() => new WebSocket(bad)).toThrow(dom('SyntaxError'));
    },
  );

  it.each([[['a', 'a']], [''], ['a b'], [['a', 'ü']]])(
    'throws a SyntaxError for the protocols %j (#24, #103)',
    (bad) => {
      expect(() => connect('/echo', bad)).toThrow(dom('SyntaxError'));
    },
  );

  it('throws a TypeError for a header or limit that is not valid', () => {
    expect(() => connect('/echo', [], { headers: { Host: 'x' } })).toThrow(TypeError);
    expect(() => connect('/echo', [], { limits: { maxMessageBytes: Number.NaN } })).toThrow(TypeError);
  });

  it('offers subprotocols, sends headers and the origin (#22)', async () => {
    const socket = connect('/subprotocol', ['a', 'b']);
    await event(socket, 'open');
    expect(socket.protocol).toBe('b');
    const other = connect('/headers', 'one', { headers: { 'X-One': '1' }, origin: 'https://page.test' });
    const { data } = await event<SocketMessageEvent>(other, 'message');
    expect(data).toContain('"X-One","1"');
    expect(data).toContain('"Origin","https://page.test"');
  });
});

describe('WebSocket: messages', () => {
  it('delivers text, and binary as a Blob by default, with the origin (#113)', async () => {
    const socket = await open();
    socket.send('text');
    const first = await event<SocketMessageEvent>(socket, 'message');
    expect(first).toBeInstanceOf(MessageEvent);
    expect([first.data, first.origin]).toEqual(['text', url]);
    socket.send(new Uint8Array([1, 2]));
    const { data } = await event<SocketMessageEvent>(socket, 'message');
    expect(data).toBeInstanceOf(Blob);
    expect(new Uint8Array(await (data as Blob).arrayBuffer())).toEqual(new Uint8Array([1, 2]));
  });

  it('delivers an ArrayBuffer of exactly the message when asked to (#72, #113)', async () => {
    const socket = await open();
    socket.binaryType = 'arraybuffer';
    socket.binaryType = 'nonsense' as never;
    expect(socket.binaryType).toBe('arraybuffer');
    socket.send(new Blob(['abc']));
    const { data } = await event<SocketMessageEvent>(socket, 'message');
    expect(data).toBeInstanceOf(ArrayBuffer);
    expect(Buffer.from(data as ArrayBuffer).toString()).toBe('abc');
  });

  it('delivers fragments of a binary message as one ArrayBuffer', async () => {
    const server = await startRawServer((request) =>
      Buffer.concat([
        switchingProtocols(request),
        serverFrame(BINARY, 'one ', BINARY),
        serverFrame(0, 'two ', 0),
        serverFrame(0, 'three'),
      ]),
    );
    const socket = new WebSocket(server.url);
    sockets.push(socket);
    socket.binaryType = 'arraybuffer';
    const { data } = await event<SocketMessageEvent>(socket, 'message');
    expect(Buffer.from(data as ArrayBuffer).toString()).toBe('one two three');
    await server.close();
  });

  it('turns everything else into a string', async () => {
    const socket = await open();
    socket.send(5 as never);
    expect((await event<SocketMessageEvent>(socket, 'message')).data).toBe('5');
    socket.send({} as never);
    expect((await event<SocketMessageEvent>(socket, 'message')).data).toBe('[object Object]');
  });

  it('calls the handler attributes', async () => {
    const socket = connect('/push-with-101');
    const calls: string[] = [];
    socket.onopen = () => calls.push('open');
    socket.onmessage = ({ data }) => calls.push(String(data));
    socket.onerror = () => calls.push('error');
    socket.onclose = ({ code }) => calls.push(`close ${code}`);
    await event(socket, 'message');
    socket.close(1000);
    await event(socket, 'close');
    expect(calls).toEqual(['open', 'first', 'close 1000']);
    expect(socket.onopen).toBeTypeOf('function');
    expect(socket.onerror).toBeTypeOf('function');
    expect(socket.onclose).toBeTypeOf('function');
  });

  it('isolates a listener that throws (attack 26)', async () => {
    const socket = await open();
    const reported = vi.fn();
    const others = process.listeners('uncaughtException');
    process.removeAllListeners('uncaughtException');
    process.once('uncaughtException', reported);
    socket.addEventListener(
      'message',
      () => {
        throw new Error('from a listener');
      },
      { once: true },
    );
    socket.send('one');
    await event(socket, 'message');
    socket.send('two');
    expect((await event<SocketMessageEvent>(socket, 'message')).data).toBe('two');
    for (const listener of others) process.on('uncaughtException', listener);
    expect(reported).toHaveBeenCalledTimes(1);
  });

  it('removes listeners', async () => {
    const socket = await open();
    const listener = vi.fn();
    socket.addEventListener('message', listener);
    socket.removeEventListener('message', listener);
    socket.send('one');
    await event(socket, 'message');
    expect(listener).not.toHaveBeenCalled();
  });

  it('throws InvalidStateError while connecting (#53, #110)', () => {
    const socket = connect('/never');
    expect(() => socket.send('early')).toThrow(dom('InvalidStateError'));
    expect(() => socket.ping()).toThrow(dom('InvalidStateError'));
  });

  it('drops what is sent too late, but counts it for ever (#53, #110)', async () => {
    const socket = await open();
    socket.close();
    socket.send('ü');
    socket.send(new Uint8Array(3));
    socket.send(new Blob(['1234']));
    expect(socket.bufferedAmount).toBe(9);
    await event(socket, 'close');
    socket.send('x');
    expect(socket.bufferedAmount).toBe(10);
  });
});

describe('WebSocket: closing', () => {
  it.each([
    [undefined, undefined, 1005, ''],
    [1000, undefined, 1000, ''],
    [4999, 'bye', 4999, 'bye'],
    [undefined, 'only a reason', 1000, 'only a reason'],
    ['3000', 5, 3000, '5'],
    [1000.4, undefined, 1000, ''],
  ])('close(%s, %s) sends %i %j (#55, #108)', async (code, reason, sentCode, sentReason) => {
    const id = crypto.randomUUID();
    const socket = await open(`/echo?id=${id}`);
    socket.close(code as never, reason as never);
    expect(socket.readyState).toBe(2);
    const { wasClean, error } = await event<CloseEventType>(socket, 'close');
    expect([wasClean, error, socket.readyState]).toEqual([true, undefined, 3]);
    const log = JSON.parse(
      String((await event<SocketMessageEvent>(connect(`/log?id=${id}`), 'message')).data),
    );
    expect(log[0]).toEqual({ type: 'close', code: sentCode, reason: sentReason });
  });

  it.each([0, 999, 1001, 1005, 2999, 5000, Number.NaN, 70_000, null, 'nonsense'])(
    'throws InvalidAccessError for the code %s, in any state (#56, #107)',
    async (code) => {
      const socket = connect('/never');
      expect(() => socket.close(code as never)).toThrow(dom('InvalidAccessError'));
      expect(socket.readyState).toBe(0);
    },
  );

  it('throws SyntaxError for a reason over 123 bytes (#55, #107)', async () => {
    const socket = await open();
    expect(() => socket.close(1000, 'ü'.repeat(62))).toThrow(dom('SyntaxError'));
    expect(socket.readyState).toBe(1);
  });

  it('tells the server’s close (#82, #83)', async () => {
    const socket = connect('/close?code=4401&reason=expired');
    const onerror = vi.fn();
    socket.onerror = onerror;
    const closed = await event<CloseEventType>(socket, 'close');
    expect(closed).toBeInstanceOf(CloseEvent);
    expect(closed).toMatchObject({ code: 4401, reason: 'expired', wasClean: true });
    expect(onerror).not.toHaveBeenCalled();
  });

  it('close while connecting is CLOSING at once, error and close 1006 later (#108)', async () => {
    const socket = connect('/never');
    const types: string[] = [];
    for (const type of ['open', 'error', 'close']) socket.addEventListener(type, (e) => types.push(e.type));
    socket.close();
    expect([socket.readyState, types]).toEqual([2, []]);
    const closed = await event<CloseEventType>(socket, 'close');
    expect(closed).toMatchObject({ code: 1006, wasClean: false, error: { code: 'HANDSHAKE_ABORTED' } });
    expect([socket.readyState, types]).toEqual([3, ['error', 'close']]);
  });

  it('tells a failed handshake by a plain error event, then close with the evidence (#114)', async () => {
    const socket = connect('/refuse?status=401');
    const [failed, { code, error }] = await Promise.all([
      event(socket, 'error'),
      event<CloseEventType>(socket, 'close'),
    ]);
    expect(failed.constructor).toBe(Event);
    expect(code).toBe(1006);
    expect(error).toMatchObject({ code: 'HANDSHAKE_STATUS', status: 401 });
  });

  it('terminate drops the line without a Close frame: close 1006, no error', async () => {
    const id = crypto.randomUUID();
    const socket = await open(`/echo?id=${id}`);
    const onerror = vi.fn();
    socket.onerror = onerror;
    socket.terminate();
    expect(socket.readyState).toBe(2);
    expect((await event<CloseEventType>(socket, 'close')).code).toBe(1006);
    expect(onerror).not.toHaveBeenCalled();
    const log = await event<SocketMessageEvent>(connect(`/log?id=${id}`), 'message');
    expect(JSON.parse(String(log.data))).toEqual([{ type: 'end' }]);
    socket.terminate();
    socket.close();
    expect(socket.readyState).toBe(3);
  });

  it('obeys handshakeTimeout and closeTimeout', async () => {
    const late = connect('/never', [], { handshakeTimeout: 100 });
    expect((await event<CloseEventType>(late, 'close')).error?.code).toBe('TIMEOUT');
    const silent = await open('/silent-close', { closeTimeout: 100 });
    silent.close();
    expect((await event<CloseEventType>(silent, 'close')).error?.code).toBe('CLOSE_TIMEOUT');
  });
});

describe('WebSocket: beyond the standard', () => {
  it('tells a tracer of every frame in both directions', async () => {
    const frames: string[] = [];
    const trace: WebSocketOptions['trace'] = ({ direction, opcode, length }) =>
      frames.push(`${direction} ${opcode} ${length}`);
    const socket = await open('/echo', { trace });
    socket.send('four');
    await event(socket, 'message');
    socket.close();
    await event(socket, 'close');
    expect(frames).toEqual(['out 1 4', 'in 1 4', 'out 8 0', 'in 8 0']);
  });

  it.each([
    ['', ''],
    ['ü', 'ü'],
    [new Uint8Array([65, 66, 67]).subarray(1), 'BC'],
    [new Uint8Array([68]).buffer, 'D'],
  ])('ping %o comes back as a pong (#116)', async (payload, expected) => {
    const socket = await open();
    socket.ping(payload);
    const { data } = await event<Event & { data: Uint8Array }>(socket, 'pong');
    expect(Buffer.from(data).toString()).toBe(expected);
  });

  it('refuses a ping of another type, or over 125 bytes, with a TypeError (#49, attack 22)', async () => {
    const socket = await open();
    expect(() => socket.ping(5 as never)).toThrow(TypeError);
    expect(() => socket.ping('x'.repeat(126))).toThrow(TypeError);
  });
});
