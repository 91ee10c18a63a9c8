/** Judging the server's answer to the opening handshake (RFC 6455, 4.1 and 4.2.2). */
import { type Evidence, HandshakeError, type HandshakeErrorCode } from '../base/errors.ts';
import { shownUrl } from '../base/shown-url.ts';
import { WEBSOCKET_VERSION } from './handshake-request.ts';
import { fieldValues, type ResponseHead } from './http-head.ts';
import {
  agreeOnDeflate,
  type DeflateAgreement,
  type DeflateFault,
  type DeflateOffer,
  serializeOffer,
} from './permessage-deflate.ts';
import type { AcceptedHandshake } from './ports.ts';
import { splitList } from './token.ts';

const SWITCHING_PROTOCOLS = 101;

const REDACTED = '[redacted]';

/** Fields whose values are secrets of the session; they appear in errors by name alone. */
const SECRET_FIELD = /cookie|authorization|authentication-info|token|secret|session|api-?key/;

/** Where in a field an address stands: its query and its user are not shown. */
const ADDRESSES: ReadonlyMap<string, RegExp> = /* @__PURE__ */ new Map([
  ['location', /^.*$/s],
  ['content-location', /^.*$/s],
  // In `<...>` (RFC 8288, 3); without any it is read as an address.
  ['link', /(?<=<)[^>]*|^[^<]*$/g],
]);

/** What may stand before the address in `Refresh`: seconds, and `url=` (HTML, 4.2.5.3). */
const BEFORE_ADDRESS = /^[\d.\s]*[;,]?\s*(?:url\s*=\s*)?["']?/i;

/** Where an address that is relative leads, as far as a text goes: nowhere. */
const RELATIVE = 'ws://relative.invalid';

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
  deflate?: DeflateOffer,
): AcceptedHandshake {
  if (head.minorVersion === 0) {
    throw refusal('HANDSHAKE_MALFORMED', head, { detail: 'http-1.0' });
  }
  checkUpgrade(head);
  checkConnection(head);
  checkNoBody(head);
  checkAccept(head, accept);
  const protocol = checkProtocol(head, offered);
  const [extensions = ''] = fieldValues(head, 'sec-websocket-extensions');
  const agreement = checkExtensions(head, deflate);
  const headers = headerMap(head, (name, value) => redacted(name, value, []));
  return { protocol, extensions, deflate: agreement, headers };
}

// 4.1, 2: "lacks an |Upgrade| header field or [it] contains a value that is not an ASCII case-insensitive match
// for the value "websocket"". Stricter: only once.
function checkUpgrade(head: ResponseHead): void {
  const values = fieldValues(head, 'upgrade');
  if (values.length === 1 && values[0]?.toLowerCase() === 'websocket') return;
  throw refusal('HANDSHAKE_UPGRADE', head, compared(values, 'websocket'));
}

// 4.1, 3: "lacks a |Connection| header field or [it] doesn't contain a token that is an ASCII case-insensitive
// match for the value "Upgrade"". The field is a list, which may be spread over several lines (RFC 9110, 5.3); stricter:
// only one of them says so.
function checkConnection(head: ResponseHead): void {
  const values = fieldValues(head, 'connection');
  const upgrading = values.filter((value) => splitList(value.toLowerCase()).includes('upgrade'));
  if (upgrading.length === 1) return;
  throw refusal('HANDSHAKE_CONNECTION', head, compared(values, 'Upgrade'));
}

// RFC 9110, 15.2 and 8.6: a 1xx answer has no content. What would follow would be read as frames.
function checkNoBody(head: ResponseHead): void {
  const lengths = fieldValues(head, 'content-length').filter((length) => length !== '0');
  if (lengths.length === 0 && fieldValues(head, 'transfer-encoding').length === 0) return;
  throw refusal('HANDSHAKE_MALFORMED', head, { detail: 'body' });
}

// 4.1, 4
function checkAccept(head: ResponseHead, accept: string): void {
  const values = fieldValues(head, 'sec-websocket-accept');
  if (values.length === 1 && values[0] === accept) return;
  throw refusal('HANDSHAKE_ACCEPT', head, compared(values, accept));
}

// 4.1, 6: "a subprotocol that was not present in the client's handshake" fails; stricter, with WHATWG WebSockets:
// so does an answer without one when some were offered. What was offered may be a token (that is how browsers send
// one), so the error does not repeat it.
function checkProtocol(head: ResponseHead, offered: readonly string[]): string {
  const values = fieldValues(head, 'sec-websocket-protocol');
  const [protocol = ''] = values;
  if (values.length === 0 && offered.length === 0) return '';
  if (values.length === 1 && offered.includes(protocol)) return protocol;
  const received = values.map((value) => withoutOffered(value, offered)).join(', ');
  const hasOffered = offered.length > 0;
  const facts = { received, expected: hasOffered ? 'one of those offered' : '', offered: offered.length };
  const wrong = values.length === 0 ? 'missing' : 'wrong';
  throw refusal(
    'HANDSHAKE_PROTOCOL',
    head,
    { detail: hasOffered ? wrong : 'not-offered', ...facts },
    offered,
  );
}

// 4.1, 5: "an extension that was not present in the client's handshake"; 11.3.2: the field "MUST NOT appear more than
// once in an HTTP response"; RFC 7692, 7: an answer with parameters that are not valid, or not for this offer.
function checkExtensions(head: ResponseHead, offer: DeflateOffer | undefined): DeflateAgreement | undefined {
  const values = fieldValues(head, 'sec-websocket-extensions');
  const [value = ''] = values;
  if (values.length === 0) return undefined;
  const received = values.join(', ');
  if (offer === undefined)
    throw refusal('HANDSHAKE_EXTENSION', head, { detail: 'not-offered', received, expected: '' });
  const judged: DeflateAgreement | DeflateFault =
    values.length > 1 ? { detail: 'repeated-header' } : agreeOnDeflate(value, offer);
  if (!('detail' in judged)) return judged;
  throw refusal('HANDSHAKE_EXTENSION', head, { ...judged, received, expected: serializeOffer(offer) });
}

/** The error for an answer other than 101, with everything it said. `detail`: what was asked for, unless it was a handshake. */
export function refusedError(
  head: ResponseHead,
  body: string,
  offered: readonly string[],
  detail?: 'poll',
): HandshakeError {
  const code: HandshakeErrorCode = redirects(head) ? 'HANDSHAKE_REDIRECT' : 'HANDSHAKE_STATUS';
  const facts = { detail, body, retryAfter: retryAfter(head), versions: otherVersions(head) };
  return refusal(code, head, facts, offered);
}

/** RFC 9110, 15.4: those by which a GET is to be repeated elsewhere. */
const REDIRECT_STATUSES: readonly number[] = /* @__PURE__ */ Object.freeze([301, 302, 303, 307, 308]);

/** The address that the answer redirects to, if there is exactly one. */
export function redirectLocation(head: ResponseHead): string | undefined {
  const locations = fieldValues(head, 'location');
  return REDIRECT_STATUSES.includes(head.status) && locations.length === 1 ? locations[0] : undefined;
}

function redirects(head: ResponseHead): boolean {
  return head.status >= 300 && head.status < 400 && fieldValues(head, 'location').length > 0;
}

/** 4.4: the server lists the versions that it speaks. If 13 is among them, the fault lies elsewhere. */
function otherVersions(head: ResponseHead): string | undefined {
  const versions = splitList(fieldValues(head, 'sec-websocket-version').join(','));
  return versions.length > 0 && !versions.includes(WEBSOCKET_VERSION) ? versions.join(', ') : undefined;
}

// IMF-fixdate = day-name "," SP day SP month SP year SP hour ":" minute ":" second SP GMT
const HTTP_DATE = /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/;

/**
 * Milliseconds that `Retry-After` asks for: seconds, or a date, which is measured against the answer's own `Date`
 * (RFC 9110, 10.2.3). Anything else says nothing; the two obsolete forms of a date are not read.
 */
function retryAfter(head: ResponseHead): number | undefined {
  const [value] = fieldValues(head, 'retry-after');
  if (value === undefined) return undefined;
  if (/^\d+$/.test(value)) return Math.min(Number(value) * 1000, Number.MAX_SAFE_INTEGER);
  const [date = ''] = fieldValues(head, 'date');
  const wait = parseHttpDate(value) - parseHttpDate(date);
  return Number.isNaN(wait) ? undefined : Math.max(wait, 0);
}

/** Milliseconds since 1970, or NaN. `Date.parse` alone takes "-5" for the month of May. */
function parseHttpDate(text: string): number {
  return HTTP_DATE.test(text) ? Date.parse(text) : Number.NaN;
}

function refusal(
  code: HandshakeErrorCode,
  head: ResponseHead,
  facts: Evidence,
  offered?: readonly string[],
): HandshakeError {
  const headers = headerMap(head, (name, value) => redacted(name, value, offered));
  const { status, statusText } = head;
  return new HandshakeError(code, { phase: 'http', status, statusText, headers, ...facts });
}

/** What stands in the answer beside what should. */
function compared(values: readonly string[], expected: string): Evidence {
  const detail = values.length === 0 ? 'missing' : values.length === 1 ? 'wrong' : 'repeated';
  return { detail, received: values.join(', '), expected };
}

/** A Map, never a plain object: a server may well send a header named `__proto__`. */
function headerMap(
  head: ResponseHead,
  show: (name: string, value: string) => string,
): ReadonlyMap<string, string> {
  const map = new Map<string, string>();
  for (const [name, value] of head.fields) {
    const before = map.get(name);
    map.set(name, before === undefined ? show(name, value) : `${before}, ${show(name, value)}`);
  }
  return map;
}

function redacted(name: string, value: string, offered: readonly string[] | undefined): string {
  if (SECRET_FIELD.test(name)) return REDACTED;
  // Where another field is at fault, this one says nothing; a token that was offered may be in it.
  if (name === 'sec-websocket-protocol')
    return offered === undefined ? REDACTED : withoutOffered(value, offered);
  if (name === 'refresh') {
    const [before] = BEFORE_ADDRESS.exec(value) as unknown as [string]; // it always matches: each of its parts is optional
    return before + (before === value ? '' : shownAddress(value.slice(before.length)));
  }
  const address = ADDRESSES.get(name);
  return address === undefined ? value : value.replace(address, shownAddress);
}

/** An address of the server's, as it may be kept. What cannot be read as one may hold anything. */
function shownAddress(address: string): string {
  const shown = shownUrl(address, RELATIVE);
  const hasSecrets = shown === '' || shown !== new URL(address, RELATIVE).href;
  return shown.replace(RELATIVE, '') + (hasSecrets ? `?${REDACTED}` : '');
}

/** A list of subprotocols in which those that we offered are not named. */
function withoutOffered(value: string, offered: readonly string[]): string {
  return splitList(value)
    .map((protocol) => (offered.includes(protocol) ? REDACTED : protocol))
    .join(', ');
}
