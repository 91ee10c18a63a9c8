import type { CloseFrame } from '../../base/errors.ts';
import type { RandomSource } from '../../base/random.ts';

/** What a message is: text, or bytes where the protocol has a form for them. */
export type PollMessage = string | Uint8Array;

/** One HTTP request. */
export interface PollRequest {
  /** Where to: absolute, `http:` or `https:`. */
  readonly url: string | URL;
  /** Default: `POST` with a body, else `GET`. */
  readonly method?: string | undefined;
  /** Header fields beside those of the connection attempt, which win. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** What is sent. */
  readonly body?: string | Uint8Array | undefined;
}

/** An answer with a status of 2xx, read whole and within bounds; or one part of it, where `separator` is set. */
export interface PollAnswer {
  /** 200 to 299. */
  readonly status: number;
  /** Header fields, names in lower case, as far as the platform shows them. */
  readonly headers: ReadonlyMap<string, string>;
  /** The body, which must be UTF-8. */
  readonly text: string;
  /** False for a part behind which more may come. */
  readonly isLast: boolean;
}

/** What an answer says. */
export interface PollNews {
  /** Messages of the server's, in order. Default: none. */
  readonly messages?: readonly PollMessage[] | undefined;
  /** The server ends the connection, after these messages. */
  readonly close?: CloseFrame | undefined;
  /** The server does not know the session any more: the connection is lost. */
  readonly isGone?: boolean | undefined;
}

/** What the opening of a connection can use. */
export interface PollOpening {
  /** The address of the client, as `http:` or `https:`: a copy, to be changed at will. */
  readonly url: URL;
  /** The subprotocols that were offered; see `accept`. */
  readonly protocols: readonly string[];
  /** The source of chance. */
  readonly random: RandomSource;
  /** Marks a text as secret, such as the name of a session: it is taken out of errors, states and traces. */
  hide(secret: string): void;
  /**
   * Sends a request and reads the answer.
   *
   * @throws HandshakeError unless the status is 2xx
   */
  ask(request: PollRequest): Promise<PollAnswer>;
}

/** An open connection: what is remembered of it, and what the server has said already. */
export interface PollStart<Session> extends PollNews {
  /** Whatever the protocol must remember. Given to every function below; they may write into it. */
  readonly session: Session;
}

/**
 * How a server is polled: what is asked, and what an answer says. Requests to receive and requests to send are two lanes,
 * with one request in each at most. An error that a function throws, such as that of `JSON.parse` for HTML, ends the
 * connection as an answer that cannot be read.
 *
 * @typeParam Session - what is remembered of a connection
 */
export interface PollingOptions<Session> {
  /** Opens a connection; the handshake timeout of the client holds for all of it. */
  readonly start: (opening: PollOpening) => PollStart<Session> | PromiseLike<PollStart<Session>>;
  /** The next request to receive; undefined: there is nothing to ask for until something was sent. */
  readonly poll: (session: Session) => PollRequest | undefined;
  /** Reads its answer. */
  readonly parse: (answer: PollAnswer, session: Session) => PollNews;
  /**
   * The request that sends these messages; undefined: the next poll carries them, and the server has them when it answers
   * that. Default: nothing can be sent.
   */
  readonly send?:
    | ((messages: readonly PollMessage[], session: Session) => PollRequest | undefined)
    | undefined;
  /** Reads its answer. Default: whatever it says, it was taken. */
  readonly sent?: ((answer: PollAnswer, session: Session) => PollNews) | undefined;
  /** The request that says goodbye. Its answer, read by `sent`, may hold the server's `close`. Default: none, asking ends. */
  readonly end?: ((session: Session, close: CloseFrame) => PollRequest | undefined) | undefined;
  /**
   * Names the subprotocol that counts as chosen. Default: whoever offers any is refused with a UsageError `UNSUPPORTED`,
   * since HTTP has none.
   */
  readonly accept?: ((offered: readonly string[]) => string) | undefined;
  /** Milliseconds from an answer to the next poll. Default 0: at once, for a server that holds its answer. */
  readonly interval?: number | undefined;
  /** Milliseconds for which the server may hold a poll, or how to tell from the session. Default 0. */
  readonly hold?: number | ((session: Session) => number) | undefined;
  /** Milliseconds that an answer may take beyond that, and a silence inside it. Default 10,000. */
  readonly timeout?: number | undefined;
  /**
   * Whether the protocol has a form for a message. One for which it has none is refused with a UsageError `INVALID_DATA`.
   * Default: there is one for text alone.
   */
  readonly carries?: ((message: PollMessage | ArrayBuffer | ArrayBufferView | Blob) => boolean) | undefined;
  /** Most messages of one request. Default 100. */
  readonly maxBatch?: number | undefined;
  /**
   * The server tells again what it told in an answer that was lost: a poll may be repeated. Then `poll` is called once more, and
   * must carry again what it carried. Default false.
   */
  readonly repeats?: boolean | undefined;
  /** The server keeps the session, and messages, however long nobody asks: `pause` may stop asking. Default false. */
  readonly keeps?: boolean | undefined;
  /** Statuses that mean "I do not know this session". Default: none. */
  readonly forgotten?: readonly number[] | undefined;
  /** Answers are read as they come, and parsed part by part, each ended by this text. Default: whole. */
  readonly separator?: string | undefined;
  /** Cookies and the like across origins, as for `fetch`. Default: the platform's own. */
  readonly credentials?: 'omit' | 'same-origin' | 'include' | undefined;
  /** What carries the requests. Default: `globalThis.fetch`, looked up anew for every connection. */
  readonly fetch?: PollFetch | undefined;
}

/** What a {@link PollFetch} is told of a request. */
export interface PollInit {
  /** `GET`, `POST` or another. */
  readonly method: string;
  /** Header fields. */
  readonly headers: [name: string, value: string][];
  /** What is sent, if anything. */
  readonly body?: string | Uint8Array<ArrayBuffer>;
  /** As in `PollingOptions`. */
  readonly credentials?: 'omit' | 'same-origin' | 'include';
  /** An answer is never taken from a cache. */
  readonly cache: 'no-store';
  /** A redirect is not followed: it might put a message in twice. */
  readonly redirect: 'manual';
  /** Aborted when nobody waits for the answer any more. */
  readonly signal: AbortSignal;
}

/** The part of `Response` that is used. */
export interface PollResponse {
  /** 0 for a redirect, in a browser. */
  readonly status: number;
  /** The text beside it. */
  readonly statusText: string;
  /** The header fields that may be seen. */
  readonly headers: { forEach(each: (value: string, name: string) => void): void };
  /** The bytes as they come. Missing in React Native, which reads answers whole. */
  readonly body?: {
    getReader(): {
      read(): Promise<{ readonly done: boolean; readonly value?: Uint8Array | undefined }>;
      cancel(): Promise<void>;
    };
  } | null;
  /** The whole body, where it cannot be read as it comes. */
  text(): Promise<string>;
}

/** The part of `fetch` that is used. */
export type PollFetch = (url: string, init: PollInit) => Promise<PollResponse>;
