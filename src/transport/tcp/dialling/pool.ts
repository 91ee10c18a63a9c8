import { shown } from '../../../base/shown-text.ts';
import type { WebSocketTarget } from '../../../protocol/url.ts';
import { ConnectQueue } from './connect-queue.ts';
import { SessionCache } from './session-cache.ts';
import { parseDialTarget } from './unix-url.ts';

/** What the connections of one factory know of each other. */
export class DialPool {
  /** Who may connect to a host, and who waits. */
  readonly queue: ConnectQueue = new ConnectQueue();
  /** TLS sessions of earlier connections. */
  readonly sessions: SessionCache = new SessionCache();
  /** Entries of NO_PROXY that cannot be read, which were told. */
  readonly #ignored = new Set<string>();
  /** The last address and what it means: most connections of a factory go to the same one, and share this. */
  #last: { readonly url: string; readonly target: WebSocketTarget } | undefined;

  /**
   * Where `url` leads, by `parseDialTarget`.
   *
   * @throws UsageError `INVALID_URL`
   */
  target(url: string | URL): WebSocketTarget {
    const text = String(url);
    if (this.#last?.url !== text) this.#last = { url: text, target: parseDialTarget(text) };
    return this.#last.target;
  }

  /** Warns, once of each, of an entry of NO_PROXY that cannot be read. */
  readonly ignored = (entry: string): void => {
    if (this.#ignored.has(entry)) return;
    this.#ignored.add(entry);
    // Somebody may have written a whole address here, password and all.
    const what = entry.includes('@') ? 'An entry' : `The entry ${shown(entry)}`;
    const text = `${what} of NO_PROXY is no host, address or network, and is passed over.`;
    process.emitWarning(text, { code: 'HOLDLINE_NO_PROXY' });
  };
}
