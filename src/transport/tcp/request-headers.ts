import { UsageError } from '../../base/errors.ts';
import type { HandshakeRequest } from '../../protocol/handshake-request.ts';
import { checkHeaderFields } from '../../protocol/header-field.ts';
import { hasControlCharacter, type WebSocketTarget } from '../../protocol/url.ts';
import type { HeaderInput } from './options.ts';

/** Where the header fields of a request come from. */
export interface HeaderSources {
  /** The URL, whose user name and password become an Authorization field (RFC 7617). */
  readonly target: WebSocketTarget;
  /** Value of the Origin field; none if undefined. */
  readonly origin: string | undefined;
  /** What a jar has for the address; none if undefined or empty. */
  readonly cookie?: string | undefined;
  /** Fields of the transport. */
  readonly common: HeaderInput | undefined;
  /** Fields of this connection; they replace those of the same name from elsewhere. */
  readonly own: HandshakeRequest['headers'];
}

/**
 * Puts the header fields of a request together and checks them.
 *
 * @throws UsageError `INVALID_HEADER`; `INVALID_URL` for a user or password that basic auth cannot carry
 */
export function requestHeaders(sources: HeaderSources): HandshakeRequest['headers'] {
  const { target, origin, cookie = '', common, own } = sources;
  let fields: HandshakeRequest['headers'] = [];
  if (target.username !== '' || target.password !== '') {
    checkCredentials(target);
    const credentials = Buffer.from(`${target.username}:${target.password}`).toString('base64');
    fields = [['Authorization', `Basic ${credentials}`]];
  }
  if (cookie !== '') fields = [...fields, ['Cookie', cookie]];
  if (fields.length === 0 && origin === undefined && common === undefined && own.length === 0) return fields;
  if (origin !== undefined) fields = [...fields, ['Origin', origin]];
  fields = override(fields, headerPairs(common));
  fields = override(fields, own);
  checkHeaderFields(fields);
  return fields;
}

// RFC 7617, 2: "The user-id and password MUST NOT contain any control characters", and the first colon ends the user-id.
function checkCredentials({ username, password }: WebSocketTarget): void {
  if (!username.includes(':') && !hasControlCharacter(username) && !hasControlCharacter(password)) return;
  throw new UsageError('INVALID_URL', { detail: 'credentials' });
}

/** Header fields as pairs. @throws UsageError `INVALID_HEADER` for a list of anything else */
export function headerPairs(input: HeaderInput | undefined): HandshakeRequest['headers'] {
  if (input === undefined) return [];
  if (!(Symbol.iterator in Object(input))) return Object.entries(input);
  const all = [...(input as Iterable<readonly [string, string]>)];
  // A text is a list too, of its characters: `['Cookie: a=b']` would be the field `C: o`.
  if (all.every((pair) => Array.isArray(pair) && pair.length === 2)) return all;
  throw new UsageError('INVALID_HEADER', { detail: 'no-pairs' });
}

/** All of `later`, after those of `earlier` whose names do not occur there. */
function override(
  earlier: HandshakeRequest['headers'],
  later: HandshakeRequest['headers'],
): HandshakeRequest['headers'] {
  const names = new Set(later.map(([name]) => String(name).toLowerCase()));
  return [...earlier.filter(([name]) => !names.has(String(name).toLowerCase())), ...later];
}
