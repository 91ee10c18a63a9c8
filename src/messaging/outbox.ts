// The way to the socket. This file is long because it is one machine: what passes straight through and what waits share
// the order, the bounds and the journal, and each of them is decided in one place.
import { AbortHub } from '../base/abort.ts';
import type { Clock, TimerHandle } from '../base/clock.ts';
import { isolated } from '../base/emitter.ts';
import { DeliveryError, type DeliveryErrorCode, type DeliveryOutcome, type Detail } from '../base/errors.ts';
import type { Connection } from '../connection/connection.ts';
import type { LineHandle } from '../connection/connection-options.ts';
import { dataSize, type Parcel, snapshot } from '../transport/send-data.ts';
import type { MessageOptions } from '../transport/transport.ts';
import type { JournalParts, JournalPort, OutboxJournal } from './journal/journal.ts';
import {
  DEFAULT_OUTBOX,
  type OutboxEntry,
  type OutboxLimits,
  type SendOptions,
  type Sent,
  type WaitingMessage,
} from './outbox-options.ts';

/**
 * In which order messages leave. `ahead`: what the connection itself needs (subscriptions, cancellations, answers), for
 * this line or not at all. `behind`: the messages of the user, which wait for the next line.
 */
type Rank = 'ahead' | 'behind';

interface Waiting extends WaitingMessage {
  readonly rank: Rank;
  readonly size: number;
  timer: TimerHandle | undefined;
  /** What the line had sent when its age was last looked at. */
  seen: number | undefined;
  /** It is being handed over: too late to take it back. */
  isLeaving: boolean;
}

/** What an outbox is made of. */
export interface OutboxParts {
  /** Whose line takes the messages. */
  readonly connection: Connection;
  /** What may wait. */
  readonly limits: OutboxLimits;
  /** The source of time. */
  readonly clock: Clock;
  /** A message of the user's was dropped. */
  dropped(error: DeliveryError): void;
}

/**
 * The way to the socket: straight through when a message can go, in order and within bounds when it must wait. None is
 * dropped without its sender being told.
 */
export class Outbox {
  readonly #parts: OutboxParts;
  /** In order of arrival. Sets, so that one in the middle can go without moving the others. */
  readonly #ranks: Readonly<Record<Rank, Set<Waiting>>> = { ahead: new Set(), behind: new Set() };
  /** Those with a key, in order of arrival. */
  readonly #keyed = new Map<string, Waiting>();
  /** The signals of everything that waits. */
  readonly signals: AbortHub = new AbortHub();
  /** Bytes that wait, of either rank. */
  readonly #bytes: Record<Rank, number> = { ahead: 0, behind: 0 };
  #sent = 0;
  /** The line is ready, and what must go first has been given. */
  #isOpen = false;
  /** What is called when the last message has left: nothing new is taken any more. */
  #emptied: (() => void) | undefined;
  #journal: { readonly it: OutboxJournal; readonly port: JournalPort } | undefined;

  constructor(parts: OutboxParts) {
    this.#parts = parts;
  }

  /** How many messages of the user wait. */
  get size(): number {
    return this.#ranks.behind.size;
  }

  /** How many bytes they have. */
  get bytes(): number {
    return this.#bytes.behind;
  }

  /** Milliseconds that a message may wait, unless it says otherwise. */
  get maxAge(): number {
    return this.#parts.limits.maxAge;
  }

  /** How many messages have been handed to the socket. */
  get sent(): number {
    return this.#sent;
  }

  /** Whether there is no line, and none to come, or only what waits may still leave. */
  get isClosed(): boolean {
    return this.#emptied !== undefined || this.#parts.connection.isClosed;
  }

  /** Keeps what waits beyond the life of the program. */
  keepIn(journal: OutboxJournal, port: JournalParts): void {
    const { clock, dropped } = this.#parts;
    const restore: JournalPort['restore'] = (message) => {
      if (message.key !== undefined && this.#keyed.has(message.key)) dropped(notSent('OUTBOX_REPLACED'));
      else this.#enqueue('behind', message);
    };
    this.#journal = { it: journal, port: { ...port, clock, restore, dropped, resume: () => this.flush() } };
  }

  /** What an earlier life left in the journal comes back now, so that it is ahead of what is asked next. */
  restoreJournal(): void {
    if (this.#journal !== undefined && !this.isClosed) this.#journal.it.open(this.#journal.port);
  }

  /** Hands a message to the socket, if it need not {@link enqueue} behind others or for a line. False: nothing was taken. */
  sendNow(data: Parcel, options?: MessageOptions): boolean {
    if (this.#journal !== undefined) this.restoreJournal();
    const { ahead, behind } = this.#ranks;
    const mustWait = !this.#isOpen || this.#emptied !== undefined || ahead.size + behind.size > 0;
    return !mustWait && this.#send(data, options);
  }

  /**
   * Sends a message of the user's, now or later. A rejection that nobody awaits is no uncaught error: `dropped` tells it.
   *
   * @throws DeliveryError `ABORTED` for a signal that is aborted already; `CLIENT_CLOSED`, `NOT_CONNECTED` for what may not
   * wait: of those nothing else tells
   */
  send(data: Parcel, options: SendOptions): Promise<Sent> {
    checkAborted(options.signal);
    const how = messageOptions(options);
    return this.sendNow(data, how) ? Promise.resolve(this.#handedOff) : this.#sendLater(data, options, how);
  }

  /**
   * Hands over later what could not be sent now. Exactly one of the entry's functions is called, once; maybe before this
   * returns.
   *
   * @returns a function that takes the message back; false if it has left, or was dropped, already
   */
  enqueue(entry: OutboxEntry, whenOffline: SendOptions['whenOffline'] = 'queue'): () => boolean {
    const { connection } = this.#parts;
    const { status } = connection.state;
    const refusal = this.#refusal(whenOffline);
    if (refusal !== undefined) {
      entry.dropped?.(refusal);
      return tooLate;
    }
    const withdraw = this.#enqueue('behind', entry);
    if (status === 'idle') connection.connect('first use');
    return withdraw;
  }

  /**
   * Sends what must be ahead of the messages of the user. It waits while the socket has enough to do, and is dropped when
   * the line is lost. Given before {@link open}, it is the first on the line.
   *
   * @param line - the line that it is for. Default: the one in use
   * @returns as {@link enqueue}
   */
  sendAhead(entry: OutboxEntry, line: LineHandle | undefined = this.#parts.connection.line): () => boolean {
    const isOld = line !== this.#parts.connection.line;
    if (!isOld && line?.isReady === true && this.#ranks.ahead.size > 0) return this.#enqueue('ahead', entry);
    if (line?.send(entry.data, entry.options) === true) {
      this.#sent++;
      entry.sent?.();
    } else if (!isOld && line?.isFull === true) {
      return this.#enqueue('ahead', entry);
    } else {
      // An old line takes this now, or never.
      entry.dropped?.(this.closedError());
    }
    return tooLate;
  }

  /**
   * Answers the server, on the line that asked and past the messages of the user, or not at all. To a server that asks
   * much and reads little what is too much is dropped.
   */
  reply(data: Parcel, line: LineHandle): void {
    const { maxMessages, maxBytes } = DEFAULT_OUTBOX;
    const isCrowded = this.#ranks.ahead.size >= maxMessages || this.#bytes.ahead > maxBytes;
    if (!isCrowded) this.sendAhead({ data }, line);
  }

  /** What `tell` sends on hearing that there is a new line goes ahead of the messages that wait, and behind {@link sendAhead}. */
  announce(tell: () => void): void {
    isolated(() => this.restoreJournal());
    const { behind } = this.#ranks;
    const before = [...behind];
    tell();
    for (const waiting of before) if (behind.delete(waiting)) behind.add(waiting);
  }

  /** The line is ready, and what must go {@link sendAhead} has been given: messages flow, those that waited first. */
  open(): void {
    this.#isOpen = true;
    isolated(() => this.restoreJournal());
    this.flush();
  }

  /** The line is gone, or handed over, and with it what was for it alone and had to wait. */
  forgetLine(): void {
    this.#isOpen = false;
    this.#clear('ahead');
  }

  /** The client is closed: what waits is dropped. */
  clear(): void {
    this.#clear('behind');
    this.#journal?.it.close();
  }

  /** The socket takes data again: what waits goes out, in order. */
  flush(): void {
    for (const rank of ['ahead', 'behind'] as const) {
      for (const waiting of this.#ranks[rank]) {
        const mayLeave = rank === 'ahead' || this.#isOpen;
        if (!mayLeave || waiting.isLeaving || !this.#leave(waiting)) return;
      }
    }
    this.#noteEmpty();
  }

  /** Whether something waits that a ready line can still take, so that it is worth to {@link finish}. */
  get mayFinish(): boolean {
    return this.#parts.connection.state.status === 'ready' && !this.#isEmpty;
  }

  /**
   * Takes nothing new any more. `done` is called once, when all that waits has left or was dropped, or `timeout`
   * milliseconds are over.
   */
  finish(timeout: number, done: () => void): void {
    const { clock } = this.#parts;
    const timer = clock.setTimer(() => this.#emptied?.(), timeout);
    this.#emptied = () => {
      this.#emptied = undefined;
      clock.clearTimer(timer);
      done();
    };
    this.flush();
  }

  /** Ends {@link finish} now, if it is under way. */
  finishNow(): void {
    this.#emptied?.();
  }

  /** The error of a message that a closed client can no longer send; with `waiting` of what waits and is no message. */
  closedError(outcome: DeliveryOutcome = 'not-sent', detail?: 'waiting'): DeliveryError {
    const { trouble } = this.#parts.connection;
    return new DeliveryError('CLIENT_CLOSED', { outcome, detail, reason: trouble?.code, cause: trouble });
  }

  get #isEmpty(): boolean {
    return this.#ranks.ahead.size + this.#ranks.behind.size === 0;
  }

  /** The line is ready, and others are ahead, or the socket has enough to do. */
  get #isBusy(): boolean {
    const { line } = this.#parts.connection;
    return line?.isReady === true && (!this.#isOpen || !this.#isEmpty || line.isFull);
  }

  get #handedOff(): Sent {
    return { outcome: 'handed-off', epoch: this.#parts.connection.state.epoch };
  }

  /** Why a message is not even to wait. */
  #refusal(whenOffline: SendOptions['whenOffline']): DeliveryError | undefined {
    if (this.isClosed) return this.closedError();
    if (whenOffline !== 'reject' || this.#isBusy) return undefined;
    const { status } = this.#parts.connection.state;
    return new DeliveryError('NOT_CONNECTED', { outcome: 'not-sent', status });
  }

  #send(data: Parcel, options: MessageOptions | undefined): boolean {
    if (this.#parts.connection.line?.send(data, options) !== true) return false;
    this.#sent++;
    return true;
  }

  /** Apart from {@link send}, so that a message that passes pays for none of these functions. */
  #sendLater(data: Parcel, options: SendOptions, how: MessageOptions | undefined): Promise<Sent> {
    const { whenOffline, ttl, signal, key, persist } = options;
    const refusal = this.#refusal(whenOffline);
    if (refusal !== undefined) throw refusal;
    const sent = new Promise<Sent>((resolve, reject) => {
      let release = (): void => {};
      let settled = false;
      const settle = (then: () => void): void => {
        settled = true;
        release();
        then();
      };
      const entry: OutboxEntry = {
        data,
        ttl,
        key,
        options: how,
        keepFor: persist === false ? 0 : undefined,
        sent: () => settle(() => resolve(this.#handedOff)),
        dropped: (error) => {
          settle(() => reject(error));
          return error;
        },
      };
      const withdraw = this.enqueue(entry, whenOffline);
      if (settled) return;
      release = this.signals.onAbort(signal, (reason) => {
        if (withdraw()) settle(() => reject(aborted(reason, 'not-sent'))); // else it is just leaving
      });
    });
    sent.catch(() => {}); // whoever awaits it is told; the `drop` event tells everybody
    return sent;
  }

  /** Adds a message at the end of its rank; it may be dropped at once. */
  #enqueue(rank: Rank, entry: OutboxEntry): () => boolean {
    const { overflow, maxAge } = this.#parts.limits;
    const { ttl = maxAge, key } = entry;
    const size = dataSize(entry.data);
    const waiting: Waiting = {
      rank,
      entry,
      data: snapshot(entry.data),
      size,
      timer: undefined,
      seen: this.#parts.connection.line?.bytesSent,
      isLeaving: false,
    };
    const victims = rank === 'ahead' ? [] : this.#victims(entry, size);
    if (victims === undefined) {
      const facts = { messages: this.size, bytes: this.bytes, detail: this.#waitsFor };
      this.#tell(waiting, notSent(overflow === 'drop-newest' ? 'OUTBOX_DROPPED' : 'OUTBOX_FULL', facts));
      return tooLate;
    }
    // Whoever is told of a drop may send more: the bounds must hold by then.
    for (const victim of victims) this.#remove(victim);
    this.#ranks[rank].add(waiting);
    this.#bytes[rank] += size;
    if (rank === 'behind') {
      if (key !== undefined) this.#keyed.set(key, waiting);
      if (Number.isFinite(ttl)) this.#age(waiting, ttl);
      this.#journal?.it.keep(waiting, entry.keepFor ?? ttl);
    }
    for (const victim of victims) {
      const isReplaced = key !== undefined && victim.entry.key === key;
      this.#tell(victim, notSent(isReplaced ? 'OUTBOX_REPLACED' : 'OUTBOX_DROPPED'));
    }
    return () => {
      const isBack = this.#remove(waiting);
      this.#noteEmpty();
      return isBack;
    };
  }

  /** Hands one to the socket. False: not now, nor those behind it. */
  #leave(waiting: Waiting): boolean {
    const { entry } = waiting;
    // A message leaves the journal before it goes to the socket: a crash in between loses it, but never repeats it.
    const journal = this.#journal?.it;
    if (journal !== undefined && waiting.rank === 'behind') {
      if (this.#parts.connection.line?.isReady !== true || this.#parts.connection.line.isFull) return false;
      const released = journal.release(waiting);
      if (released === false) return false;
      if (released !== true) {
        this.#drop(waiting, released);
        return true;
      }
    }
    waiting.isLeaving = true;
    let isTaken = false;
    let failure: DeliveryError | undefined;
    try {
      isTaken = this.#send(entry.fresh?.() ?? waiting.data, entry.options);
    } catch (cause) {
      failure = new DeliveryError('SEND_FAILED', { outcome: 'unknown', cause });
    }
    waiting.isLeaving = false;
    if (failure !== undefined) {
      this.#drop(waiting, failure);
      return true;
    }
    if (isTaken) {
      this.#remove(waiting);
      entry.sent?.();
    } else {
      journal?.keep(waiting);
    }
    return isTaken;
  }

  #clear(rank: Rank): void {
    // Whoever is told may add new ones: they stay.
    for (const waiting of [...this.#ranks[rank]]) this.#drop(waiting, this.closedError());
  }

  /** Those that make room for a new one: undefined if it has no room even so, and then none of them has to go. */
  #victims(entry: OutboxEntry, size: number): Iterable<Waiting> | undefined {
    const { maxBytes, maxMessages, overflow } = this.#parts.limits;
    const { behind } = this.#ranks;
    const victims = new Set<Waiting>();
    let count = behind.size + 1;
    let bytes = this.bytes + size;
    const give = (victim: Waiting): void => {
      if (victim.isLeaving || victims.has(victim)) return;
      victims.add(victim);
      count--;
      bytes -= victim.size;
    };
    const twin = this.#keyed.get(entry.key as string);
    if (twin !== undefined) give(twin);
    const isFull = (): boolean => count > maxMessages || bytes > maxBytes;
    const candidates =
      overflow === 'drop-oldest' ? behind : overflow === 'replace-by-key' ? this.#keyed.values() : [];
    for (const oldest of candidates) {
      if (!isFull()) break;
      give(oldest);
    }
    return isFull() ? undefined : victims;
  }

  /** What the messages that wait are waiting for. */
  get #waitsFor(): Detail<'OUTBOX_FULL'> {
    return this.#parts.connection.line?.isReady === true ? 'line-full' : 'no-line';
  }

  #age(waiting: Waiting, ttl: number): void {
    waiting.timer = this.#parts.clock.setTimer(() => this.#expire(waiting, ttl), ttl);
  }

  #expire(waiting: Waiting, ttl: number): void {
    const { trouble, line } = this.#parts.connection;
    const before = waiting.seen;
    waiting.seen = line?.bytesSent;
    // `maxAge` bounds the wait for a line, not that for its turn on one that gets on. A `ttl` of its own bounds both.
    const isMoving = line?.isReady === true && line.bytesSent !== before;
    if (isMoving && waiting.entry.ttl === undefined) return this.#age(waiting, ttl);
    const detail = this.#waitsFor;
    this.#drop(waiting, notSent('OUTBOX_EXPIRED', { detail, ttl, reason: trouble?.code, cause: trouble }));
  }

  #drop(waiting: Waiting, error: DeliveryError): void {
    if (!this.#remove(waiting)) return;
    this.#tell(waiting, error);
    this.#noteEmpty();
  }

  /** Tells whoever sent it that it was dropped; of a message of the user's everybody hears. */
  #tell({ entry, rank }: Waiting, error: DeliveryError): void {
    const told = entry.dropped?.(error) ?? error;
    if (rank === 'behind') this.#parts.dropped(told);
  }

  #remove(waiting: Waiting): boolean {
    const { rank, entry, size, timer } = waiting;
    if (waiting.isLeaving || !this.#ranks[rank].delete(waiting)) return false;
    if (this.#keyed.get(entry.key as string) === waiting) this.#keyed.delete(entry.key as string);
    this.#bytes[rank] -= size;
    this.#parts.clock.clearTimer(timer);
    this.#journal?.it.forget(waiting);
    return true;
  }

  #noteEmpty(): void {
    if (this.#isEmpty) this.finishNow();
  }
}

/** Takes a message back that has left, or was dropped, already. */
export function tooLate(): boolean {
  return false;
}

/** The part of a call's options that is for the transport. */
export function messageOptions({ compress }: MessageOptions): MessageOptions | undefined {
  return compress === false ? { compress } : undefined;
}

/** Refuses to begin for a signal that is aborted already. @throws DeliveryError `ABORTED`, `not-sent` */
export function checkAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw aborted(signal.reason, 'not-sent');
}

/** The error of a message that the caller's signal took back. */
export function aborted(cause: unknown, outcome: DeliveryOutcome): DeliveryError {
  return new DeliveryError('ABORTED', { outcome, cause });
}

function notSent(code: DeliveryErrorCode, facts: object = {}): DeliveryError {
  return new DeliveryError(code, { outcome: 'not-sent', ...facts });
}
