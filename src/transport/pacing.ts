import type { Clock, TimerHandle } from '../base/clock.ts';
import { DeliveryError } from '../base/errors.ts';
import type { Plugin } from '../base/plugin.ts';
import { checkCloseArguments } from '../protocol/close-code.ts';
import { type AwaitReplyOptions, checkAwaitReply, checkInterval, checkRate } from './checks.ts';
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
  return pacing((transport, isAwaited) =>
    paced(transport, () => ({ take: () => timeout, isOver: () => !isAwaited() })),
  );
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
  return pacing((transport) => paced(transport, () => ({ take: () => interval, isOver: () => false })));
}

/**
 * The pacing of a server that allows so many messages in a while, and ends connections that send more: in no `window`
 * milliseconds leave more than `messages`, pings and the Close among them. Half of them may leave at once; then the others leave
 * one by one, so that a heartbeat never waits for a whole window. Counted for each connection. What is on its way may arrive
 * closer together than it left: stay a little below what the server says.
 *
 * @throws UsageError `INVALID_OPTION` for a number that is none
 * @example
 * ```ts
 * createClient({ url, use: [atRate(110, 60_000)] }); // Discord's gateway: 120 a minute
 * ```
 */
export function atRate(messages: number, window: number): Pacing {
  checkRate(messages, window, atRate);
  return pacing((transport) => paced(transport, () => budget(messages, window)));
}

/**
 * A bucket of half of the messages, which fills so fast that it and what flows in meanwhile are all that a window allows (GCRA:
 * one time says how full it is).
 */
function budget(messages: number, window: number): Rule {
  const burst = Math.max(1, Math.floor(messages / 2));
  const interval = window / Math.max(1, messages - burst);
  let fullAt = Number.NEGATIVE_INFINITY;
  return {
    take(now) {
      fullAt = Math.max(fullAt, now) + interval;
      const delay = fullAt - burst * interval + interval - now;
      return delay > 0 ? delay : undefined;
    },
    giveBack() {
      fullAt -= interval;
    },
    isOver: () => false,
  };
}

/** When the next frame may leave. One for each connection. */
interface Rule {
  /** A frame leaves: for so long, in milliseconds, it has its turn. Undefined: the next may follow at once. */
  take(now: number): number | undefined;
  /** It did not leave after all. */
  giveBack?(): void;
  /** Whether something that came ends the turn. */
  isOver(): boolean;
}

function pacing(wrap: Pacing['wrap']): Pacing {
  const plugin = (core: PacingCore): void => {
    const { options } = core.connection;
    options.transport = wrap(options.transport, () => core.requests?.isAwaited === true);
  };
  return Object.assign(plugin, { wrap });
}

/** A transport where frames leave as a rule says. */
function paced(transport: TransportFactory, rule: () => Rule): TransportFactory {
  return (request, sink) => new PacedTransport(transport, request, sink, rule());
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
  readonly #rule: Rule;
  /** Runs while a frame has its turn. */
  #turn: TimerHandle | undefined;
  /** What came out of turn: a login's second message, a ping, the Close. All else waits in the outbox. */
  readonly #waiting: (() => unknown)[] = [];
  /** Bytes of the messages among it. */
  #waitingBytes = 0;
  #hasPing = false;
  #isClosing = false;

  constructor(transport: TransportFactory, request: TransportRequest, sink: TransportSink, rule: Rule) {
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
    const delay = this.#rule.take(this.#clock.now());
    const turn = delay === undefined ? undefined : this.#clock.setTimer(() => this.#next(), delay);
    this.#turn = turn;
    let result: unknown = false;
    try {
      result = frame();
      return result;
    } finally {
      if (result === false) this.#rule.giveBack?.();
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
    if (frame === undefined) {
      if (!this.#isClosing) this.#sink.drain();
      return;
    }
    this.#leave(frame);
    // Others may follow at once.
    if (this.#turn === undefined) this.#next();
  }

  #stop(): void {
    this.#clock.clearTimer(this.#turn);
    this.#turn = undefined;
  }
}
