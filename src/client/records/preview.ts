import { Opcode } from '../../protocol/opcode.ts';
import { toBase64 } from '../../transport/base64.ts';
import { MAX_CLEANED } from '../../transport/secrets.ts';
import type { FrameRecord } from './record.ts';

/**
 * How much more is looked through for secrets than is shown: one that the end of a preview would cut must be found whole,
 * in the longest of its spellings.
 */
const MARGIN_BYTES = 1_024;

/** What a preview is made of. */
interface Previewed {
  readonly opcode: number;
  /** Bytes on the wire. */
  readonly length: number;
  /** Most bytes that are shown. */
  readonly most: number;
  /** Takes the secrets of the connection out. */
  readonly clean: <T>(said: T) => T;
}

/** How a payload begins: nothing where nothing may be shown. */
export function previewOf(
  payload: Uint8Array,
  { opcode, length, most, clean }: Previewed,
): Pick<FrameRecord, 'preview' | 'encoding' | 'cut'> {
  if (!(most > 0)) return {};
  const looked = payload.subarray(0, most + MARGIN_BYTES);
  const cleaned = clean(looked);
  const shown = cleaned.subarray(0, most);
  // Of a Blob the length is known alone; of a message that is too long to be looked through, the beginning.
  const isLost = payload.length === 0 && length > 0;
  const isUnseen = cleaned !== looked && looked.length >= MAX_CLEANED;
  const isCut = isLost || isUnseen || shown.length < cleaned.length || looked.length < payload.length;
  const cut = isCut ? ({ cut: true } as const) : {};
  const text = opcode === Opcode.text || opcode === Opcode.continuation ? textOf(shown, isCut) : undefined;
  if (text !== undefined) return { preview: text, encoding: 'text', ...cut };
  return { preview: toBase64(shown), encoding: 'base64', ...cut };
}

/** As text, if it is: a character that the end has cut is left out. A fragment may begin in the midst of one: that is none. */
function textOf(bytes: Uint8Array, isCut: boolean): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes, { stream: isCut });
  } catch {
    return undefined;
  }
}
