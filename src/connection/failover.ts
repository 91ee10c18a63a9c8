/**
 * Which address of several is tried next, and how long to wait for it. A round tries every address once: within it the
 * next one follows after a short random delay, for another server need not wait until this one has recovered; after it
 * the whole backoff applies. So a list gives no server more attempts than it would get alone.
 */
import type { Plugin } from '../base/plugin.ts';
import { checkFailover } from './checks.ts';
import type { Failover, NextRound, Round } from './connection-options.ts';
import { addressesOf } from './target.ts';

/**
 * The next address of a round is tried after a delay anywhere in [0, this), in milliseconds. Whoever fails over has been
 * spread by the first delay already; this keeps them apart when a server refuses all at once.
 */
export const NEXT_TARGET_DELAY_MS = 1_000;

/** What the plugin needs of a client. */
export interface FailoverCore {
  /** The connection of the client. */
  readonly connection: { readonly options: { readonly url: unknown; failover?: Failover | undefined } };
}

/**
 * The plugin that makes a list of addresses work: the first is tried first, an attempt that fails goes on to the next,
 * and a client that is connected stays where it is.
 *
 * @throws UsageError `INVALID_OPTION` for any option: it takes none
 * @example
 * ```ts
 * const client = createClient({ url: ['wss://a.example', 'wss://b.example'], use: [failover()] });
 * ```
 */
export function failover(none: never = undefined as never): Plugin<FailoverCore> {
  checkFailover(none, failover);
  return ({ connection: { options } }) => {
    options.failover = new Rotation(addressesOf(options.url).length);
  };
}

class Rotation implements Failover {
  readonly count: number;
  index = 0;
  /** Addresses that have failed in this round. */
  #tried = 0;
  /** The longest wait that a server of this round has named, in milliseconds. */
  #hint = 0;

  constructor(count: number) {
    this.count = count;
  }

  next({ wasStable, hint, random }: Round): NextRound {
    if (wasStable) return { delay: undefined, hint };
    this.#hint = Math.max(this.#hint, hint);
    this.#tried++;
    this.index = (this.index + 1) % this.count;
    if (this.#tried < this.count) return { delay: random.uniform() * NEXT_TARGET_DELAY_MS, hint: 0 };
    const longest = this.#hint;
    this.forget();
    return { delay: undefined, hint: longest };
  }

  forget(): void {
    this.#tried = 0;
    this.#hint = 0;
  }
}
