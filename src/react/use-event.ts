import { useInsertionEffect, useRef } from 'react';
import { checkArgument } from '../base/checks.ts';
import type { Unsubscribe } from '../base/emitter.ts';
import type { ClientEvents } from '../client/client.ts';
import { useBefore, useClient } from './provider.ts';

/**
 * Calls `handler` for every event that the server tells by `name`, each one exactly once, however fast they come: an
 * event is not state, and rendering could skip some. The handler of the latest render is called; a new one does not
 * subscribe again, so it needs no `useCallback`.
 *
 * @throws UsageError `INVALID_STATE` if there is no {@link HoldlineProvider}
 * @example
 * ```tsx
 * const [ticks, setTicks] = useState<Tick[]>([]);
 * useEvent('tick', (tick) => setTicks((ticks) => [...ticks, tick as Tick]));
 * ```
 */
export function useEvent(name: string, handler: (payload: unknown) => void): void {
  useListener('onEvent', name, handler);
}

/**
 * Calls `handler` for an event of the client itself: `message` for whatever the server sends, `gap`, `error`,
 * `closed` and the like. Otherwise as {@link useEvent}.
 *
 * @throws UsageError `INVALID_STATE` if there is no {@link HoldlineProvider}
 * @example
 * ```tsx
 * useClientEvent('gap', ({ recovered }) => {
 *   if (!recovered) void reload();
 * });
 * ```
 */
export function useClientEvent<Name extends keyof ClientEvents & string>(
  name: Name,
  handler: (event: ClientEvents[Name]) => void,
): void {
  useListener('on', name, handler as (event: never) => void);
}

type Listen = (name: string, listener: (event: never) => void) => Unsubscribe;

/** Listens from mount to unmount, or until the client or the name change, and always with the latest handler. */
function useListener(method: 'on' | 'onEvent', name: string, handler: (event: never) => void): void {
  checkArgument('function', 'handler', handler);
  const client = useClient();
  const latest = useRef(handler);
  // Before any other effect of the same commit, so that none of them meets the handler of the last render.
  useInsertionEffect(() => {
    latest.current = handler;
  });
  // The provider connects after it.
  useBefore(() => {
    const source = client as unknown as { [Method in typeof method]: Listen };
    return source[method](name, (event) => latest.current(event));
  }, [client, method, name]);
}
