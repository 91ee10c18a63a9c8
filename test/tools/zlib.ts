/** node:zlib as another runtime might have it. */
import * as zlib from 'node:zlib';

/** Without what stands between its streams and the library. */
export function withoutInsides(): typeof zlib {
  return {
    ...zlib,
    createInflateRaw: (options) => bare(zlib.createInflateRaw(options)),
    createDeflateRaw: (options) => bare(zlib.createDeflateRaw(options)),
  };
}

function bare<Stream extends zlib.InflateRaw | zlib.DeflateRaw>(stream: Stream): Stream {
  return Object.assign(Object.create(stream) as Stream, { _handle: undefined, close: () => stream.close() });
}
