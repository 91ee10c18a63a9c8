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
}
