import { SessionCache } from './session-cache.ts';
import { Turns } from './turns.ts';

/** What the connections of one factory know of each other. */
export class DialPool {
  /** Who may connect to a host, and who waits. */
  readonly turns: Turns = new Turns();
  /** TLS sessions of earlier connections. */
  readonly sessions: SessionCache = new SessionCache();
}
