import { systemClock, type TimerHandle } from '../../base/clock.ts';
import {
  type CloseFrame,
  ConnectionError,
  type Detail,
  HandshakeError,
  UsageError,
} from '../../base/errors.ts';
import { own } from '../../base/need.ts';
import { shownUrl } from '../../base/shown-url.ts';
import * as CloseCode from '../../protocol/close-codes.ts';
import type { Closure } from '../../protocol/closure.ts';
import { HIGH_WATER_MARK_BYTES } from '../high-water-mark.ts';
import { traceMessage } from '../message-trace.ts';
import { checkSendData, dataSize, isBlob } from '../send-data.ts';
import type {
  SendData,
  Transport,
  TransportFactory,
  TransportFeatures,
  TransportRequest,
  TransportSink,
} from '../transport.ts';
import {
  checkNativeClose,
  checkNativeOptions,
  checkNativeRequest,
  type NativeTransportOptions,
} from './native-checks.ts';
import { type ListeningSocket, type NativeSocketConstructor, READY_STATE_OPEN } from './native-socket.ts';

export type { NativeTransportOptions } from './native-checks.ts';

/** How often `bufferedAmount` is looked at while it is above the high-water mark: there is no event for it. */
const DRAIN_POLL_MS = 20;

/** The smallest header of a server's frame (RFC 6455, 5.2), so that an empty message counts as life too. */
const MIN_FRAME_HEADER_BYTES = 2;

/**
 * The transport over the platform's own WebSocket: browsers, workers, React Native, and any runtime that has one.
 * It cannot add headers, send protocol pings or stop the server; why a handshake failed is hidden from it.
 *
 * The platforms' sockets differ in which event they fire when something fails, and some fire none, so this one
 * trusts no single event and keeps its own deadlines.
 *
 * @throws UsageError `INVALID_OPTION` naming the option that is wrong
 * @example
 * ```ts
 * const client = createClient({ url: 'wss://example.com', transport: nativeTransport() });
 * ```
 */
export function nativeTransport(options: NativeTransportOptions = {}): TransportFactory {
  checkNativeOptions(options, nativeTransport);
  const { WebSocket: given } = own(options);
  return (request, sink) => {
    checkNativeRequest(request);
    if (request.headers.length > 0 && !isReactNative()) {
      throw new UsageError('UNSUPPORTED', { detail: 'headers' });
    }
    const WebSocket = given ?? (globalThis as { WebSocket?: NativeSocketConstructor }).WebSocket;
    if (WebSocket === undefined) {
      throw new UsageError('UNSUPPORTED', { detail: 'no-websocket' });
    }
    return new NativeTransport(dial(WebSocket, request), request, sink);
  };
}

/** Its WebSocket takes headers, never says that an end was clean, and leaves `bufferedAmount` undefined. */
function isReactNative(): boolean {
  const { navigator } = globalThis as { navigator?: { readonly product?: string } };
  return navigator?.product === 'ReactNative';
}

function dial(
  WebSocket: NativeSocketConstructor,
  { url, protocols, headers }: TransportRequest,
): ListeningSocket {
  try {
    // Older platforms do not know that http: stands for ws: (WHATWG WebSockets, constructor).
    const address = url.replace(/^http/i, 'ws');
    const more = headers.length > 0 ? [{ headers: Object.fromEntries(headers) }] : [];
    return new (WebSocket as new (...args: unknown[]) => unknown)(
      address,
      [...protocols],
      ...more,
    ) as ListeningSocket;
  } catch (error) {
    const { name, message } = error as Error;
    // Not as `cause`: many platforms' texts quote the whole URL, query included, or a subprotocol, which may be a token.
    const isSecret = /:\/\/|\?/.test(message) || protocols.some((one) => message.includes(one));
    const reason = isSecret ? name : `${name}: ${message}`;
    throw new UsageError('INVALID_URL', { detail: 'platform', server: shownUrl(url), reason });
  }
}

/** `ending`: `sink.close` is on its way and nothing else will be told. */
type State = 'connecting' | 'open' | 'closing' | 'ending' | 'closed';

class NativeTransport implements Transport {
  readonly features: TransportFeatures;
  bytesReceived = 0;
  /** The platform's time of the last message. */
  #heardAt: number | undefined;
  /** Roughly, of text: as if every character were one byte. */
  #handedOver = 0;
  readonly #socket: ListeningSocket;
  readonly #request: TransportRequest;
  readonly #sink: TransportSink;
  #state: State = 'connecting';
  /** The deadline of the handshake, then of closing, then the task that tells the end: one at a time. */
  #deadline: TimerHandle | undefined;
  #drainPoll: TimerHandle | undefined;
  #sentBlob = false;
  /** The Close frame that we asked for. How the platform answers the server's own cannot be seen. */
  #sent: CloseFrame | undefined;

  constructor(socket: ListeningSocket, request: TransportRequest, sink: TransportSink) {
    this.#socket = socket;
    this.#request = request;
    this.#sink = sink;
    this.features = { ping: false, pause: socket.pause !== undefined, headers: false };
    socket.binaryType = 'arraybuffer';
    socket.onopen = () => this.#opened();
    socket.onmessage = (event) => {
      this.#heardAt = event.timeStamp;
      this.#received(event.data as string | ArrayBuffer);
    };
    socket.onerror = (event) => this.#failed(event.error);
    socket.onclose = (event) => this.#closed(event);
    const { handshakeTimeout } = request;
    if (handshakeTimeout > 0) {
      this.#await(handshakeTimeout, () =>
        this.#giveUp(
          new HandshakeError('TIMEOUT', {
            phase: 'unknown',
            server: shownUrl(request.url),
            timeout: handshakeTimeout,
          }),
        ),
      );
    }
  }

  get bufferedAmount(): number {
    return this.#socket.bufferedAmount ?? 0;
  }

  get heardAt(): number | undefined {
    const heardAt = this.#heardAt;
    return heardAt && this.#request.clock.now() - (systemClock.now() - heardAt);
  }

  get bytesSent(): number {
    return this.#handedOver - this.bufferedAmount;
  }

  send(data: SendData): boolean {
    checkSendData(data);
    if (this.#state !== 'open' || this.#socket.readyState !== READY_STATE_OPEN) return false;
    this.#socket.send(data);
    if (typeof data === 'string') {
      this.#handedOver += data.length;
    } else {
      this.#sentBlob ||= isBlob(data);
      this.#handedOver += dataSize(data);
    }
    traceMessage(this.#request.trace, 'out', data);
    const { highWaterMark = HIGH_WATER_MARK_BYTES } = this.#request;
    if (this.#drainPoll === undefined && this.bufferedAmount > highWaterMark) {
      this.#whenBuffered(highWaterMark, () => this.#sink.drain());
    }
    return true;
  }

  ping(): void {}

  close(code?: number, reason?: string): void {
    checkNativeClose(code, reason);
    if (this.#state === 'connecting') {
      this.abandon();
    } else if (this.#state === 'open') {
      this.#state = 'closing';
      this.#sent = { code: code ?? CloseCode.noStatus, reason: reason ?? '' };
      this.#awaitClose();
      const close = (): void => this.#closeSocket(code, reason);
      // The Close frame of Node 20 and 22 overtakes a Blob that is still being read, and the Blob is lost.
      if (this.#sentBlob) this.#whenBuffered(0, close);
      else close();
    }
  }

  #closeSocket(code: number | undefined, reason: string | undefined): void {
    const socket = this.#socket;
    try {
      if (code === undefined) socket.close();
      else socket.close(code, reason);
    } catch {
      socket.close(); // what cannot be sent is left out: the connection closes all the same
    }
  }

  abandon(): void {
    const isConnecting = this.#state === 'connecting';
    this.#endLater(
      isConnecting ? new HandshakeError('HANDSHAKE_ABORTED', { phase: 'unknown' }) : this.#lost('abandoned'),
    );
  }

  pause(): void {
    this.#socket.pause?.();
  }

  resume(): void {
    this.#socket.resume?.();
  }

  #opened(): void {
    if (this.#state !== 'connecting') return;
    this.#state = 'open';
    this.#await(undefined);
    const { protocol, extensions } = this.#socket;
    this.#sink.open({ protocol: protocol ?? '', extensions: extensions ?? '' });
  }

  #received(data: string | ArrayBuffer): void {
    const isText = typeof data === 'string';
    this.bytesReceived += MIN_FRAME_HEADER_BYTES + (isText ? data.length : data.byteLength);
    // WHATWG WebSockets: a message is delivered only while the connection is open, not while it closes.
    if (this.#state !== 'open') return;
    traceMessage(this.#request.trace, 'in', data);
    if (isText) this.#sink.text(data);
    else this.#sink.binary(new Uint8Array(data));
  }

  /** The platform's `error` event. Node 20 and 22 fire no `close` after it when the handshake has failed. */
  #failed(error: unknown): void {
    // Bun's text quotes the whole URL, query included.
    const cause = String(error).includes('://') ? undefined : error;
    if (this.#state === 'connecting') {
      this.#giveUp(
        new HandshakeError('HANDSHAKE_OPAQUE', {
          phase: 'unknown',
          server: shownUrl(this.#request.url),
          cause,
        }),
      );
    } else if (this.#state === 'open') {
      this.#state = 'closing';
      this.#awaitClose(cause);
    }
  }

  #closed(event: { code: number; reason: string; wasClean: boolean }): void {
    if (this.#state === 'connecting') {
      this.#failed(undefined);
      return;
    }
    const { reason } = event;
    // Deno says 0 where no Close frame came.
    const code = event.code || CloseCode.abnormal;
    const wasClean = event.wasClean || (isReactNative() && code !== CloseCode.abnormal);
    const received = code === CloseCode.abnormal ? undefined : { code, reason };
    const error = wasClean ? undefined : this.#lost('network', received);
    this.#end(error, { code, reason, wasClean, received });
  }

  /** `close` should follow now. Where it does not, the connection ends without it. */
  #awaitClose(cause?: unknown): void {
    const { closeTimeout } = this.#request;
    this.#await(closeTimeout, () => {
      this.#giveUp(
        this.#sent === undefined
          ? this.#lost('failed', undefined, cause)
          : new ConnectionError('CLOSE_TIMEOUT', {
              detail: 'server',
              sent: this.#sent,
              timeout: closeTimeout,
            }),
      );
    });
  }

  #lost(
    detail: Detail<'CONNECTION_LOST'> & Detail<'CONNECTION_CLOSED'>,
    received?: CloseFrame,
    cause?: unknown,
  ): ConnectionError {
    const code = this.#sent === undefined ? 'CONNECTION_LOST' : 'CONNECTION_CLOSED';
    return new ConnectionError(code, { detail, received, sent: this.#sent, cause });
  }

  /** Replaces the deadline in force. */
  #await(delay: number | undefined, callback?: () => void): void {
    this.#request.clock.clearTimer(this.#deadline);
    this.#deadline = callback && this.#request.clock.setTimer(callback, delay as number);
  }

  /** Calls `callback` once no more than `limit` bytes wait to be sent. Replaces the last such wait. */
  #whenBuffered(limit: number, callback: () => void): void {
    const { clock } = this.#request;
    clock.clearTimer(this.#drainPoll);
    this.#drainPoll = undefined;
    if (this.bufferedAmount > limit) {
      this.#drainPoll = clock.setTimer(() => this.#whenBuffered(limit, callback), DRAIN_POLL_MS);
    } else {
      callback();
    }
  }

  /** Ends in a later task, so that a caller never hears of the end before its own call has returned. */
  #endLater(error: HandshakeError | ConnectionError): void {
    if (this.#state === 'ending' || this.#state === 'closed') return;
    this.#state = 'ending';
    this.#drop();
    this.#await(0, () => this.#end(error));
  }

  #giveUp(error: HandshakeError | ConnectionError): void {
    this.#drop();
    this.#end(error);
  }

  #end(error: Closure['error'], end?: Pick<Closure, 'code' | 'reason' | 'wasClean' | 'received'>): void {
    this.#state = 'closed';
    this.#release();
    const abnormal = { code: CloseCode.abnormal, reason: '', wasClean: false };
    this.#sink.close({ ...abnormal, ...end, sent: this.#sent, error });
  }

  #drop(): void {
    const socket = this.#socket;
    this.#release();
    if (socket.drop) socket.drop();
    else socket.close();
  }

  /** No timer and no listener of ours is left. An error must still find a handler in sockets that insist on one. */
  #release(): void {
    const socket = this.#socket;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.onerror = () => {};
    this.#await(undefined);
    this.#request.clock.clearTimer(this.#drainPoll);
    this.#drainPoll = undefined;
  }
}
