/**
 * Hooks for React 18 and 19.
 *
 * @module holdline/react
 */
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
