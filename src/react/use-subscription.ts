import { useEffect, useInsertionEffect, useRef, useState } from 'react';
import { checkArgument } from '../base/checks.ts';
import type { SubscribeOptions } from '../messaging/subscription.ts';
import { useClient } from './provider.ts';

/** How a subscription of {@link useSubscription} stands. */
export interface SubscriptionState<Data> {
  /**
   * `pending` before the first event; `active`; `stale` while the line is down, until the server has confirmed it anew:
   * `data` is what was true at `lastEventAt`; `closed` when the server has ended it, or it has failed.
   */
  readonly status: 'pending' | 'active' | 'stale' | 'closed';
  /** What `select` has made of the events so far; without one the latest. */
  readonly data: Data | undefined;
  /** When the last event came, in milliseconds since 1970 UTC. Undefined before the first. */
  readonly lastEventAt: number | undefined;
  /** Why it is closed, unless it ended plainly. */
  readonly error: unknown;
}

/** Makes of an event, and of what was made of those before it, what a component shows. */
export type SelectEvent<Event, Data> = (event: Event, previous: Data | undefined) => Data;

/**
 * Subscribes while the component is there, and shows what `select` makes of the events: it is called for every one of
 * them, in order, whether React renders in between or not, so that none is skipped. Other params, compared as JSON, are
 * another subscription, which begins from nothing.
 *
 * @param select - called with the event and what it returned for the one before. Default: the event itself
 * @param options - as for `client.subscribe`; those of the render that subscribed count
 * @throws UsageError `INVALID_STATE` if there is no {@link HoldlineProvider}; to the nearest error boundary those that
 * `client.subscribe` throws
 * @example
 * ```tsx
 * const { data: price, status, lastEventAt } = useSubscription('ticks', { symbol }, (tick) => (tick as Tick).price);
 * return <b title={status === 'stale' ? `as of ${new Date(lastEventAt!)}` : undefined}>{price}</b>;
 * ```
 */
export function useSubscription<Data = unknown>(
  name: string,
  params?: unknown,
  select: SelectEvent<unknown, Data> = (event) => event as Data,
  options?: SubscribeOptions,
): SubscriptionState<Data> {
  checkArgument('function', 'select', select, 'useSubscription');
  const client = useClient();
  const key = JSON.stringify(params);
  const latest = useRef({ select, params, options });
  useInsertionEffect(() => {
    latest.current = { select, params, options };
  });
  const [shown, show] = useState<
    readonly [of?: unknown, name?: string, key?: string, state?: SubscriptionState<Data>]
  >([]);
  useEffect(() => {
    let state = nothing as SubscriptionState<Data>;
    let isOver = false;
    const become = (next: Partial<SubscriptionState<Data>>): void => {
      state = { ...state, ...next };
      if (!isOver) show([client, name, key, state]);
    };
    const subscription = client.subscribe(name, latest.current.params, latest.current.options);
    subscription.on((event) => {
      const data = latest.current.select(event, state.data);
      become({ status: 'active', data, lastEventAt: subscription.lastEventAt });
    });
    subscription.onStatus((status) => {
      if (state.lastEventAt === undefined || status === 'closed') return; // `closed` comes with its error
      become({ status: status === 'active' ? status : 'stale' });
    });
    void subscription.closed.then((error) => become({ status: 'closed', error }));
    return () => {
      isOver = true;
      subscription.unsubscribe();
    };
  }, [client, name, key]);
  // What came for another name, client or params is not shown for these, not even for one render.
  const isShown = shown[0] === client && shown[1] === name && shown[2] === key;
  return (isShown && shown[3]) || (nothing as SubscriptionState<Data>);
}

const nothing: SubscriptionState<never> = {
  status: 'pending',
  data: undefined,
  lastEventAt: undefined,
  error: undefined,
};
