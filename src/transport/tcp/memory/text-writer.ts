import type { TextCodec } from '../../../protocol/ports.ts';

/** The half of a {@link TextCodec} that writes. */
export type TextWriter = Pick<TextCodec, 'encodeInto' | 'byteLength' | 'shortUnits'>;

/** From this version of V8 on (Node 23) the call is faster; a loop over the text pays up to 20 units, not 36. */
const FAST_V8 = 13;

/** What Buffer has beyond its types. It works on any Uint8Array, and makes no view of the place to write to. */
type Write = (this: Uint8Array, text: string, at: number) => number;

/** The fast way to write text: with what stands behind `Buffer.write`. Undefined where the runtime lacks that. */
export function createTextWriter(): TextWriter | undefined {
  const { utf8Write } = Buffer.prototype as { utf8Write?: Write };
  if (utf8Write === undefined || !writesAnywhere(utf8Write)) return undefined;
  return {
    shortUnits: Number.parseInt(process.versions.v8, 10) >= FAST_V8 ? 20 : 36,
    encodeInto: (text, target, at) => utf8Write.call(target, text, at),
    byteLength: (text) => Buffer.byteLength(text, 'utf8'),
  };
}

/** It is not documented: whether it takes what is no Buffer, begins where it should and replaces a lone surrogate. */
function writesAnywhere(write: Write): boolean {
  const sample = new Uint8Array(8);
  try {
    return write.call(sample, 'é\ud800', 1) === 5 && sample.join() === '0,195,169,239,191,189,0,0';
  } catch {
    return false;
  }
}
