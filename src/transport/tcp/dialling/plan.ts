import type { HandshakePhase } from '../../../base/errors.ts';
import type { WebSocketTarget } from '../../../protocol/url.ts';
import type { DialOptions } from './options.ts';
import type { DialPool } from './pool.ts';
import type { ProxyRoute } from './proxy.ts';

/** What a dial is made of, checked. */
export interface DialPlan {
  /** Where to. */
  readonly target: WebSocketTarget;
  /** How. */
  readonly options: DialOptions;
  /** Through what. */
  readonly proxy: ProxyRoute | undefined;
  /** What it shares with other dials. */
  readonly pool: DialPool;
  /** Told of each phase as it begins. */
  readonly onPhase?: ((phase: HandshakePhase) => void) | undefined;
}
