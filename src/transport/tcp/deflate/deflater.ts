import type { Deflater } from '../../../protocol/ports.ts';
import { keepWindow } from './inflater.ts';
import { UNUSED_BUFFER, ZlibStream } from './zlib-stream.ts';

type Zlib = typeof import('node:zlib');

const NO_BYTES: Uint8Array = new Uint8Array(0);

/**
 * What zlib can do at least. It has no raw window of 2^8 bytes, but keeps 262 bytes of any window free, so that with
 * one of 2^9 it never points back more than 250: what a peer with 2^8 can follow.
 */
const MIN_WINDOW_BITS = 9;

/** How hard to work. */
export interface DeflaterSettings {
  readonly windowBits: number;
  /** 1 (fast) to 9 (small). */
  readonly level: number;
  /** 1 (little memory) to 9 (fast). */
  readonly memLevel: number;
}

/** Deflates in the call that asks for it. */
export class StreamDeflater implements Deflater {
  readonly #zlib: ZlibStream;
  readonly #output: Uint8Array;

  /** `output` is used until the next call of whoever shares it. */
  constructor(zlib: ZlibStream, output: Uint8Array) {
    this.#zlib = zlib;
    this.#output = output;
  }

  deflate(bytes: Uint8Array): Uint8Array {
    const zlib = this.#zlib;
    let output = this.#output;
    let filled = 0;
    zlib.feed(bytes, 0, bytes.length);
    for (;;) {
      zlib.run(output, filled);
      filled = output.length - zlib.roomLeft;
      if (zlib.roomLeft > 0) return output.subarray(0, filled);
      const more = new Uint8Array(output.length * 2);
      more.set(output);
      output = more;
    }
  }

  reset(): void {
    this.#zlib.reset();
  }

  release(): void {
    this.#zlib.release();
  }
}

/** Deflates with nothing but documented calls; what `StreamDeflater` keeps in its window is handed over each time. */
export class MessageWiseDeflater implements Deflater {
  readonly #zlib: Zlib;
  readonly #settings: DeflaterSettings;
  #window: Uint8Array = NO_BYTES;

  constructor(zlib: Zlib, settings: DeflaterSettings) {
    this.#zlib = zlib;
    this.#settings = settings;
  }

  deflate(bytes: Uint8Array): Uint8Array {
    const dictionary = this.#window.length > 0 ? { dictionary: this.#window } : {};
    const finishFlush = this.#zlib.constants.Z_SYNC_FLUSH;
    const deflated = this.#zlib.deflateRawSync(bytes, { ...this.#settings, finishFlush, ...dictionary });
    this.#window = keepWindow(this.#window, bytes, this.#settings.windowBits);
    return deflated;
  }

  reset(): void {
    this.#window = NO_BYTES;
  }

  release(): void {
    this.reset();
  }
}

/** Makes a deflater. */
export function createDeflater(zlib: Zlib, wanted: DeflaterSettings, output: Uint8Array): Deflater {
  const settings = { ...wanted, windowBits: Math.max(wanted.windowBits, MIN_WINDOW_BITS) };
  const stream = zlib.createDeflateRaw({ ...UNUSED_BUFFER, ...settings });
  const taken = ZlibStream.take(zlib, stream, Uint8Array.of(0x61), endsInFlush);
  return taken === undefined ? new MessageWiseDeflater(zlib, settings) : new StreamDeflater(taken, output);
}

/** An empty block without compression: 00 00 FF FF and at least the three bits before it. */
function endsInFlush(deflated: Uint8Array): boolean {
  return deflated.length > 5 && [...deflated.subarray(-4)].join() === '0,0,255,255';
}
