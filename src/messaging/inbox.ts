import { AbortHub } from '../base/abort.ts';
import type { Transport } from '../transport/transport.ts';
import { MAX_WAITING, Queue } from './queue.ts';

/** When a reader is too slow. Bytes of a text are its characters here: to count the others would take a pass over each. */
export interface InboxLimits {
  /** Bytes waiting at which the server is asked to stop sending. Default 1 MiB. */
  readonly pauseAtBytes: number;
  /** Messages waiting at which the server is asked to stop sending. Default 1,000. */
  readonly pauseAtMessages: number;
  /** Bytes waiting that are too many: reached only where the server cannot be stopped. Default 64 MiB. */
  readonly maxBytes: number;
}

/** The bounds in force unless others are given. */
export const DEFAULT_INBOX: InboxLimits = /* @__PURE__ */ Object.freeze({
  pauseAtBytes: 1_048_576, // 1 MiB
  pauseAtMessages: 1_000,
  maxBytes: 67_108_864, // 64 MiB
});

/** What the inbox asks of the line. Where it cannot stop the server, `maxBytes` is what bounds the memory. */
export type InboxLine = Pick<Transport, 'features' | 'pause' | 'resume'>;

/** What is told of readers: that one has taken a message, and for which messages a loop asks. */
interface Listener {
  read(): void;
  loop(): AsyncIterator<string | Uint8Array, undefined>;
}

interface Reader {
  resolve(result: IteratorResult<string | Uint8Array, undefined>): void;
  reject(error: unknown): void;
  /** Stops listening to its signal, if it has one. */
  release: (() => void) | undefined;
}

/**
 * Messages that wait for a reader: bounded. A slow reader pauses the socket, and so the server, instead of filling
 * the memory. What had arrived before the end is still read after it.
 */
export class Inbox {
  /** The messages that wait. */
  readonly waiting: Queue<string | Uint8Array> = new Queue();
  /** The readers that wait for one. */
  readers: Reader[] = [];
  /** Whether the line was asked to stop. */
  isPaused = false;
  /** Whoever wants to know of readers. */
  listener: Listener | undefined;
  readonly #limits: InboxLimits;
  readonly #line: () => InboxLine;
  readonly #overflow: (bytes: number) => void;
  readonly #signals = new AbortHub();
  #overflowed = false;
  #end: ((reader: Pick<Reader, 'resolve' | 'reject'>) => void) | undefined;

  /**
   * @param overflow - is told once, that more than `maxBytes`, or 100,000 messages, would wait: the message was left out,
   * and so is everything after it.
   */
  constructor(limits: InboxLimits, line: () => InboxLine, overflow: (bytes: number) => void) {
    this.#limits = { ...limits, pauseAtBytes: Math.min(limits.pauseAtBytes, limits.maxBytes) };
    this.#line = line;
    this.#overflow = overflow;
  }

  /** A message arrived. */
  push(message: string | Uint8Array): void {
    const reader = this.readers.shift();
    if (reader !== undefined) {
      reader.release?.();
      reader.resolve({ value: message, done: false });
      return;
    }
    if (this.#overflowed) return;
    const { pauseAtBytes, pauseAtMessages, maxBytes } = this.#limits;
    const bytes = this.waiting.bytes + message.length;
    if ((bytes > maxBytes || this.waiting.size >= MAX_WAITING) && !this.#line().features.pause) {
      this.#overflowed = true;
      this.#overflow(bytes);
      return;
    }
    this.waiting.push(message, message.length);
    if (!this.isPaused && (bytes >= pauseAtBytes || this.waiting.size >= pauseAtMessages)) {
      this.isPaused = true;
      this.#line().pause();
    }
  }

  /** Nothing more will arrive. Readers get what is left, then the end: `error` if given, else a plain end. */
  end(error?: unknown): void {
    this.#end ??= ({ resolve, reject }) => {
      if (error === undefined) resolve({ value: undefined, done: true });
      else reject(error);
    };
    for (const reader of this.readers.splice(0)) {
      reader.release?.();
      this.#end(reader);
    }
  }

  /** Waits for the next message: `done` after a plain end. Several calls are served in order. */
  next(signal?: AbortSignal): Promise<IteratorResult<string | Uint8Array, undefined>> {
    if (this.waiting.size > 0 && signal?.aborted !== true)
      return Promise.resolve({ value: this.take(), done: false });
    return new Promise((resolve, reject) => {
      if (signal?.aborted === true) reject(signal.reason);
      else if (this.#end !== undefined) this.#end({ resolve, reject });
      else {
        const reader: Reader = { resolve, reject, release: undefined };
        this.readers.push(reader);
        if (signal === undefined) return;
        reader.release = this.#signals.onAbort(signal, (reason) => {
          this.readers = this.readers.filter((other) => other !== reader);
          reader.release?.();
          reject(reason);
        });
      }
    });
  }

  /** The next message. Only where one waits: see {@link waiting}. */
  take(): string | Uint8Array {
    const message = this.waiting.shift();
    const { pauseAtBytes, pauseAtMessages } = this.#limits;
    // Half of the mark, so that the socket is not stopped and started for every message.
    if (this.isPaused && this.waiting.bytes <= pauseAtBytes / 2 && this.waiting.size <= pauseAtMessages / 2) {
      this.isPaused = false;
      this.#line().resume();
    }
    this.listener?.read();
    return message;
  }

  /** The messages for one loop. */
  loop(): AsyncIterator<string | Uint8Array, undefined> {
    return this.listener?.loop() ?? { next: () => this.next() };
  }
}
