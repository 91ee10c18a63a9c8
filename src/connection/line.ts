import type { TimerHandle } from '../base/clock.ts';
import { type AuthError, ConnectionError, isKind } from '../base/errors.ts';
import { CloseCode } from '../protocol/close-code.ts';
import type { Closure } from '../protocol/closure.ts';
import { HIGH_WATER_MARK_BYTES } from '../transport/high-water-mark.ts';
import type { MessageOptions, SendData, Transport } from '../transport/transport.ts';
import type { ConnectionOptions, LoginLine } from './connection-options.ts';
import { Heartbeat } from './heartbeat.ts';
import {
  endedDuringLogin,
  floodedDuringLogin,
  LoginConversation,
  loginFailed,
  loginIsOver,
} from './login-conversation.ts';
import type { Target } from './target.ts';

/** What a line tells its connection. Nothing is told after `ended`. */
export interface LinePort {
  /** The transport is open and a login begins. */
  open(): void;
  /** Messages may flow. */
  ready(): void;
  message(data: string | Uint8Array): void;
  drain(): void;
  measured(rtt: number, smoothed: number): void;
  /** It is over. */
  ended(end: LineEnd): void;
}

/** How a line ended. */
export interface LineEnd {
  readonly closure: Closure;
  /** The server refused the login. */
  readonly loginError?: AuthError | undefined;
  /** The cause lies with us (the machine slept, the network changed): no reason to be patient with the server. */
  readonly isLocal?: boolean | undefined;
}

type Message = string | Uint8Array;

/** One line to the server: a transport, the login on it, the watchdog over it. Single use. */
export class Line {
  readonly #options: ConnectionOptions;
  readonly #port: LinePort;
  readonly #abort = new AbortController();
  #transport!: Transport;
  #heartbeat: Heartbeat | undefined;
  #stage: 'opening' | 'login' | 'ready' | 'over' = 'opening';
  readonly #conversation: LoginConversation;
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
    this.#conversation = new LoginConversation(options.clock, options.limits.maxMessageBytes);
  }

  get bufferedAmount(): number {
    return this.#transport.bufferedAmount;
  }

  /**
   * Starts the transport. Call it once, first.
   *
   * @throws UsageError for options that no transport could work with
   */
  dial(target: Target, { attempt, timeout }: { attempt: number; timeout: number }): void {
    const { closeTimeout, limits, clock, random, trace, transport } = this.#options;
    this.#transport = transport(
      { ...target, handshakeTimeout: timeout, closeTimeout, limits, clock, random, trace },
      {
        open: () => this.#onOpen(attempt),
        text: (message) => this.#onMessage(message),
        binary: (message) => this.#onMessage(message),
        ping: () => this.#heartbeat?.onPing(),
        pong: (payload) => this.#heartbeat?.onPong(payload),
        drain: () => this.#onDrain(),
        close: (closure) => this.#onClose(closure),
      },
    );
  }

  send(data: SendData, options?: MessageOptions): boolean {
    return this.#transport.send(data, options);
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
    this.#conversation.dismiss(endedDuringLogin());
    // The line had ended already, and only the login was waited for.
    if (this.#closure !== undefined) return this.#end(this.#closure);
    this.#transport.close(code, reason);
    clock.clearTimer(this.#deadline);
    // Set behind the transport's own deadline, so that the transport, which knows more, speaks first.
    this.#deadline = clock.setTimer(() => this.abandon(closingTookTooLong(closeTimeout)), closeTimeout);
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
      receive: (timeout) => this.#conversation.receive(timeout),
      announce: (interval) => this.#heartbeat?.announce(interval),
      now: () => this.#options.clock.now(),
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
      ping: (payload: Uint8Array) => transport.ping(payload),
      send: (data: Message) => this.#beat(data),
      measured: (rtt: number, smoothed: number) => this.#port.measured(rtt, smoothed),
      dead: (silence: number, isLocal: boolean) => this.abandon(noSignOfLife(silence), isLocal),
    };
    this.#heartbeat = new Heartbeat(heartbeat, port, { clock, random });
    this.#heartbeat.start();
  }

  #becomeReady(): void {
    if (this.#closing || this.#stage === 'over') return;
    this.#stage = 'ready';
    this.#conversation.dismiss(loginIsOver());
    this.#heartbeat?.ready();
    this.#port.ready();
    // What came right behind the login's last answer. Whoever hears it may close.
    for (let next = this.#conversation.next; next !== undefined && this.#mayTell(); ) {
      this.#port.message(next);
      this.#conversation.shift();
      next = this.#conversation.next;
    }
    this.#conversation.clear();
  }

  #mayTell(): boolean {
    return this.#stage === 'ready' && !this.#closing;
  }

  #onMessage(data: Message): void {
    if (this.#closing || this.#stage === 'over') return;
    if (this.#heartbeat?.onMessage(data) === true) return;
    if (this.#stage === 'ready' && this.#conversation.next === undefined) this.#port.message(data);
    else if (!this.#conversation.take(data)) this.abandon(floodedDuringLogin());
  }

  #onLoginFailure(error: unknown): void {
    if (this.#closing || this.#stage === 'over') return;
    if (isKind(error, 'AuthError')) {
      // The server has said no: part politely, then tell.
      this.#loginError = error;
      this.close(CloseCode.normal);
    } else if (this.#closure === undefined) {
      this.abandon(isKind(error, 'ConnectionError') ? error : loginFailed(error));
    }
  }

  /** Drops a line that is good for nothing, without waiting for a closing handshake. */
  abandon(error: ConnectionError, isLocal = false): void {
    this.#transport.abandon();
    this.#end({ code: CloseCode.abnormal, reason: '', wasClean: false, error }, isLocal);
  }

  /** Asks the server for a sign of life now, if there is a way to ask. Without one the line is given up. */
  probe(): void {
    this.#heartbeat?.probe();
  }

  #onClose(closure: Closure): void {
    if (this.#stage !== 'login' || this.#closing) {
      this.#end(closure, this.#heartbeat?.inDoubt);
      return;
    }
    // The answer that the login is waiting for may have come right before the Close: let it be read first. A login that
    // is busy with something else is told by its signal, and not waited for.
    const { clock } = this.#options;
    this.#closure = closure;
    this.#heartbeat?.stop();
    this.#conversation.end(endedDuringLogin(closure));
    const end = (): void => this.#end(closure);
    this.#deadline = clock.setTimer(end, 0);
    void this.#login?.then(end);
  }

  #end(closure: Closure, isLocal = false): void {
    if (this.#stage === 'over') return;
    this.#stage = 'over';
    this.#options.clock.clearTimer(this.#deadline);
    this.#heartbeat?.stop();
    this.#abort.abort();
    this.#conversation.dismiss(endedDuringLogin(closure));
    this.#conversation.clear();
    this.#port.ended({ closure, loginError: this.#loginError, isLocal });
  }
}

function noSignOfLife(silence: number): ConnectionError {
  return new ConnectionError('HEARTBEAT_TIMEOUT', { timeout: silence });
}

function closingTookTooLong(closeTimeout: number): ConnectionError {
  return new ConnectionError('CLOSE_TIMEOUT', { detail: 'transport', timeout: closeTimeout });
}
