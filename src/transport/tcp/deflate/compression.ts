import { UsageError } from '../../../base/errors.ts';
import { checkOffer, type DeflateOffer } from '../../../protocol/permessage-deflate.ts';
import type { Compression } from '../../../protocol/ports.ts';
import { builtin } from '../builtin.ts';
import type { TransportMemory } from '../memory/memory.ts';
import { createDeflater } from './deflater.ts';
import { createInflater } from './inflater.ts';

/**
 * How messages are compressed (permessage-deflate, RFC 7692). With `serverMaxWindowBits` or `serverNoContextTakeover` the
 * server is asked for something that it may refuse the connection for.
 *
 * @example
 * ```ts
 * const transport = tcpTransport({ compression: { threshold: 256, level: 6 } });
 * ```
 */
export interface CompressionOptions extends DeflateOffer {
  /**
   * Messages shorter than this are sent as they are: bytes of a binary message, UTF-16 units of a text. Default 1024;
   * Infinity compresses none of ours (the server's may still be).
   */
  readonly threshold?: number | undefined;
  /** How hard zlib works on our messages: 1 (fast) to 9 (small). Default 3. */
  readonly level?: number | undefined;
  /** Memory for compressing: 1 (2 KiB beside the window) to 9 (512 KiB). Default 8: 256 KiB. */
  readonly memLevel?: number | undefined;
}

/** {@link CompressionOptions}, checked and with the defaults filled in. */
export interface CompressionSettings {
  readonly offer: DeflateOffer;
  readonly threshold: number;
  readonly level: number;
  readonly memLevel: number;
}

/** What is in force unless something else is said; measured in docs/decisions. */
export const DEFAULT_COMPRESSION: {
  readonly threshold: number;
  readonly level: number;
  readonly memLevel: number;
} = /* @__PURE__ */ Object.freeze({ threshold: 1024, level: 3, memLevel: 8 });

const MAX_LEVEL = 9;

/** Every option, so that a misspelt one is noticed. */
const KNOWN: readonly string[] = /* @__PURE__ */ Object.freeze([
  'threshold',
  'level',
  'memLevel',
  'serverMaxWindowBits',
  'clientMaxWindowBits',
  'serverNoContextTakeover',
  'clientNoContextTakeover',
]);

/**
 * What the option `compression` means; undefined for `false`.
 *
 * @throws UsageError `INVALID_OPTION`
 */
export function compressionSettings(
  option: boolean | CompressionOptions | undefined,
): CompressionSettings | undefined {
  if (option === false) return undefined;
  if (option === undefined || option === true) {
    const { threshold, level, memLevel } = DEFAULT_COMPRESSION;
    return { offer: {}, threshold, level, memLevel };
  }
  if (typeof option !== 'object' || option === null) throw invalid('compression', 'a boolean or an object');
  const unknown = Object.keys(option).find((name) => !KNOWN.includes(name));
  if (unknown !== undefined)
    throw new UsageError('INVALID_OPTION', {
      detail: 'unknown',
      option: `compression.${unknown}`,
      known: KNOWN.join(', '),
    });
  const { threshold = DEFAULT_COMPRESSION.threshold, level, memLevel, ...offer } = option;
  if (!(typeof threshold === 'number' && threshold >= 0)) {
    throw invalid('compression.threshold', 'a number, 0 or more');
  }
  checkOffer(offer);
  return { offer, threshold, level: levelOf('level', level), memLevel: levelOf('memLevel', memLevel) };
}

function levelOf(name: 'level' | 'memLevel', level: number = DEFAULT_COMPRESSION[name]): number {
  if (Number.isInteger(level) && level >= 1 && level <= MAX_LEVEL) return level;
  throw invalid(`compression.${name}`, `a whole number from 1 to ${MAX_LEVEL}`);
}

function invalid(option: string, expected: string): UsageError {
  return new UsageError('INVALID_OPTION', { option, expected });
}

/** Compression for one connection, by node:zlib. */
export function createCompression(
  { offer, threshold, level, memLevel }: CompressionSettings,
  memory: TransportMemory,
  maxMessageBytes: number,
): Compression {
  return {
    offer,
    threshold,
    // Loaded in the call: the first compressed message may come in the same segment as the handshake's answer.
    createInflater: (windowBits) =>
      createInflater(builtin('node:zlib'), windowBits, maxMessageBytes, memory.inflated),
    createDeflater: (windowBits) =>
      createDeflater(builtin('node:zlib'), { windowBits, level, memLevel }, memory.deflated),
  };
}
