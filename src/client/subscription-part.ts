import { type Codec, encode } from '../messaging/codec.ts';
import type { RpcEnvelope } from '../messaging/envelope.ts';
import type { Requests } from '../messaging/requests.ts';
import {
  DEFAULT_SUBSCRIPTION,
  type SubscribeOptions,
  type SubscriptionLimits,
  type SubscriptionOverflow,
} from '../messaging/subscription.ts';
import { type SubscriptionCall, type SubscriptionPort, Subscriptions } from '../messaging/subscriptions.ts';
import { type Call, outcomeOf, timedOut } from './calls.ts';
import { fill, need, needCallOptions, needMethods, type Settings } from './check-options.ts';
import { courtesy, type Delivery } from './delivery.ts';
import { type RequestsFactory, requests } from './request-part.ts';

/** What {@link subscriptions} returns: handed to `createClient` as it is. */
export type SubscriptionsPart = (wiring: never) => unknown;

/** The same from within: makes the subscriptions of one client; undefined if its envelope knows none. */
export interface SubscriptionsFactory {
  (wiring: SubscriptionWiring): Subscriptions | undefined;
  /** Who subscribes asks. */
  readonly requests: RequestsFactory;
}

/**
 * The part that makes `client.subscribe` work, with its options. `createClient` has it anyway; of `createSlimClient` only
 * those pay for its bytes who pass it in. It brings `requests()` along.
 *
 * @param limits - how events wait for a slow reader, in every subscription that does not say otherwise
 * @throws UsageError naming the option that is wrong
 * @example
 * ```ts
 * const client = createSlimClient({
 *   url: 'wss://example.com',
 *   envelope: jsonRpc(),
 *   subscriptions: subscriptions(),
 * });
 * for await (const tick of client.subscribe('ticks', { symbol: 'ABC' })) console.log(tick);
 * ```
 */
export function subscriptions(limits: Settings<SubscriptionLimits> = {}): SubscriptionsPart {
  const filled = fill(DEFAULT_SUBSCRIPTION, limits, 'subscriptions');
  checkOverflow('subscriptions.overflow', filled.overflow);
  const make = (wiring: SubscriptionWiring): Subscriptions | undefined => {
    const { rpc, codec, requests: underWay, timeout, delivery, dropped, moved } = wiring;
    const wire = rpc?.subscriptions;
    if (rpc === undefined || wire === undefined || underWay === undefined) return undefined;
    const port: SubscriptionPort = {
      wire,
      rpc,
      signals: delivery.signals,
      closed: () => (delivery.isClosed ? delivery.closedError() : undefined),
      ask: (epoch, call) => {
        ask({ codec, requests: underWay, timeout, delivery }, epoch, call);
      },
      tell: (epoch, message) => {
        delivery.lead(courtesy(encode(codec, message)), epoch);
      },
      dropped,
      moved,
    };
    return new Subscriptions(filled, port, checkSubscribe);
  };
  const factory: SubscriptionsFactory = Object.assign(make, { requests: requests() as RequestsFactory });
  return factory;
}

/** What of a client the subscriptions need. */
export interface SubscriptionWiring {
  /** The part of the envelope that asks and answers. */
  readonly rpc: RpcEnvelope | undefined;
  /** How values become messages. */
  readonly codec: Codec;
  /** Requests under way; undefined where the envelope knows none. */
  readonly requests: Requests<Call> | undefined;
  /** Milliseconds that a request may take. */
  readonly timeout: number;
  /** The way to the socket. */
  readonly delivery: Delivery;
  /** Events of this subscription were dropped: its reader is too slow. */
  dropped(name: string): void;
  /** A subscription was moved, or has ended: there may be nothing left to wait for on an old line. */
  moved(): void;
}

/**
 * Sends a request of the client's own on one line, ahead of what waits, or not at all.
 *
 * @throws UsageError `INVALID_DATA` for what the codec cannot carry
 */
function ask(
  {
    codec,
    requests,
    timeout,
    delivery,
  }: Pick<SubscriptionWiring, 'codec' | 'timeout' | 'delivery'> & { readonly requests: Requests<Call> },
  epoch: number,
  { key, name, message, resolve, reject }: SubscriptionCall,
): void {
  const call: Call = {
    key,
    method: name,
    idempotent: false,
    timeout,
    deadline: Number.POSITIVE_INFINITY,
    data: encode(codec, message),
    options: undefined,
    keepFor: 0,
    isSent: false,
    epoch,
    everSent: false,
    withdraw: () => withdraw(),
    release: undefined,
    resolve,
    reject,
    expired: () => {
      call.withdraw();
      reject(timedOut(name, timeout, outcomeOf(call)));
    },
  };
  requests.add(call);
  const withdraw = delivery.lead(
    {
      data: call.data,
      sent: () => {
        call.isSent = true;
        call.everSent = true;
      },
      // The line is gone, and the subscription is asked for on the next.
      dropped: (error) => {
        requests.take(key);
        return error;
      },
    },
    epoch,
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
