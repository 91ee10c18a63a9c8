import { ConnectionError, HandshakeError, type HandshakeEvidence, UsageError } from '../base/errors.ts';
import { checkCloseArguments } from '../protocol/close-code.ts';
import type { Closure } from '../protocol/closure.ts';
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

/** A server in memory, for tests: hand `transport` to the client, and script the other end. */
export interface ScriptedServer {
  /** Pass it as `transport`. */
  readonly transport: TransportFactory;
  /** Every connection attempt so far, oldest first. */
  readonly connections: readonly ScriptedConnection[];
  /** The newest attempt. Throws if there was none. */
  readonly last: ScriptedConnection;
}

/** One connection attempt, seen from the server. Its methods take effect at once, on the caller's stack. */
export interface ScriptedConnection {
  /** What the client asked for. */
  readonly request: TransportRequest;
  /** Messages received, in order. */
  readonly received: readonly SendData[];
  /** How many Pings came. */
  readonly pings: number;
  /** `connecting` until accepted or refused; `closing` after the client's Close; `closed` at the end. */
  readonly state: 'connecting' | 'open' | 'closing' | 'closed';
  /** Whether the client has stopped reading. */
  readonly paused: boolean;
  /** What the client sees as `bufferedAmount`: set it to act as a network that is slow; `drain()` sets it to 0. */
  bufferedAmount: number;
  /** Completes the handshake. */
  accept(protocol?: string): void;
  /** Refuses the handshake with an HTTP status. */
  refuse(status: number, evidence?: Partial<HandshakeEvidence>): void;
  /** Sends a message. */
  send(message: string | Uint8Array): void;
  /** Answers a Ping. */
  pong(): void;
  /** Takes what was buffered. */
  drain(): void;
  /** Closes with a Close frame; the client answers it. */
  close(code?: number, reason?: string): void;
  /** Cuts the line without a word. */
  drop(): void;
}

/**
 * Makes a server in memory for tests of code that uses a client: no sockets, no waiting, every fault at hand. Time
 * comes from the client's own clock, so a virtual one rules both ends.
 *
 * @example
 * ```ts
 * const server = createScriptedServer({ onMessage: (connection, message) => connection.send(message) });
 * const client = createClient({ url: 'ws://test', transport: server.transport, envelope: raw() });
 * ```
 */
export function createScriptedServer(options: ScriptedServerOptions = {}): ScriptedServer {
  const connections: ScriptedEnd[] = [];
  return {
    connections,
    get last() {
      const last = connections[connections.length - 1];
      if (last === undefined)
        throw new UsageError('INVALID_STATE', 'No client has connected to this server yet.');
      return last;
    },
    transport: (request, sink) => {
      const connection = new ScriptedEnd(request, sink, options);
      connections.push(connection);
      return connection.client;
    },
  };
}

const ALL_FEATURES: TransportFeatures = Object.freeze({ ping: true, pause: true, headers: true });

class ScriptedEnd implements ScriptedConnection {
  readonly request: TransportRequest;
  readonly client: Transport;
  readonly received: SendData[] = [];
  pings = 0;
  paused = false;
  bufferedAmount = 0;
  state: ScriptedConnection['state'] = 'connecting';
  readonly #sink: TransportSink;
  readonly #options: ScriptedServerOptions;
  #bytesSent = 0;

  constructor(request: TransportRequest, sink: TransportSink, options: ScriptedServerOptions) {
    this.request = request;
    this.#sink = sink;
    this.#options = options;
    this.client = this.#clientEnd();
    const { onConnect = (connection: ScriptedConnection) => connection.accept() } = options;
    this.#later(() => this.state === 'connecting' && onConnect(this));
    if (request.handshakeTimeout > 0) {
      request.clock.setTimer(() => this.state === 'connecting' && this.#expire(), request.handshakeTimeout);
    }
  }

  accept(protocol = ''): void {
    if (this.state !== 'connecting') return;
    this.state = 'open';
    this.#sink.open({ protocol, extensions: '' });
  }

  refuse(status: number, evidence: Partial<HandshakeEvidence> = {}): void {
    if (this.state !== 'connecting') return;
    const message = `The scripted server refused with HTTP ${status}.`;
    this.#end({
      error: new HandshakeError('HANDSHAKE_STATUS', message, { phase: 'http', status, ...evidence }),
    });
  }

  send(message: string | Uint8Array): void {
    if (this.state !== 'open') return;
    this.#bytesSent += message.length + 2; // at least a frame header, so that an empty message is a sign of life too
    if (typeof message === 'string') this.#sink.text(message);
    else this.#sink.binary(message.slice());
  }

  pong(): void {
    if (this.state !== 'open') return;
    this.#bytesSent += 2;
    this.#sink.pong(new Uint8Array(0));
  }

  drain(): void {
    this.bufferedAmount = 0;
    if (this.state === 'open') this.#sink.drain();
  }

  close(code = 1005, reason = ''): void {
    if (this.state !== 'open') return;
    const frame = { code, reason };
    this.#end({ code, reason, wasClean: true, received: frame, sent: { code, reason: '' } });
  }

  drop(): void {
    if (this.state === 'closed') return;
    const error =
      this.state === 'connecting'
        ? new HandshakeError('HANDSHAKE_CLOSED', 'The scripted server hung up.', { phase: 'http' })
        : new ConnectionError('CONNECTION_LOST', 'The scripted server cut the line.');
    this.#end({ error });
  }

  #clientEnd(): Transport {
    const end = this;
    return {
      features: { ...ALL_FEATURES, ...this.#options.features },
      get bufferedAmount() {
        return end.bufferedAmount;
      },
      get bytesReceived() {
        return end.#bytesSent;
      },
      send: (data) => this.#take(data),
      ping: () => this.#onPing(),
      close: (code, reason) => this.#onClose(code, reason),
      abandon: () =>
        this.#later(() => this.#end({ error: new ConnectionError('CONNECTION_LOST', 'Abandoned.') })),
      pause: () => {
        this.paused = true;
      },
      resume: () => {
        this.paused = false;
      },
    };
  }

  #take(data: SendData): boolean {
    if (this.state !== 'open') return false;
    this.received.push(data);
    const { onMessage } = this.#options;
    if (onMessage !== undefined) this.#later(() => onMessage(this, data));
    return true;
  }

  #onPing(): void {
    this.pings++;
    if (this.#options.answerPings !== false) this.#later(() => this.pong());
  }

  #onClose(code = 1005, reason = ''): void {
    checkCloseArguments(code === 1005 ? undefined : code, reason);
    if (this.state === 'connecting') {
      const error = new HandshakeError('HANDSHAKE_ABORTED', 'Closed before it was open.', { phase: 'http' });
      this.state = 'closing';
      this.#later(() => this.#end({ error }));
    } else if (this.state === 'open') {
      this.state = 'closing';
      const sent = { code, reason };
      const answered = this.#options.answerClose !== false;
      const closure = answered
        ? { code, wasClean: true, sent, received: { code, reason: '' } }
        : {
            sent,
            error: new ConnectionError('CLOSE_TIMEOUT', 'The scripted server did not answer.', { sent }),
          };
      this.#later(() => this.#end(closure), answered ? 0 : this.request.closeTimeout);
    }
  }

  #expire(): void {
    const message = 'The scripted server did not answer the handshake in time.';
    this.#end({ error: new HandshakeError('TIMEOUT', message, { phase: 'http' }) });
  }

  #end(closure: Partial<Closure>): void {
    if (this.state === 'closed') return;
    this.state = 'closed';
    this.#sink.close({ code: 1006, reason: '', wasClean: false, ...closure });
  }

  #later(task: () => void, delay = 0): void {
    this.request.clock.setTimer(task, delay);
  }
}
