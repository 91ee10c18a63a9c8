import {
  type Context,
  createContext,
  createElement,
  type ReactElement,
  type ReactNode,
  useContext,
  useEffect,
  useLayoutEffect,
  useMemo,
} from 'react';
import { checkArgument, checkOptions } from '../base/checks.ts';
import { UsageError } from '../base/errors.ts';
import { hasWindow } from '../base/has-window.ts';
import type { Client } from '../client/client.ts';
import type { Contract } from '../client/contract.ts';

/** A client that somebody else has made, and will close. */
export interface GivenClient<C extends Contract> {
  /** The client that the hooks below use. Make it outside of the components, once. */
  readonly client: Client<C>;
  /** Only without a client. */
  readonly create?: undefined;
  /** Only with `create`. */
  readonly deps?: undefined;
}

/** A client that the provider makes, and closes when it goes. */
export interface OwnClient<C extends Contract> {
  /** Only without `create`. */
  readonly client?: undefined;
  /**
   * Makes the client. It must do no more than that: React may call it for a page that it never shows, and calls it twice
   * under StrictMode. What is not used was never connected.
   */
  readonly create: () => Client<C>;
  /** When one of these changes, a new client takes the place of the old one, which is closed. Default: none. */
  readonly deps?: readonly unknown[] | undefined;
}

/** What {@link HoldlineProvider} takes: a client, or how to make one. */
export type HoldlineProviderProps<C extends Contract = Contract> = (GivenClient<C> | OwnClient<C>) & {
  /** Whatever uses the hooks. */
  readonly children?: ReactNode;
};

/** A client that lives as long as somebody uses it. */
export interface Owned {
  readonly client: Client;
  /** Who uses it now. */
  users: number;
}

/** A client that nobody uses yet. */
export function owned(create: () => Client): Owned {
  return { client: create(), users: 0 };
}

/** One user more, until the component goes. */
export function useOwned(mine: Owned | undefined): void {
  // A passive effect: what is only hidden by a Suspense boundary keeps its client.
  useEffect(() => {
    if (mine === undefined) return;
    mine.users++;
    return () => {
      mine.users--;
      // StrictMode, and another provider of the same commit, take it up again before that.
      queueMicrotask(() => {
        if (mine.users === 0) void mine.client.close();
      });
    };
  }, [mine]);
}

/**
 * An effect that runs before the passive ones of the whole tree: there a child may ask, also when StrictMode has just
 * made an owner close the client. A server runs none, and React 18 warns there of each layout effect.
 */
export const useBefore: typeof useLayoutEffect = hasWindow ? useLayoutEffect : useEffect;

const ClientContext: Context<Client | undefined> = createContext<Client | undefined>(undefined);

/**
 * Gives a client to the hooks below it and connects it, once the components below listen: none of the first events is
 * missed. Under StrictMode there is one connection too.
 *
 * A `client` that is given is never closed: who made it closes it, with `root.unmount(); await client.close()`, or in an
 * effect of the component that made it. A provider that comes back meanwhile connects again as soon as the old line has
 * ended. With `create` the provider makes the client, and closes it when it goes.
 *
 * @throws UsageError `INVALID_OPTION` for what is no client, and for another property
 * @example
 * ```tsx
 * const client = createClient({ url: 'wss://example.com/socket' });
 *
 * createRoot(document.getElementById('root')!).render(
 *   <StrictMode>
 *     <HoldlineProvider client={client}>
 *       <App />
 *     </HoldlineProvider>
 *   </StrictMode>,
 * );
 * ```
 * @example
 * ```tsx
 * <HoldlineProvider create={() => createClient({ url: `/rooms/${name}` })} deps={[name]}>
 *   <Room />
 * </HoldlineProvider>
 * ```
 */
export function HoldlineProvider<C extends Contract = Contract>(
  props: HoldlineProviderProps<C>,
): ReactElement {
  // Written out here, so that a bundle for production has nothing of it.
  checkOptions<HoldlineProviderProps>(
    { client: props.create ? 'any' : 'any!', create: 'function', deps: 'any', children: 'any' },
    props as HoldlineProviderProps,
    'HoldlineProvider',
  );
  const { client: given, create, deps = [], children } = props;
  // biome-ignore lint/correctness/useExhaustiveDependencies: the caller says when a new client is to be made
  const mine = useMemo(() => create && owned(create as unknown as () => Client), deps);
  const client = (given ?? mine?.client) as Client;
  checkArgument({ methods: ['connect', 'request'] }, 'client', client, 'HoldlineProvider');
  useBefore(() => {
    client.connect();
  }, [client]);
  useOwned(mine);
  return createElement(ClientContext.Provider, { value: client }, children);
}

/**
 * The client of the nearest {@link HoldlineProvider}, for everything that has no hook: `send`, `notify`, `why`.
 *
 * @throws UsageError `INVALID_STATE` if there is no provider
 * @example
 * ```tsx
 * const client = useClient();
 * return <button onClick={() => client.send({ type: 'wave' })}>Wave</button>;
 * ```
 */
export function useClient(): Client {
  const client = useContext(ClientContext);
  if (client === undefined) throw new UsageError('INVALID_STATE', { detail: 'no-provider' });
  return client;
}
