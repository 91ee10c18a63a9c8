import { createElement, type ReactElement, type ReactNode } from 'react';
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
import type { Cursor, SubscribeOptions } from '../messaging/subscription.ts';
import {
  HoldlineProvider,
  type HoldlineProviderProps,
  type Owned,
  owned,
  useClient,
  useOwned,
} from './provider.ts';
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
  readonly useSubscription: <
    Name extends StreamOf<C>,
    Data = StreamEventOf<C, Name>,
    Position extends Cursor = Cursor,
  >(
    name: Name,
    params: StreamParamsOf<C, Name>,
    select?: SelectEvent<StreamEventOf<C, Name>, Data>,
    options?: SubscribeOptions<StreamParamsOf<C, Name>, StreamEventOf<C, Name>, Position>,
  ) => SubscriptionState<Data>;
}

/** The hooks of one client, which they make and close themselves. */
export interface OwningHooks<C extends Contract> extends Omit<Hooks<C>, 'HoldlineProvider'> {
  /** As {@link HoldlineProvider}, with the client of these hooks: all of them share it. */
  readonly HoldlineProvider: (props: { readonly children?: ReactNode }) => ReactElement;
}

/** What {@link createHooks} takes. */
export interface HooksOptions<C extends Contract> {
  /** Makes the client: once, for the first provider. It must do no more than that. */
  readonly create: () => Client<C>;
}

/**
 * The same hooks, typed by a contract: call it once, in a module of its own, and import the hooks from there. With `create`
 * they own a client, which all their providers share: the first connects it, and it is closed with the last.
 *
 * @typeParam C - what client and server have agreed on, as for `createClient`
 * @example
 * ```ts
 * interface Chat {
 *   requests: { sum: { params: number[]; result: number } };
 *   events: { tick: { at: number } };
 * }
 * export const { HoldlineProvider, useConnection, useEvent, useRequest } = createHooks<Chat>({
 *   create: () => createClient<Chat>({ url: 'wss://example.com/socket' }),
 * });
 * ```
 */
export function createHooks<C extends Contract>(options: HooksOptions<C>): OwningHooks<C>;
/** As above, for a client that is given to the provider. */
export function createHooks<C extends Contract>(): Hooks<C>;
export function createHooks<C extends Contract>(options?: HooksOptions<C>): unknown {
  // Types alone: a client does not know its contract when it runs.
  return {
    HoldlineProvider:
      options === undefined ? HoldlineProvider : providerOf(options as HooksOptions<Contract>),
    useClient,
    useConnection,
    useEvent,
    useClientEvent,
    useRequest,
    useSubscription,
  };
}

function providerOf({ create }: HooksOptions<Contract>): OwningHooks<Contract>['HoldlineProvider'] {
  let shared: Owned | undefined;
  return ({ children }) => {
    shared ??= owned(create);
    useOwned(shared);
    return createElement(HoldlineProvider, { client: shared.client }, children);
  };
}
