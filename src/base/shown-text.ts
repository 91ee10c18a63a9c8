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
