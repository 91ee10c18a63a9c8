import { UsageError } from '../base/errors.ts';

/** What a server may make us hold. Every limit ends in a typed error, never in growing memory. */
export interface Limits {
  /**
   * Largest message, in bytes after reassembly. Default 64 MiB; 16 MiB for a client whose codec reads it. Passed: Close 1009,
   * `MESSAGE_TOO_BIG`.
   */
  readonly maxMessageBytes: number;
  /** Most fragments of one message. Default 262,144. Passed: Close 1008, `TOO_MANY_FRAGMENTS`. */
  readonly maxFragments: number;
  /** Largest head of the handshake answer, in bytes. Default 16 KiB. */
  readonly maxHeadBytes: number;
  /** Longest single line of that head, in bytes. Default 8 KiB. */
  readonly maxHeadLineBytes: number;
  /** Most header fields in that head. Default 128. */
  readonly maxHeaders: number;
  /** How much body of a refused handshake is kept for the error, in bytes. Default 4 KiB. */
  readonly maxRefusalBytes: number;
}

/** The limits in force unless others are given. */
export const DEFAULT_LIMITS: Limits = /* @__PURE__ */ Object.freeze({
  maxMessageBytes: 67_108_864, // 64 MiB
  // Honest traffic first: Autobahn 9.3.1 sends 4 MiB in 65,537 fragments. Fragments cost no memory of their own here.
  maxFragments: 262_144,
  maxHeadBytes: 16_384,
  maxHeadLineBytes: 8_192,
  maxHeaders: 128,
  maxRefusalBytes: 4_096,
});

/**
 * Checks limits that a caller has set. One that is not a number would be no limit at all.
 *
 * @throws UsageError `INVALID_OPTION`, naming the limit
 */
export function checkLimits(limits: Limits): void {
  for (const name of Object.keys(DEFAULT_LIMITS) as (keyof Limits)[]) {
    const limit: unknown = limits[name];
    if (typeof limit === 'number' && limit >= 0) continue;
    const option = `limits.${name}`;
    throw new UsageError('INVALID_OPTION', { detail: 'limit', option, standard: DEFAULT_LIMITS[name] });
  }
}
