import type { Clock, TimerHandle } from '../../base/clock.ts';
import { reportUncaught } from '../../base/emitter.ts';
import {
  type CloseFrame,
  ConnectionError,
  type Detail,
  HandshakeError,
  type ProtocolError,
} from '../../base/errors.ts';
import { systemRandom } from '../../base/random.ts';
import { CloseCode, checkCloseArguments } from '../../protocol/close-code.ts';
import type { Closure } from '../../protocol/closure.ts';
import { ClientEngine } from '../../protocol/engine.ts';
import type { HandshakeRequest } from '../../protocol/handshake-request.ts';
import type { AcceptedHandshake, EngineSink, ReceiveBuffer } from '../../protocol/ports.ts';
import { checkSendData, isBlob } from '../send-data.ts';
import type {
  MessageOptions,
  OpenInfo,
  SendData,
  Transport,
  TransportFeatures,
  TransportRequest,
  TransportSink,
} from '../transport.ts';
import { BlobQueue } from './blob-queue.ts';
import { bytesOf, joined } from './bytes.ts';
import { type CompressionSettings, createCompression } from './deflate/compression.ts';
import { Dial, type DialHandler } from './dialling/dial.ts';
import type { DialPlan } from './dialling/plan.ts';
import type { RefusedRedirect } from './dialling/redirect.ts';
import type { FramePool } from './memory/frame-pool.ts';
import type { TransportMemory } from './memory/memory.ts';
import { PooledWriter, type WritableSocket } from './memory/pooled-writer.ts';

const FEATURES: TransportFeatures = /* @__PURE__ */ Object.freeze({ ping: true, pause: true, headers: true });

/**
 * How long a finished connection may keep its socket, at most: for the server's FIN after both Close frames (RFC
 * 6455, 7.1.1: the client SHOULD wait for it), or for our last frame to leave. closeTimeout may be shorter.
 */
const LINGER_MS = 1000;

/**
 * How much is inflated at a time before the reader is asked again whether it can take more: deflate swells up to 1,032
 * times, so that one read of 64 KiB could be 64 MiB of messages.
 */
const COMPRESSED_STEP_BYTES = 4 * 1024;

/** What a connection is made of: checked, and with everything that the options add. */
export interface ConnectionPlan {
  readonly request: TransportRequest;
  readonly handshake: HandshakeRequest;
  readonly dial: DialPlan;
  /** Compression to offer, if any. */
  readonly compression?: CompressionSettings | undefined;
  /** Memory of the caller's for binary messages, if any. */
  readonly receiveBuffer?: ReceiveBuffer | undefined;
  /** When the opening began, by the request's clock, if this is not its first connection. */
  readonly startedAt?: number | undefined;
  /** Where redirects may be followed: the plan for the address in `location`, or why there is none. */
  readonly follow?: ((location: string) => ConnectionPlan | RefusedRedirect) | undefined;
}

/** One connection over TCP or TLS: an engine between a socket and a sink. */
export class TcpConnection implements Transport, DialHandler {
  readonly features: TransportFeatures = FEATURES;
  bytesReceived = 0;
  readonly #clock: Clock;
  readonly #handshakeTimeout: number;
  readonly #closeTimeout: number;
  readonly #sink: TransportSink;
  readonly #engine: ClientEngine;
  readonly #writer: PooledWriter;
  readonly #frames: FramePool;
  /** Made for the first Blob. */
  #blobs: BlobQueue | undefined;
  readonly #dial: Dial;
  /** The deadline of the handshake, then of closing, then of lingering: one at a time. */
  #deadline: TimerHandle | undefined;
  /** When `close` must have come, once we are closing. */
  #closeBy = Number.POSITIVE_INFINITY;
  #isClosing = false;
  #isPaused = false;
  /** Known when it opens; until then compressed messages may stand right behind the server's answer. */
  #mayInflate = true;
  /** Bytes that came before a pause took hold, still to be read. Seldom more than one read of the socket. */
  #held: Uint8Array | undefined;
  /** Where the socket was told to read to, if that is in the middle of a message. */
  #room: Uint8Array | undefined;
  /** How it ended. Decided once; told when the socket is gone. */
  #closure: Closure | undefined;

  constructor(plan: ConnectionPlan, memory: TransportMemory, sink: TransportSink) {
    const { request, handshake, dial, startedAt, compression } = plan;
    const { handshakeTimeout, closeTimeout, clock } = request;
    this.#clock = clock;
    this.#handshakeTimeout = handshakeTimeout;
    this.#closeTimeout = closeTimeout;
    this.#sink = sink;
    this.#frames = memory.frames;
    this.#writer = new PooledWriter(memory.frames, () => this.#drained());
    const { limits, random, trace } = request;
    const { target, protocols, headers } = handshake;
    this.#engine = new ClientEngine({
      target,
      protocols,
      headers,
      limits,
      random: random === systemRandom ? memory.random : random,
      trace,
      compression: compression && createCompression(compression, memory, limits.maxMessageBytes),
      writer: this.#writer,
      codec: memory.codec,
      memory,
      receiveBuffer: plan.receiveBuffer,
      mask: memory.frames.mask,
      digest: memory.digest,
      sink: new SinkAdapter(this, sink),
    });
    this.#dial = new Dial(dial, request, this);
    const gone = startedAt === undefined ? 0 : clock.now() - startedAt;
    if (handshakeTimeout > 0) this.#await(handshakeTimeout - gone, () => this.#handshakeIsLate());
    memory.frames.enter(clock);
    this.#dial.start(memory.readBuffer);
  }

  /** Where a refusal points to, as it stands: it may hold secrets. */
  get location(): string | undefined {
    return this.#engine.location;
  }

  get bufferedAmount(): number {
    return this.#writer.bufferedPayload + (this.#blobs?.bytes ?? 0);
  }

  /** Whether messages can be sent: false before, and from the moment on that either side begins to close. */
  get isOpen(): boolean {
    return this.#engine.state === 'open' && !this.#isClosing;
  }

  send(data: SendData, options?: MessageOptions): boolean {
    if (typeof data !== 'string') return this.#sendBytes(data, options?.compress);
    if (!this.isOpen) return false;
    if (this.#waiting === undefined) return this.#engine.send(data, options?.compress);
    this.#waiting.push(data, options?.compress);
    return true;
  }

  #sendBytes(data: Exclude<SendData, string>, compress: boolean | undefined): boolean {
    checkSendData(data);
    if (!this.isOpen) return false;
    if (isBlob(data)) {
      this.#blobQueue().push(data, compress);
      return true;
    }
    const bytes = bytesOf(data);
    if (this.#waiting === undefined) return this.#engine.send(bytes, compress);
    this.#waiting.push(bytes.slice(), compress);
    return true;
  }

  ping(payload?: Uint8Array): void {
    this.#engine.ping(payload);
  }

  close(code?: number, reason?: string): void {
    checkCloseArguments(code, reason);
    const { state } = this.#engine;
    if (this.#isClosing || this.#closure !== undefined) return;
    if (state === 'opening' || state === 'refused') {
      this.#abort(this.#abortedHandshake());
      return;
    }
    this.#isClosing = true;
    this.#closeBy = this.#clock.now() + this.#closeTimeout;
    this.#await(this.#closeTimeout, () => this.#closingIsLate());
    // The server's answer must be read, though the reader is slow.
    this.#dial.resume();
    if (this.#waiting !== undefined) this.#waiting.pushAction(() => this.#engine.close(code, reason));
    else this.#engine.close(code, reason);
    this.#readHeld();
  }

  abandon(): void {
    const { state } = this.#engine;
    if (state === 'opening' || state === 'refused') this.#abort(this.#abortedHandshake());
    else this.#abort(this.#lost('abandoned'));
  }

  pause(): void {
    this.#isPaused = true;
    if (this.isOpen) this.#dial.pause();
  }

  resume(): void {
    this.#isPaused = false;
    this.#readHeld();
    if (!this.#isPaused) this.#dial.resume();
  }

  /** True: frames wait for one write, which false makes; for whoever sends again and again in one turn of the event loop. */
  hold(isHeld: boolean): void {
    this.#writer.hold(isHeld);
  }

  /** Blobs, and what has to wait for them. */
  get #waiting(): BlobQueue | undefined {
    return this.#blobs?.isWaiting === true ? this.#blobs : undefined;
  }

  #blobQueue(): BlobQueue {
    this.#blobs ??= new BlobQueue(
      (data, compress) => this.#engine.send(data, compress),
      (cause) => this.#abort(this.#lost('unreadable-blob', cause)),
    );
    return this.#blobs;
  }

  /** The server has agreed. */
  opened({ protocol, extensions }: OpenInfo): void {
    this.#await(undefined);
    this.#dial.opened();
    this.#mayInflate = extensions !== '';
    this.#sink.open({ protocol, extensions });
    if (this.#isPaused) this.pause();
  }

  /** Both Close frames have been exchanged. */
  finished(received: CloseFrame): void {
    const { sent } = this.#engine;
    const { code, reason } = received;
    this.#decide({ code, reason, wasClean: true, received, sent, error: undefined });
    // RFC 6455, 7.1.1: the server closes the TCP connection first. It gets a moment for that.
    this.#writer.flush();
    this.#linger();
  }

  /** The engine has failed the connection: refused handshake, broken protocol, or an end that came too early. */
  broken(error: HandshakeError | ProtocolError | ConnectionError): void {
    this.#decide(this.#abnormal(error));
    if (this.#engine.sent === undefined) {
      this.#dial.destroy();
      return;
    }
    // RFC 6455, 7.1.7: our Close frame says why. What still comes in is read and thrown away, since a socket that is
    // closed with unread bytes resets the connection, and the frame might be lost with it.
    this.#writer.end();
    this.#linger();
  }

  room(): Uint8Array | undefined {
    // What is held has to be read first, and may change where the next bytes belong.
    this.#room = this.#held === undefined ? this.#engine.room : undefined;
    return this.#room;
  }

  connected(socket: WritableSocket): void {
    this.#writer.attach(socket);
    this.#engine.open();
    this.#writer.flush();
  }

  read(chunk: Uint8Array, length: number): void {
    this.bytesReceived += length;
    if (this.#held === undefined) this.#receive(chunk, length);
    else this.#held = joined(this.#held, chunk, length);
    // Everything that the chunk gave rise to leaves in one write.
    this.#writer.flush();
  }

  ended(): void {
    this.#lineEnded(undefined);
  }

  failed(cause: unknown): void {
    this.#lineEnded(cause);
  }

  closed(): void {
    this.#lineEnded(undefined);
    this.#tell();
  }

  #receive(chunk: Uint8Array, length: number): void {
    try {
      let at = 0;
      do {
        const end =
          this.#mayInflate && chunk !== this.#room ? Math.min(at + COMPRESSED_STEP_BYTES, length) : length;
        this.#engine.receive(chunk, at, end);
        at = end;
      } while (at < length && !this.#isHolding);
      // A copy, also out of a Buffer, whose own slice() shares the memory.
      if (at < length) this.#held = new Uint8Array(chunk.subarray(at, length));
    } catch (error) {
      // A sink that throws is a fault of this side's: it is reported, and the connection does not go on half-read.
      this.#abort(this.#lost('listener-failed', error));
      reportUncaught(error);
    }
  }

  /** Whether a slow reader holds up what came; nothing does when the connection ends. */
  get #isHolding(): boolean {
    return this.#isPaused && this.isOpen;
  }

  #readHeld(): void {
    const held = this.#held;
    if (held === undefined) return;
    this.#held = undefined;
    this.#receive(held, held.length);
    this.#writer.flush();
  }

  /** The socket has failed or ended, in order or not. */
  #lineEnded(cause: unknown): void {
    // What came before the end is told before it, to a slow reader too.
    do {
      this.#isPaused = false;
      this.#readHeld();
    } while (this.#held !== undefined);
    if (this.#closure !== undefined) return;
    const { phase } = this.#dial;
    if (phase === 'http') {
      this.#engine.receiveEnd(cause);
      this.#dial.destroy();
    } else {
      this.#abort(this.#dial.error(cause));
    }
  }

  #handshakeIsLate(): void {
    // A refusal whose body never ends is a refusal, not a delay.
    if (this.#engine.state === 'refused') this.#engine.receiveEnd();
    else this.#abort(this.#dial.late(this.#handshakeTimeout));
  }

  #closingIsLate(): void {
    const timeout = this.#closeTimeout;
    const { sent } = this.#engine;
    this.#abort(new ConnectionError('CLOSE_TIMEOUT', { detail: 'server', sent, timeout }));
  }

  /** Ends it from this side at once, and tells why in a later task. */
  #abort(error: HandshakeError | ConnectionError): void {
    const isDecided = this.#closure !== undefined;
    this.#engine.abandon();
    this.#decide(this.#abnormal(error));
    this.#dial.destroy();
    if (!isDecided && !this.#dial.hasSocket) this.#await(0, () => this.#tell());
  }

  #decide(closure: Closure): void {
    if (this.#closure !== undefined) return;
    this.#closure = closure;
    this.#held = undefined;
    this.#blobs?.clear();
    this.#await(undefined);
  }

  /** Leaves the socket a moment to end by itself. */
  #linger(): void {
    this.#dial.resume();
    const left = Math.min(this.#closeTimeout, this.#closeBy - this.#clock.now(), LINGER_MS);
    this.#await(left, () => this.#dial.destroy());
  }

  #tell(): void {
    this.#await(undefined);
    this.#writer.discard();
    this.#frames.leave();
    this.#sink.close(this.#closure as Closure);
  }

  #drained(): void {
    this.#engine.drained();
    if (this.#closure === undefined) this.#sink.drain();
  }

  /** Replaces the deadline in force. */
  #await(delay: number | undefined, callback?: () => void): void {
    this.#clock.clearTimer(this.#deadline);
    this.#deadline = callback && this.#clock.setTimer(callback, delay as number);
  }

  #abnormal(error: HandshakeError | ProtocolError | ConnectionError): Closure {
    const { received, sent } = this.#engine;
    return { code: CloseCode.abnormal, reason: '', wasClean: false, received, sent, error };
  }

  #lost(detail: Detail<'CONNECTION_LOST'>, cause?: unknown): ConnectionError {
    const { received, sent } = this.#engine;
    return new ConnectionError('CONNECTION_LOST', { detail, received, sent, cause });
  }

  #abortedHandshake(): HandshakeError {
    return new HandshakeError('HANDSHAKE_ABORTED', { phase: this.#dial.phase });
  }
}

/**
 * The engine's sink: messages go straight to the transport's sink, all else to the connection. A class, since seven
 * closures would take half a kilobyte of every idle connection.
 */
class SinkAdapter implements EngineSink {
  readonly #connection: TcpConnection;
  readonly #sink: TransportSink;

  constructor(connection: TcpConnection, sink: TransportSink) {
    this.#connection = connection;
    this.#sink = sink;
  }

  open(info: AcceptedHandshake): void {
    this.#connection.opened(info);
  }

  text(message: string): void {
    this.#sink.text(message);
  }

  binary(message: Uint8Array): void {
    this.#sink.binary(message);
  }

  ping(): void {
    this.#sink.ping();
  }

  pong(payload: Uint8Array): void {
    this.#sink.pong(payload.slice());
  }

  close(received: CloseFrame): void {
    this.#connection.finished(received);
  }

  failure(error: HandshakeError | ProtocolError | ConnectionError): void {
    this.#connection.broken(error);
  }
}
