import { AbortHub } from '../base/abort.ts';
import type { Clock } from '../base/clock.ts';
import { DeliveryError, type DeliveryOutcome, type HoldlineError, type UsageError } from '../base/errors.ts';
import type { Connection } from '../connection/connection.ts';
import { DEFAULT_OUTBOX, Outbox, type OutboxEntry } from '../messaging/outbox.ts';
import type { SendData } from '../transport/transport.ts';
import { need, needCallOptions, needNumber } from './check-options.ts';
import type { SendOptions, Sent } from './client.ts';

/** Above this many bytes that the socket has not taken, messages wait in the outbox, whose bounds then hold. */
const HIGH_WATER_BYTES = 16 * 1024 * 1024;

/** Gets messages to the socket: straight through when it can, by way of the outbox when it must wait. */
export class Delivery {
  readonly #connection: Connection;
  readonly #outbox: Outbox;
  /**
   * Answers to the server that wait while the socket has enough to do: apart from the user's messages, which a server
   * that asks much and reads little must not crowd out. What is too much is dropped.
   */
  readonly #answers: Outbox;
  readonly #onDrop: (error: DeliveryError) => void;
  #sent = 0;
  /** What had gone wrong before the line was last ready: it explains nothing any more. */
  #forgiven: unknown;
  /** `connect()` was called while the client was closing: what is asked now waits for its next life. */
  reopens = false;
  /** The signals of everything that waits. */
  readonly signals: AbortHub = new AbortHub();

  constructor(connection: Connection, outbox: Outbox, clock: Clock, onDrop: (error: DeliveryError) => void) {
    this.#connection = connection;
    this.#outbox = outbox;
    this.#onDrop = onDrop;
    this.#answers = new Outbox({ ...DEFAULT_OUTBOX, maxAge: Number.POSITIVE_INFINITY }, clock);
  }

  /** How many messages have been handed to the socket. */
  get sent(): number {
    return this.#sent;
  }

  /**
   * Hands a message over, now or later. Exactly one of the entry's functions is called, once; maybe before this
   * returns.
   *
   * @returns a function that takes the message back; false if it has left, or was dropped, already
   */
  deliver(entry: OutboxEntry, whenOffline: SendOptions['whenOffline'] = 'queue'): () => boolean {
    const mustWait = this.#outbox.size > 0 || this.#isCongested;
    if (!mustWait && this.#offer(entry.data)) {
      entry.sent();
      return () => false;
    }
    const { status } = this.#connection.state;
    if (this.isClosed) {
      entry.dropped(this.closedError());
    } else if (whenOffline === 'reject' && !(mustWait && status === 'ready')) {
      entry.dropped(notConnected(status));
    } else {
      return this.#enqueue(entry);
    }
    return () => false;
  }

  /** As {@link deliver}, as a promise. */
  post(data: SendData, options: SendOptions = {}): Promise<Sent> {
    needCallOptions(options);
    const { whenOffline, ttl, signal } = options;
    if (ttl !== undefined) needNumber('ttl', ttl);
    checkWhenOffline(whenOffline);
    checkAborted(signal);
    return new Promise<Sent>((resolve, reject) => {
      let release = (): void => {};
      let settled = false;
      const settle = (): void => {
        settled = true;
        release();
      };
      const withdraw = this.deliver(
        {
          data,
          ttl,
          sent: () => {
            settle();
            resolve({ outcome: 'handed-off', epoch: this.#connection.state.epoch });
          },
          dropped: (error) => {
            settle();
            reject(error);
            return error;
          },
        },
        whenOffline,
      );
      if (settled || signal === undefined) return;
      release = this.signals.onAbort(signal, (reason) => {
        withdraw();
        reject(aborted(reason, 'not-sent'));
      });
    });
  }

  /** Answers the server, on this line and past the messages of the user, or not at all. */
  answer(data: SendData): void {
    if (this.#answers.size === 0 && this.#offer(data)) return;
    this.#answers.add({ data, ttl: undefined, sent: () => {}, dropped: (error) => error });
  }

  /** The line that asked is gone. */
  forgetAnswers(): void {
    this.#answers.clear(() => this.closedError());
  }

  /** Whether there is no line, and none to come. */
  get isClosed(): boolean {
    const { status } = this.#connection.state;
    return !this.reopens && (status === 'closed' || status === 'closing');
  }

  /** The line is ready: what went wrong before is over. */
  forgive(): void {
    this.#forgiven = this.#connection.diagnosis.lastError;
  }

  /** Why there is no line, if that is known. */
  get trouble(): HoldlineError | UsageError | undefined {
    const { lastError } = this.#connection.diagnosis;
    return lastError === this.#forgiven ? undefined : lastError;
  }

  /** The error of a message that a closed client can no longer send. */
  closedError(outcome: DeliveryOutcome = 'not-sent'): DeliveryError {
    const { trouble } = this;
    const why = trouble === undefined ? '' : ` (${trouble.code}: see the cause)`;
    const text = `The client is closed${why}. Call connect() to open it again.`;
    return new DeliveryError('CLIENT_CLOSED', text, because({ outcome }, trouble));
  }

  /** The line is ready, or the socket takes data again: what waits goes out, in order. */
  flush(): void {
    for (const box of [this.#answers, this.#outbox]) box.flush((data) => this.#offer(data));
  }

  /** The client is closed: what waits is dropped. */
  clear(): void {
    this.#outbox.clear(() => this.closedError());
  }

  /** The socket has enough to do. It will say when it takes data again. */
  get #isCongested(): boolean {
    return this.#connection.bufferedAmount > HIGH_WATER_BYTES;
  }

  #offer(data: SendData): boolean {
    if (this.#isCongested || !this.#connection.send(data)) return false;
    this.#sent++;
    return true;
  }

  /** The same error with the reason why there was no line, if that is known. */
  explained(error: DeliveryError): DeliveryError {
    const { trouble } = this;
    if (trouble === undefined) return error;
    const text = `${error.message} ${trouble.code}: see the cause.`;
    return new DeliveryError(error.code, text, because(error, trouble));
  }

  #enqueue(entry: OutboxEntry): () => boolean {
    const withdraw = this.#outbox.add({
      data: entry.data,
      ttl: entry.ttl,
      sent: () => entry.sent(),
      dropped: (error) => {
        const told = entry.dropped(error.code === 'OUTBOX_EXPIRED' ? this.explained(error) : error);
        this.#onDrop(told);
        return told;
      },
    });
    if (this.#connection.state.status === 'idle') this.#connection.connect('first use');
    return withdraw;
  }
}

/**
 * Refuses another word than the two.
 *
 * @throws UsageError `INVALID_OPTION`
 */
export function checkWhenOffline(value: SendOptions['whenOffline'] = 'queue'): void {
  need(value === 'queue' || value === 'reject', 'whenOffline', '"queue" or "reject"');
}

/**
 * Refuses to begin for a signal that is aborted already.
 *
 * @throws DeliveryError `ABORTED`, `not-sent`
 */
export function checkAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw aborted(signal.reason, 'not-sent');
}

/** The error of a message that the caller's signal took back. */
export function aborted(reason: unknown, outcome: DeliveryOutcome): DeliveryError {
  const fate = outcome === 'not-sent' ? 'before it was sent' : 'after it was sent; the server may act on it';
  return new DeliveryError('ABORTED', `The message was aborted by its signal, ${fate}.`, {
    outcome,
    cause: reason,
  });
}

function because(
  { outcome }: { readonly outcome: DeliveryOutcome },
  cause: unknown,
): { outcome: DeliveryOutcome; cause?: unknown } {
  return cause === undefined ? { outcome } : { outcome, cause };
}

function notConnected(status: string): DeliveryError {
  return new DeliveryError(
    'NOT_CONNECTED',
    `The client is not connected (it is ${status}), and this message was not to wait. ` +
      'Wait for ready(), or send it with whenOffline: "queue".',
    { outcome: 'not-sent' },
  );
}
