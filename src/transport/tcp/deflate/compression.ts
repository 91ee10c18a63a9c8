import { UsageError } from '../../../base/errors.ts';
import { checkOffer, type DeflateOffer } from '../../../protocol/permessage-deflate.ts';
import type { Compression } from '../../../protocol/ports.ts';
import { builtin } from '../builtin.ts';
import type { TransportMemory } from '../memory/memory.ts';
import { createDeflater } from './deflater.ts';
import { createInflater } from './inflater.ts';
import type { CompressionOptions } from './options.ts';

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
  const { threshold = DEFAULT_COMPRESSION.threshold, level, memLevel, ...offer } = option;
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
