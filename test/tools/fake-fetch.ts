/** A `fetch` that a test answers by hand: one call after the other, with bodies that come in pieces or never end. */
import type { PollFetch, PollInit, PollResponse } from '../../src/polling.ts';

export interface FakeAnswer {
  readonly status?: number;
  readonly statusText?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The body of an answer, which is given piece by piece. */
export class FakeBody {
  readonly #pieces: { done: boolean; value?: Uint8Array }[] = [];
  #waiting: (() => void) | undefined;
  isCancelled = false;

  /** Lets the reader have these bytes. */
  push(piece: string | Uint8Array): void {
    this.#add({ done: false, value: typeof piece === 'string' ? new TextEncoder().encode(piece) : piece });
  }

  end(): void {
    this.#add({ done: true });
  }

  getReader(): { read(): Promise<{ done: boolean; value?: Uint8Array }>; cancel(): Promise<void> } {
    return {
      read: async () => {
        while (this.#pieces.length === 0) await new Promise<void>((resolve) => (this.#waiting = resolve));
        return this.#pieces.shift()!;
      },
      cancel: async () => {
        this.isCancelled = true;
      },
    };
  }

  #add(piece: { done: boolean; value?: Uint8Array }): void {
    this.#pieces.push(piece);
    this.#waiting?.();
  }
}

/** One request under way. */
export class FakeCall {
  readonly url: URL;
  readonly init: PollInit;
  readonly promise: Promise<PollResponse>;
  #resolve!: (response: PollResponse) => void;
  #reject!: (error: unknown) => void;
  isSettled = false;

  constructor(url: string, init: PollInit) {
    this.url = new URL(url);
    this.init = init;
    this.promise = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  get method(): string {
    return this.init.method;
  }

  get isAborted(): boolean {
    return this.init.signal.aborted;
  }

  /** `GET /path?query`, and the body where there is one. */
  get shown(): string {
    const { body } = this.init;
    const shown = typeof body === 'string' ? ` ${body}` : body === undefined ? '' : ` <${body.join()}>`;
    return `${this.method} ${this.url.pathname}${this.url.search}${shown}`;
  }

  /** Answers, with a whole body. */
  answer(text: string | Uint8Array = '', answer: FakeAnswer = {}): void {
    const body = this.begin(answer);
    if (text.length > 0) body.push(text);
    body.end();
  }

  /** Answers with the head alone; the body follows as the test says. */
  begin({ status = 200, statusText = '', headers = {} }: FakeAnswer = {}): FakeBody {
    const body = new FakeBody();
    this.respond({
      status,
      statusText,
      headers: new Headers(headers),
      body,
      text: async () => '',
    });
    return body;
  }

  respond(response: PollResponse): void {
    this.isSettled = true;
    this.#resolve(response);
  }

  fail(error: unknown): void {
    this.isSettled = true;
    this.#reject(error);
  }
}

export interface FakeFetch {
  readonly fetch: PollFetch;
  /** Every call, in order. */
  readonly calls: FakeCall[];
  /** The calls that are neither answered nor aborted. */
  readonly open: FakeCall[];
  /** The newest call. */
  last(): FakeCall;
}

export function fakeFetch(): FakeFetch {
  const calls: FakeCall[] = [];
  return {
    calls,
    get open() {
      return calls.filter((call) => !call.isSettled && !call.isAborted);
    },
    fetch: (url, init) => {
      const call = new FakeCall(url, init);
      calls.push(call);
      return call.promise;
    },
    last: () => calls.at(-1)!,
  };
}
