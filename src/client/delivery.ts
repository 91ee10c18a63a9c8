import { onAbort } from '../base/abort.ts';
import { DeliveryError, type DeliveryOutcome } from '../base/errors.ts';
import type { Connection } from '../connection/connection.ts';
import type { Outbox, OutboxEntry } from '../messaging/outbox.ts';
import type { SendData } from '../transport/transport.ts';
import { need, needNumber } from './check-options.ts';
import type { SendOptions, Sent } from './client.ts';

/** Above this many bytes that the socket has not taken, messages wait in the outbox, whose bounds then hold. */
const HIGH_WATER_BYTES = 16 * 1024 * 1024;

/** Gets messages to the socket: straight through when it can, by way of the outbox when it must wait. */
export class Delivery {
  readonly #connection: Connection;
  readonly #outbox: Outbox;
  readonly #onDrop: (error: DeliveryError) => void;
  #sent = 0;

  constructor(connection: Connection, outbox: Outbox, onDrop: (error: DeliveryError) => void) {
    this.#connection = connection;
    this.#outbox = outbox;
    this.#onDrop = onDrop;
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
    if (status === 'closed' || status === 'closing') {
      entry.dropped(clientClosed('not-sent'));
    } else if (whenOffline === 'reject' && !(mustWait && status === 'ready')) {
      entry.dropped(notConnected(status));
    } else {
      return this.#enqueue(entry);
    }
    return () => false;
  }

  /** As {@link deliver}, as a promise. */
  post(data: SendData, { whenOffline, ttl, signal }: SendOptions = {}): Promise<Sent> {
    if (signal?.aborted === true) return Promise.reject(aborted(signal.reason, 'not-sent'));
    if (ttl !== undefined) needNumber('ttl', ttl);
    checkWhenOffline(whenOffline);
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
      release = onAbort(signal, (reason) => {
        withdraw();
        reject(aborted(reason, 'not-sent'));
      });
    });
  }

  /** The line is ready, or the socket takes data again: what waits goes out, in order. */
  flush(): void {
    this.#outbox.flush((data) => this.#offer(data));
  }

  /** The client is closed: what waits is dropped. */
  clear(): void {
    this.#outbox.clear(() => clientClosed('not-sent'));
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

  #enqueue(entry: OutboxEntry): () => boolean {
    const withdraw = this.#outbox.add({
      data: entry.data,
      ttl: entry.ttl,
      sent: () => entry.sent(),
      dropped: (error) => {
        const told = entry.dropped(error);
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

/** The error of a message that the caller's signal took back. */
export function aborted(reason: unknown, outcome: DeliveryOutcome): DeliveryError {
  const fate = outcome === 'not-sent' ? 'before it was sent' : 'after it was sent; the server may act on it';
  return new DeliveryError('ABORTED', `The message was aborted by its signal, ${fate}.`, {
    outcome,
    cause: reason,
  });
}

/** The error of a message that a closed client can no longer send. */
export function clientClosed(outcome: DeliveryOutcome): DeliveryError {
  return new DeliveryError(
    'CLIENT_CLOSED',
    'The client is closed. Call connect() to open it again; why() tells what closed it.',
    { outcome },
  );
}

function notConnected(status: string): DeliveryError {
  return new DeliveryError(
    'NOT_CONNECTED',
    `The client is not connected (it is ${status}), and this message was not to wait. ` +
      'Wait for ready(), or send it with whenOffline: "queue".',
    { outcome: 'not-sent' },
  );
}
