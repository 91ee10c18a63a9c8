/** Texts by their characters, whatever these are written as: a server repeats what it was sent in many spellings. */

// One character: percent-encoded, any number of times; in JSON; in HTML.
const ESCAPE = /%(?:25)*([\da-f]{2})|(?:\\u|&#x)([\da-f]{2,4});?|&#(\d+);|&\w+;/iy;

// What spellings add, change or leave out: blanks, base64's last three (and base64url's), quotes, punctuation.
const SEPARATOR = /[\s+/=\-_.,:;\\"'`~<>&|[\](){}]/;

/** Most of a text is ASCII: what of it is left out, and what it is in lower case. A server may repeat 64 KB a hundred times. */
const ASCII: readonly number[] = /* @__PURE__ */ Array.from({ length: 128 }, (_, code) => lowerCase(code));

/** A character in lower case: the names of header fields come so. 0 for one that is left out. */
function lowerCase(code: number): number {
  const one = String.fromCharCode(code);
  // A character that has two there would shift all that follow.
  return SEPARATOR.test(one) ? 0 : one.toLowerCase().charCodeAt(0);
}

/** Codes as a text, piece by piece: each is an argument of a call. */
export function textOf(codes: Uint16Array): string {
  let text = '';
  for (let at = 0; at < codes.length; at += PIECE)
    text += String.fromCharCode(...codes.subarray(at, at + PIECE));
  return text;
}

const PIECE = 8_192;

/** A text by its characters, and where each begins and ends. Without `isSpelled`, `%41` stands for itself. */
export function characters(
  text: string,
  isSpelled = true,
): { spelled: string; codes: Uint16Array; starts: Uint32Array; ends: Uint32Array } {
  const { length } = text;
  const escaped = new RegExp(ESCAPE);
  const codes = new Uint16Array(length);
  const starts = new Uint32Array(length);
  const ends = new Uint32Array(length);
  let count = 0;
  for (let at = 0, end = 0; at < length; at = end) {
    let code = text.charCodeAt(at);
    end = at + 1;
    if (isSpelled && (code === PERCENT || code === BACKSLASH || code === AMPERSAND)) {
      escaped.lastIndex = at;
      const found = escaped.exec(text);
      if (found !== null) {
        const [unit, byte, hex = byte, decimal] = found;
        code = hex === undefined ? Number(decimal ?? AMPERSAND) : Number.parseInt(hex, 16);
        end = at + unit.length;
      }
    }
    const lower = ASCII[code] ?? lowerCase(code);
    if (lower === 0) continue;
    codes[count] = lower;
    starts[count] = at;
    ends[count++] = end;
  }
  const found = codes.subarray(0, count);
  return { spelled: textOf(found), codes: found, starts, ends };
}

const PERCENT = 37;
const AMPERSAND = 38;
const BACKSLASH = 92;

/** A text as one character a byte of its UTF-8: how HTTP reads it. React Native may have no TextEncoder. */
export function bytesOf(text: string): string {
  const whole = text.replace(/\p{Surrogate}/gu, '\ufffd');
  return encodeURIComponent(whole).replace(/%(..)/g, (_, hex) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
}

const BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** As `btoa`, which React Native may lack too, without the padding. */
export function base64Of(bytes: string): string {
  let digits = '';
  let rest = 0;
  for (let at = 0, bits = 2; at < bytes.length; at++, bits += 2) {
    rest = (rest << 8) | bytes.charCodeAt(at);
    digits += BASE64[(rest >> bits) & 63];
    if (bits < 6) continue;
    digits += BASE64[rest & 63];
    bits = 0;
  }
  return bytes.length % 3 === 0 ? digits : digits + BASE64[(rest << (bytes.length % 3 === 1 ? 4 : 2)) & 63];
}

/** What a secret looks like, by its characters: as it is, in hexadecimal, in base64 wherever it begins there. */
export function formsOf(secret: string): string[] {
  const bytes = bytesOf(secret);
  const ways = /[%\\&]/.test(secret) ? [true, false] : [true];
  const raw = [...new Set([secret, bytes])].flatMap((text) => ways.map((way) => characters(text, way)));
  let hex = '';
  for (let at = 0; at < bytes.length; at++) hex += bytes.charCodeAt(at).toString(16).padStart(2, '0');
  // Behind 0, 1 or 2 other bytes: without the digits that hold bits of these, or of what follows.
  const base64 = [0, 1, 2].map((before) =>
    base64Of('\0'.repeat(before) + bytes)
      .slice(Math.ceil((before * 8) / 6), Math.floor(((before + bytes.length) * 8) / 6))
      .replace(/[+/]/g, '')
      .toLowerCase(),
  );
  return [...raw.map(({ spelled }) => spelled), hex, ...base64];
}
