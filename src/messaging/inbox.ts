import { AbortHub } from '../base/abort.ts';
import { Backlog, MAX_WAITING } from './backlog.ts';

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
  pauseAtBytes: 1024 * 1024,
  pauseAtMessages: 1_000,
  maxBytes: 64 * 1024 * 1024,
});

/** What the inbox asks of the line. */
export interface InboxPort {
  /** Whether {@link pause} stops the server. If not, `maxBytes` is what bounds the memory. */
  readonly canPause: boolean;
  pause(): void;
  resume(): void;
  /** More than `maxBytes`, or 100,000 messages, would wait: the message was left out, and so is everything after it. */
  overflow(bytes: number): void;
}

interface Reader {
  resolve(result: IteratorResult<string | Uint8Array, undefined>): void;
  reject(error: unknown): void;
  /** Stops listening to its signal, if there is one. */
  release: (() => void) | undefined;
}

/**
 * Messages that wait for a reader: bounded. A slow reader pauses the socket, and so the server, instead of filling
 * the memory. What had arrived before the end is still read after it.
 */
export class Inbox {
  readonly #limits: InboxLimits;
  readonly #port: InboxPort;
  /** The messages that wait. */
  readonly waiting: Backlog<string | Uint8Array> = new Backlog();
  #paused = false;
  #overflowed = false;
  #readers: Reader[] = [];
  readonly #signals = new AbortHub();
  #end: { readonly error: unknown } | undefined;

  constructor(limits: InboxLimits, port: InboxPort) {
    this.#limits = { ...limits, pauseAtBytes: Math.min(limits.pauseAtBytes, limits.maxBytes) };
    this.#port = port;
  }

  /** How many readers wait for one. */
  get readers(): number {
    return this.#readers.length;
  }

  /** Whether the line was asked to stop. */
  get isPaused(): boolean {
    return this.#paused;
  }

  /** A message arrived. */
  push(message: string | Uint8Array): void {
    const reader = this.#readers.shift();
    if (reader !== undefined) {
      reader.release?.();
      reader.resolve({ value: message, done: false });
      return;
    }
    if (this.#overflowed) return;
    const { pauseAtBytes, pauseAtMessages, maxBytes } = this.#limits;
    const bytes = this.waiting.bytes + message.length;
    if ((bytes > maxBytes || this.waiting.size >= MAX_WAITING) && !this.#port.canPause) {
      this.#overflowed = true;
      this.#port.overflow(bytes);
      return;
    }
    this.waiting.push(message, message.length);
    if (!this.#paused && (bytes >= pauseAtBytes || this.waiting.size >= pauseAtMessages)) {
      this.#paused = true;
      this.#port.pause();
    }
  }

  /** Nothing more will arrive. Readers get what is left, then the end: `error` if given, else a plain end. */
  end(error?: unknown): void {
    if (this.#end !== undefined) return;
    this.#end = { error };
    const readers = this.#readers;
    this.#readers = [];
    for (const reader of readers) {
      reader.release?.();
      if (error === undefined) reader.resolve({ value: undefined, done: true });
      else reader.reject(error);
    }
  }

  /** Waits for the next message: `done` after a plain end. Several calls are served in order. */
  next(signal?: AbortSignal): Promise<IteratorResult<string | Uint8Array, undefined>> {
    if (signal?.aborted === true) return Promise.reject(signal.reason);
    if (this.waiting.size > 0) return Promise.resolve({ value: this.take(), done: false });
    if (this.#end !== undefined) {
      const { error } = this.#end;
      return error === undefined ? Promise.resolve({ value: undefined, done: true }) : Promise.reject(error);
    }
    return new Promise((resolve, reject) => {
      const reader: Reader = { resolve, reject, release: undefined };
      this.#readers.push(reader);
      if (signal === undefined) return;
      reader.release = this.#signals.onAbort(signal, (reason) => {
        this.#readers = this.#readers.filter((other) => other !== reader);
        reader.release?.();
        reject(reason);
      });
    });
  }

  /** The next message. Only where one waits: see {@link waiting}. */
  take(): string | Uint8Array {
    const message = this.waiting.shift();
    const { pauseAtBytes, pauseAtMessages } = this.#limits;
    // Half of the mark, so that the socket is not stopped and started for every message.
    if (this.#paused && this.waiting.bytes <= pauseAtBytes / 2 && this.waiting.size <= pauseAtMessages / 2) {
      this.#paused = false;
      this.#port.resume();
    }
    return message;
  }
}
