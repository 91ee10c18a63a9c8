import type { Clock, TimerHandle } from '../base/clock.ts';
import { DeliveryError } from '../base/errors.ts';
import type { MessageOptions, SendData } from '../transport/transport.ts';
import { dataSize, snapshot } from './data-size.ts';
import type { OutboxJournal } from './journal.ts';
import type { OutboxEntry, WaitingMessage } from './outbox-entry.ts';

/**
 * What happens to a message that the outbox has no room for.
 *
 * - `reject`: it is refused with `OUTBOX_FULL`
 * - `drop-newest`: it is dropped with `OUTBOX_DROPPED`, as a loss that was planned for
 * - `drop-oldest`: the oldest make room for it
 * - `replace-by-key`: the oldest of those with a `key` make room for it; one without is never dropped for another
 *
 * Whatever the policy, a message with a `key` takes the place of the waiting one with the same key.
 */
export type OverflowPolicy = 'reject' | 'drop-newest' | 'drop-oldest' | 'replace-by-key';

/** The policies, for a check of the option. */
export const OVERFLOW_POLICIES: readonly OverflowPolicy[] = /* @__PURE__ */ Object.freeze([
  'reject',
  'drop-newest',
  'drop-oldest',
  'replace-by-key',
]);

/** Bounds of the outbox, and of the requests under way. */
export interface OutboxLimits {
  /** Most messages that wait. Default 1,000. */
  readonly maxMessages: number;
  /** Most bytes that wait, all messages together. Default 4 MiB. */
  readonly maxBytes: number;
  /** How long a message may wait, in milliseconds, unless it has a `ttl` of its own. Default 60,000. */
  readonly maxAge: number;
  /** Most requests under way, those that wait for a line included. Default 10,000. */
  readonly maxPending: number;
  /** What happens when it is full. Default `reject`. */
  readonly overflow: OverflowPolicy;
}

/** The bounds in force unless others are given. */
export const DEFAULT_OUTBOX: OutboxLimits = /* @__PURE__ */ Object.freeze({
  maxMessages: 1_000,
  maxBytes: 4 * 1024 * 1024,
  maxAge: 60_000,
  maxPending: 10_000,
  overflow: 'reject',
});

/** Who takes messages out of the outbox. */
export interface OutboxExit {
  /** Whether a message may leave now. */
  isOpen(): boolean;
  /** Takes one; false if it could not, after all. */
  send(data: SendData, options: MessageOptions | undefined): boolean;
}

interface Waiting extends WaitingMessage {
  readonly size: number;
  timer: TimerHandle | undefined;
  /** It is being handed over: too late to take it back. */
  isLeaving: boolean;
}

/**
 * Messages that wait for the line to be ready: bounded by count, bytes and age, in order. None is dropped without
 * its sender being told.
 */
export class Outbox {
  readonly #limits: OutboxLimits;
  readonly #clock: Clock;
  readonly #journal: OutboxJournal | undefined;
  /** In order of arrival. A Set, so that one in the middle can go without moving the others. */
  readonly #waiting = new Set<Waiting>();
  /** Those with a key, in order of arrival. */
  readonly #keyed = new Map<string, Waiting>();
  #bytes = 0;

  constructor(limits: OutboxLimits, clock: Clock, journal?: OutboxJournal) {
    this.#limits = limits;
    this.#clock = clock;
    this.#journal = journal;
  }

  /** How many messages wait. */
  get size(): number {
    return this.#waiting.size;
  }

  /** How many bytes wait. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Whether a message with this key waits. */
  has(key: string | undefined): boolean {
    return key !== undefined && this.#keyed.has(key);
  }

  /**
   * Adds a message at the end; it may be dropped at once.
   *
   * @returns a function that takes it back out, without telling the entry; false if it has left already
   */
  add(entry: OutboxEntry): () => boolean {
    const { overflow, maxAge } = this.#limits;
    const size = dataSize(entry.data);
    const victims = this.#victims(entry, size);
    if (victims === undefined) {
      entry.dropped(overflow === 'drop-newest' ? pushedOut() : full(this.#waiting.size, this.#bytes));
      return () => false;
    }
    const { ttl = maxAge, key } = entry;
    // Whoever is told of a drop may send more: the bounds must hold by then.
    for (const victim of victims) this.#remove(victim);
    const waiting: Waiting = { entry, data: snapshot(entry.data), size, timer: undefined, isLeaving: false };
    this.#waiting.add(waiting);
    if (key !== undefined) this.#keyed.set(key, waiting);
    this.#bytes += size;
    if (Number.isFinite(ttl)) {
      waiting.timer = this.#clock.setTimer(() => this.#drop(waiting, expired(ttl)), ttl);
    }
    this.#journal?.keep(waiting, entry.keepFor ?? ttl);
    for (const { entry: victim } of victims) {
      victim.dropped(key !== undefined && victim.key === key ? replaced() : pushedOut());
    }
    return () => this.#remove(waiting);
  }

  /** Hands over what waits, in order, for as long as `exit` takes it. */
  flush(exit: OutboxExit): void {
    const journal = this.#journal;
    for (const waiting of this.#waiting) {
      // A message leaves the journal before it goes to the socket: a crash in between loses it, but never repeats it.
      if (waiting.isLeaving || !exit.isOpen()) return;
      const released = journal?.release(waiting) ?? true;
      if (released === false) return;
      if (released !== true) {
        this.#drop(waiting, released);
        continue;
      }
      waiting.isLeaving = true;
      let isTaken: boolean;
      try {
        isTaken = exit.send(waiting.data, waiting.entry.options);
      } catch (cause) {
        waiting.isLeaving = false;
        this.#drop(waiting, failed(cause));
        continue;
      }
      waiting.isLeaving = false;
      if (!isTaken) {
        journal?.keep(waiting);
        return;
      }
      this.#remove(waiting);
      waiting.entry.sent();
    }
  }

  /** Drops everything. */
  clear(reason: () => DeliveryError): void {
    // Whoever is told may add new ones: they stay.
    for (const waiting of [...this.#waiting]) this.#drop(waiting, reason());
  }

  /** Those that make room for a new one: undefined if it has no room even so, and then none of them has to go. */
  #victims(entry: OutboxEntry, size: number): ReadonlySet<Waiting> | undefined {
    const { maxBytes, maxMessages, overflow } = this.#limits;
    const victims = new Set<Waiting>();
    let count = this.#waiting.size + 1;
    let bytes = this.#bytes + size;
    const give = (victim: Waiting): void => {
      if (victim.isLeaving || victims.has(victim)) return;
      victims.add(victim);
      count--;
      bytes -= victim.size;
    };
    const twin = this.#keyed.get(entry.key as string);
    if (twin !== undefined) give(twin);
    const isFull = (): boolean => count > maxMessages || bytes > maxBytes;
    const candidates =
      overflow === 'drop-oldest' ? this.#waiting : overflow === 'replace-by-key' ? this.#keyed.values() : [];
    for (const oldest of candidates) {
      if (!isFull()) break;
      give(oldest);
    }
    return isFull() ? undefined : victims;
  }

  #drop(waiting: Waiting, error: DeliveryError): void {
    if (this.#remove(waiting)) waiting.entry.dropped(error);
  }

  #remove(waiting: Waiting): boolean {
    if (waiting.isLeaving || !this.#waiting.delete(waiting)) return false;
    const { key } = waiting.entry;
    if (this.#keyed.get(key as string) === waiting) this.#keyed.delete(key as string);
    this.#bytes -= waiting.size;
    this.#clock.clearTimer(waiting.timer);
    this.#journal?.forget(waiting);
    return true;
  }
}

function full(messages: number, bytes: number): DeliveryError {
  return new DeliveryError('OUTBOX_FULL', { outcome: 'not-sent', messages, bytes });
}

function pushedOut(): DeliveryError {
  return new DeliveryError('OUTBOX_DROPPED', { outcome: 'not-sent' });
}

/** The error of a message in whose place a newer one waits. */
export function replaced(): DeliveryError {
  return new DeliveryError('OUTBOX_REPLACED', { outcome: 'not-sent' });
}

/** The error of a message that waited longer than it may. */
export function expired(ttl: number): DeliveryError {
  return new DeliveryError('OUTBOX_EXPIRED', { outcome: 'not-sent', ttl });
}

function failed(cause: unknown): DeliveryError {
  return new DeliveryError('SEND_FAILED', { outcome: 'unknown', cause });
}
