import type { TimerHandle } from '../../base/clock.ts';
import {
  type CloseFrame,
  ConnectionError,
  HandshakeError,
  type HoldlineError,
  isKind,
  ProtocolError,
  UsageError,
} from '../../base/errors.ts';
import { fill, own } from '../../base/need.ts';
import { shownUrl } from '../../base/shown-url.ts';
import { checkCloseArguments } from '../../protocol/close-code.ts';
import * as CloseCode from '../../protocol/close-codes.ts';
import { parseWebSocketUrl } from '../../protocol/url.ts';
import { HIGH_WATER_MARK_BYTES } from '../high-water-mark.ts';
import { traceMessage } from '../message-trace.ts';
import { checkSendData } from '../send-data.ts';
import type {
  SendData,
  Transport,
  TransportFactory,
  TransportFeatures,
  TransportRequest,
  TransportSink,
} from '../transport.ts';
import { checkPolling, checkPollingRequest } from './checks.ts';
import { BYTES_PER_MS, Exchange, type Patience, unreadable, type Wire } from './exchange.ts';
import { Inbox } from './inbox.ts';
import type {
  PollAnswer,
  PollFetch,
  PollingOptions,
  PollMessage,
  PollNews,
  PollRequest,
  PollStart,
} from './options.ts';
import { Poller } from './poller.ts';
import { Poster } from './poster.ts';

/** The options in force unless others are given. */
export const DEFAULT_POLLING: {
  readonly interval: number;
  readonly hold: number;
  readonly timeout: number;
  readonly maxBatch: number;
  readonly repeats: boolean;
  readonly keeps: boolean;
} = /* @__PURE__ */ Object.freeze({
  interval: 0,
  hold: 0,
  timeout: 10_000,
  maxBatch: 100,
  repeats: false,
  keeps: false,
});

/**
 * The transport over HTTP requests, for servers that are polled and for networks that let no WebSocket through: the same
 * client, the same promises, at the price of a request for what a WebSocket does with a frame. How a server is polled is
 * said by the options; there are presets for those that exist.
 *
 * A request that fails while messages are in it ends the connection: the server may have them, so they are never sent again
 * by the transport.
 *
 * @throws UsageError `INVALID_OPTION` naming the option that is wrong
 * @example
 * ```ts
 * const client = createClient({ url: 'https://example.com/chat', transport: pollingTransport(longPolling()) });
 * ```
 */
export function pollingTransport<Session>(options: PollingOptions<Session>): TransportFactory {
  checkPolling(options, pollingTransport);
  const given = own(options);
  const settings: Settings<Session> = { ...given, ...fill(DEFAULT_POLLING, given as typeof DEFAULT_POLLING) };
  return (request, sink) => {
    parseWebSocketUrl(request.url);
    checkPollingRequest(request, settings.accept !== undefined);
    const fetch = settings.fetch ?? (globalThis as { fetch?: PollFetch }).fetch;
    if (fetch === undefined) throw new UsageError('UNSUPPORTED', { detail: 'no-fetch' });
    return new PollingTransport(settings, fetch, request, sink);
  };
}

type Settings<Session> = Omit<PollingOptions<Session>, keyof typeof DEFAULT_POLLING> &
  Omit<typeof DEFAULT_POLLING, 'hold'> & { readonly hold: number | ((session: Session) => number) };

const isText = (data: unknown): boolean => typeof data === 'string';

/** `ending`: `sink.close` is on its way and nothing else will be told. */
type State = 'opening' | 'open' | 'closing' | 'ending' | 'closed';

class PollingTransport<Session> implements Transport {
  readonly features: TransportFeatures;
  readonly wire = 'polling';
  bytesReceived = 0;
  heardAt: number | undefined;
  readonly #options: Settings<Session>;
  readonly #request: TransportRequest;
  readonly #sink: TransportSink;
  readonly #wire: Wire;
  readonly #inbox: Inbox;
  readonly #poster: Poster;
  readonly #poller: Poller;
  /** Requests beside the poll: those of the opening, one that sends, the goodbye. */
  readonly #others = new Set<Exchange>();
  #state: State = 'opening';
  #session!: Session;
  /** The deadline of the opening, then of closing, then the task that tells the end: one at a time. */
  #deadline: TimerHandle | undefined;
  /** What we closed with. */
  #sent: CloseFrame | undefined;
  /** Messages that a poll carries: the server has them when it answers that poll. */
  #carried: { isAsked: boolean; readonly taken: () => void } | undefined;

  constructor(settings: Settings<Session>, fetch: PollFetch, request: TransportRequest, sink: TransportSink) {
    this.#options = settings;
    this.#request = request;
    this.#sink = sink;
    request.secrets?.add(request.headers);
    this.features = { ping: false, pause: settings.keeps, headers: true, watched: true };
    const { clock, limits, headers, highWaterMark = HIGH_WATER_MARK_BYTES } = request;
    const arrived = (bytes: number): void => {
      // An answer without a body is life too.
      this.bytesReceived += bytes + 1;
      this.heardAt = clock.now();
    };
    this.#wire = { fetch, clock, limits, headers, credentials: settings.credentials, arrived };
    const transport = this;
    this.#inbox = new Inbox({
      get isOpen() {
        return transport.#state === 'open';
      },
      message: (message) => this.#tell(message),
      goodbye: (close) => this.#endLater(undefined, close),
      empty: () => this.#poller.goOn(),
    });
    this.#poster = new Poster({
      maxBatch: settings.maxBatch,
      highWaterMark,
      post: (messages, taken) => this.#post(messages, taken),
      drained: () => this.#state === 'open' && sink.drain(),
      idle: () => this.#state === 'closing' && this.#sayGoodbye(),
      failed: (cause) =>
        this.#lose(new ConnectionError('CONNECTION_LOST', { detail: 'unreadable-blob', cause })),
    });
    this.#poller = new Poller({
      clock,
      interval: settings.interval,
      repeats: settings.repeats,
      get mayAsk() {
        // One that carries messages may have to be repeated.
        if (transport.#state === 'closing') return transport.#carried !== undefined;
        return transport.#state === 'open' && transport.#inbox.isReady;
      },
      ask: () => this.#nextPoll(),
      answered: (answer) => this.#polled(answer),
      failed: (error) => this.#lose(error),
    });
    this.#open();
  }

  get bufferedAmount(): number {
    return this.#poster.bufferedAmount;
  }

  get bytesSent(): number {
    return this.#poster.bytesSent;
  }

  send(data: SendData): boolean {
    checkSendData(data);
    if (this.#state !== 'open') return false;
    const { send, carries = isText } = this.#options;
    if (send === undefined) throw new UsageError('UNSUPPORTED', { detail: 'no-send' });
    if (!carries(data)) throw new UsageError('INVALID_DATA', { detail: 'polling' });
    traceMessage(this.#request.trace, 'out', data);
    this.#poster.add(data);
    return true;
  }

  ping(): void {}

  close(code?: number, reason?: string): void {
    checkCloseArguments(code, reason);
    if (this.#state === 'opening') {
      this.#endLater(new HandshakeError('HANDSHAKE_ABORTED', { phase: 'unknown' }));
    } else if (this.#state === 'open') {
      this.#state = 'closing';
      const sent = { code: code ?? CloseCode.noStatus, reason: reason ?? '' };
      this.#sent = sent;
      const { closeTimeout: timeout } = this.#request;
      this.#await(timeout, () =>
        this.#end(new ConnectionError('CLOSE_TIMEOUT', { detail: 'server', sent, timeout })),
      );
      if (this.#poster.isIdle) this.#sayGoodbye();
      // Paused, it did not ask for anything.
      else if (this.#carried?.isAsked === false) this.#poller.urge();
    }
  }

  abandon(): void {
    this.#endLater(
      this.#state === 'opening'
        ? new HandshakeError('HANDSHAKE_ABORTED', { phase: 'unknown' })
        : new ConnectionError('CONNECTION_LOST', { detail: 'abandoned', sent: this.#sent }),
    );
  }

  pause(): void {
    if (this.features.pause) this.#inbox.pause();
  }

  resume(): void {
    this.#inbox.resume();
  }

  #open(): void {
    const { url, protocols, random, handshakeTimeout: timeout, secrets } = this.#request;
    const server = shownUrl(url);
    if (timeout > 0) {
      const tooLate = (): HandshakeError => new HandshakeError('TIMEOUT', { phase: 'http', server, timeout });
      this.#await(timeout, () => this.#end(tooLate()));
    }
    const first = timeout > 0 ? timeout : Number.POSITIVE_INFINITY;
    let headers: ReadonlyMap<string, string> | undefined;
    const opening = {
      url: new URL(url.replace(/^ws/i, 'http')),
      protocols,
      random,
      hide: (secret: string): void => secrets?.add(secret),
      ask: async (request: PollRequest): Promise<PollAnswer> => {
        const answer = await this.#ask(request, { first, silence: first });
        headers = answer.headers;
        return answer;
      },
    };
    // Not before the factory has returned.
    Promise.resolve()
      .then(() => (this.#state === 'opening' ? this.#options.start(opening) : undefined))
      .then(
        (started) => started && this.#opened(started, headers),
        (error: unknown) => {
          if (this.#state === 'opening') this.#end(isOurs(error) ? error : unreadable(server, error));
        },
      );
  }

  #opened(started: PollStart<Session>, headers: ReadonlyMap<string, string> | undefined): void {
    if (this.#state !== 'opening') return;
    this.#await(undefined);
    this.#session = started.session;
    this.#state = 'open';
    const { protocols } = this.#request;
    const protocol = protocols.length > 0 ? (this.#options.accept?.(protocols) ?? '') : '';
    this.#sink.open({ protocol, extensions: '', headers });
    this.#hear(started);
  }

  /** A request beside the poll. */
  async #ask(request: PollRequest, patience: Patience): Promise<PollAnswer> {
    const exchange = new Exchange(this.#wire, request, patience);
    this.#others.add(exchange);
    try {
      return await exchange.start();
    } finally {
      this.#others.delete(exchange);
    }
  }

  #nextPoll(): Exchange | undefined {
    const { hold: held, timeout, separator } = this.#options;
    const told = typeof held === 'number' ? held : (this.#try(() => held(this.#session)) ?? 0);
    // What is no time would be no deadline.
    const hold = Number.isFinite(told) && told > 0 ? told : 0;
    const request = this.#try(() => this.#options.poll(this.#session));
    // What it threw has ended the connection: nothing was handed over.
    if (this.#state === 'ending') return undefined;
    if (request === undefined) return this.#settleCarried();
    if (this.#carried) this.#carried.isAsked = true;
    const take = (answer: PollAnswer): void => void this.#polled(answer);
    const parts = separator === undefined ? undefined : { separator, take };
    // What is read part by part may be silent between two of them for as long as a poll may be held.
    const silence = separator === undefined ? timeout : hold + timeout;
    return new Exchange(this.#wire, request, { first: hold + timeout, silence, parts });
  }

  /** A poll was answered, or a part of its answer is here. Returns whether it said anything. */
  #polled(answer: PollAnswer): boolean {
    const isNews = this.#take(answer, (session) => this.#options.parse(answer, session));
    if (this.#carried?.isAsked && (this.#state === 'open' || this.#state === 'closing'))
      this.#settleCarried();
    return isNews;
  }

  #settleCarried(): undefined {
    const carried = this.#carried;
    this.#carried = undefined;
    carried?.taken();
  }

  #post(messages: readonly PollMessage[], taken: () => void): void {
    const { send, sent, timeout } = this.#options;
    const isOver = (): boolean => this.#state !== 'open' && this.#state !== 'closing';
    if (isOver()) return;
    const request = this.#try(() => send?.(messages, this.#session));
    if (isOver()) return;
    if (request === undefined) {
      this.#carried = { isAsked: false, taken };
      return this.#poller.urge();
    }
    const done = (): void => {
      taken();
      this.#poller.urge();
    };
    const first = timeout + (request.body?.length ?? 0) / BYTES_PER_MS;
    this.#ask(request, { first, silence: timeout }).then(
      (answer) => {
        if (isOver()) return;
        if (sent !== undefined) this.#take(answer, (session) => sent(answer, session));
        if (!isOver()) done();
      },
      (error) => this.#lose(error),
    );
  }

  /** Everything that was handed over has left. */
  #sayGoodbye(): void {
    const sent = this.#sent as CloseFrame;
    const { end, sent: read, timeout } = this.#options;
    const request = this.#try(() => end?.(this.#session, sent));
    if (this.#state !== 'closing') return;
    // Without a word for it the server is left waiting for the next question.
    if (request === undefined) return this.#endLater(undefined);
    this.#ask(request, { first: Number.POSITIVE_INFINITY, silence: timeout }).then(
      (answer) => {
        const news = this.#try(() => read?.(answer, this.#session));
        if (this.#state === 'closing') this.#endLater(undefined, news?.close ?? sent);
      },
      (cause) =>
        this.#state === 'closing' &&
        this.#endLater(new ConnectionError('CONNECTION_CLOSED', { detail: 'failed', sent, cause })),
    );
  }

  /** Reads an answer. Returns whether it said anything. */
  #take(answer: PollAnswer, read: (session: Session) => PollNews): boolean {
    let news: PollNews;
    try {
      news = read(this.#session);
    } catch (error) {
      this.#lose(isOurs(error) ? error : unreadable(shownUrl(this.#request.url), error, answer));
      return false;
    }
    return this.#hear(news);
  }

  #hear({ messages = [], close, isGone }: PollNews): boolean {
    const { maxFragments: limit } = this.#request.limits;
    const size = messages.length;
    if (size > limit) {
      const closeCode = CloseCode.policyViolation;
      this.#lose(new ProtocolError('TOO_MANY_FRAGMENTS', { closeCode, limit, size }));
    } else if (isGone === true) {
      this.#lose(new ConnectionError('CONNECTION_LOST', { detail: 'session-gone' }));
    } else if (this.#state === 'open') {
      this.#inbox.take({ messages, close });
    }
    return size > 0;
  }

  #tell(message: PollMessage): void {
    traceMessage(this.#request.trace, 'in', message);
    if (typeof message === 'string') this.#sink.text(message);
    else this.#sink.binary(message);
  }

  /** Runs what the options say; its failure is the end of the connection. */
  #try<T>(step: () => T): T | undefined {
    try {
      return step();
    } catch (error) {
      this.#lose(isOurs(error) ? error : unreadable(shownUrl(this.#request.url), error));
      return undefined;
    }
  }

  /** Something failed on an open connection. */
  #lose(error: HoldlineError): void {
    if (this.#state !== 'open' && this.#state !== 'closing') return;
    if (isKind(error, 'ProtocolError') || isKind(error, 'ConnectionError')) return this.#endLater(error);
    const { status = 0 } = error as HandshakeError;
    const isGone = this.#options.forgotten?.includes(status) === true;
    const detail = isGone ? 'session-gone' : 'request-failed';
    const code = this.#sent === undefined ? 'CONNECTION_LOST' : 'CONNECTION_CLOSED';
    this.#endLater(new ConnectionError(code, { detail, cause: error, sent: this.#sent }));
  }

  /** Replaces the deadline in force. */
  #await(delay: number | undefined, callback?: () => void): void {
    this.#request.clock.clearTimer(this.#deadline);
    this.#deadline = callback && this.#request.clock.setTimer(callback, delay as number);
  }

  /** Ends in a later task, so that a caller never hears of the end before its own call has returned. */
  #endLater(
    error: HandshakeError | ConnectionError | ProtocolError | undefined,
    received?: CloseFrame,
  ): void {
    if (this.#state === 'ending' || this.#state === 'closed') return;
    this.#state = 'ending';
    this.#release();
    this.#await(0, () => this.#end(error, received));
  }

  /** `received` is the server's goodbye; without it, and without an error, this side has stopped asking. */
  #end(error: HandshakeError | ConnectionError | ProtocolError | undefined, received?: CloseFrame): void {
    this.#state = 'closed';
    this.#release();
    const { code, reason } = received ?? { code: CloseCode.abnormal, reason: '' };
    const sent = this.#sent;
    this.#sink.close({ code, reason, wasClean: received !== undefined, received, sent, error });
  }

  /** No request and no timer is left. */
  #release(): void {
    this.#await(undefined);
    this.#poller.stop();
    this.#poster.stop();
    for (const exchange of this.#others) exchange.end();
    this.#others.clear();
  }
}

function isOurs(error: unknown): error is HandshakeError | ProtocolError {
  return isKind(error, 'HandshakeError') || isKind(error, 'ProtocolError');
}
