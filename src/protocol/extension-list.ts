/** The value of `Sec-WebSocket-Extensions` (RFC 6455, 9.1). */
import { isToken } from './token.ts';

/** One extension of the list, with its parameters in order; a parameter without `=` has no value. */
export interface Extension {
  readonly name: string;
  readonly params: readonly (readonly [name: string, value: string | undefined])[];
}

// extension-list = 1#extension
// extension = extension-token *( ";" extension-param )
// extension-param = token [ "=" (token | quoted-string) ]
//     ;When using the quoted-string syntax variant, the value after quoted-string unescaping MUST conform to the
//     ;'token' ABNF.
// RFC 2616, 2.1: white space may stand between any two of these, and elements of the list may be empty.
const WHITE_SPACE = /[ \t]*/y;
const TOKEN = /[!#$%&'*+\-.^_`|~0-9A-Za-z]+/y;
const QUOTED_STRING = /"(?:[^"\\]|\\.)*"/sy;

/** Reads the list; undefined if it breaks the grammar. Linear in the length of `value`. */
export function parseExtensions(value: string): Extension[] | undefined {
  const scanner = new Scanner(value);
  const extensions: Extension[] = [];
  do {
    if (scanner.isAt(',') || scanner.atEnd) continue;
    const extension = parseExtension(scanner);
    if (extension === undefined) return undefined;
    extensions.push(extension);
  } while (scanner.take(','));
  return scanner.atEnd && extensions.length > 0 ? extensions : undefined;
}

function parseExtension(scanner: Scanner): Extension | undefined {
  const name = scanner.match(TOKEN);
  if (name === undefined) return undefined;
  const params: [string, string | undefined][] = [];
  while (scanner.take(';')) {
    const param = scanner.match(TOKEN);
    if (param === undefined) return undefined;
    if (!scanner.take('=')) {
      params.push([param, undefined]);
      continue;
    }
    const value = scanner.match(TOKEN) ?? unquote(scanner.match(QUOTED_STRING));
    if (value === undefined) return undefined;
    params.push([param, value]);
  }
  return { name, params };
}

function unquote(quoted: string | undefined): string | undefined {
  const value = quoted?.slice(1, -1).replace(/\\(.)/gs, '$1');
  return value !== undefined && isToken(value) ? value : undefined;
}

/** A position in a text; white space before it is passed over. */
class Scanner {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
    this.match(WHITE_SPACE);
  }

  get atEnd(): boolean {
    return this.#at === this.#text.length;
  }

  isAt(character: string): boolean {
    return this.#text[this.#at] === character;
  }

  take(character: string): boolean {
    if (!this.isAt(character)) return false;
    this.#at += 1;
    this.#skipWhiteSpace();
    return true;
  }

  match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0];
    if (found === undefined) return undefined;
    this.#at += found.length;
    if (pattern !== WHITE_SPACE) this.#skipWhiteSpace();
    return found;
  }

  #skipWhiteSpace(): void {
    this.match(WHITE_SPACE);
  }
}
