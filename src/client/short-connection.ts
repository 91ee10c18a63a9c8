import { onAbort } from '../base/abort.ts';
import { checkArgument, checkCall, guardMethods } from '../base/checks.ts';
import { type Deferred, deferred } from '../base/deferred.ts';
import { ConnectionError, DeliveryError } from '../base/errors.ts';
import { type Called, fill, NO_OPTIONS, own } from '../base/need.ts';
import { DEFAULT_INBOX, Inbox, type InboxLimits } from '../messaging/inbox.ts';
import { MAX_WAITING } from '../messaging/queue.ts';
import * as CloseCode from '../protocol/close-codes.ts';
import type { Closure } from '../protocol/closure.ts';
import { DEFAULT_LIMITS } from '../protocol/limits.ts';
import { HIGH_WATER_MARK_BYTES, MAX_BUFFERED_BYTES } from '../transport/high-water-mark.ts';
import { dataSize } from '../transport/send-data.ts';
import { DEFAULT_CLOSE_TIMEOUT_MS, DEFAULT_HANDSHAKE_TIMEOUT_MS } from '../transport/timeouts.ts';
import type {
  MessageOptions,
  OpenInfo,
  SendData,
  Transport,
  TransportFactory,
  TransportRequest,
} from '../transport/transport.ts';
import { checkConnectOptions, checkMessageOptions, checkSignal, checkSocketClose } from './checks.ts';
import type { ConnectOptions, Platform } from './options.ts';
import { resolveCommon } from './resolve-options.ts';
import type { ReceiveOptions, Socket } from './socket.ts';
import { UnsentCount } from './unsent.ts';

/** Ends of a connection that are no failure for whoever reads its messages. */
const NORMAL_ENDS: readonly number[] = /* @__PURE__ */ Object.freeze([
  CloseCode.normal,
  CloseCode.goingAway,
  CloseCode.noStatus,
]);

/** The numbers in force unless others are given: milliseconds and bytes. */
const DEFAULT_NUMBERS: Readonly<Record<'handshakeTimeout' | 'closeTimeout' | 'maxBufferedBytes', number>> =
  /* @__PURE__ */ Object.freeze({
    handshakeTimeout: DEFAULT_HANDSHAKE_TIMEOUT_MS,
    closeTimeout: DEFAULT_CLOSE_TIMEOUT_MS,
    maxBufferedBytes: MAX_BUFFERED_BYTES,
  });

/** Opens a short connection over the platform's transport, unless the options name another, for the public function `called`. */
export async function openSocket(
  called: Called,
  url: string | URL,
  given: ConnectOptions,
  platform: Platform,
): Promise<Socket> {
  guardMethods(ShortConnection, 'socket');
  const options = own(given);
  checkCall(called, () => checkConnectOptions(url, options, platform));
  const { maxBufferedBytes, ...times } = fill(DEFAULT_NUMBERS, options);
  const { signal, pacing, trace } = options;
  signal?.throwIfAborted();
  const { transport: plain, ...ports } = resolveCommon(options, platform, DEFAULT_LIMITS);
  const transport = pacing?.wrap(plain, () => false) ?? plain;
  const socket = new ShortConnection(fill(DEFAULT_INBOX, options.inbox), maxBufferedBytes);
  const opened = socket.dial((inbox) => platform.attend?.(transport, inbox, options) ?? transport, {
    url: platform.resolveUrl?.(String(url)) ?? String(url),
    headers: [],
    ...times,
    ...ports,
    trace,
  });
  const release = onAbort(signal, (reason) => socket.giveUp(reason));
  try {
    await opened;
    signal?.throwIfAborted(); // between the two the signal has dropped the line
    return socket;
  } finally {
    release();
  }
}

class ShortConnection implements Socket {
  readonly #inbox: Inbox;
  readonly #unsent = new UnsentCount();
  readonly #closed: Deferred<Closure> = deferred();
  readonly #opened: Deferred<void> = deferred();
  readonly #maxBufferedBytes: number;
  /** Who waits for room. */
  readonly #drains: Set<Deferred<void>> = new Set();
  #transport!: Transport;
  #info: OpenInfo | undefined;
  #closure: Closure | undefined;
  #closeCalled = false;
  /** Why we dropped the line ourselves; the transport only knows that we did. */
  #reason: ConnectionError | undefined;

  constructor(limits: InboxLimits, maxBufferedBytes: number) {
    this.#maxBufferedBytes = maxBufferedBytes;
    this.#inbox = new Inbox(
      limits,
      () => this.#transport,
      (bytes) => this.#overflow(bytes, limits.maxBytes),
    );
  }

  /** @param transportFor - makes the transport, and may listen to the inbox */
  dial(transportFor: (inbox: Inbox) => TransportFactory, request: TransportRequest): Promise<void> {
    const take = (message: string | Uint8Array): void => this.#inbox.push(message);
    const made = transportFor(this.#inbox)(request, {
      open: (info) => {
        this.#info = info;
        this.#opened.resolve();
      },
      text: take,
      binary: take,
      ping: () => {},
      pong: () => {},
      drain: () => this.#wakeDrains((waiter) => waiter.resolve()),
      close: (closure) => this.#onClose(closure),
    });
    checkArgument({ methods: ['send'] }, 'transport()', made);
    this.#transport = made;
    return this.#opened.promise;
  }

  giveUp(reason: unknown): void {
    this.#opened.reject(reason);
    this.#transport.abandon();
  }

  get protocol(): string {
    return (this.#info as OpenInfo).protocol; // nobody has this socket before it is open
  }

  get headers(): ReadonlyMap<string, string> | undefined {
    return (this.#info as OpenInfo).headers;
  }

  get bufferedAmount(): number {
    return this.#transport.bufferedAmount;
  }

  get closed(): Promise<Closure> {
    return this.#closed.promise;
  }

  send(data: SendData, options?: MessageOptions): boolean {
    checkMessageOptions(options);
    const before = this.bufferedAmount;
    // Infinity: not the next message's turn. The pacing keeps it then, within bounds of its own.
    if (before > this.#maxBufferedBytes && before < Number.POSITIVE_INFINITY) throw this.#refusal(before);
    if (!this.#transport.send(data, options)) {
      const cause = this.#endError();
      throw new DeliveryError('NOT_CONNECTED', { outcome: 'not-sent', detail: 'ended', cause });
    }
    const after = this.bufferedAmount;
    this.#unsent.add(before, after < Number.POSITIVE_INFINITY ? after : before + dataSize(data));
    return after <= HIGH_WATER_MARK_BYTES;
  }

  async drained(options: ReceiveOptions = NO_OPTIONS): Promise<void> {
    checkSignal('drained', options, this);
    const { signal } = options;
    signal?.throwIfAborted();
    if (this.#closure !== undefined) throw this.#endError();
    if (!this.#isCongested) return;
    const waiter = deferred<void>();
    this.#drains.add(waiter);
    const release = onAbort(signal, waiter.reject);
    try {
      await waiter.promise;
    } finally {
      this.#drains.delete(waiter);
      release();
    }
  }

  async receive(options: ReceiveOptions = NO_OPTIONS): Promise<string | Uint8Array> {
    checkSignal('receive', options, this);
    const { signal } = options;
    if (this.#inbox.waiting.size > 0 && signal?.aborted !== true) {
      return this.#inbox.take();
    }
    const { value, done } = await this.#inbox.next(signal);
    if (done === true) throw this.#endError();
    return value;
  }

  [Symbol.asyncIterator](): AsyncIterator<string | Uint8Array, undefined> {
    return this.#inbox.loop();
  }

  async close(code?: number, reason?: string): Promise<Closure> {
    checkSocketClose({ code, reason }, this);
    this.#closeCalled = true;
    this.#transport.close(code, reason);
    // A paused line could not hear the server's Close.
    this.#transport.resume();
    return this.#closed.promise;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  get #isCongested(): boolean {
    return this.bufferedAmount > HIGH_WATER_MARK_BYTES;
  }

  #wakeDrains(wake: (waiter: Deferred<void>) => void): void {
    for (const waiter of this.#drains) wake(waiter);
  }

  #onClose(closure: Closure): void {
    const error = this.#reason ?? closure.error;
    const unsent = this.#info && this.#unsent.at(this.bufferedAmount);
    this.#closure = { ...closure, unsent, error };
    if (this.#info === undefined) this.#opened.reject(error);
    const isNormal = this.#closeCalled || (closure.wasClean && NORMAL_ENDS.includes(closure.code));
    if (isNormal) this.#inbox.end();
    else this.#inbox.end(error ?? this.#endError());
    this.#wakeDrains((waiter) => waiter.reject(this.#endError()));
    this.#closed.resolve(this.#closure);
  }

  #refusal(bytes: number): DeliveryError {
    const limit = this.#maxBufferedBytes;
    return new DeliveryError('BACKPRESSURE', { outcome: 'not-sent', detail: 'socket', bytes, limit });
  }

  #overflow(bytes: number, limit: number): void {
    const evidence =
      bytes > limit ? { bytes, limit } : { detail: 'messages' as const, bytes, limit: MAX_WAITING };
    this.#reason = new ConnectionError('INBOX_OVERFLOW', evidence);
    this.#transport.abandon();
  }

  #endError(): Error {
    if (this.#closure?.error !== undefined) return this.#closure.error;
    if (this.#closure === undefined) return new ConnectionError('CONNECTION_CLOSED', { detail: 'closing' });
    const { code: closeCode, received, sent } = this.#closure;
    const detail = closeCode === CloseCode.noStatus ? 'without-code' : 'with-code';
    return new ConnectionError('CONNECTION_CLOSED', { detail, closeCode, received, sent });
  }
}
