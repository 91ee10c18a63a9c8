import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { WritableSocket } from '../memory/pooled-writer.ts';

/** What frames are written to: `stream` itself if it is of one of Node's own `classes`, else what copies for it. */
export function writableSocket(
  stream: Duplex,
  classes: readonly (typeof Socket | undefined)[],
): WritableSocket {
  const prototype: unknown = Object.getPrototypeOf(stream);
  const isNodes = classes.some((one) => one?.prototype === prototype) && !Object.hasOwn(stream, 'write');
  return isNodes ? (stream as Socket) : copyingStream(stream);
}

/**
 * A stream written in JavaScript may hand on the very bytes that it was given, and keep them when it says that they are
 * written. Ours are used again then, so it gets copies. Node's own sockets do not need them; classes derived
 * from those may.
 */
export function copyingStream(stream: Duplex): WritableSocket {
  const copying = {
    write: (bytes: Uint8Array, callback?: (error?: Error | null) => void) =>
      stream.write(Buffer.from(bytes), callback ?? (() => {})),
    cork: () => stream.cork(),
    uncork: () => stream.uncork(),
    end: () => stream.end(),
  };
  return copying as unknown as WritableSocket;
}
