import type { LookupFunction } from 'node:net';
import { builtin } from '../builtin.ts';
import type { DialOptions } from './options.ts';

/** The first address of a name. Rejects with what the look-up says. */
export function firstAddress(
  hostname: string,
  { lookup = builtin('node:dns').lookup as LookupFunction, family }: DialOptions,
): Promise<string> {
  return new Promise((resolve, reject) => {
    lookup(hostname, family === undefined ? {} : { family }, (error, address) => {
      if (error !== null && error !== undefined) reject(error);
      else resolve(Array.isArray(address) ? String(address[0]?.address) : address);
    });
  });
}
