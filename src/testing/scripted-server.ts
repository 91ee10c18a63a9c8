import { checkCall, checkOptions } from '../base/checks.ts';
import type { TimerHandle } from '../base/clock.ts';
import {
  type CloseFrame,
  ConnectionError,
  type Detail,
  HandshakeError,
  type HandshakeEvidence,
  UsageError,
} from '../base/errors.ts';
import type { OptionTable } from '../base/need.ts';
import { checkCloseArguments } from '../protocol/close-code.ts';
import * as CloseCode from '../protocol/close-codes.ts';
import type { Closure } from '../protocol/closure.ts';
import { checkSubprotocols } from '../protocol/subprotocol.ts';
import { displayUrl, parseWebSocketUrl } from '../protocol/url.ts';
import { traceMessage } from '../transport/message-trace.ts';
import { checkSendData, isBlob } from '../transport/send-data.ts';
import type {
  SendData,
  Transport,
  TransportFactory,
  TransportFeatures,
  TransportRequest,
  TransportSink,
} from '../transport/transport.ts';

/** What a {@link ScriptedServer} does by itself. */
export interface ScriptedServerOptions {
  /** Called for each new connection, in a task of its own. Default: `accept()`. */
  readonly onConnect?: ((connection: ScriptedConnection) => void) | undefined;
  /** Called for each message. Default: nothing. */
  readonly onMessage?: ((connection: ScriptedConnection, message: SendData) => void) | undefined;
  /** Answer Pings. Default true. */
  readonly answerPings?: boolean | undefined;
  /** Answer the client's Close frame. Default true. */
  readonly answerClose?: boolean | undefined;
  /** What its transport claims to be able to do. Default: everything. */
  readonly features?: Partial<TransportFeatures> | undefined;
}

const FEATURE_RULES: OptionTable<Partial<TransportFeatures>> = {
  ping: 'boolean',
  pause: 'boolean',
  headers: 'boolean',
  watched: 'boolean',
};

const SERVER_RULES: OptionTable<ScriptedServerOptions> = {
  onConnect: 'function',
  onMessage: 'function',
  answerPings: 'boolean',
  answerClose: 'boolean',
  features: { options: FEATURE_RULES },
};

/** A server in memory, for tests: hand `transport` to the client, and script the other end. */
export interface ScriptedServer {
  /** Pass it as `transport`. */
  readonly transport: TransportFactory;
  /** Every connection attempt so far, oldest first. */
  readonly connections: readonly ScriptedConnection[];
  /** The newest attempt. Throws if there was none. */
  readonly last: ScriptedConnection;
}

/**
 * One connection attempt, seen from the server. Its methods take effect at once, on the caller's stack; in a state
 * where a real server could not do such a thing they do nothing.
 */
export interface ScriptedConnection {
  /** What the client asked for. */
  readonly request: TransportRequest;
  /** Messages received, in order: text as a string, bytes as a Uint8Array, a Blob as it is. */
  readonly received: readonly SendData[];
  /** How many Pings came. */
  readonly pings: number;
  /** `connecting` until accepted or refused; `closing` after the client's Close; `closed` at the end. */
  readonly state: 'connecting' | 'open' | 'closing' | 'closed';
  /** Whether the client has stopped reading: what is sent meanwhile comes when it reads again. */
  readonly paused: boolean;
  /** What the client sees as `bufferedAmount`: set it to act as a network that is slow; `drain()` sets it to 0. */
  bufferedAmount: number;
  /**
   * Completes the handshake. A subprotocol that was not offered fails it, as it would for a real server. `headers` are those
   * of the answer, names in lower case.
   */
  accept(protocol?: string, headers?: Readonly<Record<string, string>>): void;
  /** Refuses the handshake with an HTTP status. */
  refuse(status: number, evidence?: Partial<HandshakeEvidence>): void;
  /**
   * Sends a message: one that was received, too.
   *
   * @throws UsageError `UNSUPPORTED` for a Blob: its bytes are not at hand
   */
  send(message: SendData): void;
  /** Sends a Ping; the client's answer goes unseen. */
  ping(): void;
  /** Sends a Pong: with the payload of the newest Ping, as its answer, unless another is given. */
  pong(payload?: Uint8Array): void;
  /** Takes what was buffered. */
  drain(): void;
  /** Closes with a Close frame; the client answers it. After the client's own Close frame: answers that. */
  close(code?: number, reason?: string): void;
  /** Cuts the line without a word. */
  drop(): void;
}

/**
 * Makes a server in memory for tests of code that uses a client: no sockets, no waiting, every fault at hand. Time
 * comes from the client's own clock, so a virtual one rules both ends.
 *
 * @throws UsageError `INVALID_OPTION` naming the option that is wrong
 * @example
 * ```ts
 * const server = createScriptedServer({ onMessage: (connection, message) => connection.send(message) });
 * const client = createClient({ url: 'ws://test', transport: server.transport, envelope: raw() });
 * ```
 */
export function createScriptedServer(options: ScriptedServerOptions = {}): ScriptedServer {
  checkCall(createScriptedServer, () => checkOptions(SERVER_RULES, options, 'createScriptedServer'));
  const connections: ScriptedEnd[] = [];
  return {
    connections,
    get last() {
      const last = connections[connections.length - 1];
      if (last === undefined) throw new UsageError('INVALID_STATE', { detail: 'nobody-connected' });
      return last;
    },
    transport: (request, sink) => {
      const connection = new ScriptedEnd(request, sink, options);
      connections.push(connection);
      return connection.client;
    },
  };
}

const ALL_FEATURES: TransportFeatures = /* @__PURE__ */ Object.freeze({
  ping: true,
  pause: true,
  headers: true,
});

/** The smallest header of a server's frame (RFC 6455, 5.2), so that an empty message is a sign of life too. */
const MIN_FRAME_HEADER_BYTES = 2;

class ScriptedEnd implements ScriptedConnection {
  readonly request: TransportRequest;
  readonly client: Transport;
  readonly received: SendData[] = [];
  pings = 0;
  #lastPing: Uint8Array = new Uint8Array(0);
  paused = false;
  bufferedAmount = 0;
  state: ScriptedConnection['state'] = 'connecting';
  readonly #sink: TransportSink;
  readonly #options: ScriptedServerOptions;
  readonly #features: TransportFeatures;
  readonly #timers = new Set<TimerHandle>();
  readonly #deadline: TimerHandle | undefined;
  /** What was sent while the client did not read. */
  #held: (() => void)[] = [];
  /** What the client was told: how many bytes, and when last. */
  readonly #told: { bytes: number; at: number | undefined } = { bytes: 0, at: undefined };
  /** The client's Close frame. */
  #closeFrame: CloseFrame | undefined;

  constructor(request: TransportRequest, sink: TransportSink, options: ScriptedServerOptions) {
    this.#features = { ...ALL_FEATURES, ...options.features };
    checkRequest(request, this.#features);
    this.request = request;
    this.#sink = sink;
    this.#options = options;
    this.client = this.#clientEnd();
    const { onConnect = (connection: ScriptedConnection) => connection.accept() } = options;
    this.#later(() => this.state === 'connecting' && onConnect(this));
    if (request.handshakeTimeout > 0) {
      this.#deadline = this.#later(() => this.#expire(), request.handshakeTimeout);
    }
  }

  accept(protocol = '', headers: Readonly<Record<string, string>> = {}): void {
    if (this.state !== 'connecting') return;
    if (protocol !== '' && !this.request.protocols.includes(protocol)) {
      const expected = this.request.protocols.join(', ');
      const evidence = { received: protocol, expected, offered: this.request.protocols.length };
      this.#fail(new HandshakeError('HANDSHAKE_PROTOCOL', { detail: 'wrong', phase: 'http', ...evidence }));
      return;
    }
    this.#cancel(this.#deadline);
    this.state = 'open';
    this.#sink.open({ protocol, extensions: '', headers: new Map(Object.entries(headers)) });
  }

  refuse(status: number, evidence: Partial<HandshakeEvidence> = {}): void {
    if (this.state !== 'connecting') return;
    this.#fail(new HandshakeError('HANDSHAKE_STATUS', { phase: 'http', status, ...evidence }));
  }

  send(message: SendData): void {
    if (this.state !== 'open') return;
    const data = copyOf(message);
    if (isBlob(data)) {
      throw new UsageError('UNSUPPORTED', { detail: 'scripted-blob' });
    }
    this.#deliver(data.length, () => {
      traceMessage(this.request.trace, 'in', data);
      if (typeof data === 'string') this.#sink.text(data);
      else this.#sink.binary(data);
    });
  }

  ping(): void {
    if (this.state === 'open') this.#deliver(0, () => this.#sink.ping());
  }

  pong(payload: Uint8Array = this.#lastPing): void {
    if (this.state !== 'open') return;
    const copy = payload.slice();
    this.#deliver(copy.length, () => this.#sink.pong(copy));
  }

  drain(): void {
    this.bufferedAmount = 0;
    if (this.state === 'open') this.#sink.drain();
  }

  close(code: number = CloseCode.noStatus, reason = ''): void {
    const received = { code, reason };
    const sent = this.#closeFrame ?? { code, reason: '' };
    const end = (): void => this.#end({ code, reason, wasClean: true, received, sent });
    if (this.#closeFrame !== undefined) end();
    else if (this.state === 'open') this.#deliver(reason.length, end);
  }

  drop(): void {
    if (this.state === 'connecting') {
      this.#fail(new HandshakeError('HANDSHAKE_CLOSED', { phase: 'http' }));
    } else {
      this.#lose('');
    }
  }

  #clientEnd(): Transport {
    const end = this;
    return {
      features: this.#features,
      get bufferedAmount() {
        return end.bufferedAmount;
      },
      get bytesReceived() {
        return end.#told.bytes;
      },
      get heardAt() {
        return end.#told.at;
      },
      send: (data) => this.#take(data),
      ping: (payload) => this.#onPing(payload),
      close: (code, reason) => this.#onClose(code, reason),
      abandon: () => this.#onAbandon(),
      pause: () => {
        if (this.#features.pause) this.paused = true;
      },
      resume: () => {
        if (!this.paused) return;
        this.paused = false;
        this.#later(() => this.#release());
      },
    };
  }

  #take(data: SendData): boolean {
    checkSendData(data);
    if (this.state !== 'open') return false;
    const copy = copyOf(data);
    this.received.push(copy);
    traceMessage(this.request.trace, 'out', copy);
    const { onMessage } = this.#options;
    if (onMessage !== undefined) this.#later(() => onMessage(this, copy));
    return true;
  }

  #onPing(payload: Uint8Array = new Uint8Array(0)): void {
    if (this.state !== 'open' || !this.#features.ping) return;
    this.pings++;
    const copy = payload.slice();
    this.#lastPing = copy;
    if (this.#options.answerPings !== false) this.#later(() => this.pong(copy));
  }

  #onClose(code: number | undefined, reason = ''): void {
    checkCloseArguments(code, reason);
    if (this.state === 'connecting') {
      const error = new HandshakeError('HANDSHAKE_ABORTED', { phase: 'http' });
      this.state = 'closing';
      this.#later(() => this.#fail(error));
    } else if (this.state === 'open') {
      this.state = 'closing';
      const sent = { code: code ?? CloseCode.noStatus, reason };
      this.#closeFrame = sent;
      if (this.#options.answerClose !== false) this.#later(() => this.close(sent.code));
      const timeout = this.request.closeTimeout;
      const late = new ConnectionError('CLOSE_TIMEOUT', { detail: 'server', sent, timeout });
      this.#later(() => this.#end({ sent, error: late }), timeout);
    }
  }

  #onAbandon(): void {
    if (this.state === 'closed') return;
    const wasConnecting = this.state === 'connecting';
    this.state = 'closing';
    this.#later(() => {
      if (wasConnecting) {
        this.#fail(new HandshakeError('HANDSHAKE_ABORTED', { phase: 'http' }));
      } else {
        this.#lose('abandoned');
      }
    });
  }

  #expire(): void {
    const { url, handshakeTimeout: timeout } = this.request;
    const server = displayUrl(parseWebSocketUrl(url));
    this.#fail(new HandshakeError('TIMEOUT', { detail: 'http', phase: 'http', timeout, server }));
  }

  /** Hands something to the client, now or when it reads again. */
  #deliver(bytes: number, event: () => void): void {
    const arrive = (): void => {
      this.#told.bytes += bytes + MIN_FRAME_HEADER_BYTES;
      this.#told.at = this.request.clock.now();
      event();
    };
    if (this.paused || this.#held.length > 0) this.#held.push(arrive);
    else arrive();
  }

  #release(): void {
    while (!this.paused && this.state === 'open') {
      const arrive = this.#held[0];
      if (arrive === undefined) return;
      arrive();
      this.#held.shift();
    }
  }

  #fail(error: HandshakeError): void {
    this.#end({ error });
  }

  #lose(detail: Detail<'CONNECTION_LOST'>): void {
    const sent = this.#closeFrame;
    this.#end({ sent, error: new ConnectionError('CONNECTION_LOST', { detail, sent }) });
  }

  #end(closure: Partial<Closure>): void {
    if (this.state === 'closed') return;
    this.state = 'closed';
    for (const timer of this.#timers) this.request.clock.clearTimer(timer);
    this.#timers.clear();
    this.#held = [];
    this.#sink.close({ code: CloseCode.abnormal, reason: '', wasClean: false, ...closure });
  }

  #later(task: () => void, delay = 0): TimerHandle {
    const timer: TimerHandle = this.request.clock.setTimer(() => {
      this.#timers.delete(timer);
      task();
    }, delay);
    this.#timers.add(timer);
    return timer;
  }

  #cancel(timer: TimerHandle): void {
    this.#timers.delete(timer);
    this.request.clock.clearTimer(timer);
  }
}

/** What a real transport refuses before it sends a byte. */
function checkRequest(request: TransportRequest, features: TransportFeatures): void {
  parseWebSocketUrl(request.url);
  checkSubprotocols(request.protocols);
  if (request.headers.length > 0 && !features.headers) {
    throw new UsageError('UNSUPPORTED', { detail: 'scripted-headers' });
  }
}

/** The sender may go on using its memory as soon as `send` has returned. */
function copyOf(data: SendData): string | Uint8Array | Blob {
  if (typeof data === 'string' || isBlob(data)) return data;
  if (!ArrayBuffer.isView(data)) return new Uint8Array(data).slice();
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength).slice();
}
