import type { ConnectionOptions } from '../connection/connection-options.ts';
import {
  DEFAULT_HANDOVER,
  HandoverConnection,
  type HandoverObserver,
  type HandoverSettings,
} from '../connection/handover.ts';
import { fill, needMethods, type Settings } from './check-options.ts';

/** How handovers go. */
export interface HandoverOptions extends Settings<HandoverSettings> {
  /**
   * Whether a message of the server's says that the line should be handed over: `(message) => message.type ===
   * 'restarting'`. Called with every message that `on('message')` gets. Default: only `client.handover()` does it.
   */
  readonly when?: ((message: unknown) => boolean) | undefined;
}

/** What {@link handover} returns: handed to `createClient` as it is. */
export type HandoverPart = (options: never, observer: never) => unknown;

/** The same from within: makes the connection of one client. */
export type HandoverFactory = (options: ConnectionOptions, observer: HandoverObserver) => HandoverConnection;

/**
 * The part that makes `client.handover` work, with its options. `createClient` has it anyway; of `createSlimClient` only those
 * pay for its bytes who pass it in.
 *
 * @throws UsageError naming the option that is wrong
 * @example
 * ```ts
 * const client = createSlimClient({ url: 'wss://example.com', handover: handover() });
 * client.onEvent('restarting', () => void client.handover().catch(() => {}));
 * ```
 */
export function handover(options: HandoverOptions = {}): HandoverPart {
  const settings = fill(DEFAULT_HANDOVER, options, 'handover');
  const { when } = options;
  needMethods('handover.when', when, []);
  const factory: HandoverFactory = (connection, observer) =>
    new HandoverConnection(connection, { ...settings, when }, observer);
  return factory;
}
