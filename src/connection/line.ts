import type { TimerHandle } from '../base/clock.ts';
import { type Deferred, deferred } from '../base/deferred.ts';
import { type AuthError, ConnectionError } from '../base/errors.ts';
import { CloseCode } from '../protocol/close-code.ts';
import type { Closure } from '../protocol/closure.ts';
import { HIGH_WATER_MARK_BYTES } from '../transport/high-water-mark.ts';
import type { SendData, Transport } from '../transport/transport.ts';
import type { ConnectionOptions, LoginLine } from './connection-options.ts';
import { isKind } from './error-kind.ts';
import { Heartbeat } from './heartbeat.ts';

/** What a line tells its connection. Nothing is told after `ended`. */
export interface LinePort {
  /** The transport is open and a login begins. */
  open(): void;
  /** Messages may flow. */
  ready(): void;
  message(data: string | Uint8Array): void;
  drain(): void;
  measured(rtt: number, smoothed: number): void;
  /** It is over. `loginError`: because the server refused the login. */
  ended(closure: Closure, loginError?: AuthError): void;
}

/**
 * How long a login waits for the server's next message unless it says otherwise, in milliseconds: a server that is
 * alive and says nothing must not hold up a client for ever.
 */
export const DEFAULT_LOGIN_REPLY_TIMEOUT_MS = 10_000;

/** Most messages that are kept while a login runs and does not read them. */
const MAX_UNREAD_MESSAGES = 1_000;

type Message = string | Uint8Array;

/** One line to the server: a transport, the login on it, the watchdog over it. Single use. */
export class Line {
  readonly #options: ConnectionOptions;
  readonly #port: LinePort;
  readonly #abort = new AbortController();
  #transport!: Transport;
  #heartbeat: Heartbeat | undefined;
  #stage: 'opening' | 'login' | 'ready' | 'over' = 'opening';
  /** Messages that came during the login and were not read by it. */
  #unread: Message[] = [];
  #unreadBytes = 0;
  /** Who waits for messages during the login, first come, first served. */
  readonly #readers = new Set<Deferred<Message>>();
  #login: Promise<void> | undefined;
  #loginError: AuthError | undefined;
  /** We have begun to close: what comes now is no longer told. */
  #closing = false;
  /** The newest message of the heartbeat that the socket had no room for. */
  #heldBeat: Message | undefined;
  /** The line has ended, and the login may still read what came before that. */
  #closure: Closure | undefined;
  /** The deadline of closing, or of a login whose line has ended. */
  #deadline: TimerHandle | undefined;

  constructor(options: ConnectionOptions, port: LinePort) {
    this.#options = options;
    this.#port = port;
  }

  get bufferedAmount(): number {
    return this.#transport.bufferedAmount;
  }

  /**
   * Starts the transport. Call it once, first.
   *
   * @throws UsageError for options that no transport could work with
   */
  dial(url: string, { attempt, timeout }: { attempt: number; timeout: number }): void {
    const { protocols, closeTimeout, limits, clock, random, trace, transport } = this.#options;
    this.#transport = transport(
      { url, protocols, headers: [], handshakeTimeout: timeout, closeTimeout, limits, clock, random, trace },
      {
        open: () => this.#onOpen(attempt),
        text: (message) => this.#onMessage(message),
        binary: (message) => this.#onMessage(message),
        pong: () => this.#heartbeat?.onPong(),
        drain: () => this.#onDrain(),
        close: (closure) => this.#onClose(closure),
      },
    );
  }

  send(data: SendData): boolean {
    return this.#transport.send(data);
  }

  /**
   * Sends a message of the heartbeat. To a server that pings and does not read, only the newest is worth sending, as
   * with Pongs (RFC 6455, 5.5.3): more would grow in our memory.
   */
  #beat(data: Message): void {
    if (this.#transport.bufferedAmount > HIGH_WATER_MARK_BYTES) this.#heldBeat = data;
    else this.#transport.send(data);
  }

  #onDrain(): void {
    const held = this.#heldBeat;
    this.#heldBeat = undefined;
    if (held !== undefined) this.#transport.send(held);
    if (this.#stage === 'ready') this.#port.drain();
  }

  /** Ends the line politely. `ended` follows, within `closeTimeout` whatever the transport does. */
  close(code?: number, reason?: string): void {
    const { clock, closeTimeout } = this.#options;
    this.#closing = true;
    this.#heartbeat?.stop();
    this.#abort.abort();
    this.#dismissReaders(endedDuringLogin());
    // The line had ended already, and only the login was waited for.
    if (this.#closure !== undefined) return this.#end(this.#closure);
    this.#transport.close(code, reason);
    clock.clearTimer(this.#deadline);
    // Set behind the transport's own deadline, so that the transport, which knows more, speaks first.
    this.#deadline = clock.setTimer(() => this.#abandon(closingTookTooLong(closeTimeout)), closeTimeout);
  }

  #onOpen(attempt: number): void {
    if (this.#closing || this.#stage === 'over') return;
    const { login } = this.#options;
    this.#watch();
    if (login === undefined) {
      this.#becomeReady();
      return;
    }
    this.#stage = 'login';
    this.#port.open();
    if (this.#closing) return;
    const line: LoginLine = {
      send: (data) => void this.#transport.send(data),
      receive: (timeout) => this.#receive(timeout),
      signal: this.#abort.signal,
      attempt,
    };
    // In a function of its own, so that a login that throws at once fails like one that rejects.
    this.#login = (async () => login(line))().then(
      () => this.#becomeReady(),
      (error) => this.#onLoginFailure(error),
    );
  }

  #watch(): void {
    const { heartbeat, clock, random } = this.#options;
    if (heartbeat === undefined) return;
    const transport = this.#transport;
    const port = {
      canPing: transport.features.ping,
      get bytesReceived() {
        return transport.bytesReceived;
      },
      ping: () => transport.ping(),
      send: (data: Message) => this.#beat(data),
      measured: (rtt: number, smoothed: number) => this.#port.measured(rtt, smoothed),
      dead: (silence: number) => this.#abandon(noSignOfLife(silence)),
    };
    this.#heartbeat = new Heartbeat(heartbeat, port, { clock, random });
    this.#heartbeat.start();
  }

  #becomeReady(): void {
    if (this.#closing || this.#stage === 'over') return;
    this.#stage = 'ready';
    this.#dismissReaders(loginIsOver());
    this.#heartbeat?.ready();
    this.#port.ready();
    // What came right behind the login's last answer. Whoever hears it may close.
    for (let next = this.#unread[0]; next !== undefined && this.#mayTell(); next = this.#unread[0]) {
      this.#port.message(next);
      this.#unread.shift();
    }
    this.#unread = [];
  }

  #mayTell(): boolean {
    return this.#stage === 'ready' && !this.#closing;
  }

  #onMessage(data: Message): void {
    if (this.#closing || this.#stage === 'over') return;
    if (this.#heartbeat?.onMessage(data) === true) return;
    const [reader] = this.#readers;
    if (this.#stage === 'ready' && this.#unread.length === 0) {
      this.#port.message(data);
    } else if (reader !== undefined) {
      this.#readers.delete(reader);
      reader.resolve(data);
    } else {
      this.#keep(data);
    }
  }

  #keep(data: Message): void {
    this.#unread.push(data);
    this.#unreadBytes += data.length;
    const isTooMuch =
      this.#unread.length > MAX_UNREAD_MESSAGES || this.#unreadBytes > this.#options.limits.maxMessageBytes;
    if (isTooMuch) this.#abandon(floodedDuringLogin());
  }

  #receive(timeout: number = DEFAULT_LOGIN_REPLY_TIMEOUT_MS): Promise<Message> {
    if (this.#stage !== 'login' || this.#closing)
      return Promise.reject(this.#stage === 'ready' ? loginIsOver() : endedDuringLogin(this.#closure));
    const next = this.#unread.shift();
    if (next !== undefined) {
      this.#unreadBytes -= next.length;
      return Promise.resolve(next);
    }
    if (this.#closure !== undefined) return Promise.reject(endedDuringLogin(this.#closure));
    const reader = deferred<Message>();
    this.#readers.add(reader);
    const { clock } = this.#options;
    const timer: TimerHandle = clock.setTimer(() => {
      this.#readers.delete(reader);
      reader.reject(noLoginAnswer(timeout));
    }, timeout);
    const clear = (): void => clock.clearTimer(timer);
    reader.promise.then(clear, clear); // also the handler of a login that has stopped waiting
    return reader.promise;
  }

  #dismissReaders(error: ConnectionError): void {
    for (const reader of this.#readers) reader.reject(error);
    this.#readers.clear();
  }

  #onLoginFailure(error: unknown): void {
    if (this.#closing || this.#stage === 'over') return;
    if (isKind(error, 'AuthError')) {
      // The server has said no: part politely, then tell.
      this.#loginError = error;
      this.close(CloseCode.normal);
    } else if (this.#closure === undefined) {
      this.#abandon(isKind(error, 'ConnectionError') ? error : loginFailed(error));
    }
  }

  /** Drops a line that is good for nothing, without waiting for a closing handshake. */
  #abandon(error: ConnectionError): void {
    this.#transport.abandon();
    this.#end({ code: CloseCode.abnormal, reason: '', wasClean: false, error });
  }

  #onClose(closure: Closure): void {
    if (this.#stage !== 'login' || this.#closing) {
      this.#end(closure);
      return;
    }
    // The answer that the login is waiting for may have come right before the Close: let it be read first. A login that
    // is busy with something else is told by its signal, and not waited for.
    const { clock } = this.#options;
    this.#closure = closure;
    this.#heartbeat?.stop();
    this.#dismissReaders(endedDuringLogin(closure));
    const end = (): void => this.#end(closure);
    this.#deadline = clock.setTimer(end, 0);
    void this.#login?.then(end);
  }

  #end(closure: Closure): void {
    if (this.#stage === 'over') return;
    this.#stage = 'over';
    this.#options.clock.clearTimer(this.#deadline);
    this.#heartbeat?.stop();
    this.#abort.abort();
    this.#dismissReaders(endedDuringLogin(closure));
    this.#unread = [];
    this.#port.ended(closure, this.#loginError);
  }
}

function noSignOfLife(silence: number): ConnectionError {
  return new ConnectionError(
    'HEARTBEAT_TIMEOUT',
    `The server gave no sign of life for ${silence} ms after it was asked for one; the line was given up. ` +
      'If the server is alive but does not answer pings, set heartbeat.ping or switch the heartbeat off.',
  );
}

function closingTookTooLong(closeTimeout: number): ConnectionError {
  return new ConnectionError(
    'CLOSE_TIMEOUT',
    `The transport did not finish closing within ${closeTimeout} ms; the line was dropped.`,
  );
}

function loginIsOver(): ConnectionError {
  return new ConnectionError(
    'LOGIN_FAILED',
    'The login is over: messages go to the client from now on. Await every receive() before the login resolves.',
  );
}

function floodedDuringLogin(): ConnectionError {
  return new ConnectionError(
    'LOGIN_FAILED',
    'The server sent too much before it answered the login; the line was given up. Check that it expects this kind of login.',
  );
}

function noLoginAnswer(timeout: number): ConnectionError {
  return new ConnectionError(
    'LOGIN_FAILED',
    `The server did not answer the login within ${timeout} ms. Check that it expects this kind of login.`,
  );
}

function loginFailed(cause: unknown): ConnectionError {
  return new ConnectionError('LOGIN_FAILED', 'The login could not be carried out. See the cause.', { cause });
}

function endedDuringLogin(closure?: Closure): ConnectionError {
  return new ConnectionError('CONNECTION_LOST', 'The connection ended during the login.', {
    received: closure?.received,
    sent: closure?.sent,
  });
}
