/** permessage-deflate from the server's side, and an engine that has agreed on it. */
import { constants, deflateRawSync, inflateRawSync } from 'node:zlib';
import type { Compression } from '../../src/protocol/ports.ts';
import { compressionSettings, createCompression } from '../../src/transport/tcp/deflate/compression.ts';
import type { CompressionOptions } from '../../src/transport/tcp/deflate/options.ts';
import { TransportMemory } from '../../src/transport/tcp/memory/memory.ts';
import { readClientFrames } from './client-frame.ts';
import {
  answer,
  bytesOf,
  concat,
  createHarness,
  type Harness,
  type HarnessOptions,
} from './engine-harness.ts';

export const TAIL: Uint8Array = Uint8Array.of(0x00, 0x00, 0xff, 0xff);

/** The compression that the TCP transport gives its engine; compresses everything unless told otherwise. */
export function nodeCompression(
  options: CompressionOptions = {},
  maxMessageBytes: number = 2 ** 26,
): Compression {
  const settings = compressionSettings({ threshold: 0, ...options });
  if (settings === undefined) throw new Error('compression is off');
  return createCompression(settings, new TransportMemory(), maxMessageBytes);
}

export interface DeflateHarnessOptions extends HarnessOptions {
  /** What the server adds to `permessage-deflate` in its answer, such as `; server_no_context_takeover`. */
  readonly params?: string;
  readonly deflate?: CompressionOptions;
}

/** An open engine that has agreed on permessage-deflate. */
export function deflateHarness({ params = '', deflate, ...options }: DeflateHarnessOptions = {}): Harness {
  const harness = createHarness({ compression: nodeCompression(deflate), ...options });
  harness.engine.receive(bytesOf(answer(`Sec-WebSocket-Extensions: permessage-deflate${params}`)));
  const { told } = harness;
  if (told[0]?.[0] !== 'open') throw new Error(`not open: ${JSON.stringify(told)}`);
  harness.written();
  told.length = 0;
  return { ...harness, frames: () => readClientFrames(harness.written(), true) };
}

/** The payload of a compressed message, without memory of others: flushed, the tail cut off (RFC 7692, 7.2.1). */
export function deflated(message: string | Uint8Array, windowBits = 15): Uint8Array {
  const bytes = Buffer.from(message as Uint8Array);
  const flushed = deflateRawSync(bytes, { windowBits, finishFlush: constants.Z_SYNC_FLUSH });
  return new Uint8Array(flushed.subarray(0, flushed.length - TAIL.length));
}

/** Inflates what one side sent, message for message, as a server would: whether with memory of earlier ones or not. */
export class PeerInflater {
  readonly #takeover: boolean;
  readonly #windowBits: number;
  #window: Uint8Array = new Uint8Array(0);

  constructor(takeover: boolean, windowBits: number) {
    this.#takeover = takeover;
    this.#windowBits = windowBits;
  }

  inflate(payload: Uint8Array): Uint8Array {
    const message = new Uint8Array(
      inflateRawSync(concat(payload, TAIL), {
        windowBits: this.#windowBits,
        finishFlush: constants.Z_SYNC_FLUSH,
        ...(this.#window.length > 0 ? { dictionary: this.#window } : {}),
      }),
    );
    if (this.#takeover) this.#window = concat(this.#window, message).slice(-(2 ** this.#windowBits));
    return message;
  }
}
