/**
 * Hooks for React 18 and 19.
 *
 * @module holdline/react
 */

export type { Unsubscribe } from './base/emitter.ts';
export type {
  Client,
  ClientEvents,
  ClientStats,
  CloseOptions,
  Gap,
  HandoverMethods,
  RequestMethods,
  SlimClient,
  SubscriptionMethods,
} from './client/client.ts';
export type {
  ArgumentsOf,
  Contract,
  EventOf,
  MethodOf,
  ParamsOf,
  PayloadOf,
  ResultOf,
  StreamEventOf,
  StreamOf,
  StreamParamsOf,
} from './client/contract.ts';
export type { ConnectionState, StateChange, StateReason, Status } from './connection/states.ts';
export type { Diagnosis } from './connection/why.ts';
export type { SendOptions, Sent } from './messaging/outbox-options.ts';
export type { RequestOptions } from './messaging/requests.ts';
export type {
  Cursor,
  SubscribeOptions,
  Subscription,
  SubscriptionOverflow,
} from './messaging/subscription.ts';
export type { Closure } from './protocol/closure.ts';
export { createHooks, type Hooks, type HooksOptions, type OwningHooks } from './react/create-hooks.ts';
export {
  type GivenClient,
  HoldlineProvider,
  type HoldlineProviderProps,
  type OwnClient,
  useClient,
} from './react/provider.ts';
export { useConnection } from './react/use-connection.ts';
export { useClientEvent, useEvent } from './react/use-event.ts';
export {
  type RequestActions,
  type RequestPhase,
  type RequestState,
  type UsedRequest,
  useRequest,
} from './react/use-request.ts';
export { type SelectEvent, type SubscriptionState, useSubscription } from './react/use-subscription.ts';
