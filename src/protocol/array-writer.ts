import type { FrameWriter } from './ports.ts';

/** The plain {@link FrameWriter}: keeps each committed block as an array of its own, for tests and other streams. */
export class ArrayWriter implements FrameWriter {
  memory: Uint8Array = new Uint8Array(0);
  readonly offset = 0;
  /** Set it to act as a peer that does not read. */
  congested = false;
  /** Sum of the payload committed so far. */
  payloadBytes = 0;
  #blocks: Uint8Array[] = [];

  /** Makes new memory of exactly `size` bytes. */
  reserve(size: number): void {
    this.memory = new Uint8Array(size);
  }

  commit(size: number, payload: number): void {
    this.payloadBytes += payload;
    this.#blocks.push(this.memory.subarray(0, size));
  }

  /** Hands over the blocks committed since the last call, one a frame. */
  take(): Uint8Array[] {
    const blocks = this.#blocks;
    this.#blocks = [];
    return blocks;
  }
}
