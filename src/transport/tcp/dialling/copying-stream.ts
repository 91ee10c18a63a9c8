import type { Duplex } from 'node:stream';
import type { WritableSocket } from '../pooled-writer.ts';

/**
 * A stream written in JavaScript may hand on the very bytes that it was given, and keep them when it says that they are
 * written. Ours are used again then, so it gets copies. Node's own sockets do not need them.
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
