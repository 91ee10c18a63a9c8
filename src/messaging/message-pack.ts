/** MessagePack (https://github.com/msgpack/msgpack/blob/master/spec.md) by the functions of a library. */

import { type Evidence, UsageError } from '../base/errors.ts';
import { OBJECT_BYTES } from '../base/json-weight.ts';
import { VALUE_BYTES } from './backlog.ts';
import { checkMessagePack, type MessagePackOptions } from './checks.ts';
import type { Codec } from './codec.ts';
import { checkAmount } from './message-limits.ts';

export type { MessagePackOptions } from './checks.ts';

/** How much what is read may take unless it is said otherwise, in bytes: as `json()` has it. */
const DEFAULT_MAX_PARSED_BYTES = 134_217_728;

/** How deep lists and maps may lie in each other: libraries that read by recursion end at some thousands. */
const DEFAULT_MAX_DEPTH = 100;

/**
 * The codec of MessagePack, in binary messages, by a library of yours: `@msgpack/msgpack`, `msgpackr` and others. It works with
 * every envelope whose messages are objects, so `jsonRpc()` becomes JSON-RPC over MessagePack.
 *
 * What comes is measured before the library reads it: 16 MiB of empty maps would become 1 GiB of objects. What is too much, too
 * deep or cannot be read is a `BAD_MESSAGE`, as an `error` event. What the library makes of a value is its own affair: many turn
 * `undefined` into nil, and numbers above 2^53 into others.
 *
 * @throws UsageError `INVALID_OPTION` naming the option that is wrong
 * @example
 * ```ts
 * import { decode, encode } from '@msgpack/msgpack';
 *
 * const client = createClient({ url: 'wss://example.com/socket', codec: messagePack({ encode, decode }) });
 * ```
 */
export function messagePack(options: MessagePackOptions): Codec {
  checkMessagePack(options, messagePack);
  const { encode, decode, maxParsedBytes = DEFAULT_MAX_PARSED_BYTES, maxDepth = DEFAULT_MAX_DEPTH } = options;
  return {
    binary: true,
    encode(value) {
      let bytes: unknown;
      let cause: unknown;
      try {
        bytes = encode(value);
      } catch (error) {
        cause = error;
      }
      if (!(bytes instanceof Uint8Array)) throw unsendable({ cause });
      return bytes as Uint8Array<ArrayBuffer>;
    },
    decode(data) {
      if (typeof data === 'string')
        throw new TypeError(`A text of ${data.length} characters, not MessagePack.`);
      const { bytes, depth } = measure(data, maxParsedBytes, maxDepth);
      checkAmount('maxParsedBytes', bytes, maxParsedBytes);
      checkAmount('maxDepth', depth, maxDepth);
      return decode(data);
    },
  };
}

function unsendable(evidence: Evidence): UsageError {
  return new UsageError('INVALID_DATA', { detail: 'codec-failed', ...evidence });
}

/** How many bytes of length stand behind a first byte, and how many of the value: from 0xc0 on, as the specification has them. */
const LENGTHS: readonly number[] = /* @__PURE__ */ Object.freeze([
  0, 0, 0, 0, 1, 2, 4, 1, 2, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 4, 2, 4, 2, 4,
]);
const VALUES: readonly number[] = /* @__PURE__ */ Object.freeze([
  0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 4, 8, 1, 2, 4, 8, 1, 2, 4, 8, 2, 3, 5, 9, 17, 0, 0, 0, 0, 0, 0, 0,
]);
const FIXMAP = 0x80;
const FIXARRAY = 0x90;
const FIXSTR = 0xa0;
const NIL = 0xc0;
const ARRAY_16 = 0xdc;
const MAP_16 = 0xde;
const NEGATIVE_FIXINT = 0xe0;

/**
 * How much memory a message would take once it is read, and how deep it is, found out before it is. What ends too early is
 * measured up to there: the library says what is wrong with it. Not so for a list that claims more members than there are bytes:
 * libraries make room for all that it claims, so that 100 bytes could take all memory.
 *
 * @throws TypeError for such a list
 */
function measure(data: Uint8Array, most: number, deepest: number): { bytes: number; depth: number } {
  /** How many values are missing of each list and map that is open. */
  const open: number[] = [];
  /** How many they are in sum. */
  let missing = 0;
  let bytes = 0;
  let depth = 0;
  for (let at = 0; at < data.length && bytes <= most && depth <= deepest; ) {
    const first = data[at++] as number;
    let members = 0;
    let length = 0;
    let isHolder = true;
    if (first >= NEGATIVE_FIXINT || first < FIXMAP) isHolder = false;
    else if (first < FIXARRAY) members = (first & 15) * 2;
    else if (first < FIXSTR) members = first & 15;
    else if (first < NIL) {
      isHolder = false;
      length = first & 31;
    } else {
      let said = 0;
      for (let left = LENGTHS[first - NIL] as number; left > 0; left--) said = said * 256 + (data[at++] ?? 0);
      isHolder = first >= ARRAY_16;
      members = first >= MAP_16 ? said * 2 : said;
      length = (VALUES[first - NIL] as number) + (isHolder ? 0 : said);
    }
    at += length;
    bytes += VALUE_BYTES + length + (isHolder ? OBJECT_BYTES : 0);
    missing = Math.max(missing - 1, 0) + (isHolder ? members : 0);
    if (isHolder && members > 0) {
      const left = Math.max(data.length - at, 0);
      if (missing > left)
        throw new TypeError(`A list or map claims ${members} values; ${left} bytes follow.`);
      open.push(members);
      depth = Math.max(depth, open.length);
      continue;
    }
    // The last member of a list is the end of it, and so maybe of the one around it.
    for (let left = open.pop(); left !== undefined; left = open.pop()) {
      if (left === 1) continue;
      open.push(left - 1);
      break;
    }
  }
  return { bytes, depth };
}
