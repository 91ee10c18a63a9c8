import type { Emitter, Unsubscribe } from '../base/emitter.ts';
import type { Plugin } from '../base/plugin.ts';
import type { RandomSource } from '../base/random.ts';
import type { HandoverCore } from '../connection/handover.ts';
import type { ConnectionState } from '../connection/states.ts';
import type { PluginMethods } from '../messaging/missing.ts';
import type { SendOptions, Sent } from '../messaging/outbox-options.ts';
import type { Subscription } from '../messaging/subscription.ts';
import type { SubscriptionsCore } from '../messaging/subscriptions.ts';
import type { ClientEvents } from './client.ts';

/**
 * What a plugin gets: the inside of one client, before its first attempt to connect. Ours and those that users write get
 * the same.
 */
export interface Core extends SubscriptionsCore, HandoverCore {
  /** The source of chance. */
  readonly random: RandomSource;
  /** What the client tells. */
  readonly events: Emitter<ClientEvents>;
  /** Where the connection stands. */
  readonly state: ConnectionState;
  /** Listens to the client; see `ClientEvents`. */
  on<Name extends keyof ClientEvents>(name: Name, listener: (event: ClientEvents[Name]) => void): Unsubscribe;
  /** Set by a plugin that wants to know. */
  watch?: Watch | undefined;
  /** Sends a message, as `client.send` does. */
  send(message: unknown, options?: SendOptions): Promise<Sent>;
  /**
   * Sends a message ahead of what waits, on the connection in use or not at all.
   *
   * @returns false if it was not sent
   */
  sendAhead(message: unknown): boolean;
}

/** Who is told what a client is asked for, as it is asked: the trace. Several hand on to each other. */
export interface Watch {
  /**
   * A request begins. What this returns gets its promise once it has begun, and gives what the caller gets: the same one, or one
   * that settles with it. Undefined: it is of no interest.
   */
  request(method: string): ((reply: Promise<unknown>) => Promise<unknown>) | undefined;
  /** A subscription began. */
  subscription(subscription: Subscription<unknown>): void;
}

/**
 * What `use` takes: a function that is called once with the {@link Core} of the client, when that is made.
 *
 * @typeParam Adds - the methods of a client that work with it. Default: none
 * @example
 * ```ts
 * const logStates: ClientPlugin = (core) => {
 *   core.on('state', ({ current }) => console.log(current.status));
 * };
 * const client = createClient({ url: 'wss://example.com', use: [logStates] });
 * ```
 */
export type ClientPlugin<Adds extends PluginMethods = never> = Plugin<Core, Adds>;

/** A plugin of which it is not known whether it adds methods. */
export type AnyPlugin = ClientPlugin<PluginMethods>;
