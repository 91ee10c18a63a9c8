/**
 * Counts, from the moment it is imported, every call that moves bytes: from one array to another, from text to bytes and
 * back. Import it before anything that may take such a function for itself. What Node does inside of itself is not seen,
 * and loops over single bytes are not: those show in the benchmark.
 */

/** What was moved since {@link reset}. */
export interface Moved {
  /** Bytes copied from bytes to bytes. */
  copied: number;
  /** Bytes that were made from text, or text from bytes. */
  converted: number;
  /** Calls of each function. */
  readonly calls: Record<string, number>;
}

export const moved: Moved = { copied: 0, converted: 0, calls: {} };

export function reset(): void {
  moved.copied = 0;
  moved.converted = 0;
  for (const name of Object.keys(moved.calls)) delete moved.calls[name];
}

type Method = (this: unknown, ...args: unknown[]) => unknown;
/** How many bytes a call has moved. */
type Size = (self: unknown, args: readonly unknown[], result: unknown) => number;

/** One of these may call another: only the outermost counts. */
let depth = 0;

function count(object: object, names: readonly string[], kind: 'copied' | 'converted', size: Size): void {
  for (const name of names) {
    const original = Reflect.get(object, name) as Method | undefined;
    if (original === undefined) continue;
    const counted: Method = function (this: unknown, ...args) {
      depth++;
      try {
        const result = original.apply(this, args);
        if (depth === 1) {
          moved[kind] += size(this, args, result);
          moved.calls[name] = (moved.calls[name] ?? 0) + 1;
        }
        return result;
      } finally {
        depth--;
      }
    };
    Object.defineProperty(object, name, { value: counted, configurable: true, writable: true });
  }
}

const bytesOf = (value: unknown): number => {
  if (typeof value === 'string') return Buffer.byteLength(value);
  return (value as { byteLength?: number } | undefined)?.byteLength ?? 0;
};
const ofResult: Size = (_self, _args, result) => bytesOf(result);
const ofFirst: Size = (_self, [first]) => bytesOf(first);
const resultItself: Size = (_self, _args, result) => result as number;

const typedArray = Object.getPrototypeOf(Uint8Array.prototype) as object;
count(typedArray, ['set'], 'copied', ofFirst);
count(typedArray, ['slice'], 'copied', ofResult);
count(typedArray, ['copyWithin'], 'copied', (self, [, start, end]) =>
  Math.max(0, ((end as number | undefined) ?? bytesOf(self)) - ((start as number | undefined) ?? 0)),
);
count(ArrayBuffer.prototype, ['slice', 'transfer'], 'copied', ofResult);
count(Buffer.prototype, ['copy'], 'copied', resultItself);
count(Buffer, ['concat', 'copyBytesFrom'], 'copied', ofResult);
count(Buffer, ['from'], 'copied', (_self, [first], result) =>
  first instanceof ArrayBuffer ? 0 : bytesOf(result),
);
count(
  Buffer.prototype,
  ['write', 'utf8Write', 'latin1Write', 'asciiWrite', 'ucs2Write'],
  'converted',
  resultItself,
);
count(
  Buffer.prototype,
  ['toString', 'utf8Slice', 'latin1Slice', 'asciiSlice', 'ucs2Slice'],
  'converted',
  ofResult,
);
count(TextEncoder.prototype, ['encode'], 'converted', ofResult);
count(
  TextEncoder.prototype,
  ['encodeInto'],
  'converted',
  (_self, _args, result) => (result as { written: number }).written,
);
count(TextDecoder.prototype, ['decode'], 'converted', ofFirst);

// `new Uint8Array(bytes)` copies; of a length, or of an ArrayBuffer, it does not.
globalThis.Uint8Array = new Proxy(Uint8Array, {
  construct(target, args, newTarget) {
    const made = Reflect.construct(target, args, newTarget) as Uint8Array;
    if (depth === 0 && ArrayBuffer.isView(args[0])) {
      moved.copied += made.byteLength;
      moved.calls['new Uint8Array'] = (moved.calls['new Uint8Array'] ?? 0) + 1;
    }
    return made;
  },
});
