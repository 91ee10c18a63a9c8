/** Messages to whoever reads them one by one, and the stop that a slow reader, or the caller, puts on the server. */
import { type Deferred, deferred } from '../base/deferred.ts';
import type { LineHandle } from '../connection/connection-options.ts';
import { Backlog, type Holdings, weigh } from './backlog.ts';
import { DEFAULT_INBOX } from './inbox.ts';
import { MAX_WAITING } from './queue.ts';

type Data = string | Uint8Array;

interface Kept {
  readonly data: Data;
  readonly line: LineHandle;
}

/** What a stop needs of the client. */
export interface FlowPort {
  /** The line in use. */
  readonly line: LineHandle | undefined;
  /** All that the client holds. */
  readonly holdings: Holdings;
  /** Takes a message to whoever it is for. */
  deliver(data: Data, line: LineHandle): void;
  /** So much waits that messages were left out. Told once a stop. */
  overflow(): void;
}

/**
 * Stops the server while somebody asks for that: by not reading the socket, where the platform can. What comes all the
 * same is kept back, and where the server goes on sending, up to `limits.maxHeldBytes` or 100,000 messages.
 */
export class MessageFlow {
  /** All that the client holds. */
  readonly holdings: Holdings;
  readonly #port: FlowPort;
  readonly #holders = new Set<unknown>();
  /** What came while nobody was to be told. */
  readonly #kept: Backlog<Kept>;
  #hasOverflowed = false;

  constructor(port: FlowPort) {
    this.#port = port;
    this.holdings = port.holdings;
    this.#kept = new Backlog(port.holdings);
  }

  /** Whether messages are kept back. */
  get isStopped(): boolean {
    return this.#holders.size > 0 || this.#kept.size > 0;
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
    while (this.#holders.size === 0 && this.#kept.size > 0) this.#tell(this.#kept.shift());
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
    for (const one of this.#kept.take((kept) => kept.line === line)) this.#tell(one);
  }

  /** A message came while {@link isStopped}. */
  keep(data: Data, line: LineHandle): void {
    const { length } = data;
    const isTooMuch = this.#kept.size >= MAX_WAITING || !this.#kept.hasRoom(length);
    if (!isTooMuch || line.canPause) return this.#kept.push({ data, line }, length);
    if (!this.#hasOverflowed) this.leftOut();
    this.#hasOverflowed = true;
  }

  /** There was no room for messages. */
  leftOut(): void {
    this.#port.overflow();
  }

  #tell({ data, line }: Kept): void {
    this.#port.deliver(data, line);
  }
}

/** One loop over the messages of a client. */
export class MessageReader implements AsyncIterableIterator<unknown, undefined> {
  readonly #maxBuffered: number;
  readonly #flow: MessageFlow;
  readonly #left: (reader: MessageReader) => void;
  readonly #messages: Backlog<unknown>;
  readonly #waiting: Deferred<IteratorResult<unknown, undefined>>[] = [];
  #end: { readonly error: unknown } | undefined;
  /** It was told that messages were left out, and nothing was read since. */
  #isMissing = false;

  constructor(maxBuffered: number, flow: MessageFlow, left: (reader: MessageReader) => void) {
    this.#maxBuffered = maxBuffered;
    this.#flow = flow;
    this.#messages = new Backlog(flow.holdings);
    this.#left = left;
  }

  /** A message came. */
  push(message: unknown): void {
    const reader = this.#waiting.shift();
    if (reader !== undefined) return reader.resolve({ value: message, done: false });
    const bytes = weigh(message, this.#flow.holdings.maxBytes);
    // The server was stopped long ago: this is what every new connection brings before the stop holds for it. Or others hold
    // all that the client may hold.
    if (this.#messages.size >= MAX_WAITING || !this.#messages.hasRoom(bytes)) {
      if (!this.#isMissing) this.#flow.leftOut();
      this.#isMissing = true;
      return;
    }
    this.#messages.push(message, bytes);
    if (this.#messages.size >= this.#maxBuffered || this.#messages.bytes >= DEFAULT_INBOX.pauseAtBytes)
      this.#flow.stop(this);
  }

  /** Nothing more will come: what waits is read first, then the end, plainly or with the error. */
  end(error?: unknown): void {
    if (this.#end !== undefined) return;
    this.#end = { error };
    for (const reader of this.#waiting.splice(0)) this.#settle(reader);
    this.#messages.leave();
    this.#flow.go(this);
  }

  async next(): Promise<IteratorResult<unknown, undefined>> {
    const reader = deferred<IteratorResult<unknown, undefined>>();
    this.#isMissing = false;
    if (this.#messages.size > 0) {
      reader.resolve({ value: this.#messages.shift(), done: false });
      // Half of the mark, so that the socket is not stopped and started for every message.
      const { size, bytes } = this.#messages;
      if (size <= this.#maxBuffered / 2 && bytes <= DEFAULT_INBOX.pauseAtBytes / 2) this.#flow.go(this);
    } else if (this.#end !== undefined) this.#settle(reader);
    else this.#waiting.push(reader);
    return reader.promise;
  }

  async return(): Promise<IteratorResult<unknown, undefined>> {
    this.#left(this);
    this.#messages.take();
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
