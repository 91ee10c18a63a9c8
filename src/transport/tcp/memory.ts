/**
 * The memory that the connections of one {@link tcpTransport} share: one buffer to read into, and blocks to make
 * frames in. An idle connection holds neither.
 */

/** One read takes at most this much; the kernel seldom has more. */
const READ_BUFFER_BYTES = 64 * 1024;

/** A thousand small frames fit in. Larger frames get memory of their own. */
export const BLOCK_BYTES: number = 64 * 1024;

/** Blocks kept for later: 1 MiB. More than that is given back to the system. */
const MAX_FREE_BLOCKS = 16;

export class TransportMemory {
  #readBuffer: Uint8Array | undefined;
  #inflated: Uint8Array | undefined;
  #deflated: Uint8Array | undefined;
  readonly #free: Uint8Array[] = [];

  /**
   * Where every socket reads to. It is shared: a chunk is parsed to its end within the callback that brings it, and
   * no socket reads while another's callback runs. A plain Uint8Array, since `slice` must copy (Buffer's does not).
   */
  get readBuffer(): Uint8Array {
    this.#readBuffer ??= allocate(READ_BUFFER_BYTES);
    return this.#readBuffer;
  }

  /** Where every connection inflates to: what lies there is decoded or copied in the same call. */
  get inflated(): Uint8Array {
    this.#inflated ??= allocate(BLOCK_BYTES);
    return this.#inflated;
  }

  /** Where every connection deflates to: what lies there is put into a frame in the same call. */
  get deflated(): Uint8Array {
    this.#deflated ??= allocate(BLOCK_BYTES);
    return this.#deflated;
  }

  /** A block of at least `size` bytes, with anything in it. */
  acquire(size: number): Uint8Array {
    if (size > BLOCK_BYTES) return allocate(size);
    return this.#free.pop() ?? allocate(BLOCK_BYTES);
  }

  /** Takes a block back that nobody uses any more. */
  release(block: Uint8Array): void {
    if (block.length === BLOCK_BYTES && this.#free.length < MAX_FREE_BLOCKS) this.#free.push(block);
  }
}

/** Not cleared: nothing is read from it, or sent, that was not written first. */
function allocate(size: number): Uint8Array {
  return new Uint8Array(Buffer.allocUnsafeSlow(size).buffer);
}
