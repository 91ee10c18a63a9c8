import type { Clock } from '../../base/clock.ts';
import type { DeliveryError, HoldlineError } from '../../base/errors.ts';
import type { RandomSource } from '../../base/random.ts';
import type { ConnectionOptions } from '../../connection/connection-options.ts';
import type { Envelope } from '../envelope.ts';
import type { OutboxEntry, WaitingMessage } from '../outbox-options.ts';

/** What a journal knows of the client that it belongs to. */
export interface JournalPort {
  /** The time of the client. */
  readonly clock: Clock;
  /** The chance of the client. */
  readonly random: RandomSource;
  /** The server and the user that messages are for and from: those of another pair are left alone. */
  whose(): string;
  /** Puts a message of an earlier life into the outbox. */
  restore(message: Omit<OutboxEntry, 'sent' | 'dropped'>): void;
  /** A message of an earlier life is not put into the outbox: tells of it. */
  dropped(error: DeliveryError): void;
  /** The keys of the requests of this life are to begin above `key`, so that they meet none of an earlier life. */
  numberAbove(key: number): void;
  /** A message that could not be released may leave now. */
  resume(): void;
  /** The storage failed; what was to be kept is kept in memory alone. */
  failed(error: HoldlineError): void;
}

/** What the plugin of a journal gives to the outbox. */
export type JournalParts = Pick<JournalPort, 'random' | 'numberAbove' | 'failed' | 'whose'>;

/** What the plugin of a journal needs of a client. */
export interface JournalCore {
  /** The way to the socket, where messages wait. */
  readonly outbox: {
    /** Keeps what waits beyond the life of the program. */
    keepIn(journal: OutboxJournal, port: JournalParts): void;
  };
  /** How requests lie in messages. */
  readonly envelope: Envelope;
  /** Where the client connects to, and whether it logs in. */
  readonly connection: {
    readonly options: Pick<ConnectionOptions, 'url' | 'login' | 'prepare'>;
  };
  /** The source of chance. */
  readonly random: RandomSource;
  /** Tells of something that went wrong; the client goes on. */
  failed(error: HoldlineError): void;
}

/**
 * Keeps what waits in the outbox beyond the life of the program: give it to `outbox.keepIn` of a plugin's core. Made by
 * `storageOutbox` and `persistentOutbox`.
 */
export interface OutboxJournal {
  /**
   * Brings back what an earlier life left. Does nothing while it is open for this client.
   *
   * @throws UsageError `INVALID_STATE` while it is open for another one
   */
  open(port: JournalPort): void;
  /** Writes a message down, to be kept for `ttl` milliseconds; without `ttl`: once more, as before. */
  keep(message: WaitingMessage, ttl?: number): void;
  /**
   * Strikes a message off that is about to leave. False: not yet, `resume` follows. An error: it cannot be struck off, and
   * so must not leave.
   */
  release(message: WaitingMessage): boolean | DeliveryError;
  /** A message has left or was dropped. */
  forget(message: WaitingMessage): void;
  /** The client is closed. */
  close(): void;
}
