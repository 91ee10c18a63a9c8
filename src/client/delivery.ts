import { AbortHub } from '../base/abort.ts';
import type { Clock } from '../base/clock.ts';
import { isolated } from '../base/emitter.ts';
import { DeliveryError, type DeliveryOutcome, type HoldlineError, type UsageError } from '../base/errors.ts';
import type { KeptConnection } from '../connection/handover.ts';
import type { JournalPort, OutboxJournal } from '../messaging/journal.ts';
import { DEFAULT_OUTBOX, Outbox, type OutboxExit, type OutboxLimits, replaced } from '../messaging/outbox.ts';
import type { OutboxEntry } from '../messaging/outbox-entry.ts';
import type { MessageOptions, SendData } from '../transport/transport.ts';
import { need, needCallOptions, needNumber } from './check-options.ts';
import type { RequestOptions, SendOptions, Sent } from './client.ts';

/** Above this many bytes that the socket has not taken, messages wait in the outbox, whose bounds then hold. */
const HIGH_WATER_BYTES = 16 * 1024 * 1024;

/** What deliveries are made of. */
export interface DeliveryParts {
  readonly connection: KeptConnection;
  /** Sends on a line that was handed over, if it is still there. */
  readonly sendOn?: ((epoch: number, data: SendData) => boolean) | undefined;
  readonly outbox: Outbox;
  readonly clock: Clock;
  /** Keeps what waits across restarts, and what it needs of the client beyond this. */
  readonly journal?: OutboxJournal | undefined;
  readonly journalPort: Pick<JournalPort, 'random' | 'numberAbove' | 'failed'>;
  onDrop(error: DeliveryError): void;
}

const unbounded = (): OutboxLimits => ({
  ...DEFAULT_OUTBOX,
  maxMessages: Number.POSITIVE_INFINITY,
  maxBytes: Number.POSITIVE_INFINITY,
  maxAge: Number.POSITIVE_INFINITY,
});

/** Gets messages to the socket: straight through when it can, by way of the outbox when it must wait. */
export class Delivery {
  readonly #connection: KeptConnection;
  readonly #sendOn: DeliveryParts['sendOn'];
  readonly #outbox: Outbox;
  /** What goes ahead of the messages of the user, on this line or not at all. */
  readonly #leaders: Outbox;
  /**
   * Answers to the server that wait while the socket has enough to do: apart from the user's messages, which a server
   * that asks much and reads little must not crowd out. What is too much is dropped.
   */
  readonly #answers: Outbox;
  readonly #onDrop: (error: DeliveryError) => void;
  readonly #journal: OutboxJournal | undefined;
  readonly #journalPort: JournalPort;
  readonly #clock: Clock;
  readonly #exit: OutboxExit;
  /** The way out of what goes ahead: open as soon as the line is ready. */
  readonly #firstExit: OutboxExit;
  #sent = 0;
  /** The line is ready, and what must go first has been given. */
  #isOpen = false;
  /** What had gone wrong before the line was last ready: it explains nothing any more. */
  #forgiven: unknown;
  /** What is called when the last message has left: nothing new is taken any more. */
  #emptied: (() => void) | undefined;
  /** `connect()` was called while the client was closing: what is asked now waits for its next life. */
  reopens = false;
  /** The signals of everything that waits. */
  readonly signals: AbortHub = new AbortHub();

  constructor({ connection, sendOn, outbox, clock, journal, journalPort, onDrop }: DeliveryParts) {
    this.#connection = connection;
    this.#sendOn = sendOn;
    this.#outbox = outbox;
    this.#clock = clock;
    this.#onDrop = onDrop;
    this.#leaders = new Outbox(unbounded(), clock);
    const { maxMessages, maxBytes } = DEFAULT_OUTBOX;
    this.#answers = new Outbox({ ...unbounded(), maxMessages, maxBytes }, clock);
    this.#journal = journal;
    const send: OutboxExit['send'] = (data, options) => this.#send(data, options);
    this.#firstExit = { send, isOpen: () => this.#mayLead };
    this.#exit = { send, isOpen: () => this.#isOpen && this.#mayLead };
    this.#journalPort = {
      ...journalPort,
      clock,
      restore: (message) => this.#restore(message),
      dropped: onDrop,
      resume: () => this.flush(),
    };
  }

  /** The present line. */
  get epoch(): number {
    return this.#connection.state.epoch;
  }

  /** How many messages have been handed to the socket. */
  get sent(): number {
    return this.#sent;
  }

  /** What an earlier life left in the journal comes back now, so that it is ahead of what is asked next. */
  recall(): void {
    if (this.#journal !== undefined && !this.isClosed) this.#journal.open(this.#journalPort);
  }

  /** Hands a message to the socket, if it need not {@link wait} for others or for a line. False: nothing was taken. */
  pass(data: SendData, options: MessageOptions | undefined): boolean {
    this.recall();
    return this.#emptied === undefined && !this.#mustWait && this.#send(data, options);
  }

  /**
   * Hands over later what could not {@link pass}. Exactly one of the entry's functions is called, once; maybe before this
   * returns.
   *
   * @returns a function that takes the message back; false if it has left, or was dropped, already
   */
  wait(entry: OutboxEntry, whenOffline: SendOptions['whenOffline'] = 'queue'): () => boolean {
    const { status } = this.#connection.state;
    if (this.isClosed) entry.dropped(this.closedError());
    else if (whenOffline === 'reject' && !(status === 'ready' && this.#mustWait)) {
      entry.dropped(notConnected(status));
    } else {
      return this.#enqueue(entry);
    }
    return tooLate;
  }

  /** As {@link pass} or {@link wait}, as a promise. */
  post(data: SendData, options: SendOptions = NO_OPTIONS): Promise<Sent> {
    needCallOptions(options);
    const { ttl, signal, key } = options;
    if (ttl !== undefined) needNumber('ttl', ttl);
    need(key === undefined || typeof key === 'string', 'key', 'a string');
    checkWhenOffline(options.whenOffline);
    checkAborted(signal);
    const how = messageOptions(options);
    return this.pass(data, how) ? Promise.resolve(this.#handedOff) : this.#postLater(data, options, how);
  }

  /** Apart from {@link post}, so that a message that passes pays for none of these functions. */
  #postLater(data: SendData, options: SendOptions, how: MessageOptions | undefined): Promise<Sent> {
    const { whenOffline, ttl, signal, key, persist } = options;
    return new Promise<Sent>((resolve, reject) => {
      let release = (): void => {};
      let settled = false;
      const settle = (): void => {
        settled = true;
        release();
      };
      const withdraw = this.wait(
        {
          data,
          ttl,
          key,
          options: how,
          keepFor: persist === false ? 0 : undefined,
          sent: () => {
            settle();
            resolve(this.#handedOff);
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
        if (!withdraw()) return; // it is just leaving
        settle();
        reject(aborted(reason, 'not-sent'));
      });
    });
  }

  /**
   * Sends what must be ahead of the messages of the user: subscriptions, cancellations. It waits while the socket has
   * enough to do, and is dropped when the line is lost. Given before {@link open}, it is the first on the line.
   *
   * @param epoch - the line that it is for. Default: the present one
   * @returns as {@link wait}
   */
  lead(entry: OutboxEntry, epoch: number = this.epoch): () => boolean {
    return this.#goAhead(this.#leaders, entry, epoch);
  }

  /** Answers the server, on the line that asked and past the messages of the user, or not at all. */
  answer(data: SendData, epoch: number): void {
    this.#goAhead(this.#answers, courtesy(data), epoch);
  }

  /** The line is ready, and what must {@link lead} has been given: messages flow, those that waited first. */
  open(): void {
    this.#isOpen = true;
    isolated(() => this.recall());
    this.flush();
  }

  /** The line is gone, or handed over, and with it what was for it alone and had to wait. */
  forgetLine(): void {
    this.#isOpen = false;
    this.#leaders.clear(() => this.closedError());
    this.#answers.clear(() => this.closedError());
  }

  /** Whether something waits that a ready line can still take, so that it is worth to {@link finish}. */
  get mayFinish(): boolean {
    return this.#connection.state.status === 'ready' && this.#waiting > 0;
  }

  /**
   * Takes nothing new any more. `done` is called once, when all that waits has left or was dropped, or `timeout`
   * milliseconds are over.
   */
  finish(timeout: number, done: () => void): void {
    const timer = this.#clock.setTimer(() => this.#emptied?.(), timeout);
    this.#emptied = () => {
      this.#emptied = undefined;
      this.#clock.clearTimer(timer);
      done();
    };
    this.flush();
  }

  /** Ends {@link finish} now, if it is under way. */
  cutShort(): void {
    this.#emptied?.();
  }

  /** Whether there is no line, and none to come. */
  get isClosed(): boolean {
    const { status } = this.#connection.state;
    if (this.#emptied !== undefined) return true;
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
    return new DeliveryError('CLIENT_CLOSED', { outcome, reason: trouble?.code, cause: trouble });
  }

  /** The socket takes data again: what waits goes out, in order. */
  flush(): void {
    this.#leaders.flush(this.#firstExit);
    this.#answers.flush(this.#firstExit);
    this.#outbox.flush(this.#exit);
    this.#noteEmpty();
  }

  /** The client is closed: what waits is dropped. */
  clear(): void {
    this.#outbox.clear(() => this.closedError());
    this.#journal?.close();
  }

  /** What is for this line alone may leave: the line is ready, and the socket has not enough to do. */
  get #mayLead(): boolean {
    const { state, bufferedAmount } = this.#connection;
    return state.status === 'ready' && bufferedAmount <= HIGH_WATER_BYTES;
  }

  /** The line is not open to the messages of the user, or others are ahead. */
  get #mustWait(): boolean {
    return !this.#exit.isOpen() || this.#outbox.size + this.#leaders.size > 0;
  }

  get #handedOff(): Sent {
    return { outcome: 'handed-off', epoch: this.epoch };
  }

  #send(data: SendData, options: MessageOptions | undefined): boolean {
    if (!this.#connection.send(data, options)) return false;
    this.#sent++;
    return true;
  }

  #goAhead(box: Outbox, entry: OutboxEntry, epoch: number): () => boolean {
    if (epoch !== this.epoch) {
      // That line was handed over: it takes this now, or never.
      if (this.#sendOn?.(epoch, entry.data) === true) entry.sent();
      else entry.dropped(this.closedError());
      return tooLate;
    }
    if (box.size > 0 || !this.#mayLead || !this.#send(entry.data, entry.options)) return box.add(entry);
    entry.sent();
    return tooLate;
  }

  #noteEmpty(): void {
    if (this.#waiting === 0) this.cutShort();
  }

  /** Messages that wait. */
  get #waiting(): number {
    return this.#outbox.size + this.#leaders.size + this.#answers.size;
  }

  /** The same error with the reason why there was no line, if that is known. */
  explained(error: DeliveryError): DeliveryError {
    const { trouble } = this;
    if (trouble === undefined) return error;
    const message = `${error.message} The cause: ${trouble.code}.`;
    return new DeliveryError(error.code, { message, outcome: error.outcome, cause: trouble });
  }

  #enqueue(entry: OutboxEntry): () => boolean {
    const withdraw = this.#outbox.add({
      ...entry,
      sent: () => entry.sent(),
      dropped: (error) => {
        const told = entry.dropped(error.code === 'OUTBOX_EXPIRED' ? this.explained(error) : error);
        this.#onDrop(told);
        this.#noteEmpty();
        return told;
      },
    });
    if (this.#connection.state.status === 'idle') this.#connection.connect('first use');
    return () => {
      const isBack = withdraw();
      this.#noteEmpty();
      return isBack;
    };
  }

  #restore(message: Omit<OutboxEntry, 'sent' | 'dropped'>): void {
    if (this.#outbox.has(message.key)) return this.#onDrop(replaced());
    this.#enqueue({ ...message, sent: () => {}, dropped: (error) => error });
  }
}

/** The options of a call that was given none. */
export const NO_OPTIONS: RequestOptions & SendOptions = /* @__PURE__ */ Object.freeze({});

/** Takes a message back that has left, or was dropped, already. */
export function tooLate(): boolean {
  return false;
}

/** A message whose fate concerns nobody. */
export function courtesy(data: SendData): OutboxEntry {
  return { data, sent: () => {}, dropped: (error) => error };
}

/** The part of a call's options that is for the transport. */
export function messageOptions({ compress }: MessageOptions): MessageOptions | undefined {
  need(compress === undefined || typeof compress === 'boolean', 'compress', 'a boolean');
  return compress === false ? { compress } : undefined;
}

/** Refuses another word than the two. @throws UsageError `INVALID_OPTION` */
export function checkWhenOffline(value: SendOptions['whenOffline'] = 'queue'): void {
  need(value === 'queue' || value === 'reject', 'whenOffline', '"queue" or "reject"');
}

/** Refuses to begin for a signal that is aborted already. @throws DeliveryError `ABORTED`, `not-sent` */
export function checkAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw aborted(signal.reason, 'not-sent');
}

/** The error of a message that the caller's signal took back. */
export function aborted(reason: unknown, outcome: DeliveryOutcome): DeliveryError {
  return new DeliveryError('ABORTED', { outcome, cause: reason });
}

function notConnected(status: string): DeliveryError {
  return new DeliveryError('NOT_CONNECTED', { outcome: 'not-sent', status });
}
