// This file is long because it is one machine: what the socket, the engine and the user do to a connection meets here.
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
import { checkSendData, isBlob } from '../send-data.ts';
import type {
  MessageOptions,
  OpenInfo,
  SendData,
  Transport,
  TransportFeatures,
  TransportSink,
} from '../transport.ts';
import { BlobQueue } from './blob-queue.ts';
import { bytesOf, joined } from './bytes.ts';
import type { ConnectionPlan } from './connection-plan.ts';
import { type ConnectionState, isBeforeOpen, nextState } from './connection-state.ts';
import { createCompression } from './deflate/compression.ts';
import { Dial, type DialHandler } from './dialling/dial.ts';
import { notFollowed } from './dialling/redirect.ts';
import type { TransportMemory } from './memory/memory.ts';
import { PooledWriter, type WritableSocket, type WriterOwner } from './memory/pooled-writer.ts';
import { type EngineOwner, SinkAdapter } from './sink-adapter.ts';

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

/** One try to reach a server, and what came of it. A redirect that is followed is another try. */
interface Hop {
  readonly follow: ConnectionPlan['follow'];
  readonly engine: ClientEngine;
  readonly writer: PooledWriter;
  readonly dial: Dial;
}

/** Where a redirect leads, while the socket of the server that sent it is closing. */
interface Redirect {
  readonly plan: ConnectionPlan;
  readonly error: HandshakeError;
}

/** What the reader's side of a connection keeps. */
interface Reading {
  /** When something was last read. */
  heardAt: number | undefined;
  isPaused: boolean;
  /** Known when it opens; until then compressed messages may stand right behind the server's answer. */
  mayInflate: boolean;
  /** Bytes that came before a pause took hold, still to be read. Seldom more than one read of the socket. */
  held: Uint8Array | undefined;
  /** Where the socket was told to read to, if that is in the middle of a message. */
  room: Uint8Array | undefined;
}

/** One connection over TCP or TLS: an engine between a socket and a sink. It goes where redirects lead. */
export class TcpConnection implements Transport, DialHandler, EngineOwner, WriterOwner {
  bytesReceived = 0;
  readonly #memory: TransportMemory;
  readonly #sink: TransportSink;
  readonly #clock: Clock;
  readonly #closeTimeout: number;
  #hop: Hop;
  #state: ConnectionState = 'opening';
  /** Set in the state `redirected`. */
  #redirect: Redirect | undefined;
  /** How it ended. Set in the state `ended`; told when the socket is gone. */
  #closure: Closure | undefined;
  /** The deadline of the handshake, then of closing, then of lingering: one at a time. */
  #deadline: TimerHandle | undefined;
  /** When `close` must have come, once we are closing. */
  #closeBy = 0;
  /** Made for the first Blob. */
  #blobs: BlobQueue | undefined;
  readonly #reading: Reading = {
    heardAt: undefined,
    isPaused: false,
    mayInflate: true,
    held: undefined,
    room: undefined,
  };

  constructor(plan: ConnectionPlan, memory: TransportMemory, sink: TransportSink) {
    this.#memory = memory;
    this.#sink = sink;
    const { clock, handshakeTimeout, closeTimeout } = plan.request;
    this.#clock = clock;
    this.#closeTimeout = closeTimeout;
    this.#hop = this.#hopTo(plan);
    if (handshakeTimeout > 0) this.#await(handshakeTimeout, () => this.#handshakeIsLate(handshakeTimeout));
    memory.frames.enter(clock);
    this.#hop.dial.start();
  }

  get features(): TransportFeatures {
    return FEATURES;
  }

  get bufferedAmount(): number {
    return this.#hop.writer.bufferedPayload + (this.#blobs?.bytes ?? 0);
  }

  get heardAt(): number | undefined {
    return this.#reading.heardAt;
  }

  get bytesSent(): number {
    return this.#hop.writer.bytesSent;
  }

  /** Whether messages can be sent: false before, and from the moment on that either side begins to close. */
  get isOpen(): boolean {
    return this.#state === 'open' && this.#hop.engine.state === 'open';
  }

  send(data: SendData, options?: MessageOptions): boolean {
    if (typeof data !== 'string') return this.#sendBytes(data, options?.compress);
    if (!this.isOpen) return false;
    if (this.#waiting === undefined) return this.#hop.engine.send(data, options?.compress);
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
    if (this.#waiting === undefined) return this.#hop.engine.send(bytes, compress);
    this.#waiting.push(bytes.slice(), compress);
    return true;
  }

  ping(payload?: Uint8Array): void {
    this.#hop.engine.ping(payload);
  }

  close(code?: number, reason?: string): void {
    checkCloseArguments(code, reason);
    if (this.#state !== 'open') {
      if (isBeforeOpen(this.#state)) this.#giveUp();
      return;
    }
    const { engine, dial } = this.#hop;
    this.#move('closing');
    this.#closeBy = this.#clock.now() + this.#closeTimeout;
    this.#await(this.#closeTimeout, () => this.#closingIsLate());
    // The server's answer must be read, though the reader is slow.
    dial.resume();
    if (this.#waiting !== undefined) this.#waiting.pushAction(() => engine.close(code, reason));
    else engine.close(code, reason);
    this.#readHeld();
  }

  abandon(): void {
    if (isBeforeOpen(this.#state)) this.#giveUp();
    else this.#abort(this.#lost('abandoned'));
  }

  pause(): void {
    this.#reading.isPaused = true;
    if (this.isOpen) this.#hop.dial.pause();
  }

  resume(): void {
    const reading = this.#reading;
    reading.isPaused = false;
    this.#readHeld();
    if (!reading.isPaused) this.#hop.dial.resume();
  }

  /** True: frames wait for one write, which false makes; for a sender of many messages in one turn of the event loop. */
  hold(isHeld: boolean): void {
    this.#hop.writer.hold(isHeld);
  }

  /** Blobs, and what has to wait for them. */
  get #waiting(): BlobQueue | undefined {
    return this.#blobs?.isWaiting === true ? this.#blobs : undefined;
  }

  #blobQueue(): BlobQueue {
    this.#blobs ??= new BlobQueue(
      (data, compress) => this.#hop.engine.send(data, compress),
      (cause) => this.#abort(this.#lost('unreadable-blob', cause)),
    );
    return this.#blobs;
  }

  /** Everything that is new for each server that is tried. */
  #hopTo(plan: ConnectionPlan): Hop {
    const memory = this.#memory;
    const { request, handshake, compression, receiveBuffer, follow } = plan;
    const { limits, random, trace } = request;
    const { target, protocols, headers } = handshake;
    const writer = new PooledWriter(memory.frames, this, request.highWaterMark);
    const engine = new ClientEngine({
      target,
      protocols,
      headers,
      limits,
      random: random === systemRandom ? memory.random : random,
      trace,
      compression: compression && createCompression(compression, memory, limits.maxMessageBytes),
      writer,
      codec: memory.codec,
      memory,
      receiveBuffer,
      mask: memory.frames.mask,
      digest: memory.digest,
      sink: new SinkAdapter(this, this.#sink),
    });
    return { follow, engine, writer, dial: new Dial(plan.dial, request, this, memory.readBuffer) };
  }

  /** The server has agreed. */
  opened({ protocol, extensions }: OpenInfo): void {
    this.#await(undefined);
    this.#move('open');
    this.#hop.dial.opened();
    this.#reading.mayInflate = extensions !== '';
    this.#sink.open({ protocol, extensions });
    if (this.#reading.isPaused) this.pause();
  }

  /** Both Close frames have been exchanged. */
  finished(received: CloseFrame): void {
    const { engine, writer } = this.#hop;
    const { code, reason } = received;
    this.#decide({ code, reason, wasClean: true, received, sent: engine.sent, error: undefined });
    // RFC 6455, 7.1.1: the server closes the TCP connection first. It gets a moment for that.
    writer.flush();
    this.#linger();
  }

  /** The engine has failed the connection: refused handshake, broken protocol, or an end that came too early. */
  broken(error: HandshakeError | ProtocolError | ConnectionError): void {
    const { engine, writer, dial } = this.#hop;
    const decided = this.#followed(error);
    if (decided !== undefined) this.#decide(this.#abnormal(decided));
    if (engine.sent === undefined) {
      dial.destroy();
      return;
    }
    // RFC 6455, 7.1.7: our Close frame says why. What still comes in is read and thrown away, since a socket that is
    // closed with unread bytes resets the connection, and the frame might be lost with it.
    writer.end();
    this.#linger();
  }

  /** Prepares to follow a redirect, if `error` is one that may be followed. Else returns how the connection ends. */
  #followed<Failure extends Error>(error: Failure): Failure | HandshakeError | undefined {
    const { follow, engine } = this.#hop;
    const { location } = engine;
    const isRedirect = error instanceof HandshakeError && error.code === 'HANDSHAKE_REDIRECT';
    if (!isRedirect || location === undefined || follow === undefined) return error;
    const next = follow(location);
    if ('detail' in next) return notFollowed(error, next);
    this.#move('redirected');
    this.#redirect = { plan: next, error };
    return undefined;
  }

  room(): Uint8Array | undefined {
    const reading = this.#reading;
    // What is held has to be read first, and may change where the next bytes belong.
    reading.room = reading.held === undefined ? this.#hop.engine.room : undefined;
    return reading.room;
  }

  connected(socket: WritableSocket): void {
    const { writer, engine } = this.#hop;
    writer.attach(socket);
    engine.open();
    writer.flush();
  }

  read(chunk: Uint8Array, length: number): void {
    this.bytesReceived += length;
    this.#reading.heardAt = this.#clock.now();
    const { held } = this.#reading;
    if (held === undefined) this.#receive(chunk, length);
    else this.#reading.held = joined(held, chunk, length);
    // Everything that the chunk gave rise to leaves in one write.
    this.#hop.writer.flush();
  }

  ended(): void {
    this.#lineEnded(undefined);
  }

  failed(cause: unknown): void {
    this.#lineEnded(cause);
  }

  closed(): void {
    if (this.#state === 'redirected') {
      this.#follow(this.#redirect as Redirect);
      return;
    }
    this.#lineEnded(undefined);
    this.#tell();
  }

  /** The writer has been congested and is no more. */
  drained(): void {
    this.#hop.engine.drained();
    if (this.#state !== 'ended') this.#sink.drain();
  }

  #follow({ plan }: Redirect): void {
    this.#redirect = undefined;
    this.#hop.writer.discard();
    this.#hop = this.#hopTo(plan);
    this.#move('opening');
    this.#hop.dial.start();
  }

  #receive(chunk: Uint8Array, length: number): void {
    const reading = this.#reading;
    const { engine } = this.#hop;
    try {
      let at = 0;
      do {
        const isWhole = !reading.mayInflate || chunk === reading.room;
        const end = isWhole ? length : Math.min(at + COMPRESSED_STEP_BYTES, length);
        engine.receive(chunk, at, end);
        at = end;
        // A slow reader holds up what came; nothing does when the connection ends.
      } while (at < length && !(reading.isPaused && this.isOpen));
      // A copy, also out of a Buffer, whose own slice() shares the memory.
      if (at < length) reading.held = new Uint8Array(chunk.subarray(at, length));
    } catch (error) {
      // A sink that throws is a fault of this side's: it is reported, and the connection does not go on half-read.
      this.#abort(this.#lost('listener-failed', error));
      reportUncaught(error);
    }
  }

  #readHeld(): void {
    const { held } = this.#reading;
    if (held === undefined) return;
    this.#reading.held = undefined;
    this.#receive(held, held.length);
    this.#hop.writer.flush();
  }

  /** The socket has failed or ended, in order or not. */
  #lineEnded(cause: unknown): void {
    // What came before the end is told before it, to a slow reader too.
    do {
      this.#reading.isPaused = this.#state === 'redirected' && this.#reading.isPaused;
      this.#readHeld();
    } while (this.#reading.held !== undefined);
    if (this.#state === 'ended' || this.#state === 'redirected') return;
    const { engine, dial } = this.#hop;
    if (dial.phase === 'http') {
      engine.receiveEnd(cause);
      dial.destroy();
    } else {
      this.#abort(dial.error(cause));
    }
  }

  #handshakeIsLate(timeout: number): void {
    const { engine, dial } = this.#hop;
    // A refusal whose body never ends is a refusal, not a delay.
    if (engine.state === 'refused') engine.receiveEnd();
    else this.#abort(dial.late(timeout));
  }

  #closingIsLate(): void {
    const timeout = this.#closeTimeout;
    const { sent } = this.#hop.engine;
    this.#abort(new ConnectionError('CLOSE_TIMEOUT', { detail: 'server', sent, timeout }));
  }

  /** This side ends it before it is open. */
  #giveUp(): void {
    const redirect = this.#redirect;
    if (redirect !== undefined) {
      this.#abort(notFollowed(redirect.error, { detail: 'closed' }));
      return;
    }
    this.#abort(new HandshakeError('HANDSHAKE_ABORTED', { phase: this.#hop.dial.phase }));
  }

  /** Ends it from this side at once, and tells why in a later task. */
  #abort(error: HandshakeError | ConnectionError): void {
    const isDecided = this.#state === 'ended';
    const { engine, dial } = this.#hop;
    engine.abandon();
    this.#decide(this.#abnormal(error));
    dial.destroy();
    if (!isDecided && !dial.hasSocket) this.#await(0, () => this.#tell());
  }

  #decide(closure: Closure): void {
    if (this.#state === 'ended') return;
    this.#move('ended');
    this.#closure = closure;
    this.#redirect = undefined;
    this.#reading.held = undefined;
    this.#blobs?.clear();
    this.#await(undefined);
  }

  /** Leaves the socket a moment to end by itself. */
  #linger(): void {
    const { dial } = this.#hop;
    dial.resume();
    const untilClose = this.#closeBy === 0 ? LINGER_MS : this.#closeBy - this.#clock.now();
    this.#await(Math.min(this.#closeTimeout, untilClose, LINGER_MS), () => dial.destroy());
  }

  #tell(): void {
    this.#await(undefined);
    this.#hop.writer.discard();
    this.#memory.frames.leave();
    this.#sink.close(this.#closure as Closure);
  }

  #move(to: ConnectionState): void {
    this.#state = nextState(this.#state, to);
  }

  /** Replaces the deadline in force. */
  #await(delay: number | undefined, callback?: () => void): void {
    this.#clock.clearTimer(this.#deadline);
    this.#deadline = callback && this.#clock.setTimer(callback, delay as number);
  }

  #abnormal(error: HandshakeError | ProtocolError | ConnectionError): Closure {
    const { received, sent } = this.#hop.engine;
    return { code: CloseCode.abnormal, reason: '', wasClean: false, received, sent, error };
  }

  #lost(detail: Detail<'CONNECTION_LOST'>, cause?: unknown): ConnectionError {
    const { received, sent } = this.#hop.engine;
    return new ConnectionError('CONNECTION_LOST', { detail, received, sent, cause });
  }
}
