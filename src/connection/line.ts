// One try. This file is long because a line is where its parts meet: the address, the transport, the login, the watchdog and
// the secrets; each is a file of its own.
import { AbortSource } from '../base/abort.ts';
import { checkArgument } from '../base/checks.ts';
import type { TimerHandle } from '../base/clock.ts';
import { ConnectionError, HandshakeError, isKind } from '../base/errors.ts';
import { shownUrl } from '../base/shown-url.ts';
import * as CloseCode from '../protocol/close-codes.ts';
import type { Closure } from '../protocol/closure.ts';
import { HIGH_WATER_MARK_BYTES } from '../transport/high-water-mark.ts';
import type { Secrets } from '../transport/secrets.ts';
import { isSeveral, type Parcel } from '../transport/send-data.ts';
import type { MessageOptions, OpenInfo, Transport, TransportSink } from '../transport/transport.ts';
import { connectTimeout } from './backoff.ts';
import type {
  Agreed,
  ConnectionOptions,
  LineEnd,
  LineHandle,
  LoginConversation,
  LoginResult,
} from './connection-options.ts';
import type { Watchdog } from './heartbeat.ts';
import type { Renewal } from './renewal.ts';
import { findTarget, isPromise, type Target } from './target.ts';

/** What came or goes in one message. */
export type Message = string | Uint8Array;

/** What a line tells. Nothing is told after `ended`. */
export interface LineObserver {
  /** The transport is open and a login begins. */
  opened(): void;
  /** Messages may flow. */
  ready(): void;
  /** A message came, and is not part of the heartbeat or the login. */
  message(data: Message): void;
  /** The socket takes data again. */
  drain(): void;
  /** A round trip was measured, in milliseconds. */
  measured(rtt: number, smoothed: number): void;
  /** It is over. */
  ended(end: LineEnd): void;
}

/** Which try it is. */
export interface LineSetup {
  /** Attempts in a row, this one included. */
  readonly attempt: number;
  /** Index of the address, where there are several. */
  readonly address: number;
  /** New credentials in place of refused ones: they come first. */
  readonly renewal: Renewal;
}

/**
 * Where a line stands. It passes these in order, may leave some out, and never goes back: asked for the address, dialled,
 * logging in, ready, closing, over.
 */
const PREPARING = 0;
const OPENING = 1;
const LOGIN = 2;
const READY = 3;
const CLOSING = 4;
const OVER = 5;

/**
 * One try for a connection, and the connection if it succeeds: finds the address, dials, logs in, is watched, and ends
 * exactly once. Single use.
 */
export class Line implements LineHandle {
  readonly #options: ConnectionOptions;
  readonly #setup: LineSetup;
  readonly #timeout: number;
  readonly #secrets: Secrets | undefined;
  /** Aborted when the line ends or is closed. */
  readonly #abort = new AbortSource();
  /** Where it goes, without what may be secret; undefined until that is known. */
  target: string | undefined;
  #observer: LineObserver | undefined;
  #state: 0 | 1 | 2 | 3 | 4 | 5 = PREPARING;
  #transport: Transport | undefined;
  #watchdog: Watchdog | undefined;
  /** The deadline of what is under way: the address, the end of a login whose transport is gone, closing. */
  #timer: TimerHandle | undefined;
  /** What the login has not read yet. Undefined when nothing of it is left. */
  #login: LoginConversation | undefined;
  readonly #answer: { agreed: Agreed; login: LoginResult } = { agreed: {}, login: {} };
  /** What is known of the end while it cannot be told yet. */
  #end: Partial<LineEnd> = {};

  constructor(options: ConnectionOptions, setup: LineSetup, observer: LineObserver) {
    this.#options = options;
    this.#setup = setup;
    this.#observer = observer;
    this.#timeout = connectTimeout(setup.attempt, options.times);
    this.#secrets = options.secrets?.();
  }

  /** What the server agreed to; empty before that. */
  get agreed(): Agreed {
    return this.#answer.agreed;
  }

  /** What its login has told; empty before that. */
  get login(): LoginResult {
    return this.#answer.login;
  }

  /** Whether messages flow. */
  get isReady(): boolean {
    return this.#state === READY;
  }

  /** Whether the transport is open and the login under way. */
  get isLoggingIn(): boolean {
    return this.#state === LOGIN;
  }

  /** Bytes handed to the socket that it has not taken yet. */
  get bufferedAmount(): number {
    return this.#transport?.bufferedAmount ?? 0;
  }

  /** Changes with every byte that leaves. */
  get bytesSent(): number {
    return this.#transport?.bytesSent ?? -this.bufferedAmount;
  }

  /** Bytes that have come, as the transport counts them. */
  get bytesReceived(): number {
    return this.#transport?.bytesReceived ?? 0;
  }

  /** Whether it has ended, and nothing of it is to come. */
  get isOver(): boolean {
    return this.#state === OVER;
  }

  /** How the bytes travel, unless it is over a WebSocket as was asked for. */
  get wire(): string | undefined {
    return this.#transport?.wire;
  }

  /** When something was last heard, by the clock; undefined if that is not known. */
  get heardAt(): number | undefined {
    return this.#transport?.heardAt;
  }

  /** Whether the socket has so much to do that {@link send} takes nothing more for now. */
  get isFull(): boolean {
    return this.bufferedAmount > this.#options.maxBufferedBytes;
  }

  clean<T>(said: T): T {
    return this.#secrets?.clean(said, this.#options.clock.now()) ?? said;
  }

  /** Begins. Call it once, first. */
  start(): void {
    const { attempt, address, renewal } = this.#setup;
    const abort = this.#abort;
    const info = {
      attempt,
      address,
      get signal() {
        return abort.signal;
      },
      hide: this.hide,
    };
    let asked: 'URL_SOURCE' | 'CREDENTIALS' = 'URL_SOURCE';
    const failed = (error: unknown): void => this.#onBadStart(error, asked);
    try {
      const target = findTarget(this.#options, info, renewal, (what) => {
        asked = what;
      });
      if (isPromise(target)) this.#await(target, failed);
      else this.#dial(target);
    } catch (error) {
      failed(error);
    }
  }

  /** Hands a message to the socket. False, taking nothing, unless the line is ready and the socket has room. */
  send(data: Parcel, options?: MessageOptions): boolean {
    if (this.#state !== READY || this.isFull) return false;
    const transport = this.#transport as Transport;
    if (!isSeveral(data)) return transport.send(data, options);
    // What does not take one of them takes none of those behind it: the line is ending.
    return data.every((one) => transport.send(one, options));
  }

  /** Whether {@link pause} really stops the server. */
  get canPause(): boolean {
    return this.#transport?.features.pause === true;
  }

  /** Stops reading, so that the server feels it. No sign of life can be heard meanwhile, and none is asked for. */
  pause(): void {
    if (!this.isReady || !this.canPause) return;
    this.#watchdog?.stop();
    this.#transport?.pause();
  }

  /** Reads again, and watches anew. */
  resume(): void {
    if (!this.isReady || !this.canPause) return;
    this.#transport?.resume();
    this.#watchdog?.start();
    this.#watchdog?.ready();
  }

  /** Whether a silence of the server's would be noticed. */
  get isWatched(): boolean {
    return this.#watchdog?.isWatching === true || this.#transport?.features.watched === true;
  }

  /** The answer to the question of the heartbeat came. */
  answered(): void {
    this.#watchdog?.onAnswer();
  }

  /** Asks the server for a sign of life now, if there is a way to ask. Without one the line is given up. */
  probe(): void {
    this.#watchdog?.probe();
  }

  /** Ends it politely. `ended` follows, within `closeTimeout` whatever the transport does. */
  close(code?: number, reason?: string): void {
    if (this.#state >= CLOSING) return;
    const transport = this.#transport;
    // The transport is gone, or never was: only the login, or the address, was waited for.
    if (transport === undefined || this.#end.closure !== undefined) return this.#finish({});
    this.#leave(CLOSING);
    transport.close(code, reason);
    if (this.canPause) transport.resume(); // a paused line could not hear the server's Close
    const { closeTimeout } = this.#options;
    // Set behind the transport's own deadline, so that the transport, which knows more, speaks first.
    this.#within(closeTimeout, () =>
      this.abandon(new ConnectionError('CLOSE_TIMEOUT', { detail: 'transport', timeout: closeTimeout })),
    );
  }

  /** Ends it at once, for a line that is good for nothing. `ended` follows before this returns. */
  abandon(error: ConnectionError, isLocal = false): void {
    if (this.#end.closure === undefined) this.#transport?.abandon();
    this.#finish({ closure: neverOpened(error), isLocal });
  }

  /** Ends it politely, but does not wait: `ended` follows before this returns, and nothing after it. */
  part(code: number, reason: string, end: Partial<LineEnd>): void {
    const observer = this.#observer;
    this.#observer = undefined;
    this.close(code, reason);
    observer?.ended({ closure: { ...neverOpened(), sent: { code, reason } }, ...end });
  }

  readonly hide = (secret: string): void => this.#secrets?.add(secret);

  #await(target: PromiseLike<Target>, failed: (error: unknown) => void): void {
    const timeout = this.#timeout;
    // The function may itself have closed the connection.
    if (timeout > 0 && this.#state === PREPARING) {
      const tooLate = (): HandshakeError =>
        new HandshakeError('TIMEOUT', { phase: 'url', detail: 'preparing', timeout });
      this.#within(timeout, () => this.#finish({ closure: neverOpened(tooLate()) }));
    }
    target.then((found) => this.#dial(found), failed);
  }

  #dial(target: Target): void {
    // Whoever was asked for the address may have closed the connection.
    if (this.#state !== PREPARING) return;
    this.#state = OPENING;
    this.#within();
    this.target = shownUrl(target.url);
    const { closeTimeout, limits, clock, random, transport, maxBufferedBytes } = this.#options;
    const request = {
      ...target,
      handshakeTimeout: this.#timeout,
      closeTimeout,
      highWaterMark: Math.min(HIGH_WATER_MARK_BYTES, maxBufferedBytes),
      limits,
      clock,
      random,
    };
    const take = (data: Message): void => this.#onMessage(data);
    const secrets = this.#secrets;
    try {
      const sink: TransportSink = {
        open: (info) => this.#onOpen(info),
        text: take,
        binary: take,
        ping: () => this.#watchdog?.onPing(),
        pong: (payload) => this.#watchdog?.onPong(payload),
        drain: () => this.#onDrain(),
        close: (closure) => this.#onClose(closure, target.url),
      };
      const made = transport(
        secrets?.request(request) ?? request,
        secrets?.sink(sink, target.protocols) ?? sink,
      );
      checkArgument({ methods: ['send'] }, 'transport()', made);
      this.#transport = made;
      // The factory of the transport may itself have closed the connection.
      if (this.#state !== OPENING) made.abandon();
    } catch (error) {
      this.#onBadStart(error, 'CONNECT');
    }
  }

  /**
   * The try could not even begin: a wrong option ends everything, a refusal the login, anything else is tried again, as the
   * transport tells it or as this `code`.
   */
  #onBadStart(cause: unknown, code?: 'URL_SOURCE' | 'CREDENTIALS' | 'CONNECT'): void {
    if (this.#state >= CLOSING) return;
    if (isKind(cause, 'UsageError')) return this.#finish({ unusable: cause });
    if (isKind(cause, 'AuthError')) return this.#finish({ loginError: cause });
    if (code === undefined) return;
    if (isKind(cause, 'HandshakeError')) return this.#finish({ closure: neverOpened(cause) });
    const [phase, detail] = code === 'CONNECT' ? (['tcp', 'transport'] as const) : (['url'] as const);
    this.#finish({
      closure: neverOpened(new HandshakeError(code, { phase, detail, cause })),
    });
  }

  #onOpen({ protocol, headers }: OpenInfo): void {
    if (this.#state !== OPENING) return;
    this.#answer.agreed = { protocol, headers };
    const { login, clock, limits, wire } = this.#options;
    this.#watch();
    if (login === undefined) return this.#becomeReady();
    this.#state = LOGIN;
    this.#observer?.opened();
    // Whoever was told of it may have closed the line.
    if (!this.isLoggingIn) return;
    const abort = this.#abort;
    const conversation = login.begin({
      ...this.agreed,
      attempt: this.#setup.attempt,
      wire: wire?.(),
      clock,
      maxBytes: limits.maxMessageBytes,
      // A secret beside text that others choose can be guessed by its compressed length (BREACH).
      send: (data, mayBeSecret = true) => {
        if (mayBeSecret) this.#secrets?.addMessage(data);
        this.#transport?.send(data, { compress: false });
      },
      hide: this.hide,
      clean: (said) => this.clean(said),
      announce: (interval, beat) => this.#watchdog?.announce(interval, beat),
      get signal() {
        return abort.signal;
      },
    });
    this.#login = conversation;
    conversation.done.then(
      (told) => {
        this.#answer.login = told ?? {};
        this.#becomeReady();
      },
      (error) => this.#onRefused(error),
    );
  }

  #watch(): void {
    const { watchdog, question, clock, random } = this.#options;
    const transport = this.#transport as Transport;
    const line = this;
    this.#watchdog = watchdog?.(
      {
        get bufferedAmount() {
          return line.bufferedAmount;
        },
        get bytesSent() {
          return line.bytesSent;
        },
        canPing: transport.features.ping,
        question,
        get bytesReceived() {
          return transport.bytesReceived;
        },
        ping: (payload) => transport.ping(payload),
        send: (data) => transport.bufferedAmount <= HIGH_WATER_MARK_BYTES && transport.send(data),
        measured: (rtt, smoothed) => this.#observer?.measured(rtt, smoothed),
        dead: (silence, isLocal) =>
          this.abandon(new ConnectionError('HEARTBEAT_TIMEOUT', { timeout: silence }), isLocal),
      },
      { clock, random },
    );
    this.#watchdog?.start();
  }

  #becomeReady(): void {
    if (this.#state !== OPENING && this.#state !== LOGIN) return;
    this.#state = READY;
    const login = this.#login;
    login?.dismiss(new ConnectionError('LOGIN_FAILED', { detail: 'over' }));
    this.#watchdog?.ready();
    this.#observer?.ready();
    // What came right behind the login's last answer. Whoever hears it may close.
    while (login?.next !== undefined && this.isReady) {
      this.#observer?.message(login.next);
      login.shift();
    }
    this.#login = undefined;
  }

  #onRefused(error: unknown): void {
    if (this.#state !== LOGIN) return;
    if (isKind(error, 'AuthError')) {
      // The server has said no: part politely, then tell.
      this.#end = { ...this.#end, loginError: error };
      this.close(CloseCode.normal);
    } else if (this.#end.closure === undefined) {
      this.abandon(
        isKind(error, 'ConnectionError')
          ? error
          : new ConnectionError('LOGIN_FAILED', { detail: 'failed', cause: error }),
      );
    }
  }

  #onMessage(data: Message): void {
    if (this.#state >= CLOSING || this.#watchdog?.onMessage(data) === true) return;
    const login = this.#login;
    if (login === undefined) this.#observer?.message(data);
    else if (!login.take(data)) this.abandon(new ConnectionError('LOGIN_FAILED', { detail: 'flooded' }));
  }

  #onDrain(): void {
    this.#watchdog?.onDrain();
    if (this.isReady) this.#observer?.drain();
  }

  #onClose(closure: Closure, url: string): void {
    // An option that was asked for may be wrong for ever, or say that there are no credentials any more.
    if (this.#state === OPENING) this.#onBadStart(closure.error?.cause);
    const state = this.#state;
    const explained = state === OPENING ? this.#options.explain?.(closure, url, this.#abort) : undefined;
    if (explained !== undefined) {
      this.#end = { closure };
      void explained.then((found) => this.#finish({ closure: found }));
    } else if (state === LOGIN) {
      // The answer that the login waits for may have come right before the Close: let it be read first. A login that is
      // busy with something else is told by its signal, and not waited for.
      this.#end = { closure };
      this.#watchdog?.stop();
      const login = this.#login as LoginConversation;
      login.end(endedDuringLogin(closure));
      const end = (): void => this.#finish({});
      this.#within(0, end);
      login.done.then(end, end);
    } else {
      this.#finish({ closure, isLocal: this.#watchdog?.inDoubt });
    }
  }

  /** Nothing is watched, waited for or read any more. */
  #leave(state: typeof CLOSING | typeof OVER): void {
    this.#state = state;
    this.#within();
    this.#watchdog?.stop();
    this.#abort.abort();
    this.#login?.dismiss(endedDuringLogin(this.#end.closure));
    this.#login = undefined;
  }

  /** Tells the end, once. */
  #finish(given: Partial<LineEnd>): void {
    if (this.#state === OVER) return;
    const end = { closure: neverOpened(), ...this.#end, ...given };
    // A login, or whoever was asked for credentials, may have repeated what the server said.
    const told = this.#secrets?.clean(end) ?? end;
    const observer = this.#observer;
    this.#end = told;
    this.#observer = undefined;
    this.#leave(OVER);
    observer?.ended(told);
  }

  /** Replaces the deadline in force. */
  #within(delay = 0, then?: () => void): void {
    const { clock } = this.#options;
    clock.clearTimer(this.#timer);
    this.#timer = then && clock.setTimer(then, delay);
  }
}

/** The end of what never opened. */
export function neverOpened(error?: Closure['error']): Closure {
  return { code: CloseCode.abnormal, reason: '', wasClean: false, error };
}

function endedDuringLogin(closure?: Closure): ConnectionError {
  const { received, sent } = closure ?? {};
  return new ConnectionError('CONNECTION_LOST', { detail: 'during-login', received, sent });
}
