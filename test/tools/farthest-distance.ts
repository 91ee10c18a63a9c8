/** A slow reader of DEFLATE (RFC 1951) that tells how far back the data refers. Knows nothing of zlib. */

// RFC 1951, 3.2.5
const LENGTH_BASE = [
  3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195,
  227, 258,
];
const LENGTH_EXTRA = [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0];
const DISTANCE_BASE = [
  1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097,
  6145, 8193, 12289, 16385, 24577,
];
const distanceExtra = (code: number): number => Math.max(0, (code >> 1) - 1);
// RFC 1951, 3.2.7
const ORDER = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

/** Codes by their length and value. */
type Codes = ReadonlyMap<number, number>;

function codesOf(lengths: readonly number[]): Codes {
  const codes = new Map<number, number>();
  let code = 0;
  for (let length = 1; length <= 15; length++) {
    lengths.forEach((one, symbol) => {
      if (one === length) codes.set((length << 16) | code++, symbol);
    });
    code <<= 1;
  }
  return codes;
}

class Bits {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get atEnd(): boolean {
    return this.#at >= this.#bytes.length * 8;
  }

  take(count: number): number {
    let value = 0;
    for (let index = 0; index < count; index++, this.#at++) {
      value |= (((this.#bytes[this.#at >> 3] as number) >> (this.#at & 7)) & 1) << index;
    }
    return value;
  }

  symbol(codes: Codes): number {
    let code = 0;
    for (let length = 1; length <= 15; length++) {
      code = (code << 1) | this.take(1);
      const symbol = codes.get((length << 16) | code);
      if (symbol !== undefined) return symbol;
    }
    throw new Error('no such code');
  }

  skipStored(): void {
    this.#at = (this.#at + 7) & ~7;
    const length = this.take(16);
    this.#at += 16 + length * 8;
  }
}

/** The farthest that flushed `data`, whole blocks, refers back. */
export function farthestDistance(data: Uint8Array): number {
  const bits = new Bits(data);
  let farthest = 0;
  while (!bits.atEnd) {
    bits.take(1);
    const type = bits.take(2);
    if (type === 0) bits.skipStored();
    else farthest = Math.max(farthest, readBlock(bits, type === 1 ? fixedCodes() : dynamicCodes(bits)));
  }
  return farthest;
}

function readBlock(bits: Bits, [literals, distances]: readonly [Codes, Codes]): number {
  let farthest = 0;
  for (let symbol = bits.symbol(literals); symbol !== 256; symbol = bits.symbol(literals)) {
    if (symbol < 256) continue;
    if (LENGTH_BASE[symbol - 257] === undefined) throw new Error('no such length');
    bits.take(LENGTH_EXTRA[symbol - 257] as number);
    const code = bits.symbol(distances);
    farthest = Math.max(farthest, (DISTANCE_BASE[code] as number) + bits.take(distanceExtra(code)));
  }
  return farthest;
}

function fixedCodes(): [Codes, Codes] {
  const lengths = Array.from({ length: 288 }, (_, symbol) => {
    if (symbol < 144) return 8;
    if (symbol < 256) return 9;
    return symbol < 280 ? 7 : 8;
  });
  return [codesOf(lengths), codesOf(new Array<number>(30).fill(5))];
}

function dynamicCodes(bits: Bits): [Codes, Codes] {
  const [literals, distances, count] = [bits.take(5) + 257, bits.take(5) + 1, bits.take(4) + 4];
  const first = new Array<number>(19).fill(0);
  for (let index = 0; index < count; index++) first[ORDER[index] as number] = bits.take(3);
  const codes = codesOf(first);
  const lengths: number[] = [];
  while (lengths.length < literals + distances) {
    const symbol = bits.symbol(codes);
    if (symbol < 16) lengths.push(symbol);
    else if (symbol === 16)
      lengths.push(...new Array<number>(3 + bits.take(2)).fill(lengths.at(-1) as number));
    else lengths.push(...new Array<number>(symbol === 17 ? 3 + bits.take(3) : 11 + bits.take(7)).fill(0));
  }
  return [codesOf(lengths.slice(0, literals)), codesOf(lengths.slice(literals))];
}
