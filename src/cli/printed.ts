/** How many bytes of a binary message are shown. */
const MAX_SHOWN_BYTES = 64;

/** Characters that would move the cursor, colour the terminal, break the line, turn the text around or cannot be seen. */
const DANGEROUS = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

const SHORT: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** A text on one line that cannot speak to the terminal: such characters are shown as `\n` or `\u001b`. */
export function escaped(text: string): string {
  return text.replace(
    DANGEROUS,
    // Unit by unit, as JSON writes what lies beyond 16 bits.
    (character) => SHORT[character] ?? character.split('').map(unit).join(''),
  );
}

function unit(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

/** How a line begins that shows a binary message; a text that begins so has its first character escaped. */
const BINARY = '<binary, ';

/** A message for people: text as it is, but for control characters; binary as hexadecimal numbers. */
export function printed(message: string | Uint8Array): string {
  if (typeof message === 'string') {
    return escaped(message).replace(new RegExp(`^${BINARY}`), unit('<') + BINARY.slice(1));
  }
  const { length } = message;
  const hex = Buffer.from(message.subarray(0, MAX_SHOWN_BYTES)).toString('hex');
  const bytes = hex.replace(/..(?!$)/g, '$& ');
  return `${BINARY}${length} B> ${bytes}${length > MAX_SHOWN_BYTES ? ' …' : ''}`.trimEnd();
}

/** A message for programs: one line of JSON. */
export function printedAsJson(message: string | Uint8Array): string {
  const shown =
    typeof message === 'string'
      ? { type: 'text', data: message }
      : { type: 'binary', data: Buffer.from(message).toString('base64') };
  // JSON leaves some of these characters as they are; inside a JSON string they may be escaped like this.
  return escaped(JSON.stringify(shown));
}
