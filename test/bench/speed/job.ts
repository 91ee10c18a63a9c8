/** What the driver and its client programs say to each other, a line of JSON at a time. */
import type { Payload } from './payload.ts';

/** What a client does in its rounds. */
export type ProgramName = 'send' | 'receive' | 'echo' | 'connect' | 'idle' | 'request';

/** What one client process is for: its command line, as JSON. */
export interface Job {
  readonly program: ProgramName;
  /** Server's address with the mode in its path. */
  readonly url: string;
  /** The certificate to trust, in PEM, for `wss:`. */
  readonly ca: string | undefined;
  /** Whether permessage-deflate is to be used. */
  readonly deflate: boolean;
  readonly payload: Payload;
  /** How many different messages the server sends round and round. */
  readonly blockCount: number;
  /** Messages sent in one turn of the event loop. */
  readonly perTick: number;
  /** The server confirms every so many messages, */
  readonly ackEvery: number;
  /** and at most so many are under way. */
  readonly window: number;
  /** Messages (echo) or requests that are under way at a time. */
  readonly inFlight: number;
  /** Folder of the built package. */
  readonly dist: string;
  /** Variation of the adapter, by a word that it knows. */
  readonly variant: string | undefined;
}

/** Told once, when the client has connected. */
export interface Ready {
  readonly ready: true;
  /** Versions of the runtime and of the library, for the report. */
  readonly runtime: string;
  readonly library: string;
}

/** The order for one round. */
export interface Order {
  /** Messages (connections, requests) of this round. */
  readonly n: number;
}

/** What a round took. */
export interface RoundResult {
  readonly n: number;
  /** CPU of the whole client process, in microseconds. */
  readonly cpu: number;
  /** Time that passed, in microseconds. */
  readonly wall: number;
  /** What a program measures beside that, such as `p50`. */
  readonly extra: Readonly<Record<string, number>>;
}

/** A client that cannot go on. */
export interface Failure {
  readonly error: string;
}

export type Answer = Ready | RoundResult | Failure;
