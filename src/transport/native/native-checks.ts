import { checkCall, checkOptions } from '../../base/checks.ts';
import type { Called, OptionTable } from '../../base/need.ts';
import { checkCloseArguments } from '../../protocol/close-code.ts';
import { checkSubprotocols } from '../../protocol/subprotocol.ts';
import { parseWebSocketUrl } from '../../protocol/url.ts';
import type { TransportRequest } from '../transport.ts';
import type { NativeSocketConstructor } from './native-socket.ts';

/** What {@link nativeTransport} takes. */
export interface NativeTransportOptions {
  /**
   * The class to use: anything with the WHATWG `WebSocket` interface. Default: `globalThis.WebSocket`, looked up
   * anew for every connection.
   */
  readonly WebSocket?: NativeSocketConstructor | undefined;
}

const NATIVE: OptionTable<NativeTransportOptions> = { WebSocket: 'function' };

/** @throws UsageError naming the option that is wrong */
export function checkNativeOptions(options: NativeTransportOptions, called: Called): void {
  checkCall(called, () => checkOptions(NATIVE, options, 'nativeTransport'));
}

/**
 * Refuses what a platform's WebSocket would refuse without a word of what is wrong, or take for something else.
 *
 * @throws UsageError `INVALID_URL` or `INVALID_SUBPROTOCOL`
 */
export function checkNativeRequest({ url, protocols }: TransportRequest): void {
  parseWebSocketUrl(url);
  checkSubprotocols(protocols);
}

/** @throws UsageError `INVALID_CLOSE` for a code or reason that cannot be sent */
export function checkNativeClose(code: number | undefined, reason: string | undefined): void {
  checkCloseArguments(code, reason);
}
