import type { Clock, TimerHandle } from '../base/clock.ts';
import { DeliveryError } from '../base/errors.ts';
import type { Plugin } from '../base/plugin.ts';
import { checkCloseArguments } from '../protocol/close-code.ts';
import { type AwaitReplyOptions, checkAwaitReply, checkInterval } from './checks.ts';
import { MAX_BUFFERED_BYTES } from './high-water-mark.ts';
import { checkSendData, dataSize, snapshot } from './send-data.ts';
import type {
  MessageOptions,
  SendData,
  Transport,
  TransportFactory,
  TransportRequest,
  TransportSink,
} from './transport.ts';
import { WrappedTransport } from './wrapped-transport.ts';

export type { AwaitReplyOptions } from './checks.ts';

/** What a pacing needs of a client. */
export interface PacingCore {
  /** The connection of the client. */
  readonly connection: { readonly options: { transport: TransportFactory } };
  /** Its requests, if there are any. */
  readonly requests?: { readonly isAwaited: boolean } | undefined;
}

/**
 * A plugin for clients, and an option of `connect`: lets one frame out at a time. While it is not the next one's turn, the
 * `bufferedAmount` of the transport is `Infinity`: messages wait in the outbox, under its bounds.
 */
export interface Pacing extends Plugin<PacingCore> {
  /**
   * The same transport, paced.
   *
   * @param isAwaited - whether a request that was sent still waits for its reply
   */
  wrap(transport: TransportFactory, isAwaited: () => boolean): TransportFactory;
}

const DEFAULT_REPLY_TIMEOUT_MS = 10_000;

/**
 * The pacing of a server that reads one message at a time, and loses the second of two that arrive together: the next
 * message, ping or Close leaves when the one before was answered. A request is answered by its reply, anything else by
 * whatever comes first.
 *
 * @throws UsageError `INVALID_OPTION` naming the option that is wrong
 * @example
 * ```ts
 * createClient({ url, envelope: raw(), heartbeat: false, use: [awaitReply()] });
 * ```
 */
export function awaitReply(options: AwaitReplyOptions = {}): Pacing {
  checkAwaitReply(options, awaitReply);
  const { timeout = DEFAULT_REPLY_TIMEOUT_MS } = options;
  return pacing((transport, isAwaited) => paced(transport, timeout, () => !isAwaited()));
}

/**
 * The pacing of a server that reads one message at a time and answers nothing: the next message, ping or Close leaves
 * `interval` milliseconds after the one before, at the earliest.
 *
 * @throws UsageError `INVALID_OPTION` for an interval that is none
 * @example
 * ```ts
 * createClient({ url, use: [atInterval(50)] });
 * ```
 */
export function atInterval(interval: number): Pacing {
  checkInterval(interval, atInterval);
  return pacing((transport) => paced(transport, interval, () => false));
}

function pacing(wrap: Pacing['wrap']): Pacing {
  const plugin = (core: PacingCore): void => {
    const { options } = core.connection;
    options.transport = wrap(options.transport, () => core.requests?.isAwaited === true);
  };
  return Object.assign(plugin, { wrap });
}

/** A transport where a frame takes its turn for `delay` ms, or until something came and `isOver` agrees. */
function paced(transport: TransportFactory, delay: number, isOver: () => boolean): TransportFactory {
  return (request, sink) => new PacedTransport(transport, request, sink, { delay, isOver });
}

function tooMuch(bytes: number): DeliveryError {
  const limit = MAX_BUFFERED_BYTES;
  return new DeliveryError('BACKPRESSURE', { detail: 'pacing', outcome: 'not-sent', bytes, limit });
}

/** Wraps a transport, and keeps back what it is not yet the turn of. All else is as the other has it. */
class PacedTransport extends WrappedTransport implements Transport {
  protected override readonly inner: Transport;
  readonly #sink: TransportSink;
  readonly #clock: Clock;
  readonly #rule: { readonly delay: number; readonly isOver: () => boolean };
  /** Runs while a frame has its turn. */
  #turn: TimerHandle | undefined;
  /** What came out of turn: a login's second message, a ping, the Close. All else waits in the outbox. */
  readonly #waiting: (() => unknown)[] = [];
  /** Bytes of the messages among it. */
  #waitingBytes = 0;
  #hasPing = false;
  #isClosing = false;

  constructor(
    transport: TransportFactory,
    request: TransportRequest,
    sink: TransportSink,
    rule: { readonly delay: number; readonly isOver: () => boolean },
  ) {
    super();
    this.#sink = sink;
    this.#clock = request.clock;
    this.#rule = rule;
    this.inner = transport(request, {
      open: (info) => sink.open(info),
      text: (message) => this.#onArrival(() => sink.text(message)),
      binary: (message) => this.#onArrival(() => sink.binary(message)),
      ping: () => sink.ping(),
      pong: (payload) => this.#onArrival(() => sink.pong(payload)),
      hold: sink.hold && ((proceed, isEnd) => sink.hold?.(proceed, isEnd)),
      drain: () => this.#turn === undefined && sink.drain(),
      close: (closure) => {
        this.#stop();
        sink.close(closure);
      },
    });
  }

  get bufferedAmount(): number {
    // Out of turn only what never leaves still waits here.
    const bytes = this.inner.bufferedAmount + this.#waitingBytes;
    return this.#turn === undefined ? bytes : Number.POSITIVE_INFINITY;
  }

  send(data: SendData, options?: MessageOptions): boolean {
    if (this.#isClosing) return false;
    if (this.#turn === undefined) return this.#leave(() => this.inner.send(data, options)) === true;
    checkSendData(data);
    if (this.#waitingBytes > MAX_BUFFERED_BYTES) throw tooMuch(this.#waitingBytes);
    const copy = snapshot(data);
    const bytes = dataSize(copy);
    this.#waitingBytes += bytes;
    this.#waiting.push(() => {
      this.#waitingBytes -= bytes;
      return this.inner.send(copy, options);
    });
    return true;
  }

  ping(payload?: Uint8Array): void {
    // One is enough: its answer is the sign of life that all of them ask for.
    if (this.#hasPing || this.#isClosing) return;
    this.#hasPing = true;
    this.#inTurn(() => {
      this.#hasPing = false;
      this.inner.ping(payload);
    });
  }

  close(code?: number, reason?: string): void {
    if (this.#isClosing) return;
    checkCloseArguments(code, reason);
    this.#isClosing = true;
    this.#inTurn(() => this.inner.close(code, reason));
  }

  abandon(): void {
    this.#stop();
    this.inner.abandon();
  }

  #inTurn(frame: () => void): void {
    if (this.#turn === undefined) this.#leave(frame);
    else this.#waiting.push(frame);
  }

  /** Lets a frame out and gives it its turn, unless it says that it did not leave. */
  #leave(frame: () => unknown): unknown {
    const turn = this.#clock.setTimer(() => this.#next(), this.#rule.delay);
    this.#turn = turn;
    let result: unknown = false;
    try {
      result = frame();
      return result;
    } finally {
      if (result === false && this.#turn === turn) this.#stop();
    }
  }

  #onArrival(tell: () => void): void {
    if (!this.#isClosing) tell();
    if (this.#turn !== undefined && (this.#isClosing || this.#rule.isOver())) this.#next();
  }

  /** The turn is over. */
  #next(): void {
    this.#clock.clearTimer(this.#turn);
    this.#turn = undefined;
    const frame = this.#waiting.shift();
    if (frame !== undefined) this.#leave(frame);
    else if (!this.#isClosing) this.#sink.drain();
  }

  #stop(): void {
    this.#clock.clearTimer(this.#turn);
    this.#turn = undefined;
  }
}
