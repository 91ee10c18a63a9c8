import { ConnectionError, UsageError } from '../../../base/errors.ts';
import { own } from '../../../base/need.ts';
import { queueTask } from '../../../base/task.ts';
import type { Closure } from '../../../protocol/closure.ts';
import { Secrets } from '../../secrets.ts';
import type { MessageOptions, OpenInfo, SendData, TransportSink } from '../../transport.ts';
import { PlatformEvent, PlatformEventTarget, PlatformException } from './platform.ts';
import {
  sizeOf,
  toArrayBuffer,
  toBlob,
  toCloseArguments,
  toMessage,
  toPingPayload,
  toProtocols,
  toUrl,
} from './websocket-arguments.ts';
import { type CloseEvent, closeEventOf, poseAsCloseEvent } from './websocket-close-event.ts';
import {
  HandlerAttributes,
  type SocketHandler,
  type SocketListener,
  type SocketListenerOptions,
  type SocketMessageEvent,
  type WebSocketEventMap,
} from './websocket-events.ts';
import { asInterface } from './websocket-interface.ts';
import { messageEventOf, poseAsMessageEvent } from './websocket-message-event.ts';
import {
  checkSocketOptions,
  createCommons,
  planSocket,
  type SocketCommons,
  type SocketLine,
  startLine,
  type WebSocketOptions,
} from './websocket-options.ts';
import { TaskQueue } from './websocket-tasks.ts';

export type { WebSocketOptions } from './websocket-options.ts';

/** Messages that have come and not been told, in bytes, at which nothing more is read for the moment. */
export const MAX_UNDELIVERED_BYTES: number = 1024 * 1024;

/** What a task costs beside its message, in bytes, about. */
const TASK_BYTES = 256;

/** A message that is to be told, or something else that is to be done. */
type Task = string | Uint8Array | (() => void);

/** What a task holds, in bytes. */
function bytesOf(task: Task): number {
  return TASK_BYTES + (typeof task === 'function' ? 0 : task.length);
}

const CONNECTING = 0;
const OPEN = 1;
const CLOSING = 2;
const CLOSED = 3;

/** The event methods of EventTarget, typed by the event. */
export interface WebSocket {
  /** Adds a listener, as for any EventTarget. */
  addEventListener<Type extends keyof WebSocketEventMap>(
    type: Type,
    listener: SocketListener<WebSocketEventMap[Type]> | null,
    options?: SocketListenerOptions,
  ): void;
  /** As above, for events of your own. */
  addEventListener(
    type: string,
    listener: SocketListener<Event> | null,
    options?: SocketListenerOptions,
  ): void;
  /** Removes a listener. */
  removeEventListener<Type extends keyof WebSocketEventMap>(
    type: Type,
    listener: SocketListener<WebSocketEventMap[Type]> | null,
    options?: SocketListenerOptions,
  ): void;
  /** As above, for events of your own. */
  removeEventListener(
    type: string,
    listener: SocketListener<Event> | null,
    options?: SocketListenerOptions,
  ): void;
}

/**
 * The WHATWG `WebSocket` interface over raw TCP, for libraries and programs that want that class in Node: with
 * headers, TLS options, proxies, limits, pings, and errors that say why.
 *
 * @example
 * ```ts
 * import { WebSocket } from 'holdline/node';
 * const socket = new WebSocket('wss://example.com', 'chat', { headers: { Cookie: 'a=b' } });
 * socket.onmessage = ({ data }) => console.log(data);
 * socket.onclose = ({ code, error }) => console.log(code, error?.message);
 * ```
 */
// biome-ignore lint/suspicious/noUnsafeDeclarationMerging: the methods are EventTarget's; only their types are ours
export class WebSocket extends PlatformEventTarget {
  /** The connection is not open yet. */
  static readonly CONNECTING: 0 = CONNECTING;
  /** Messages flow. */
  static readonly OPEN: 1 = OPEN;
  /** One side has begun to close. */
  static readonly CLOSING: 2 = CLOSING;
  /** The connection is over, or never came to be. */
  static readonly CLOSED: 3 = CLOSED;

  /** The connection is not open yet. */
  declare readonly CONNECTING: 0;
  /** Messages flow. */
  declare readonly OPEN: 1;
  /** One side has begun to close. */
  declare readonly CLOSING: 2;
  /** The connection is over, or never came to be. */
  declare readonly CLOSED: 3;

  static readonly #commons: SocketCommons = createCommons();
  readonly #line: SocketLine;
  readonly #url: string;
  readonly #origin: string;
  readonly #handlers: HandlerAttributes = new HandlerAttributes(this);
  readonly #maxBufferedAmount: number;
  /** Changes only in tasks of its own, and in `close` and `terminate` (WHATWG WebSockets, "Feedback from the protocol"). */
  #state: 0 | 1 | 2 | 3 = CONNECTING;
  #info: OpenInfo = { protocol: '', extensions: '' };
  #binaryType: 'blob' | 'arraybuffer' = 'blob';
  /** What the protocol has told and the program has not heard: a message, or what is to be done. */
  readonly #tasks: TaskQueue<Task> = new TaskQueue<Task>({
    run: (task) => this.#run(task),
    hold: (isHeld) => this.#line.hold(isHeld),
  });
  /** What they hold, in bytes. */
  #undelivered = 0;
  /** `bufferedAmount` as this turn of the event loop shows it; undefined if it has not been asked for yet. */
  #buffered: number | undefined;
  /** Payload given to `send` when it was too late: it counts as buffered for ever (WHATWG WebSockets, `send`). */
  #droppedBytes = 0;
  /** Set once a message was not taken for want of space. */
  #overflow: ConnectionError | undefined;
  /** An open connection was dropped by `terminate`: that is no error. */
  #isTerminated = false;

  /**
   * Starts to connect.
   *
   * @param url `ws:`, `wss:`, `http:` or `https:`, without a fragment; relative only with the option `baseUrl`
   * @param protocols the subprotocol to offer, or several in order of preference
   * @param given headers, TLS, proxies, limits, deadlines: see {@link WebSocketOptions}
   * @throws DOMException `SyntaxError` for a URL or subprotocol that is not valid
   * @throws UsageError for an option that is not valid
   */
  constructor(url: string | URL, protocols?: string | Iterable<string>, given: WebSocketOptions = {}) {
    const options = own(given);
    super();
    // biome-ignore lint/complexity/noArguments: `undefined` may be given, and is a URL then, if a strange one
    checkArguments(WebSocket.#shaped.name, arguments.length);
    checkSocketOptions(options, WebSocket);
    const address = toUrl(url, options.baseUrl);
    const secrets = new Secrets();
    const offered = toProtocols(protocols);
    const plan = planSocket(address, offered, options, { ...WebSocket.#commons, secrets });
    poseAsMessageEvent();
    poseAsCloseEvent();
    this.#url = address;
    this.#origin = new URL(address).origin;
    this.#maxBufferedAmount = options.maxBufferedAmount ?? Number.POSITIVE_INFINITY;
    this.#line = startLine(plan, options, WebSocket.#commons, secrets.sink(this.#sink(), offered));
  }

  /** The URL, normalised, with `ws:` or `wss:`. */
  get url(): string {
    return this.#url;
  }

  /** One of the four constants. */
  get readyState(): 0 | 1 | 2 | 3 {
    return this.#state;
  }

  /**
   * Bytes of payload given to `send` that the system has not taken yet. Grows with every `send`, shrinks at most once a
   * turn of the event loop, and is never reset, also not by closing.
   */
  get bufferedAmount(): number {
    if (this.#buffered === undefined) {
      this.#buffered = this.#line.bufferedAmount + this.#droppedBytes;
      queueTask(() => {
        this.#buffered = undefined;
      });
    }
    return this.#buffered;
  }

  /** The subprotocol that the server chose, or an empty string. */
  get protocol(): string {
    return this.#info.protocol;
  }

  /** The extensions in use, or an empty string. */
  get extensions(): string {
    return this.#info.extensions;
  }

  /**
   * The header fields of the server's answer, names in lower case. Cookies are redacted. Not of the standard;
   * undefined before the connection is open.
   */
  get headers(): ReadonlyMap<string, string> | undefined {
    return this.#info.headers;
  }

  /** What binary messages arrive as. Default `'blob'`; other values than these two are ignored. */
  get binaryType(): 'blob' | 'arraybuffer' {
    return this.#binaryType;
  }

  set binaryType(type: 'blob' | 'arraybuffer') {
    const value = `${type}`;
    this.#binaryType = value === 'blob' || value === 'arraybuffer' ? value : this.#binaryType;
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
   * Sends a message: a string, or bytes, of which a copy is taken. What is neither is turned into a string. While
   * closing and afterwards it is dropped, though `bufferedAmount` counts it.
   *
   * @param data the message
   * @param options beyond the standard: `{ compress: false }` keeps one message out of the compression
   * @throws DOMException `InvalidStateError` while connecting
   * @throws TypeError for a view of memory that is shared between threads, or resizable
   */
  send(data: SendData, options?: MessageOptions): void {
    WebSocket.#checkThis(this, 'send');
    // biome-ignore lint/complexity/noArguments: `undefined` is a message like any other, no argument is a mistake
    checkArguments('send', arguments.length);
    const message = toMessage(data);
    if (this.#state === CONNECTING) throw notOpenYet('send');
    const shown = this.bufferedAmount;
    const before = this.#line.bufferedAmount;
    const isTooMuch = this.#maxBufferedAmount < Number.POSITIVE_INFINITY && this.#isTooMuch(message);
    if (!isTooMuch && this.#line.send(message, options)) {
      this.#buffered = shown + this.#line.bufferedAmount - before;
    } else {
      const size = sizeOf(message);
      this.#droppedBytes += size;
      this.#buffered = shown + size;
    }
  }

  /**
   * Starts to close, after what was sent before. Without arguments the Close frame is empty. While connecting it gives
   * the attempt up: `error` and `close` with code 1006 follow.
   *
   * @param args the code, 1000 or 3000-4999; the reason, up to 123 bytes of UTF-8
   * @throws DOMException `InvalidAccessError` for another code, `SyntaxError` for a longer reason
   */
  close(...args: [code?: number, reason?: string]): void {
    WebSocket.#checkThis(this, 'close');
    const [code, reason] = toCloseArguments(...args);
    const before = this.#state;
    if (before >= CLOSING) return;
    this.#state = CLOSING;
    if (before === CONNECTING) this.#line.abandon();
    else this.#line.close(code, reason);
  }

  /**
   * Sends a Ping; its answer comes as a `pong` event. Beyond the standard. When closing or closed it does nothing.
   *
   * @param args the payload, up to 125 bytes; a string becomes UTF-8. Default: empty
   * @throws DOMException `InvalidStateError` while connecting
   * @throws UsageError `INVALID_DATA` for a longer payload, or one of another type
   */
  ping(...args: [payload?: string | ArrayBuffer | ArrayBufferView]): void {
    WebSocket.#checkThis(this, 'ping');
    const [payload = ''] = args;
    const bytes = toPingPayload(payload);
    if (this.#state === CONNECTING) throw notOpenYet('ping');
    this.#line.ping(bytes);
  }

  /** Drops the connection at once, without a closing handshake. `close` follows, with code 1006. Beyond the standard. */
  terminate(): void {
    WebSocket.#checkThis(this, 'terminate');
    if (this.#state === CLOSED) return;
    this.#isTerminated = this.#state !== CONNECTING;
    this.#state = CLOSING;
    this.#line.abandon();
  }

  /**
   * For `const { send } = socket`. Web IDL asks this before it looks at the arguments, and wants a TypeError.
   *
   * @throws UsageError `INVALID_STATE`, which is one
   */
  static #checkThis(given: unknown, method: string): void {
    if (typeof given === 'object' && given !== null && #state in given) return;
    throw new UsageError('INVALID_STATE', { detail: 'detached', owner: 'socket', method });
  }

  // What the protocol tells reaches the program by tasks, one for each event, in the order in which it came.
  #sink(): TransportSink {
    return {
      open: (info) => this.#queue(() => this.#opened(info)),
      text: (message) => this.#queue(message),
      binary: (message) => this.#queue(message),
      ping: () => {},
      pong: (payload) => this.#queue(() => this.dispatchEvent(messageEventOf(payload, '', 'pong'))),
      hold: (proceed, isEnd) => this.#queue(isEnd ? () => this.#ending(proceed) : proceed),
      drain: () => {},
      close: (closure) => this.#queue(() => this.#closed(closure)),
    };
  }

  #queue(task: Task): void {
    this.#undelivered += bytesOf(task);
    // One turn of the event loop may read 2 MiB, and inflate it a thousandfold, before a task runs.
    if (this.#undelivered > MAX_UNDELIVERED_BYTES) this.#line.pause();
    this.#tasks.push(task);
  }

  #run(task: Task): void {
    try {
      if (typeof task === 'function') task();
      else this.#deliver(task);
    } finally {
      this.#delivered(task);
    }
  }

  #delivered(task: Task): void {
    const before = this.#undelivered;
    this.#undelivered = before - bytesOf(task);
    const isPaused = before > MAX_UNDELIVERED_BYTES / 2;
    if (isPaused && this.#undelivered <= MAX_UNDELIVERED_BYTES / 2) this.#line.resume();
  }

  #opened(info: OpenInfo): void {
    // close() came between the server's answer and this task.
    if (this.#state !== CONNECTING) return;
    this.#state = OPEN;
    this.#info = info;
    this.dispatchEvent(new PlatformEvent('open'));
  }

  #deliver(message: string | Uint8Array): void {
    if (this.#state !== OPEN) return;
    const isText = typeof message === 'string';
    const data = isText ? message : this.#binaryType === 'blob' ? toBlob(message) : toArrayBuffer(message);
    this.dispatchEvent(messageEventOf(data, this.#origin));
  }

  /** The server's end is here, and every message before it has been delivered. */
  #ending(proceed: () => void): void {
    if (this.#state === OPEN) this.#state = CLOSING;
    proceed();
  }

  #closed(closure: Closure): void {
    this.#state = CLOSED;
    const error = this.#overflow ?? (this.#isTerminated ? undefined : closure.error);
    try {
      if (error !== undefined) this.dispatchEvent(new PlatformEvent('error'));
    } finally {
      this.dispatchEvent(closeEventOf({ ...closure, error: error ?? closure.error }));
    }
  }

  /** WHATWG WebSockets, `send`: a message that cannot be buffered flags the socket as full and closes it. */
  #isTooMuch(message: string | Uint8Array | Blob): boolean {
    const amount = this.bufferedAmount + sizeOf(message);
    if (this.#state !== OPEN || amount <= this.#maxBufferedAmount) return false;
    const limit = this.#maxBufferedAmount;
    this.#overflow = new ConnectionError('SEND_BUFFER_FULL', { bytes: amount, limit });
    this.#state = CLOSING;
    this.#line.close();
    return true;
  }

  /** This class, as Web IDL wants it. The last member: it finds the others. */
  static readonly #shaped: typeof WebSocket = asInterface(WebSocket, {
    name: 'WebSocket',
    length: 1,
    constants: { CONNECTING, OPEN, CLOSING, CLOSED },
    lengths: { send: 1 },
  });
}

function checkArguments(what: string, given: number): void {
  if (given === 0) throw new TypeError(`${what} needs an argument, but got none.`);
}

function notOpenYet(what: string): DOMException {
  return new PlatformException(
    `The connection is not open yet. Wait for "open" before ${what}().`,
    'InvalidStateError',
  );
}
