import type { Plugin } from '../base/plugin.ts';
import { checkEnvironment, checkScope } from './checks.ts';
import type { Connection } from './connection.ts';
import { type Environment, type EnvironmentEvent, followEnvironment } from './environment.ts';

/** What a page or a worker offers of all this; each part may be missing (workers, React Native, edge runtimes). */
interface Scope extends Listening {
  readonly navigator?: { readonly onLine?: boolean } | undefined;
  readonly document?: (Listening & { readonly visibilityState?: string }) | undefined;
}

/** `EventTarget`, as far as it is needed. */
interface Listening {
  addEventListener?(name: string, listener: Listener): void;
  removeEventListener?(name: string, listener: Listener): void;
}

type Listener = (event: { readonly persisted?: boolean }) => void;

/**
 * The surroundings of a page or a worker: `online`, `offline`, `visibilitychange`, `pagehide` and `pageshow` with the
 * back/forward cache, and `resume` after a freeze. (`freeze` itself asks for nothing: no code of ours runs until `resume`.)
 *
 * @param scope - where to listen. Default: `globalThis`
 * @throws UsageError `INVALID_OPTION` for what is no object
 */
export function browserEnvironment(scope: object = globalThis): Environment {
  checkScope(scope, browserEnvironment);
  const page = scope as Scope;
  return {
    get online() {
      return page.navigator?.onLine !== false;
    },
    watch(tell) {
      const { document } = page;
      const kept =
        (event: EnvironmentEvent): Listener =>
        ({ persisted }) => {
          if (persisted) tell(event);
        };
      const seen = (): void => {
        if (document?.visibilityState === 'visible') tell('visible');
      };
      const listeners: readonly (readonly [Listening | undefined, string, Listener])[] = [
        [page, 'online', () => tell('online')],
        [page, 'offline', () => tell('offline')],
        [page, 'pagehide', kept('leave')],
        [page, 'pageshow', kept('return')],
        [document, 'resume', () => tell('resume')],
        [document, 'visibilitychange', seen],
      ];
      for (const [target, name, listener] of listeners) target?.addEventListener?.(name, listener);
      return () => {
        for (const [target, name, listener] of listeners) target?.removeEventListener?.(name, listener);
      };
    },
  };
}

/**
 * The plugin by which a client follows its page: it comes back at once when the network does, asks for a sign of life when
 * the page is seen again, and closes cleanly when the page is put away. `createClient` has it in browsers anyway.
 *
 * @param environment - what tells. Default: `browserEnvironment()`
 * @throws UsageError `INVALID_OPTION` for what tells nothing
 * @example
 * ```ts
 * const client = createSlimClient({ url: 'wss://example.com', use: [pageEvents()] });
 * ```
 */
export function pageEvents(
  environment: Environment = browserEnvironment(),
): Plugin<{ readonly connection: Connection }> {
  checkEnvironment(environment, pageEvents);
  return ({ connection }) => followEnvironment(connection, environment);
}
