/** Messages to whoever reads them one by one, and the stop that a slow reader, or the caller, puts on the server. */
import { type Deferred, deferred } from '../base/deferred.ts';
import type { LineHandle } from '../connection/connection-options.ts';
import { DEFAULT_INBOX } from './inbox.ts';

type Data = string | Uint8Array;

interface Kept {
  readonly data: Data;
  readonly line: LineHandle;
}

/** What a stop needs of the client. */
export interface FlowPort {
  /** The line in use. */
  readonly line: LineHandle | undefined;
  /** Takes a message to whoever it is for. */
  deliver(data: Data, line: LineHandle): void;
  /** So much waits on a platform that cannot stop the server that messages were left out. Told once a stop. */
  overflow(): void;
}

/**
 * Stops the server while somebody asks for that: by not reading the socket, where the platform can. What comes all the
 * same is kept back, and where the server goes on sending, up to 64 MiB or 100,000 messages.
 */
export class MessageFlow {
  readonly #port: FlowPort;
  readonly #holders = new Set<unknown>();
  /** What came while nobody was to be told. */
  #kept: Kept[] = [];
  #bytes = 0;
  #hasOverflowed = false;

  constructor(port: FlowPort) {
    this.#port = port;
  }

  /** Whether messages are kept back. */
  get isStopped(): boolean {
    return this.#holders.size > 0 || this.#kept.length > 0;
  }

  /** Nothing is to come for now, as far as `who` is concerned. */
  stop(who: unknown): void {
    if (this.#holders.size === 0) this.#port.line?.pause();
    this.#holders.add(who);
  }

  /** `who` wants more. */
  go(who: unknown): void {
    if (!this.#holders.delete(who) || this.#holders.size > 0) return;
    // Whoever is told may stop it again.
    while (this.#holders.size === 0 && this.#kept.length > 0) this.#tell(this.#kept.shift() as Kept);
    if (this.#holders.size > 0) return;
    this.#hasOverflowed = false;
    this.#port.line?.resume();
  }

  /** A line is ready: a stop holds for it too. */
  onReady(line: LineHandle): void {
    if (this.#holders.size > 0) line.pause();
  }

  /** A line is gone: what it brought is told, or never would be. */
  onLineLost(line: LineHandle): void {
    const lost = this.#kept.filter((one) => one.line === line);
    this.#kept = this.#kept.filter((one) => one.line !== line);
    for (const one of lost) this.#tell(one);
  }

  /** A message came while {@link isStopped}. */
  keep(data: Data, line: LineHandle): void {
    const bytes = this.#bytes + data.length;
    const isTooMuch = bytes > DEFAULT_INBOX.maxBytes || this.#kept.length >= MAX_KEPT;
    if (isTooMuch && !line.canPause) {
      if (!this.#hasOverflowed) this.#port.overflow();
      this.#hasOverflowed = true;
      return;
    }
    this.#bytes = bytes;
    this.#kept.push({ data, line });
  }

  #tell({ data, line }: Kept): void {
    this.#bytes -= data.length;
    this.#port.deliver(data, line);
  }
}

/** Most messages that are kept where the server cannot be stopped. */
const MAX_KEPT = 100_000;

/** One loop over the messages of a client. */
export class MessageReader implements AsyncIterableIterator<unknown, undefined> {
  readonly #maxBuffered: number;
  readonly #flow: MessageFlow;
  readonly #left: (reader: MessageReader) => void;
  readonly #messages: unknown[] = [];
  readonly #waiting: Deferred<IteratorResult<unknown, undefined>>[] = [];
  #end: { readonly error: unknown } | undefined;

  constructor(maxBuffered: number, flow: MessageFlow, left: (reader: MessageReader) => void) {
    this.#maxBuffered = maxBuffered;
    this.#flow = flow;
    this.#left = left;
  }

  /** A message came. */
  push(message: unknown): void {
    const reader = this.#waiting.shift();
    if (reader !== undefined) return reader.resolve({ value: message, done: false });
    this.#messages.push(message);
    if (this.#messages.length >= this.#maxBuffered) this.#flow.stop(this);
  }

  /** Nothing more will come: what waits is read first, then the end, plainly or with the error. */
  end(error?: unknown): void {
    if (this.#end !== undefined) return;
    this.#end = { error };
    for (const reader of this.#waiting.splice(0)) this.#settle(reader);
    this.#flow.go(this);
  }

  async next(): Promise<IteratorResult<unknown, undefined>> {
    const reader = deferred<IteratorResult<unknown, undefined>>();
    if (this.#messages.length > 0) {
      reader.resolve({ value: this.#messages.shift(), done: false });
      // Half of the mark, so that the socket is not stopped and started for every message.
      if (this.#messages.length <= this.#maxBuffered / 2) this.#flow.go(this);
    } else if (this.#end !== undefined) this.#settle(reader);
    else this.#waiting.push(reader);
    return reader.promise;
  }

  async return(): Promise<IteratorResult<unknown, undefined>> {
    this.#left(this);
    this.#messages.length = 0;
    this.end();
    return { value: undefined, done: true };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #settle(reader: Deferred<IteratorResult<unknown, undefined>>): void {
    const error = this.#end?.error;
    if (error === undefined) reader.resolve({ value: undefined, done: true });
    else reader.reject(error);
  }
}
