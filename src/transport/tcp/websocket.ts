import { systemClock } from '../../base/clock.ts';
import { UsageError } from '../../base/errors.ts';
import { systemRandom } from '../../base/random.ts';
import { CloseCode, MAX_CLOSE_REASON_BYTES } from '../../protocol/close-code.ts';
import type { Closure } from '../../protocol/closure.ts';
import { DEFAULT_LIMITS, type Limits } from '../../protocol/limits.ts';
import type { FrameTracer } from '../../protocol/trace.ts';
import { utf8Length } from '../../protocol/utf8.ts';
import { isArrayBuffer, isBlob } from '../send-data.ts';
import { DEFAULT_CLOSE_TIMEOUT_MS, DEFAULT_HANDSHAKE_TIMEOUT_MS } from '../timeouts.ts';
import type { OpenInfo, SendData, TransportSink } from '../transport.ts';
import { type ConnectionPlan, TcpConnection } from './connection.ts';
import { TransportMemory } from './memory.ts';
import { planConnection, type TcpOptions } from './tcp-transport.ts';
import {
  CloseEvent,
  HandlerAttributes,
  type SocketHandler,
  type SocketListener,
  type SocketListenerOptions,
  type SocketMessageEvent,
  type WebSocketEventMap,
} from './websocket-events.ts';

/** The third argument of {@link WebSocket}: what a browser's WebSocket does not have. */
export interface WebSocketOptions extends TcpOptions {
  /** What the server may make us hold. Default: `DEFAULT_LIMITS`. */
  readonly limits?: Partial<Limits> | undefined;
  /** Milliseconds for the whole opening. Default 10,000; 0 switches it off. */
  readonly handshakeTimeout?: number | undefined;
  /** Milliseconds that closing may take. Default 5,000; 0 means: do not wait. */
  readonly closeTimeout?: number | undefined;
  /** Sees every frame: `consoleTrace()` of `holdline` prints them. */
  readonly trace?: FrameTracer | undefined;
}

const CONNECTING = 0;
const OPEN = 1;
const CLOSING = 2;
const CLOSED = 3;

/**
 * The WHATWG `WebSocket` interface over raw TCP, for libraries and programs that want that class in Node: with
 * headers, TLS options, limits, pings, and errors that say why.
 *
 * @example
 * ```ts
 * import { WebSocket } from 'holdline/node';
 * const socket = new WebSocket('wss://example.com', 'chat', { headers: { Cookie: 'a=b' } });
 * socket.onmessage = ({ data }) => console.log(data);
 * socket.onclose = ({ code, error }) => console.log(code, error?.message);
 * ```
 */
export class WebSocket extends EventTarget {
  /** The connection is not open yet. */
  static readonly CONNECTING: 0 = CONNECTING;
  /** Messages flow. */
  static readonly OPEN: 1 = OPEN;
  /** One side has begun to close. */
  static readonly CLOSING: 2 = CLOSING;
  /** The connection is over, or never came to be. */
  static readonly CLOSED: 3 = CLOSED;

  readonly #connection: TcpConnection;
  readonly #url: string;
  readonly #origin: string;
  readonly #handlers: HandlerAttributes = new HandlerAttributes(this);
  #state: 0 | 1 | 2 | 3 = CONNECTING;
  #info: OpenInfo = { protocol: '', extensions: '' };
  #binaryType: 'blob' | 'arraybuffer' = 'blob';
  /** Payload given to `send` when it was too late: it counts as buffered for ever (WHATWG WebSockets, `send`). */
  #droppedBytes = 0;
  /** An open connection was dropped by `terminate`: that is no error. */
  #isTerminated = false;

  /**
   * Starts to connect.
   *
   * @param url `ws:`, `wss:`, `http:` or `https:`, absolute, without a fragment
   * @param protocols the subprotocol to offer, or several in order of preference
   * @throws DOMException `SyntaxError` for a URL or subprotocol that is not valid
   * @throws UsageError for a header or limit that is not valid
   */
  constructor(url: string | URL, protocols: string | readonly string[] = [], options: WebSocketOptions = {}) {
    super();
    const plan = planOrThrow(url, protocols, options);
    const { href } = plan.handshake.target;
    this.#url = href;
    this.#origin = new URL(href).origin;
    this.#connection = new TcpConnection(plan, new TransportMemory(), this.#sink());
  }

  /** As the static constant. */
  get CONNECTING(): 0 {
    return CONNECTING;
  }

  /** As the static constant. */
  get OPEN(): 1 {
    return OPEN;
  }

  /** As the static constant. */
  get CLOSING(): 2 {
    return CLOSING;
  }

  /** As the static constant. */
  get CLOSED(): 3 {
    return CLOSED;
  }

  /** The URL, normalised, with `ws:` or `wss:`. */
  get url(): string {
    return this.#url;
  }

  /** One of the four constants. */
  get readyState(): 0 | 1 | 2 | 3 {
    // Once the server's Close frame is here nothing can be sent, though the connection is not over yet.
    return this.#state === OPEN && !this.#connection.isOpen ? CLOSING : this.#state;
  }

  /** Bytes of payload given to `send` that the system has not taken yet. Never reset, also by closing. */
  get bufferedAmount(): number {
    return this.#connection.bufferedAmount + this.#droppedBytes;
  }

  /** The subprotocol that the server chose, or an empty string. */
  get protocol(): string {
    return this.#info.protocol;
  }

  /** The extensions in use, or an empty string. */
  get extensions(): string {
    return this.#info.extensions;
  }

  /** What binary messages arrive as. Default `'blob'`; other values than these two are ignored. */
  get binaryType(): 'blob' | 'arraybuffer' {
    return this.#binaryType;
  }

  set binaryType(type: 'blob' | 'arraybuffer') {
    if (type === 'blob' || type === 'arraybuffer') this.#binaryType = type;
  }

  /** Called on `open`. */
  get onopen(): SocketHandler<Event> {
    return this.#handlers.get('open');
  }

  set onopen(handler: SocketHandler<Event>) {
    this.#handlers.set('open', handler);
  }

  /** Called on every message. */
  get onmessage(): SocketHandler<SocketMessageEvent> {
    return this.#handlers.get('message');
  }

  set onmessage(handler: SocketHandler<SocketMessageEvent>) {
    this.#handlers.set('message', handler);
  }

  /** Called when the connection fails; `onclose` follows. */
  get onerror(): SocketHandler<Event> {
    return this.#handlers.get('error');
  }

  set onerror(handler: SocketHandler<Event>) {
    this.#handlers.set('error', handler);
  }

  /** Called once, when the connection is over. */
  get onclose(): SocketHandler<CloseEvent> {
    return this.#handlers.get('close');
  }

  set onclose(handler: SocketHandler<CloseEvent>) {
    this.#handlers.set('close', handler);
  }

  /**
   * Sends a message; what is none of these types is turned into a string. While closing and afterwards it is dropped.
   *
   * @throws DOMException `InvalidStateError` while connecting
   */
  send(data: SendData): void {
    if (this.#state === CONNECTING) throw notOpenYet('send');
    const message = isBinary(data) ? data : String(data);
    if (!this.#connection.send(message)) this.#droppedBytes += sizeOf(message);
  }

  /**
   * Starts to close, after what was sent before. Without arguments the Close frame is empty.
   *
   * @param code 1000 or 3000-4999
   * @param reason up to 123 bytes of UTF-8
   * @throws DOMException `InvalidAccessError` for another code, `SyntaxError` for a longer reason
   */
  close(code?: number, reason?: string): void {
    const closeCode = code === undefined ? undefined : clampToUnsignedShort(code);
    if (
      closeCode !== undefined &&
      closeCode !== CloseCode.normal &&
      !(closeCode >= 3000 && closeCode <= 4999)
    ) {
      throw new DOMException(
        `The close code must be 1000 or 3000 to 4999, not ${closeCode}.`,
        'InvalidAccessError',
      );
    }
    const closeReason = reason === undefined ? '' : String(reason);
    if (utf8Length(closeReason) > MAX_CLOSE_REASON_BYTES) {
      throw new DOMException(
        `The close reason is longer than ${MAX_CLOSE_REASON_BYTES} bytes.`,
        'SyntaxError',
      );
    }
    if (this.readyState >= CLOSING) return;
    this.#state = CLOSING;
    // A reason cannot stand without a code (RFC 6455, 5.5.1).
    this.#connection.close(closeReason === '' ? closeCode : (closeCode ?? CloseCode.normal), closeReason);
  }

  /**
   * Sends a Ping; its answer comes as a `pong` event. Beyond the standard.
   *
   * @param payload up to 125 bytes; a string becomes UTF-8
   * @throws DOMException `InvalidStateError` while connecting
   * @throws UsageError `INVALID_DATA` for a longer payload, or one of another type
   */
  ping(payload: string | ArrayBuffer | ArrayBufferView = ''): void {
    if (this.#state === CONNECTING) throw notOpenYet('ping');
    this.#connection.ping(pingBytes(payload));
  }

  /** Drops the connection at once, without a closing handshake. `close` follows, with code 1006. Beyond the standard. */
  terminate(): void {
    if (this.#state === CLOSED) return;
    this.#isTerminated = this.#state !== CONNECTING;
    this.#state = CLOSING;
    this.#connection.abandon();
  }

  override addEventListener<Type extends keyof WebSocketEventMap>(
    type: Type,
    listener: SocketListener<WebSocketEventMap[Type]> | null,
    options?: SocketListenerOptions,
  ): void;
  override addEventListener(
    type: string,
    listener: SocketListener<Event> | null,
    options?: SocketListenerOptions,
  ): void;
  override addEventListener(
    type: string,
    listener: SocketListener<never> | null,
    options?: SocketListenerOptions,
  ): void {
    super.addEventListener(type, listener as SocketListener<Event>, options);
  }

  override removeEventListener<Type extends keyof WebSocketEventMap>(
    type: Type,
    listener: SocketListener<WebSocketEventMap[Type]> | null,
    options?: SocketListenerOptions,
  ): void;
  override removeEventListener(
    type: string,
    listener: SocketListener<Event> | null,
    options?: SocketListenerOptions,
  ): void;
  override removeEventListener(
    type: string,
    listener: SocketListener<never> | null,
    options?: SocketListenerOptions,
  ): void {
    super.removeEventListener(type, listener as SocketListener<Event>, options);
  }

  /** What `Object.prototype.toString` shows. */
  get [Symbol.toStringTag](): string {
    return 'WebSocket';
  }

  #sink(): TransportSink {
    return {
      open: (info) => {
        this.#info = info;
        this.#state = OPEN;
        this.dispatchEvent(new Event('open'));
      },
      text: (message) => this.#deliver(message),
      binary: (message) => this.#deliver(this.#binaryType === 'blob' ? blobOf(message) : bufferOf(message)),
      pong: (payload) => this.dispatchEvent(new MessageEvent('pong', { data: payload })),
      drain: () => {},
      close: (closure) => this.#closed(closure),
    };
  }

  #deliver(data: string | Blob | ArrayBuffer): void {
    if (this.#state === OPEN) this.dispatchEvent(new MessageEvent('message', { data, origin: this.#origin }));
  }

  #closed(closure: Closure): void {
    this.#state = CLOSED;
    if (closure.error !== undefined && !this.#isTerminated) this.dispatchEvent(new Event('error'));
    this.dispatchEvent(new CloseEvent('close', closure));
  }
}

function planOrThrow(
  url: string | URL,
  protocols: string | readonly string[],
  options: WebSocketOptions,
): ConnectionPlan {
  try {
    return planConnection(
      {
        url: String(url),
        protocols: typeof protocols === 'string' ? [protocols] : [...protocols].map(String),
        headers: [],
        handshakeTimeout: options.handshakeTimeout ?? DEFAULT_HANDSHAKE_TIMEOUT_MS,
        closeTimeout: options.closeTimeout ?? DEFAULT_CLOSE_TIMEOUT_MS,
        limits: { ...DEFAULT_LIMITS, ...options.limits },
        clock: systemClock,
        random: systemRandom,
        trace: options.trace,
      },
      options,
    );
  } catch (error) {
    const isSyntax =
      error instanceof UsageError && ['INVALID_URL', 'INVALID_SUBPROTOCOL'].includes(error.code);
    throw isSyntax ? new DOMException(error.message, 'SyntaxError') : error;
  }
}

function notOpenYet(what: string): DOMException {
  return new DOMException(
    `The connection is not open yet. Wait for "open" before ${what}().`,
    'InvalidStateError',
  );
}

function isBinary(data: unknown): data is ArrayBuffer | ArrayBufferView | Blob {
  return ArrayBuffer.isView(data) || isArrayBuffer(data) || isBlob(data);
}

function sizeOf(data: SendData): number {
  if (typeof data === 'string') return utf8Length(data);
  return isBlob(data) ? data.size : data.byteLength;
}

function pingBytes(payload: unknown): Uint8Array {
  if (typeof payload === 'string') return new TextEncoder().encode(payload);
  if (ArrayBuffer.isView(payload))
    return new Uint8Array(payload.buffer, payload.byteOffset, payload.byteLength);
  if (isArrayBuffer(payload)) return new Uint8Array(payload);
  throw new UsageError(
    'INVALID_DATA',
    'The payload of a ping must be a string, an ArrayBuffer or a typed array.',
  );
}

function blobOf(message: Uint8Array): Blob {
  return new Blob([message as Uint8Array<ArrayBuffer>]);
}

function bufferOf(message: Uint8Array): ArrayBuffer {
  const { buffer, byteOffset, byteLength } = message;
  if (byteLength === buffer.byteLength) return buffer as ArrayBuffer;
  return buffer.slice(byteOffset, byteOffset + byteLength) as ArrayBuffer;
}

/** Web IDL, [Clamp] unsigned short. */
function clampToUnsignedShort(value: unknown): number {
  const number = Number(value);
  if (Number.isNaN(number)) return 0;
  const clamped = Math.min(Math.max(number, 0), 65_535);
  const floor = Math.floor(clamped);
  const isTie = clamped - floor === 0.5;
  return isTie ? floor + (floor % 2) : Math.round(clamped);
}
