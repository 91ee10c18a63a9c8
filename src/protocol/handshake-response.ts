/** Judging the server's answer to the opening handshake (RFC 6455, 4.1 and 4.2.2). */
import { HandshakeError, type HandshakeErrorCode, type HandshakeEvidence } from '../base/errors.ts';
import { fieldValues, type ResponseHead } from './http-head.ts';
import type { AcceptedHandshake } from './ports.ts';
import { splitList } from './token.ts';

const SWITCHING_PROTOCOLS = 101;

/** Fields whose values are secrets of the session; they appear in errors by name alone. */
const SECRET_FIELDS: readonly string[] = Object.freeze(['set-cookie', 'set-cookie2', 'authentication-info']);

/** Whether the answer agrees to switch protocols at all; if not, its body is worth reading for the error. */
export function isSwitching(head: ResponseHead): boolean {
  return head.status === SWITCHING_PROTOCOLS;
}

/**
 * Checks an answer with status 101 against what was asked.
 *
 * @throws HandshakeError naming the first rule that it breaks
 */
export function checkAnswer(
  head: ResponseHead,
  accept: string,
  offered: readonly string[],
): AcceptedHandshake {
  if (head.minorVersion === 0) {
    throw refusal(
      'HANDSHAKE_MALFORMED',
      'The server answered 101 in HTTP/1.0, which cannot switch protocols',
      head,
    );
  }
  checkUpgrade(head);
  checkConnection(head);
  checkNoBody(head);
  checkAccept(head, accept);
  const protocol = checkProtocol(head, offered);
  checkExtensions(head);
  return { protocol, extensions: '', headers: headerMap(head, false) };
}

// 4.1, 2: "lacks an |Upgrade| header field or [it] contains a value that is not an ASCII case-insensitive match
// for the value "websocket"". Stricter: only once.
function checkUpgrade(head: ResponseHead): void {
  const values = fieldValues(head, 'upgrade');
  if (values.length === 1 && values[0]?.toLowerCase() === 'websocket') return;
  const what = `The server's answer has the Upgrade header ${quoteAll(values)} where "websocket" is expected`;
  throw refusal('HANDSHAKE_UPGRADE', what, head, { received: values.join(', '), expected: 'websocket' });
}

// 4.1, 3: "lacks a |Connection| header field or [it] doesn't contain a token that is an ASCII case-insensitive
// match for the value "Upgrade"". Stricter: only once.
function checkConnection(head: ResponseHead): void {
  const values = fieldValues(head, 'connection');
  const tokens = splitList(values.join(',')).map((token) => token.toLowerCase());
  if (values.length === 1 && tokens.includes('upgrade')) return;
  const what = `The server's answer has the Connection header ${quoteAll(values)} where "Upgrade" is expected`;
  throw refusal('HANDSHAKE_CONNECTION', what, head, { received: values.join(', '), expected: 'Upgrade' });
}

// RFC 9110, 15.2 and 8.6: a 1xx answer has no content. What would follow would be read as frames.
function checkNoBody(head: ResponseHead): void {
  const lengths = fieldValues(head, 'content-length').filter((length) => length !== '0');
  if (lengths.length === 0 && fieldValues(head, 'transfer-encoding').length === 0) return;
  throw refusal('HANDSHAKE_MALFORMED', 'The server announced a body together with status 101', head);
}

// 4.1, 4
function checkAccept(head: ResponseHead, accept: string): void {
  const values = fieldValues(head, 'sec-websocket-accept');
  if (values.length === 1 && values[0] === accept) return;
  const what =
    values.length === 0
      ? "The server's answer lacks Sec-WebSocket-Accept"
      : `The server's Sec-WebSocket-Accept is ${quoteAll(values)} where "${accept}" is expected`;
  throw refusal('HANDSHAKE_ACCEPT', what, head, { received: values.join(', '), expected: accept });
}

// 4.1, 6: "a subprotocol that was not present in the client's handshake" fails; stricter, with WHATWG WebSockets:
// so does an answer without one when some were offered.
function checkProtocol(head: ResponseHead, offered: readonly string[]): string {
  const values = fieldValues(head, 'sec-websocket-protocol');
  const [protocol = ''] = values;
  if (values.length === 0 && offered.length === 0) return '';
  if (values.length === 1 && offered.includes(protocol)) return protocol;
  const asked = offered.length === 0 ? 'none was offered' : `offered: ${offered.join(', ')}`;
  const what = `The server chose the subprotocol ${quoteAll(values)} (${asked})`;
  throw refusal('HANDSHAKE_PROTOCOL', what, head, {
    received: values.join(', '),
    expected: offered.join(', '),
  });
}

// 4.1, 5: "an extension that was not present in the client's handshake". None is offered.
function checkExtensions(head: ResponseHead): void {
  const values = fieldValues(head, 'sec-websocket-extensions');
  if (values.length === 0) return;
  const what = `The server uses the extension ${quoteAll(values)}, which was not offered`;
  throw refusal('HANDSHAKE_EXTENSION', what, head, { received: values.join(', '), expected: '' });
}

/** The error for an answer other than 101, with everything it said. */
export function refusedError(head: ResponseHead, body: string): HandshakeError {
  const status = `${head.status} ${head.statusText}`.trim();
  const isRedirect = head.status >= 300 && head.status < 400 && fieldValues(head, 'location').length > 0;
  const code: HandshakeErrorCode = isRedirect ? 'HANDSHAKE_REDIRECT' : 'HANDSHAKE_STATUS';
  const message = `The server answered the WebSocket handshake with HTTP ${status} instead of 101. ${advice(head)}`;
  return new HandshakeError(code, message, { ...evidence(head), body, retryAfter: retryAfter(head) });
}

function advice(head: ResponseHead): string {
  const versions = fieldValues(head, 'sec-websocket-version');
  if (versions.length > 0)
    return `It speaks WebSocket version ${versions.join(', ')}; this client speaks 13 only.`;
  if (head.status >= 200 && head.status < 300)
    return 'It speaks plain HTTP there: check the path of the URL.';
  if (head.status >= 300 && head.status < 400)
    return 'Redirects are not followed: use the address it points to.';
  if (head.status === 401 || head.status === 403) return 'Check the credentials and the origin.';
  if (head.status === 404) return 'Check the path of the URL.';
  if (head.status === 429 || head.status >= 500) return 'The server is busy or broken: try again later.';
  return 'Its "body" and "headers" may say why.';
}

/**
 * Milliseconds that `Retry-After` asks for: seconds, or a date, which is measured against the answer's own `Date`
 * (RFC 9110, 10.2.3).
 */
function retryAfter(head: ResponseHead): number | undefined {
  const [value] = fieldValues(head, 'retry-after');
  if (value === undefined) return undefined;
  if (/^\d+$/.test(value)) return Number(value) * 1000;
  const [date = ''] = fieldValues(head, 'date');
  const wait = Date.parse(value) - Date.parse(date);
  return Number.isNaN(wait) ? undefined : Math.max(wait, 0);
}

function refusal(
  code: HandshakeErrorCode,
  what: string,
  head: ResponseHead,
  compared: { received?: string; expected?: string } = {},
): HandshakeError {
  const message = `${what}. It is not a WebSocket server that can be trusted: check the URL and any proxy between.`;
  return new HandshakeError(code, message, { ...evidence(head), ...compared });
}

function evidence(head: ResponseHead): HandshakeEvidence {
  return { phase: 'http', status: head.status, statusText: head.statusText, headers: headerMap(head, true) };
}

/** A Map, never a plain object: a server may well send a header named `__proto__`. */
function headerMap(head: ResponseHead, redact: boolean): ReadonlyMap<string, string> {
  const map = new Map<string, string>();
  for (const [name, value] of head.fields) {
    const shown = redact ? redacted(name, value) : value;
    const before = map.get(name);
    map.set(name, before === undefined ? shown : `${before}, ${shown}`);
  }
  return map;
}

function redacted(name: string, value: string): string {
  if (SECRET_FIELDS.includes(name)) return '[redacted]';
  return name === 'location' ? value.replace(/[?#].*$/, '?[redacted]') : value;
}

function quoteAll(values: readonly string[]): string {
  return values.length === 0 ? '(missing)' : values.map((value) => JSON.stringify(value)).join(' and ');
}
