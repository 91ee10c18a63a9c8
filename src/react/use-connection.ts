import { useMemo, useSyncExternalStore } from 'react';
import { checkArgument } from '../base/checks.ts';
import type { ConnectionState } from '../connection/states.ts';
import { useClient } from './provider.ts';

/** INITIAL_STATE once more: importing it would bring the whole table of states along, half the size of these hooks. */
const SERVER_STATE: ConnectionState = {
  status: 'idle',
  reason: 'created',
  epoch: 0,
  attempt: 0,
  retryAt: undefined,
  rtt: undefined,
  smoothedRtt: undefined,
  protocol: undefined,
  headers: undefined,
};

/**
 * Where the connection stands: an immutable snapshot, new whenever the status or the measured round trip changes. A
 * server renders the state `idle`, and so does the browser while it takes over that page.
 *
 * @param select - picks what the component needs, so that it renders again only when that changes; it must return the
 * same value for the same state: a member, or something calculated, not a new object. Default: the whole state
 * @throws UsageError `INVALID_STATE` if there is no {@link HoldlineProvider}
 * @example
 * ```tsx
 * const { status, rtt } = useConnection();
 * const isReady = useConnection((state) => state.status === 'ready');
 * ```
 */
export function useConnection<Selected = ConnectionState>(
  select: (state: ConnectionState) => Selected = (state) => state as Selected,
): Selected {
  checkArgument('function', 'select', select, 'useConnection');
  const client = useClient();
  const subscribe = useMemo(
    () => (changed: () => void) => {
      const stopState = client.on('state', changed);
      const stopRtt = client.on('rtt', changed);
      return () => {
        stopState();
        stopRtt();
      };
    },
    [client],
  );
  return useSyncExternalStore(
    subscribe,
    () => select(client.state),
    () => select(SERVER_STATE),
  );
}
