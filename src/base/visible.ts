/** Characters that would move a cursor, colour a terminal, break a line, turn a text around or cannot be seen. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

/** A text of which nothing can speak to a terminal: such characters as `\u001b`, which inside of JSON is the same character. */
export function visible(text: string): string {
  // Unit by unit, as JSON writes what lies beyond 16 bits.
  return text.replace(UNSEEN, (character) => character.split('').map(unit).join(''));
}

function unit(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

/** A text in quotes, as JSON has it, of visible characters alone. */
export function quoted(text: string): string {
  return visible(JSON.stringify(text));
}
