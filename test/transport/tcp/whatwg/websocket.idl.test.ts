// What Web IDL and HTML make of the interface: shapes, conversions, brand checks, handler attributes.
import { afterEach, describe, expect, inject, it, vi } from 'vitest';
import { WebSocket } from '../../../../src/transport/tcp/whatwg/websocket.ts';
import { nextEvent } from '../../../tools/socket-events.ts';

const url = inject('conformanceUrl');
const sockets: WebSocket[] = [];

afterEach(() => {
  for (const socket of sockets.splice(0)) socket.terminate();
});

function connect(path: string): WebSocket {
  const socket = new WebSocket(url + path);
  sockets.push(socket);
  return socket;
}

const ATTRIBUTES = [
  ...['url', 'readyState', 'bufferedAmount', 'protocol', 'extensions', 'headers', 'binaryType'],
  ...['onopen', 'onerror', 'onclose', 'onmessage'],
];
const METHODS = ['send', 'close', 'ping', 'terminate'];

describe('WebSocket: the shape of the interface', () => {
  it('has the name, the length and the parent of the standard', () => {
    expect([WebSocket.name, WebSocket.length]).toEqual(['WebSocket', 1]);
    expect(Object.getPrototypeOf(WebSocket)).toBe(EventTarget);
    expect(Object.getOwnPropertyDescriptor(WebSocket.prototype, Symbol.toStringTag)).toEqual({
      value: 'WebSocket',
      writable: false,
      enumerable: false,
      configurable: true,
    });
  });

  it('has attributes as enumerable accessors of the prototype, none on the instance', () => {
    const socket = connect('/never');
    expect(Object.keys(socket)).toEqual([]);
    for (const name of ATTRIBUTES) {
      const attribute = Object.getOwnPropertyDescriptor(WebSocket.prototype, name);
      expect([name, attribute?.enumerable, typeof attribute?.get]).toEqual([name, true, 'function']);
    }
    const seen: string[] = [];
    for (const name in socket) seen.push(name);
    expect(seen).toEqual(expect.arrayContaining([...ATTRIBUTES, ...METHODS, 'CONNECTING', 'CLOSED']));
  });

  it('has methods with the lengths of the standard', () => {
    const { send, close, ping, terminate } = WebSocket.prototype;
    expect([send.length, close.length, ping.length, terminate.length]).toEqual([1, 0, 0, 0]);
    expect([send.name, close.name]).toEqual(['send', 'close']);
  });

  it('has constants that cannot be changed', () => {
    const socket = connect('/never');
    for (const target of [WebSocket, WebSocket.prototype, socket]) {
      expect(() => Object.assign(target, { OPEN: 5 })).toThrow(TypeError);
      expect(target.OPEN).toBe(1);
    }
  });

  it('has attributes that cannot be set', () => {
    const socket = connect('/never');
    for (const name of ['url', 'readyState', 'bufferedAmount', 'protocol', 'extensions']) {
      expect(() => Object.assign(socket, { [name]: 1 })).toThrow(TypeError);
    }
  });

  it('refuses to work on anything but a WebSocket', () => {
    for (const name of ATTRIBUTES) {
      const { get } = Object.getOwnPropertyDescriptor(WebSocket.prototype, name) as PropertyDescriptor;
      expect(() => get?.call({})).toThrow(TypeError);
    }
    const { send, close, ping, terminate } = WebSocket.prototype;
    expect(() => send.call({} as WebSocket, 'x')).toThrow(TypeError);
    expect(() => close.call({} as WebSocket)).toThrow(TypeError);
    expect(() => close.call({} as WebSocket, 1)).toThrow(TypeError); // not InvalidAccessError
    const { set } = Object.getOwnPropertyDescriptor(WebSocket.prototype, 'binaryType') as PropertyDescriptor;
    expect(() => set?.call({}, 'nonsense')).toThrow(TypeError);
    expect(() => ping.call({} as WebSocket)).toThrow(TypeError);
    expect(() => terminate.call(new EventTarget() as WebSocket)).toThrow(TypeError);
  });

  it('needs `new` and its arguments', async () => {
    const Class = WebSocket as never as { new (): WebSocket; (address: string): WebSocket };
    expect(() => new Class()).toThrow(TypeError);
    expect(() => Class(url)).toThrow(TypeError);
    const socket = connect('/echo');
    await nextEvent(socket, 'open');
    expect(() => (socket.send as () => void)()).toThrow(TypeError);
  });

  it('can be extended', async () => {
    class Named extends WebSocket {
      readonly label = 'mine';
    }
    const socket = new Named(`${url}/echo`);
    sockets.push(socket);
    await nextEvent(socket, 'open');
    expect([socket.label, socket.readyState, socket instanceof WebSocket]).toEqual([
      'mine',
      Named.OPEN,
      true,
    ]);
  });
});

describe('WebSocket: conversions', () => {
  it('binaryType is an enumeration: what it does not know is ignored (#113)', () => {
    const socket = connect('/never');
    const set = (value: unknown): string => {
      socket.binaryType = value as 'blob';
      return socket.binaryType;
    };
    expect(['arraybuffer', 'nonsense', '', null, undefined, 5, 'BLOB'].map(set)).toEqual(
      Array(7).fill('arraybuffer'),
    );
    expect(set(['blob'])).toBe('blob');
  });

  it('takes any list of protocols (#103)', () => {
    for (const bad of [['a', 'A'], new Set(['a b']), 'a,b', {} as never]) {
      expect(() => new WebSocket(url, bad)).toThrow(expect.objectContaining({ name: 'SyntaxError' }));
    }
    sockets.push(new WebSocket(`${url}/never`, new Set(['a', 'b'])));
  });
});

describe('WebSocket: handler attributes', () => {
  it.each(['onopen', 'onmessage', 'onerror', 'onclose'] as const)(
    '%s takes a function or an object, and null for all else',
    (name) => {
      const socket = connect('/never');
      const set = (value: unknown): unknown => {
        socket[name] = value as null;
        return socket[name];
      };
      const handler = (): void => {};
      const object = { handleEvent: handler };
      expect(set(handler)).toBe(handler);
      expect([1, 'text', undefined, true, Symbol('s')].map(set)).toEqual([null, null, null, null, null]);
      expect(set(object)).toBe(object);
      expect(set(null)).toBeNull();
    },
  );

  it('calls handlers in the place where they were first set, with the socket as this', async () => {
    const socket = connect('/echo');
    const calls: unknown[] = [];
    socket.onopen = () => calls.push('replaced');
    socket.addEventListener('open', () => calls.push('listener'));
    socket.onopen = function (this: unknown, event) {
      calls.push(this === socket, event.target === socket, event.constructor === Event, event.cancelable);
    };
    await nextEvent(socket, 'open');
    expect(calls).toEqual([true, true, true, false, 'listener']);
  });

  it('takes listener objects, `once` and signals, as any EventTarget', async () => {
    const socket = connect('/echo');
    const controller = new AbortController();
    const [listener, aborted] = [{ handleEvent: vi.fn() }, vi.fn()];
    socket.addEventListener('open', listener, { once: true });
    socket.addEventListener('open', aborted, { signal: controller.signal });
    controller.abort();
    await nextEvent(socket, 'open');
    socket.dispatchEvent(new Event('open'));
    expect([listener.handleEvent.mock.calls.length, aborted.mock.calls.length]).toEqual([1, 0]);
  });
});
