/** node:zlib without its thread pool: DEFLATE done in the call that asks for it. */
import type { DeflateRaw, InflateRaw } from 'node:zlib';

type Zlib = typeof import('node:zlib');

/** What stands between a zlib stream of Node's and the library, and does the work at once. Not documented. */
interface Handle {
  writeSync(
    flush: number,
    input: Uint8Array,
    inputOffset: number,
    inputBytes: number,
    output: Uint8Array,
    outputOffset: number,
    outputBytes: number,
  ): void;
  reset(): void;
  onerror: (message: string, errno: number, code: string) => void;
}

/** The parts of a zlib stream that {@link ZlibStream} rests on. */
interface Inside {
  readonly _handle?: Partial<Handle>;
  /** After a call: room left in the output, bytes left of the input. */
  readonly _writeState?: Uint32Array;
}

const NO_BYTES: Uint8Array = new Uint8Array(0);

/** The smallest buffer that Node lets a stream have; this one is not used. */
const MIN_CHUNK_BYTES = 64;

/** Options for the stream that {@link ZlibStream} is put upon. */
export const UNUSED_BUFFER: { readonly chunkSize: number } = /* @__PURE__ */ Object.freeze({
  chunkSize: MIN_CHUNK_BYTES,
});

/** A zlib stream of Node's, driven by hand. A hop to the thread pool and back costs more than a small message. */
export class ZlibStream {
  readonly #stream: DeflateRaw | InflateRaw;
  readonly #handle: Handle;
  readonly #state: Uint32Array;
  readonly #flush: number;
  #input: Uint8Array = NO_BYTES;
  #end = 0;
  /** Bytes of the input that are still to be taken. */
  inputLeft = 0;
  #isBroken = false;

  /**
   * Takes over `stream` if it can be driven by hand, which is tried out: `sample` must become something that `isRight`
   * finds right. Otherwise gives it up and returns undefined.
   */
  static take(
    zlib: Zlib,
    stream: DeflateRaw | InflateRaw,
    sample: Uint8Array,
    isRight: (result: Uint8Array) => boolean,
  ): ZlibStream | undefined {
    try {
      const taken = new ZlibStream(zlib, stream);
      const output = new Uint8Array(MIN_CHUNK_BYTES);
      taken.feed(sample, 0, sample.length);
      const isDone = taken.run(output, 0) && taken.inputLeft === 0;
      taken.reset();
      if (isDone && isRight(output.subarray(0, output.length - taken.roomLeft))) return taken;
    } catch {
      // Some part of it is missing.
    }
    stream.close();
    return undefined;
  }

  private constructor(zlib: Zlib, stream: DeflateRaw | InflateRaw) {
    const { _handle: handle, _writeState: state } = stream as unknown as Inside;
    this.#stream = stream;
    this.#handle = handle as Handle;
    this.#state = state as Uint32Array;
    this.#flush = zlib.constants.Z_SYNC_FLUSH;
    // Node's own would destroy the stream with an error event.
    this.#handle.onerror = () => {
      this.#isBroken = true;
    };
  }

  /** Room that the last {@link run} left in its output. */
  get roomLeft(): number {
    return this.#state[0] as number;
  }

  /** `input[start, end)` is what comes next. It stays unchanged until {@link inputLeft} is 0. */
  feed(input: Uint8Array, start: number, end: number): void {
    this.#input = input;
    this.#end = end;
    this.inputLeft = end - start;
  }

  /** Goes on into `output[at, end)`, with a sync flush. Returns false for data that is not valid. */
  run(output: Uint8Array, at: number, end: number = output.length): boolean {
    const left = this.inputLeft;
    this.#handle.writeSync(this.#flush, this.#input, this.#end - left, left, output, at, end - at);
    this.inputLeft = this.#state[1] as number;
    if (this.inputLeft === 0) this.feed(NO_BYTES, 0, 0); // the memory is the caller's again
    return !this.#isBroken;
  }

  /** Begins anew. */
  reset(): void {
    this.#handle.reset();
  }

  /** Frees the library's memory. */
  release(): void {
    this.#stream.close();
  }
}
