import { UsageError } from '../base/errors.ts';
import { type Codec, encode } from '../messaging/codec.ts';
import type { RpcEnvelope } from '../messaging/envelope.ts';
import {
  DEFAULT_SUBSCRIPTION,
  type SubscribeOptions,
  type SubscriptionLimits,
  type SubscriptionOverflow,
} from '../messaging/subscription.ts';
import { type SubscriptionPort, Subscriptions } from '../messaging/subscriptions.ts';
import type { Calls } from './calls.ts';
import { fill, need, needCallOptions, needMethods, type Settings } from './check-options.ts';
import { courtesy, type Delivery } from './delivery.ts';

/** Makes the subscriptions of one client. */
export type SubscriptionsPart = (port: SubscriptionPort) => Subscriptions;

/**
 * The part that makes `client.subscribe` work; a client without it does not pay for its bytes.
 *
 * @param limits - how events wait for a slow reader, in every subscription that does not say otherwise
 * @throws UsageError naming the option that is wrong
 * @example
 * ```ts
 * const client = createClient({ url: 'wss://example.com', subscriptions: subscriptions() });
 * for await (const tick of client.subscribe('ticks', { symbol: 'ABC' })) console.log(tick);
 * ```
 */
export function subscriptions(limits: Settings<SubscriptionLimits> = {}): SubscriptionsPart {
  const filled = fill(DEFAULT_SUBSCRIPTION, limits, 'subscriptions');
  checkOverflow('subscriptions.overflow', filled.overflow);
  return (port) => new Subscriptions(filled, port, checkSubscribe);
}

/** What of a client the subscriptions need. */
export interface SubscriptionWiring {
  readonly rpc: RpcEnvelope | undefined;
  readonly codec: Codec;
  readonly calls: Calls | undefined;
  readonly delivery: Delivery;
  dropped(name: string): void;
  moved(): void;
}

/** Wires the subscriptions to a client whose options and envelope know them. */
export function wireSubscriptions(
  part: SubscriptionsPart | undefined,
  { rpc, codec, calls, delivery, dropped, moved }: SubscriptionWiring,
): Subscriptions | undefined {
  const wire = rpc?.subscriptions;
  if (part === undefined || rpc === undefined || wire === undefined) return undefined;
  return part({
    wire,
    rpc,
    signals: delivery.signals,
    closed: () => (delivery.isClosed ? delivery.closedError() : undefined),
    ask: (epoch, call) => calls?.ask(epoch, call),
    tell: (epoch, message) => void delivery.lead(courtesy(encode(codec, message)), epoch),
    dropped,
    moved,
  });
}

/** The error of a client that knows no subscriptions. */
export function noSubscriptions(): UsageError {
  return new UsageError(
    'UNSUPPORTED',
    'This client knows no subscriptions. Make it with createClient({ subscriptions: subscriptions() }), and with an ' +
      'envelope that has them, such as jsonRpc().',
  );
}

function checkSubscribe(name: unknown, options: SubscribeOptions): void {
  need(typeof name === 'string', 'name', 'a string');
  needCallOptions(options);
  const { cursor, resume, resumed, overflow = DEFAULT_SUBSCRIPTION.overflow, maxEvents = 1 } = options;
  needMethods('cursor', cursor, []);
  needMethods('resume', resume, []);
  needMethods('resumed', resumed, []);
  checkOverflow('overflow', overflow);
  need(typeof maxEvents === 'number' && maxEvents >= 1, 'maxEvents', 'a number, 1 or more');
}

function checkOverflow(name: string, overflow: SubscriptionOverflow): void {
  need(overflow === 'error' || overflow === 'drop-oldest', name, '"error" or "drop-oldest"');
}
