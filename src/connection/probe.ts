/**
 * A browser hides why a handshake was refused: 401, 404, 503 or no network all look like 1006. A function of the user's
 * may ask the server again in a way that shows, with `fetch` for instance, and so steer what happens next.
 */
import { HandshakeError, isKind } from '../base/errors.ts';
import type { Plugin } from '../base/plugin.ts';
import type { Closure } from '../protocol/closure.ts';
import { checkProbe } from './checks.ts';
import type { ConnectionOptions } from './connection-options.ts';

/** What a probe has found out. */
export interface ProbeAnswer {
  /** The HTTP status that the handshake was, or would have been, refused with. */
  readonly status: number;
  /** Milliseconds that the server asked to wait. */
  readonly retryAfter?: number | undefined;
}

/**
 * Asked after a refused handshake that says nothing of itself. Resolve to nothing where nothing was found out; what it
 * throws is ignored. It has 5 seconds.
 *
 * @param url the address of the handshake, with `http:` in place of `ws:`. It holds the whole query: do not log it.
 */
export type Probe = (
  url: string,
  options: { readonly signal: AbortSignal },
) => ProbeAnswer | undefined | PromiseLike<ProbeAnswer | undefined>;

/** What the plugin needs of a client. */
export interface ProbeCore {
  /** The connection of the client. */
  readonly connection: { readonly options: Pick<ConnectionOptions, 'explain' | 'clock'> };
}

/** How long a probe may take, in milliseconds. */
export const PROBE_TIMEOUT_MS = 5_000;

/** "Upgrade Required" (RFC 9110, 15.5.22): what a WebSocket server says to a request that is no handshake. */
const UPGRADE_REQUIRED = 426;

/**
 * The plugin for browsers, where a refused handshake looks the same whatever its cause: asks the server again in a way
 * that shows, with `fetch` for instance. What it finds out steers the retry.
 *
 * @throws UsageError `INVALID_OPTION` for what is no function
 * @example
 * ```ts
 * const client = createClient({
 *   url: 'wss://example.com/socket',
 *   use: [probe(async (url, { signal }) => ({ status: (await fetch(url, { signal })).status }))],
 * });
 * ```
 */
export function probe(ask: Probe): Plugin<ProbeCore> {
  checkProbe(ask, probe);
  return ({ connection: { options } }) => {
    options.explain = (closure, url, line) => {
      const { error } = closure;
      if (!isKind(error, 'HandshakeError') || error.code !== 'HANDSHAKE_OPAQUE') return undefined;
      return new Promise((resolve) => {
        const { clock } = options;
        const timer = clock.setTimer(() => resolve(closure), PROBE_TIMEOUT_MS);
        const learn = (answer?: unknown): void => {
          clock.clearTimer(timer);
          resolve(learnRefusal(closure, answer));
        };
        const { signal } = line;
        // Nobody waits any more.
        signal.addEventListener('abort', () => clock.clearTimer(timer), { once: true });
        (async () => ask(probedUrl(url), { signal }))().then(learn, () => learn());
      });
    };
  };
}

/** The address of a handshake as one that `fetch` takes. */
export function probedUrl(url: string): string {
  return url.replace(/^ws/i, 'http');
}

/** The closure with what was found out in it; as it was, if nothing was. */
export function learnRefusal(closure: Closure, answer: unknown): Closure {
  const { status, retryAfter } = (answer ?? {}) as Partial<ProbeAnswer>;
  if (typeof status !== 'number' || !(status >= 400) || status === UPGRADE_REQUIRED) return closure;
  const { error: cause } = closure;
  const evidence = { detail: 'probe', phase: 'unknown', status, retryAfter, cause } as const;
  return { ...closure, error: new HandshakeError('HANDSHAKE_STATUS', evidence) };
}
