import type { TextDigest } from '../../protocol/ports.ts';
import { builtin } from './builtin.ts';

/**
 * SHA-1 by node:crypto: the loop in protocol/ takes ten times as long until V8 has compiled it, which is after some
 * hundred connections. Undefined where there is none, as in a runtime that is held to other algorithms.
 */
export function createDigest(): TextDigest | undefined {
  try {
    const { createHash } = builtin('node:crypto');
    createHash('sha1');
    return (text) => createHash('sha1').update(text, 'latin1').digest('base64');
  } catch {
    return undefined;
  }
}
