import type { CloseFrame } from '../../base/errors.ts';
import type { PollMessage, PollNews } from './options.ts';

/** Who reads what was received. */
export interface InboxReader {
  /** Whether anybody still listens. */
  readonly isOpen: boolean;
  message(message: PollMessage): void;
  /** The server's goodbye, behind all messages. */
  goodbye(close: CloseFrame): void;
  /** Everything was read: more may be asked for. */
  empty(): void;
}

/** What was received and not read yet: one answer may hold many messages, and a reader may pause between any two. */
export class Inbox {
  readonly #reader: InboxReader;
  #messages: readonly PollMessage[] = [];
  #at = 0;
  #close: CloseFrame | undefined;
  #isPaused = false;
  #isTelling = false;

  constructor(reader: InboxReader) {
    this.#reader = reader;
  }

  /** Whether more may be asked for. */
  get isReady(): boolean {
    return !this.#isPaused && this.#at === this.#messages.length;
  }

  /** Takes what an answer says, and tells it unless paused. */
  take({ messages = [], close }: PollNews): void {
    const rest = this.#messages.slice(this.#at);
    this.#messages = rest.length === 0 ? messages : [...rest, ...messages];
    this.#at = 0;
    this.#close ??= close;
    this.#tell();
  }

  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    this.#isPaused = false;
    this.#tell();
  }

  #tell(): void {
    const reader = this.#reader;
    if (this.#isTelling) return; // called from a message: the loop below goes on
    this.#isTelling = true;
    try {
      while (reader.isOpen && !this.isReady && !this.#isPaused)
        reader.message(this.#messages[this.#at++] as PollMessage);
    } finally {
      this.#isTelling = false;
    }
    if (!reader.isOpen || !this.isReady) return;
    if (this.#close === undefined) reader.empty();
    else reader.goodbye(this.#close);
  }
}
