/** The client's opening handshake (RFC 6455, 4.1). */
import { checkHeaderFields } from './header-field.ts';
import { type DeflateOffer, serializeOffer } from './permessage-deflate.ts';
import { checkSubprotocols } from './subprotocol.ts';
import { checkTarget, type WebSocketTarget } from './url.ts';

/** RFC 6455, 4.1: "The value of this header field MUST be 13." */
export const WEBSOCKET_VERSION = '13';

/** What goes into the request. */
export interface HandshakeRequest {
  /** Where to: from `parseTarget`. */
  readonly target: WebSocketTarget;
  /** Subprotocols to offer, in order of preference. */
  readonly protocols: readonly string[];
  /** Further header fields, in order. */
  readonly headers: readonly (readonly [name: string, value: string])[];
}

/**
 * Checks that nothing in `request` can break the lines of the handshake.
 *
 * @throws UsageError `INVALID_URL`, `INVALID_SUBPROTOCOL`, `INVALID_HEADER`
 */
export function checkRequest(request: HandshakeRequest): void {
  checkTarget(request.target);
  checkSubprotocols(request.protocols);
  checkHeaderFields(request.headers);
}

/**
 * Writes the request, which has been checked, as Latin-1 text. Names are spelled as RFC 6455 spells them, since hand-written
 * servers look them up by letter, and their order follows its example.
 */
export function serializeRequest(request: HandshakeRequest, key: string, offer?: DeflateOffer): string {
  const { target, protocols, headers } = request;
  const lines = [
    `GET ${target.resource} HTTP/1.1`,
    `Host: ${target.host}`,
    'Upgrade: websocket',
    'Connection: Upgrade',
    `Sec-WebSocket-Key: ${key}`,
    `Sec-WebSocket-Version: ${WEBSOCKET_VERSION}`,
  ];
  if (protocols.length > 0) lines.push(`Sec-WebSocket-Protocol: ${protocols.join(', ')}`);
  if (offer !== undefined) lines.push(`Sec-WebSocket-Extensions: ${serializeOffer(offer)}`);
  for (const [name, value] of headers) lines.push(`${name}: ${value}`);
  return `${lines.join('\r\n')}\r\n\r\n`;
}
