import { DEFAULT_MAX_PARSED_BYTES, jsonWeight } from '../../../base/json-weight.ts';
import type { RandomSource } from '../../../base/random.ts';

/** JSON, unless it would take too much memory. @throws SyntaxError for none, TypeError for too much */
export function parsed(text: string): unknown {
  if (jsonWeight(text, DEFAULT_MAX_PARSED_BYTES) > DEFAULT_MAX_PARSED_BYTES)
    throw new TypeError(`more than ${DEFAULT_MAX_PARSED_BYTES} bytes when it is parsed`);
  return JSON.parse(text);
}

/** A record out of JSON. @throws SyntaxError or TypeError for anything else */
export function recordOf(text: string): Readonly<Record<string, unknown>> {
  const value = parsed(text);
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new TypeError('not a record');
  return value as Record<string, unknown>;
}

/** A list of texts; what is none in it stands as JSON. @throws TypeError for anything else */
export function textsOf(value: unknown): string[] {
  if (!Array.isArray(value)) throw new TypeError('not a list');
  return value.map((one: unknown) => (typeof one === 'string' ? one : JSON.stringify(one)));
}

/** A name that nobody guesses: 128 bits in 32 digits. */
export function randomName(random: RandomSource): string {
  const bytes = new Uint8Array(16);
  random.fill(bytes);
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** A copy of the address with these parameters. */
export function withParameters(url: URL, parameters: Readonly<Record<string, string>>): URL {
  const copy = new URL(url);
  for (const [name, value] of Object.entries(parameters)) copy.searchParams.set(name, value);
  return copy;
}

/** A copy of the address with another path. */
export function withPath(url: URL, path: string): URL {
  const copy = new URL(url);
  copy.pathname = path;
  return copy;
}
