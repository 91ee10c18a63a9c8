import type { TextCodec } from './ports.ts';
import { Utf8Validator, utf8Length } from './utf8.ts';

/**
 * The plain {@link TextCodec}: `TextEncoder` and a strict `TextDecoder`, which every runtime has. Made on first use: test
 * environments such as jsdom have neither.
 */
export function createTextCodec(): TextCodec {
  let encoder: TextEncoder | undefined;
  let decoder: TextDecoder | undefined;
  const decode: TextCodec['decode'] = (bytes, start, end) => {
    // ignoreBOM: a leading U+FEFF is part of the message, not a mark to be dropped.
    decoder ??= new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
    try {
      return decoder.decode(bytes.subarray(start, end));
    } catch {
      return undefined;
    }
  };
  return {
    encodeInto(text, target, at) {
      encoder ??= new TextEncoder();
      return encoder.encodeInto(text, target.subarray(at)).written;
    },
    byteLength: utf8Length,
    decode,
    judge(bytes, start, end) {
      const validator = new Utf8Validator();
      return validator.push(bytes, start, end) ? validator.verdict : 'invalid';
    },
    decodeJudged: decode,
  };
}
