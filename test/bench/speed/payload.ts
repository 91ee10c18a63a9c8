/**
 * What the messages of the benchmark say. Message `index` of a kind is always the same, so that server and client agree
 * on it without talking: each begins with its index as eight hexadecimal digits.
 */

/** What a message is made of. */
export type PayloadKind = 'ascii' | 'multibyte' | 'json' | 'binary';

/** The messages of a workload: their kind, and how many bytes each has on the wire (before compression). */
export interface Payload {
  readonly kind: PayloadKind;
  readonly bytes: number;
}

const PREFIX = (index: number): string => index.toString(16).padStart(8, '0');
const ALPHABET = 'The quick brown fox jumps over the lazy dog, 0123456789 times. ';
/** Words of one, two, three and four bytes a character, as a chat has them. */
const WORLD = 'Grüße aus Köln, 世界中の皆さん、こんにちは 🎉 Привет, мир! ';
const NAMES = ['Ada', 'Grace', 'Edsger', 'Barbara', 'Donald', 'Leslie', 'Radia', 'Vint'];

/** The text of message `index`. */
export function textOf({ kind, bytes }: Payload, index: number): string {
  const prefix = PREFIX(index);
  if (kind === 'ascii') {
    const body = ALPHABET.repeat(Math.ceil(bytes / ALPHABET.length));
    return (prefix + body).slice(0, bytes);
  }
  if (kind === 'json') return jsonOf(prefix, index, bytes);
  const unit = new TextEncoder().encode(WORLD).length;
  const whole = Math.floor((bytes - prefix.length) / unit);
  return prefix + WORLD.repeat(whole) + 'x'.repeat(bytes - prefix.length - whole * unit);
}

/** The bytes of message `index`. */
export function bytesOf(payload: Payload, index: number): Uint8Array {
  if (payload.kind !== 'binary') return new TextEncoder().encode(textOf(payload, index));
  const bytes = new Uint8Array(payload.bytes);
  for (let at = 0; at < bytes.length; at++) bytes[at] = (at * 31 + (at >> 8) + index) & 255;
  return bytes;
}

/** Message `index` as a client sends it: a string, or bytes. */
export function messageOf(payload: Payload, index: number): string | Uint8Array {
  return payload.kind === 'binary' ? bytesOf(payload, index) : textOf(payload, index);
}

/** An application's record: the same fields in every message, other values. */
function jsonOf(prefix: string, index: number, bytes: number): string {
  let seed = index + 1;
  const next = (): number => {
    seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
    return seed;
  };
  const rows: object[] = [];
  const record = (pad: string): string => JSON.stringify({ seq: prefix, rows, pad });
  while (record('').length < bytes) {
    rows.push({ id: next(), user: NAMES[next() % 8], price: next() / 1e5, active: next() % 2 === 0 });
  }
  rows.pop();
  return record('-'.repeat(bytes - record('').length));
}

const MAX_VARIETY = 256;
const VARIETY_BYTES = 4 * 1_024 * 1_024;

/**
 * How many different messages a client sends in turn: enough that a compressor finds none of them in its window of 32 KiB,
 * as long as they fit into memory.
 */
export function varietyOf({ bytes }: Payload): number {
  return Math.max(1, Math.min(MAX_VARIETY, Math.floor(VARIETY_BYTES / bytes)));
}

/** The server's check of the last message of a round: `sum * 31 + byte` over its bytes, modulo 2^32. */
export function checksumOf(message: string | Uint8Array): number {
  const bytes = typeof message === 'string' ? new TextEncoder().encode(message) : message;
  let sum = 0;
  for (let at = 0; at < bytes.length; at++) sum = (Math.imul(sum, 31) + (bytes[at] as number)) >>> 0;
  return sum;
}
