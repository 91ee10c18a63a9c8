/**
 * Counts what reaches the system: every call that hands bytes, or the end of the stream, to the handle beneath a socket
 * that was opened by this process (not accepted). One such call is one system call, unless the system takes only a part.
 */
import { createServer, Socket } from 'node:net';
import { TLSSocket } from 'node:tls';

/** What a handle was asked to do. */
export interface HandleCall {
  /** `writeBuffer`, `writev`, `writeLatin1String`, `shutdown`, … */
  readonly name: string;
  /** Bytes handed over; 0 for `shutdown`. */
  readonly bytes: number;
}

export interface WatchedHandles {
  /** The calls since the last look, in order. */
  take(): HandleCall[];
  stop(): void;
}

type Method = (this: object, ...args: unknown[]) => unknown;
type Methods = Record<string, Method>;

/** `LibuvStreamWrap` of Node: whatever else begins with `write` is counted too, should there ever be more. */
const COUNTED = /^(write\w*|shutdown)$/;

/**
 * Watches the handles of plain TCP sockets. Those that connect are noticed when they do so: the server's ends of the same
 * connections, in the same process, stay out of it.
 */
export async function watchTcpHandles(): Promise<WatchedHandles> {
  const prototype = await tcpPrototype();
  const calls: HandleCall[] = [];
  const ours = new WeakSet<object>();
  const restore = [
    ...['connect', 'connect6'].map((name) =>
      replace(
        prototype,
        name,
        (original) =>
          function (this: object, ...args) {
            ours.add(this);
            return original.apply(this, args);
          },
      ),
    ),
    ...countedNames(prototype).map((name) =>
      replace(
        prototype,
        name,
        (original) =>
          function (this: object, ...args) {
            if (ours.has(this)) calls.push({ name, bytes: bytesIn(args) });
            return original.apply(this, args);
          },
      ),
    ),
  ];
  return {
    take: () => calls.splice(0),
    stop: () => {
      for (const undo of restore) undo();
    },
  };
}

/**
 * Watches what TLS sockets that connect hand to the layer below: a call is one batch of records. It is counted where the
 * stream of Node calls its handle, since a TLS handle writes on to the socket inside of Node.
 */
export function watchTlsHandles(): WatchedHandles {
  const calls: HandleCall[] = [];
  const isOurs = (socket: object): boolean =>
    socket instanceof TLSSocket &&
    (socket as { _tlsOptions?: { isServer?: boolean } })._tlsOptions?.isServer !== true;
  const restore = [
    replace(
      Socket.prototype as unknown as Methods,
      '_writeGeneric',
      (original) =>
        function (this: object, isVector, data, ...rest) {
          if (isOurs(this)) {
            const chunks =
              isVector === true ? (data as { chunk: Uint8Array }[]).map(({ chunk }) => chunk) : [data];
            calls.push({ name: isVector === true ? 'writev' : 'writeBuffer', bytes: bytesIn([chunks]) });
          }
          return original.call(this, isVector, data, ...rest);
        },
    ),
  ];
  return {
    take: () => calls.splice(0),
    stop: () => {
      for (const undo of restore) undo();
    },
  };
}

/** Node has no name for it; a listening socket has one. */
async function tcpPrototype(): Promise<Methods> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { _handle } = server as unknown as { _handle: object };
  const prototype = Object.getPrototypeOf(_handle) as Methods;
  await new Promise((resolve) => server.close(resolve));
  return prototype;
}

function countedNames(prototype: object): string[] {
  const names = new Set<string>();
  for (let at: object | null = prototype; at !== null; at = Object.getPrototypeOf(at)) {
    for (const name of Object.getOwnPropertyNames(at)) if (COUNTED.test(name)) names.add(name);
  }
  // `writeQueueSize` and its kin are numbers; a getter must not be asked on the prototype.
  return [...names].filter((name) => typeof propertyOf(prototype, name) === 'function');
}

function propertyOf(object: object, name: string): unknown {
  for (let at: object | null = object; at !== null; at = Object.getPrototypeOf(at)) {
    const found = Object.getOwnPropertyDescriptor(at, name);
    if (found !== undefined) return found.value;
  }
  return undefined;
}

/** Puts `make(original)` in its place; returns what undoes that. */
function replace(object: Methods, name: string, make: (original: Method) => Method): () => void {
  const own = Object.getOwnPropertyDescriptor(object, name);
  const original = propertyOf(object, name);
  if (typeof original !== 'function')
    throw new Error(`This Node has no ${name}: the guard must count elsewhere.`);
  Object.defineProperty(object, name, {
    value: make(original as Method),
    configurable: true,
    writable: true,
  });
  return () => {
    if (own === undefined) delete object[name];
    else Object.defineProperty(object, name, own);
  };
}

/** The bytes in the arguments of a write: the request, then a buffer, a string, or chunks of them. */
function bytesIn(args: readonly unknown[]): number {
  let sum = 0;
  for (const arg of args) {
    if (ArrayBuffer.isView(arg)) sum += arg.byteLength;
    else if (typeof arg === 'string') sum += Buffer.byteLength(arg);
    else if (Array.isArray(arg))
      sum += bytesIn(arg.filter((item) => typeof item === 'object' || typeof item === 'string'));
  }
  return sum;
}
