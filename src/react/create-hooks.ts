import type { ReactElement } from 'react';
import type { Client } from '../client/client.ts';
import type {
  Contract,
  EventOf,
  MethodOf,
  PayloadOf,
  StreamEventOf,
  StreamOf,
  StreamParamsOf,
} from '../client/contract.ts';
import type { SubscribeOptions } from '../messaging/subscription.ts';
import { HoldlineProvider, type HoldlineProviderProps, useClient } from './provider.ts';
import { useConnection } from './use-connection.ts';
import { useClientEvent, useEvent } from './use-event.ts';
import { type UsedRequest, useRequest } from './use-request.ts';
import { type SelectEvent, type SubscriptionState, useSubscription } from './use-subscription.ts';

/** The hooks, with the names and types of a contract. */
export interface Hooks<C extends Contract> {
  /** See {@link HoldlineProvider}. */
  readonly HoldlineProvider: (props: HoldlineProviderProps<C>) => ReactElement;
  /** See {@link useClient}. */
  readonly useClient: () => Client<C>;
  /** See {@link useConnection}. */
  readonly useConnection: typeof useConnection;
  /** See {@link useEvent}. */
  readonly useEvent: <Name extends EventOf<C>>(
    name: Name,
    handler: (payload: PayloadOf<C, Name>) => void,
  ) => void;
  /** See {@link useClientEvent}. */
  readonly useClientEvent: typeof useClientEvent;
  /** See {@link useRequest}. */
  readonly useRequest: <M extends MethodOf<C>>(method: M) => UsedRequest<C, M>;
  /** See {@link useSubscription}. */
  readonly useSubscription: <Name extends StreamOf<C>, Data = StreamEventOf<C, Name>>(
    name: Name,
    params: StreamParamsOf<C, Name>,
    select?: SelectEvent<StreamEventOf<C, Name>, Data>,
    options?: SubscribeOptions<StreamParamsOf<C, Name>, StreamEventOf<C, Name>>,
  ) => SubscriptionState<Data>;
}

/**
 * The same hooks, typed by a contract: call it once, in a module of its own, and import the hooks from there.
 *
 * @typeParam C - what client and server have agreed on, as for `createClient`
 * @example
 * ```ts
 * interface Chat {
 *   requests: { sum: { params: number[]; result: number } };
 *   events: { tick: { at: number } };
 * }
 * export const { HoldlineProvider, useConnection, useEvent, useRequest } = createHooks<Chat>();
 * ```
 */
export function createHooks<C extends Contract>(): Hooks<C> {
  const hooks = {
    HoldlineProvider,
    useClient,
    useConnection,
    useEvent,
    useClientEvent,
    useRequest,
    useSubscription,
  };
  // Types alone: a client does not know its contract when it runs.
  return hooks as unknown as Hooks<C>;
}
