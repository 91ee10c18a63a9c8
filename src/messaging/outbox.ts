import type { Clock, TimerHandle } from '../base/clock.ts';
import { DeliveryError } from '../base/errors.ts';
import type { SendData } from '../transport/transport.ts';
import { dataSize, snapshot } from './data-size.ts';

/** What happens to a message when the outbox is full. */
export type OverflowPolicy = 'reject' | 'drop-oldest';

/** Bounds of the outbox. */
export interface OutboxLimits {
  /** Most messages that wait. Default 1,000. */
  readonly maxMessages: number;
  /** Most bytes that wait, all messages together. Default 4 MiB. */
  readonly maxBytes: number;
  /** How long a message may wait, in milliseconds, unless it has a `ttl` of its own. Default 60,000. */
  readonly maxAge: number;
  /** `reject` refuses the new message, `drop-oldest` makes room for it. Default `reject`. */
  readonly overflow: OverflowPolicy;
}

/** The bounds in force unless others are given. */
export const DEFAULT_OUTBOX: OutboxLimits = /* @__PURE__ */ Object.freeze({
  maxMessages: 1_000,
  maxBytes: 4 * 1024 * 1024,
  maxAge: 60_000,
  overflow: 'reject',
});

/** Who waits for a message to leave. Exactly one of the two is called, once. */
export interface OutboxEntry {
  readonly data: SendData;
  /** Milliseconds that it may wait; `Infinity`: for ever. */
  readonly ttl: number | undefined;
  /** It was handed to the socket. */
  sent(): void;
  /** It never left. Returns the error that its sender was told. */
  dropped(error: DeliveryError): DeliveryError;
}

interface Waiting {
  readonly entry: OutboxEntry;
  readonly data: SendData;
  readonly size: number;
  timer: TimerHandle | undefined;
}

/**
 * Messages that wait for the line to be ready: bounded by count, bytes and age, in order. None is dropped without
 * its sender being told.
 */
export class Outbox {
  readonly #limits: OutboxLimits;
  readonly #clock: Clock;
  /** In order of arrival. A Set, so that one in the middle can go without moving the others. */
  readonly #waiting = new Set<Waiting>();
  #bytes = 0;

  constructor(limits: OutboxLimits, clock: Clock) {
    this.#limits = limits;
    this.#clock = clock;
  }

  /** How many messages wait. */
  get size(): number {
    return this.#waiting.size;
  }

  /** How many bytes wait. */
  get bytes(): number {
    return this.#bytes;
  }

  /**
   * Adds a message at the end; it may be dropped at once.
   *
   * @returns a function that takes it back out, without telling the entry; false if it has left already
   */
  add(entry: OutboxEntry): () => boolean {
    const size = dataSize(entry.data);
    const { maxBytes, maxMessages, overflow } = this.#limits;
    if (overflow === 'drop-oldest' && size <= maxBytes) this.#makeRoom(size);
    if (this.#waiting.size >= maxMessages || this.#bytes + size > maxBytes) {
      entry.dropped(full(this.#waiting.size, this.#bytes));
      return () => false;
    }
    const waiting: Waiting = { entry, data: snapshot(entry.data), size, timer: undefined };
    this.#waiting.add(waiting);
    this.#bytes += size;
    const ttl = entry.ttl ?? this.#limits.maxAge;
    if (Number.isFinite(ttl)) {
      waiting.timer = this.#clock.setTimer(() => {
        this.#remove(waiting);
        entry.dropped(expired(ttl));
      }, ttl);
    }
    return () => this.#remove(waiting);
  }

  /** Hands over what waits, in order, for as long as `send` takes it. */
  flush(send: (data: SendData) => boolean): void {
    for (const waiting of this.#waiting) {
      if (!send(waiting.data)) return;
      this.#remove(waiting);
      waiting.entry.sent();
    }
  }

  /** Drops everything. */
  clear(reason: () => DeliveryError): void {
    // Whoever is told may add new ones: they stay.
    for (const waiting of [...this.#waiting]) {
      if (this.#remove(waiting)) waiting.entry.dropped(reason());
    }
  }

  #makeRoom(size: number): void {
    const { maxBytes, maxMessages } = this.#limits;
    for (const oldest of this.#waiting) {
      if (this.#waiting.size < maxMessages && this.#bytes + size <= maxBytes) return;
      this.#remove(oldest);
      oldest.entry.dropped(replaced());
    }
  }

  #remove(waiting: Waiting): boolean {
    if (!this.#waiting.delete(waiting)) return false;
    this.#bytes -= waiting.size;
    this.#clock.clearTimer(waiting.timer);
    return true;
  }
}

function full(messages: number, bytes: number): DeliveryError {
  return new DeliveryError(
    'OUTBOX_FULL',
    `The outbox is full (${messages} messages, ${bytes} bytes are waiting for a connection). ` +
      'Send less while offline, raise outbox.maxMessages or maxBytes, or choose overflow: "drop-oldest".',
    { outcome: 'not-sent' },
  );
}

function replaced(): DeliveryError {
  return new DeliveryError(
    'OUTBOX_DROPPED',
    'The message was dropped from the full outbox to make room for a newer one.',
    {
      outcome: 'not-sent',
    },
  );
}

function expired(ttl: number): DeliveryError {
  return new DeliveryError(
    'OUTBOX_EXPIRED',
    `The message waited ${ttl} ms for a connection and was dropped. Raise its ttl, or outbox.maxAge, to wait longer.`,
    { outcome: 'not-sent' },
  );
}
