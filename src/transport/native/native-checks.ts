import { checkCloseArguments } from '../../protocol/close-code.ts';
import { checkSubprotocols } from '../../protocol/subprotocol.ts';
import { parseWebSocketUrl } from '../../protocol/url.ts';
import type { TransportRequest } from '../transport.ts';

/**
 * Refuses what a platform's WebSocket would refuse without a word of what is wrong, or take for something else.
 *
 * @throws UsageError `INVALID_URL` or `INVALID_SUBPROTOCOL`
 */
export function checkRequest({ url, protocols }: TransportRequest): void {
  parseWebSocketUrl(url);
  checkSubprotocols(protocols);
}

/** @throws UsageError `INVALID_CLOSE` for a code or reason that cannot be sent */
export function checkClose(code: number | undefined, reason: string | undefined): void {
  checkCloseArguments(code, reason);
}
