import { OBJECT_BYTES } from './backlog.ts';
import { checkAmount } from './message-limits.ts';

/** What a small number takes in a list of its like, in bytes. Each has a comma, and each member of an object a colon. */
const MEMBER_BYTES = 8;

/**
 * Refuses a JSON text that would take too much memory once it is parsed, before it is: 64 KB on the wire may be 16 MiB of
 * `{},{},{}`, and that 430 MiB of objects. Read in one pass, and only where it could be: a text of 2 million characters or
 * less cannot.
 *
 * @throws HoldlineError `BAD_MESSAGE`
 */
export function checkJsonWeight(text: string, maxParsedBytes: number): void {
  const { length } = text;
  if (length * (OBJECT_BYTES + 1) <= maxParsedBytes) return;
  let bytes = length;
  let isString = false;
  for (let at = 0; at < length && bytes <= maxParsedBytes; at++) {
    const one = text[at];
    if (one === '"') isString = !isString;
    else if (isString && one === '\\') at++;
    else if (isString) continue;
    else if (one === ',' || one === ':') bytes += MEMBER_BYTES;
    else if (one === '{' || one === '[') bytes += OBJECT_BYTES;
  }
  checkAmount('maxParsedBytes', bytes, maxParsedBytes);
}
