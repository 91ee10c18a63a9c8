import {
  type Context,
  createContext,
  createElement,
  type ReactElement,
  type ReactNode,
  useContext,
  useLayoutEffect,
} from 'react';
import { checkArgument, checkOptions } from '../base/checks.ts';
import { UsageError } from '../base/errors.ts';
import type { Client } from '../client/client.ts';
import type { Contract } from '../client/contract.ts';

/** What {@link HoldlineProvider} takes. */
export interface HoldlineProviderProps<C extends Contract = Contract> {
  /** The client that the hooks below use. Make it outside of the components, once. */
  readonly client: Client<C>;
  /** Whatever uses the hooks. */
  readonly children?: ReactNode;
}

/**
 * An effect that runs before the passive ones of the whole tree: there a child may ask, also when StrictMode has just
 * made an owner close the client.
 */
export const useBefore: typeof useLayoutEffect = useLayoutEffect;

const ClientContext: Context<Client | undefined> = createContext<Client | undefined>(undefined);

/**
 * Gives a client to the hooks below it and connects it, once the components below listen: none of the first events is
 * missed. Under StrictMode there is one connection too.
 *
 * It never closes the client: who made it closes it, with `root.unmount(); await client.close()`, or in an effect of
 * the component that made it. A provider that comes back meanwhile connects again as soon as the old line has ended.
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
 */
export function HoldlineProvider<C extends Contract = Contract>(
  props: HoldlineProviderProps<C>,
): ReactElement {
  // Written out here, so that a bundle for production has nothing of it.
  checkOptions<HoldlineProviderProps<C>>({ client: 'any!', children: 'any' }, props, 'HoldlineProvider');
  const { client, children } = props;
  checkArgument({ methods: ['connect', 'request'] }, 'client', client, 'HoldlineProvider');
  useBefore(() => {
    client.connect();
  }, [client]);
  return createElement(ClientContext.Provider, { value: client as unknown as Client }, children);
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
