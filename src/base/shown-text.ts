/** How much of a text from the server an error's message may hold. */
const MAX_SHOWN_CHARACTERS = 100;

/**
 * A text from the server as it may stand in an error's message: short, and printable ASCII alone, so that it can
 * neither flood a log nor speak to a terminal.
 */
export function shown(text: string): string {
  const cut = text.length > MAX_SHOWN_CHARACTERS ? `${text.slice(0, MAX_SHOWN_CHARACTERS)}...` : text;
  return cut.replace(/[^ -~]/g, '?');
}

/** How much of a text for people an error's message may hold. */
const MAX_READABLE_CHARACTERS = 300;

/** What ends a line, speaks to a terminal, turns a text around or cannot be seen. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/** As {@link shown}, for sentences of the server's, which may be in any language. What cannot be seen is written out. */
export function readable(text: unknown): string {
  const whole = String(text);
  const cut =
    whole.length > MAX_READABLE_CHARACTERS ? `${whole.slice(0, MAX_READABLE_CHARACTERS)}...` : whole;
  return cut.replace(UNSEEN, (one) => `\\u{${(one.codePointAt(0) as number).toString(16)}}`);
}
