// One connection. This file is long because it is where the dial, the engine, the writer and the reader of a connection
// meet: each is a file of its own, what they tell each other is here, in one place.
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
import { checkCloseArguments } from '../../protocol/close-code.ts';
import * as CloseCode from '../../protocol/close-codes.ts';
import type { Closure } from '../../protocol/closure.ts';
import { ClientEngine } from '../../protocol/engine.ts';
import { checkSendData, isBlob } from '../send-data.ts';
import { REFUSAL_TIMEOUT_MS } from '../timeouts.ts';
import type {
  MessageOptions,
  OpenInfo,
  SendData,
  Transport,
  TransportFeatures,
  TransportSink,
} from '../transport.ts';
import { notAsked } from './asked-options.ts';
import { BlobQueue } from './blob-queue.ts';
import { bytesOf } from './bytes.ts';
import type { ConnectionPlan } from './connection-plan.ts';
import { type ConnectionState, isBeforeOpen, nextState } from './connection-state.ts';
import { createCompression } from './deflate/compression.ts';
import { Dial, type DialHandler } from './dialling/dial.ts';
import { notFollowed } from './dialling/redirect.ts';
import { Intake, type IntakeOwner } from './intake.ts';
import type { TransportMemory } from './memory/memory.ts';
import { PooledWriter, type WritableSocket, type WriterOwner } from './memory/pooled-writer.ts';
import { type EngineOwner, SinkAdapter } from './sink-adapter.ts';

const FEATURES: TransportFeatures = /* @__PURE__ */ Object.freeze({ ping: true, pause: true, headers: true });

/**
 * How long a finished connection may keep its socket, at most: for the server's FIN after both Close frames (RFC
 * 6455, 7.1.1: the client SHOULD wait for it), or for our last frame to leave. closeTimeout may be shorter.
 */
const LINGER_MS = 1000;

/** One try to reach a server, and what came of it. A redirect that is followed is another try. */
interface Hop {
  /** The options are still asked for: this one is never dialled. */
  readonly isAsking: boolean;
  readonly follow: ConnectionPlan['follow'];
  readonly engine: ClientEngine;
  readonly adapter: SinkAdapter;
  readonly writer: PooledWriter;
  readonly dial: Dial;
}

/** Where a redirect leads, while the socket of the server that sent it is closing. */
interface Redirect {
  readonly plan: ConnectionPlan;
  readonly error: HandshakeError;
}

/** One connection over TCP or TLS: an engine between a socket and a sink. It goes where redirects lead. */
export class TcpConnection implements Transport, DialHandler, EngineOwner, IntakeOwner, WriterOwner {
  readonly #memory: TransportMemory;
  readonly #sink: TransportSink;
  readonly #clock: Clock;
  readonly #handshakeTimeout: number;
  readonly #closeTimeout: number;
  #hop: Hop;
  #state: ConnectionState = 'opening';
  /** Set in the state `redirected`. */
  #redirect: Redirect | undefined;
  /** How it ended. Set in the state `ended`; told when the socket is gone. */
  #closure: Closure | undefined;
  /** The deadline of the handshake, then of closing, then of lingering: one at a time. */
  #deadline: TimerHandle | undefined;
  /** When the opening must be over, then when closing must; 0: whenever. */
  #dueAt = 0;
  /** Made for the first Blob. */
  #blobs: BlobQueue | undefined;
  readonly #intake = new Intake(this);

  constructor(plan: ConnectionPlan, memory: TransportMemory, sink: TransportSink) {
    this.#memory = memory;
    this.#sink = sink;
    const { clock, handshakeTimeout, closeTimeout } = plan.request;
    this.#clock = clock;
    this.#handshakeTimeout = handshakeTimeout;
    this.#closeTimeout = closeTimeout;
    this.#hop = this.#hopTo(plan);
    if (handshakeTimeout > 0) this.#dueAt = clock.now() + handshakeTimeout;
    this.#awaitOpening();
    memory.frames.enter(clock);
    if (plan.asked === undefined) this.#hop.dial.start();
    else void this.#ask(plan.asked);
  }

  get features(): TransportFeatures {
    return FEATURES;
  }

  get bufferedAmount(): number {
    return this.#hop.writer.bufferedPayload + (this.#blobs?.bytes ?? 0);
  }

  get bytesReceived(): number {
    return this.#intake.bytesReceived;
  }

  /** The engine of the server that is tried, or was reached. */
  get engine(): ClientEngine {
    return this.#hop.engine;
  }

  get heardAt(): number | undefined {
    return this.#intake.heardAt;
  }

  get bytesSent(): number {
    return this.#hop.writer.bytesSent;
  }

  /** Whether messages can be sent: false before, and from the moment on that either side begins to close. */
  get isOpen(): boolean {
    return this.#state === 'open' && this.#hop.engine.isOpen;
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
    this.#dueAt = this.#clock.now() + this.#closeTimeout;
    this.#await(this.#closeTimeout, () => this.#closingIsLate());
    // The server's answer must be read, though the reader is slow.
    dial.resume();
    if (this.#waiting !== undefined) this.#waiting.pushAction(() => engine.close(code, reason));
    else engine.close(code, reason);
    this.#readKept();
  }

  abandon(): void {
    if (isBeforeOpen(this.#state)) this.#giveUp();
    else this.#abort(this.#lost('abandoned'));
  }

  pause(): void {
    this.#intake.isPaused = true;
    if (this.isOpen) this.#hop.dial.pause();
  }

  resume(): void {
    this.#intake.isPaused = false;
    this.#readKept();
    this.#readOn();
  }

  holdUp(): void {
    this.#hop.dial.pause();
  }

  readonly proceed = (): void => {
    const { engine } = this.#hop;
    if (engine.state !== 'held') return;
    const waiting = this.#waiting;
    // What was sent before may still be a Blob that is being read.
    if (waiting !== undefined) return waiting.pushAction(this.proceed);
    engine.proceed();
    this.#readKept();
    if (this.#intake.hasEnded && this.isOpen) this.ended(true);
    this.#readOn();
  };

  ref(): void {
    this.#hop.dial.hold(true);
  }

  unref(): void {
    this.#hop.dial.hold(false);
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
    const { request, handshake, compression, receiveBuffer, maxFrameBytes, setCookies, follow } = plan;
    const { limits, random, trace } = request;
    const { target, protocols, headers } = handshake;
    const writer = new PooledWriter(memory.frames, this, request.highWaterMark);
    const adapter = new SinkAdapter(this, this.#sink);
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
      maxFrameBytes,
      cookies: setCookies,
      mask: memory.frames.mask,
      digest: memory.digest,
      sink: adapter,
    });
    const isAsking = plan.asked !== undefined;
    return {
      isAsking,
      follow,
      engine,
      adapter,
      writer,
      dial: new Dial(plan.dial, request, this, memory.readBuffer),
    };
  }

  /** The server has agreed. */
  opened({ protocol, extensions, headers }: OpenInfo): void {
    this.#await(undefined);
    this.#dueAt = 0;
    this.#move('open');
    this.#hop.dial.opened();
    this.#intake.mayInflate = extensions !== '';
    this.#sink.open({ protocol, extensions, headers });
    if (this.#intake.isPaused) this.pause();
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
    if (engine.sent === undefined && !this.#intake.hasEnded) {
      dial.destroy();
      return;
    }
    // What was sent before the server's end was known still leaves. RFC 6455, 7.1.7: our Close frame says why. What still
    // comes in is read and thrown away, since a socket that is closed with unread bytes resets the connection, and the
    // frame might be lost with it.
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
    this.#awaitOpening();
    return undefined;
  }

  room(): Uint8Array | undefined {
    return this.#intake.room();
  }

  connected(socket: WritableSocket): void {
    const { writer, engine } = this.#hop;
    writer.attach(socket);
    engine.open();
    writer.flush();
  }

  read(chunk: Uint8Array, length: number): void {
    const { engine } = this.#hop;
    const { state } = engine;
    this.#intake.read(chunk, length, this.#clock.now());
    // Everything that the chunk gave rise to leaves in one write.
    this.#hop.writer.flush();
    if (engine.state !== state && engine.state === 'refused') this.refused();
  }

  refused(): void {
    this.#awaitOpening(REFUSAL_TIMEOUT_MS);
  }

  ended(isHalfOpen: boolean): boolean {
    const { engine, dial } = this.#hop;
    if (!isHalfOpen || dial.phase !== 'http') {
      this.#lineEnded(undefined);
      return false;
    }
    this.#readAll();
    this.#intake.hasEnded = true;
    // Its last words may be answered before the end is carried out.
    if (this.isOpen) engine.receiveEnd();
    if (engine.state !== 'held') this.#lineEnded(undefined);
    return engine.state === 'held';
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
    this.#move('opening');
    this.#dial(plan);
  }

  /** Dials when the functions among the options have answered, unless it has ended meanwhile. */
  async #ask(asked: () => Promise<ConnectionPlan>): Promise<void> {
    try {
      const plan = await asked();
      if (this.#state === 'opening') this.#dial(plan);
    } catch (error) {
      if (this.#state === 'opening') this.#abort(notAsked(error));
    }
  }

  /** Goes another way than the one so far. */
  #dial(plan: ConnectionPlan): void {
    this.#hop.writer.discard();
    const { isHeld } = this.#hop.dial;
    this.#hop = this.#hopTo(plan);
    this.#hop.dial.hold(isHeld);
    this.#hop.dial.start();
  }

  listenerFailed(error: unknown): void {
    // A sink that throws is a fault of this side's: it is reported, and the connection does not go on half-read.
    this.#abort(this.#lost('listener-failed', error));
    reportUncaught(error);
  }

  #readKept(): void {
    this.#intake.readKept();
    this.#hop.writer.flush();
  }

  /** Reads from the socket again, unless somebody still wants it to wait. */
  #readOn(): void {
    const { engine, dial } = this.#hop;
    if (!this.#intake.isPaused && engine.state !== 'held') dial.resume();
  }

  /** What came before the end is told before it, to a slow reader too. */
  #readAll(): void {
    const intake = this.#intake;
    do {
      intake.isPaused = this.#state === 'redirected' && intake.isPaused;
      this.#readKept();
    } while (intake.isKeeping && this.#hop.engine.state !== 'held');
  }

  /** The socket has failed or ended, in order or not. */
  #lineEnded(cause: unknown): void {
    // No answer can leave any more.
    this.#hop.adapter.isDeaf = true;
    this.#hop.engine.proceed();
    this.#readAll();
    if (this.#state === 'ended' || this.#state === 'redirected') return;
    const { engine, dial } = this.#hop;
    if (dial.phase === 'http') {
      engine.receiveEnd(cause);
      dial.destroy();
    } else {
      this.#abort(dial.error(cause));
    }
  }

  /** Replaces the deadline of the opening by its rest, or by `most` milliseconds if that is less. */
  #awaitOpening(most: number = Number.POSITIVE_INFINITY): void {
    const left = this.#dueAt === 0 ? Number.POSITIVE_INFINITY : this.#dueAt - this.#clock.now();
    const delay = Math.min(left, most);
    if (delay < Number.POSITIVE_INFINITY) this.#await(Math.max(delay, 0), () => this.#openingIsLate());
  }

  #openingIsLate(): void {
    const { engine, dial, isAsking } = this.#hop;
    const timeout = this.#handshakeTimeout;
    // A refusal whose body never ends is a refusal, not a delay.
    if (engine.state === 'refused') engine.receiveEnd();
    else if (isAsking)
      this.#abort(new HandshakeError('TIMEOUT', { phase: 'url', detail: 'preparing', timeout }));
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
    this.#intake.drop();
    this.#blobs?.clear();
    this.#await(undefined);
  }

  /** Leaves the socket a moment to end by itself. */
  #linger(): void {
    const { dial, writer } = this.#hop;
    dial.resume();
    if (this.#intake.hasEnded) writer.end();
    const untilClose = this.#dueAt === 0 ? LINGER_MS : this.#dueAt - this.#clock.now();
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
