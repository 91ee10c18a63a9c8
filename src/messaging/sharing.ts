/** One subscription on the wire for equal ones of a client. A plugin: a page in which every call is its own has no part of it. */
import type { TimerHandle } from '../base/clock.ts';
import { fill, type Settings } from '../base/need.ts';
import type { Plugin } from '../base/plugin.ts';
import { Backlog, weigh } from './backlog.ts';
import { checkSharing, type SharingOptions } from './checks.ts';
import { OpenSubscription, type SubscribeOptions, type SubscriptionLimits } from './subscription.ts';
import { type Subscriptions, type SubscriptionsCore, subscriptions } from './subscriptions.ts';
import { topicOf } from './topic.ts';

export type { SharingOptions } from './checks.ts';

/**
 * How long one on the wire stays when its last reader has left, in milliseconds: a component that is taken out and put in again
 * (React's StrictMode, another page and back) finds it as it was.
 */
const DEFAULT_LINGER_MS = 1_000;

/**
 * A plugin by which equal subscriptions of a client share one on the wire: those of the same name and params, with the same
 * functions for `cursor`, `resume` and `resumed`. Each has its own queue and its own end: a reader that is slow neither stops the
 * others nor makes them lose anything. The last one to leave takes it off the wire, after `linger`.
 *
 * Whoever joins later gets what comes from then on, and with `replayLast` the newest event before. So leave out, by `shares`,
 * streams that begin with a snapshot that later events build upon.
 *
 * It brings `subscriptions()` along; give that ahead of it to say how events wait for a slow reader.
 *
 * @throws UsageError `INVALID_OPTION` naming the option that is wrong
 * @example
 * ```ts
 * const client = createClient({ url: 'wss://example.com/socket', use: [sharing({ replayLast: true })] });
 * const one = client.subscribe('ticks', { symbol: 'ABC' });
 * const other = client.subscribe('ticks', { symbol: 'ABC' }); // nothing is sent for it
 * ```
 */
export function sharing(options: SharingOptions = {}): Plugin<SubscriptionsCore, 'subscriptions'> {
  checkSharing(options, sharing);
  return (core) => {
    subscriptions()(core);
    const { subscriptions: all } = core;
    if (all === undefined) return;
    const shares = new Shares(core, all, options);
    all.subscribe = (name, params, how) => shares.subscribe(name, params, how);
  };
}

/** One on the wire, and who reads it. */
interface Share {
  readonly source: OpenSubscription;
  readonly readers: Set<OpenSubscription>;
  /** The newest event, for those who join later. At most one. */
  readonly last: Backlog<unknown>;
  /** Runs while there are no readers. */
  timer: TimerHandle | undefined;
}

/** The functions that make a difference on the wire. */
type Way = readonly [SubscribeOptions['cursor'], SubscribeOptions['resume'], SubscribeOptions['resumed']];

/** All that a client shares. */
class Shares {
  readonly #core: SubscriptionsCore;
  readonly #options: SharingOptions;
  readonly #own: Subscriptions['subscribe'];
  readonly #limits: SubscriptionLimits;
  /** By what they have in common. */
  readonly #shares = new Map<string, Share>();

  constructor(core: SubscriptionsCore, all: Subscriptions, options: SharingOptions) {
    this.#core = core;
    this.#options = options;
    this.#own = all.subscribe.bind(all);
    this.#limits = all.limits;
  }

  subscribe(name: string, params: unknown, options: SubscribeOptions): OpenSubscription {
    const { meta, signal } = options;
    // Nobody wants it: nothing is to be left on the wire for those who come back.
    const isShared = signal?.aborted !== true && this.#options.shares?.(name, params) !== false;
    // As members: in a list `undefined` would be the same as `null`.
    const topic = isShared ? topicOf(name, { params, meta }) : undefined;
    if (topic === undefined) return this.#own(name, params, options);
    const share = this.#shares.get(topic) ?? this.#begin(topic, name, params, options);
    // Who would be resumed in another way is on its own.
    if (!goesTheSameWay(share.source, options)) return this.#own(name, params, options);
    return this.#join(share, options);
  }

  #begin(topic: string, name: string, params: unknown, options: SubscribeOptions): Share {
    const { holdings } = this.#core;
    const { replayLast } = this.#options;
    const { cursor, resume, resumed, meta } = options;
    const share: Share = {
      source: this.#own(name, params, { cursor, resume, resumed, meta }),
      readers: new Set(),
      last: new Backlog(holdings),
      timer: undefined,
    };
    const { source, readers, last } = share;
    source.on((event) => {
      const present = [...readers];
      // Ahead of them: who joins while they are told gets it so.
      if (replayLast === true) {
        last.take();
        const bytes = weigh(event, holdings.maxBytes);
        if (last.hasRoom(bytes)) last.push(event, bytes);
      }
      for (const reader of present) reader.push(event);
    });
    source.onStatus((status) => {
      if (status !== 'closed') for (const reader of readers) reader.status = status;
      else if (this.#shares.get(topic) === share) this.#shares.delete(topic);
    });
    void source.closed.then((error) => {
      this.#core.clock.clearTimer(share.timer);
      last.take();
      for (const reader of readers) reader.end(error);
    });
    if (source.status !== 'closed') this.#shares.set(topic, share);
    return share;
  }

  #join(share: Share, options: SubscribeOptions): OpenSubscription {
    const { clock, holdings, outbox } = this.#core;
    const { source, readers, last } = share;
    const { name, params } = source;
    clock.clearTimer(share.timer);
    // Events that come twice are left out by the source.
    const own = { ...options, cursor: undefined };
    const limits = fill(this.#limits, options as Settings<SubscriptionLimits>);
    const reader = new OpenSubscription({ name, params, options: own }, limits, {
      leave: (left, error) => {
        this.#leave(share, left);
        if (error !== undefined) this.#core.failed(error);
      },
      dropped: () => this.#core.missed(name),
      clock,
      holdings,
    });
    readers.add(reader);
    if (source.status !== 'closed') reader.status = source.status;
    if (last.size > 0) {
      const [event] = last.take();
      last.push(event, weigh(event, holdings.maxBytes));
      reader.push(event);
      reader.lastEventAt = source.lastEventAt;
    }
    const release = outbox.signals.onAbort(options.signal, (reason) => {
      reader.abort(reason);
      this.#leave(share, reader);
    });
    void reader.closed.then(release);
    return reader;
  }

  #leave(share: Share, reader: OpenSubscription): void {
    const { source, readers } = share;
    if (!readers.delete(reader) || readers.size > 0) return;
    const { linger = DEFAULT_LINGER_MS } = this.#options;
    share.timer = this.#core.clock.setTimer(() => source.unsubscribe(), linger);
  }
}

function goesTheSameWay({ options }: OpenSubscription, other: SubscribeOptions): boolean {
  const way = ({ cursor, resume, resumed }: SubscribeOptions): Way => [cursor, resume, resumed];
  const theirs = way(other);
  return way(options).every((one, at) => one === theirs[at]);
}
