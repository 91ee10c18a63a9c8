import type { TimerHandle } from '../base/clock.ts';
import { type Deferred, deferred } from '../base/deferred.ts';
import { AuthError, ConnectionError, isHoldlineError } from '../base/errors.ts';
import { CloseCode } from '../protocol/close-code.ts';
import type { Closure } from '../protocol/closure.ts';
import type { SendData, Transport } from '../transport/transport.ts';
import type { ConnectionOptions } from './connection-options.ts';
import { Heartbeat, type HeartbeatOptions } from './heartbeat.ts';

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

/** One line to the server: a transport, the login on it, the watchdog over it. Single use. */
export class Line {
  readonly #options: ConnectionOptions;
  readonly #port: LinePort;
  readonly #abort = new AbortController();
  #transport!: Transport;
  #heartbeat: Heartbeat | undefined;
  #stage: 'opening' | 'login' | 'ready' | 'over' = 'opening';
  /** Messages that came during the login and were not read by it. */
  #unread: (string | Uint8Array)[] = [];
  #reader: Deferred<string | Uint8Array> | undefined;
  #login: Promise<void> | undefined;
  #loginError: AuthError | undefined;
  /** We have begun to close: what comes now is no longer told. */
  #closing = false;

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
        drain: () => this.#stage === 'ready' && this.#port.drain(),
        close: (closure) => this.#onClose(closure),
      },
    );
  }

  send(data: SendData): boolean {
    return this.#transport.send(data);
  }

  /** Ends the line politely. `ended` follows. */
  close(code?: number, reason?: string): void {
    this.#closing = true;
    this.#heartbeat?.stop();
    this.#abort.abort();
    this.#transport.close(code, reason);
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
    this.#login = login({
      send: (data) => void this.#transport.send(data),
      receive: (timeout) => this.#receive(timeout),
      signal: this.#abort.signal,
      attempt,
    }).then(
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
      send: (data: string | Uint8Array) => void transport.send(data),
      measured: (rtt: number, smoothed: number) => this.#port.measured(rtt, smoothed),
      dead: (silence: number) => this.#abandon(noSignOfLife(silence)),
    };
    this.#heartbeat = new Heartbeat(heartbeat, port, { clock, random });
    if (!pingsWithMessages(heartbeat)) this.#heartbeat.start();
  }

  #becomeReady(): void {
    if (this.#closing || this.#stage === 'over') return;
    this.#stage = 'ready';
    // Before, the server would have taken such a ping for an answer to its login.
    if (pingsWithMessages(this.#options.heartbeat)) this.#heartbeat?.start();
    this.#port.ready();
    // What came right behind the login's last answer.
    const unread = this.#unread;
    this.#unread = [];
    for (const message of unread) this.#port.message(message);
  }

  #onMessage(data: string | Uint8Array): void {
    if (this.#heartbeat?.onMessage(data) === true) return;
    if (this.#stage === 'ready') {
      this.#port.message(data);
    } else if (this.#reader !== undefined) {
      this.#reader.resolve(data);
      this.#reader = undefined;
    } else {
      this.#unread.push(data);
    }
  }

  #receive(timeout: number | undefined): Promise<string | Uint8Array> {
    const next = this.#unread.shift();
    if (next !== undefined) return Promise.resolve(next);
    if (this.#abort.signal.aborted) return Promise.reject(endedDuringLogin());
    const reader = deferred<string | Uint8Array>();
    this.#reader = reader;
    reader.promise.catch(() => {}); // a login may have stopped waiting when the line ends
    if (timeout === undefined) return reader.promise;
    const { clock } = this.#options;
    const timer: TimerHandle = clock.setTimer(() => {
      if (this.#reader === reader) this.#reader = undefined;
      reader.reject(noLoginAnswer(timeout));
    }, timeout);
    const clear = (): void => clock.clearTimer(timer);
    reader.promise.then(clear, clear);
    return reader.promise;
  }

  #onLoginFailure(error: unknown): void {
    if (this.#stage === 'over' || this.#abort.signal.aborted) {
      if (error instanceof AuthError) this.#loginError = error;
      return;
    }
    if (error instanceof AuthError) {
      // The server has said no: part politely, then tell.
      this.#loginError = error;
      this.close(CloseCode.normal);
    } else {
      this.#abandon(isHoldlineError(error) && error instanceof ConnectionError ? error : loginFailed(error));
    }
  }

  /** Drops a line that is good for nothing, without waiting for a closing handshake. */
  #abandon(error: ConnectionError): void {
    this.#transport.abandon();
    this.#end({ code: CloseCode.abnormal, reason: '', wasClean: false, error });
  }

  #onClose(closure: Closure): void {
    if (this.#stage !== 'login') {
      this.#end(closure);
      return;
    }
    // The answer that the login is waiting for may have come right before the Close: let it be read first.
    const { clock } = this.#options;
    this.#abort.abort();
    this.#reader?.reject(endedDuringLogin(closure));
    this.#reader = undefined;
    const settled = new Promise<void>((resolve) => clock.setTimer(resolve, 0));
    void Promise.race([this.#login, settled]).then(() => this.#end(closure));
  }

  #end(closure: Closure): void {
    if (this.#stage === 'over') return;
    this.#stage = 'over';
    this.#heartbeat?.stop();
    this.#abort.abort();
    this.#reader?.reject(endedDuringLogin(closure));
    this.#reader = undefined;
    this.#port.ended(closure, this.#loginError);
  }
}

function pingsWithMessages(heartbeat: HeartbeatOptions | undefined): boolean {
  return typeof heartbeat?.ping === 'object';
}

function noSignOfLife(silence: number): ConnectionError {
  return new ConnectionError(
    'HEARTBEAT_TIMEOUT',
    `The server gave no sign of life for ${silence} ms after it was asked for one; the line was given up. ` +
      'If the server is alive but does not answer pings, set heartbeat.ping or switch the heartbeat off.',
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
