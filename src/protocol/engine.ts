import {
  type CloseFrame,
  ConnectionError,
  HandshakeError,
  ProtocolError,
  UsageError,
} from '../base/errors.ts';
import type { RandomBytes } from '../base/random.ts';
import { createKey } from './accept.ts';
import { checkCloseArguments, MAX_CONTROL_PAYLOAD_BYTES } from './close-code.ts';
import * as CloseCode from './close-codes.ts';
import { parseCloseBody, serializeCloseBody } from './close-frame.ts';
import { type EngineEvent, type EngineState, nextState } from './engine-state.ts';
import { FrameDecoder } from './frame-reading.ts';
import { FrameEncoder } from './frame-writing.ts';
import { checkRequest, type HandshakeRequest, serializeRequest } from './handshake-request.ts';
import { checkLimits, type Limits } from './limits.ts';
import { maskInPlace } from './mask.ts';
import { MessageSender } from './message-sender.ts';
import { Opcode } from './opcode.ts';
import { endedEarly, type Opening, OpeningAnswer, openedTwice } from './opening.ts';
import { isBytes } from './payload.ts';
import { checkOffer, type DeflateAgreement } from './permessage-deflate.ts';
import type {
  Compression,
  EngineSink,
  FrameWriter,
  Masker,
  MessageMemory,
  ReceiveBuffer,
  TextCodec,
  TextDigest,
} from './ports.ts';
import { createTextCodec } from './text-codec.ts';
import type { FrameTracer } from './trace.ts';

const NO_PAYLOAD: Uint8Array = new Uint8Array(0);

/** What stands behind messages that have not been heard yet: a Close, the payload of a Ping, or why the connection fails. */
type Held = CloseFrame | Uint8Array | HandshakeError | ProtocolError | ConnectionError;

/** What a {@link ClientEngine} is made of. */
export interface EngineOptions extends HandshakeRequest {
  /** What the server may make the engine hold; `DEFAULT_LIMITS` to begin with. */
  readonly limits: Limits;
  /** Where the key of the handshake and the masks come from; `systemRandom` outside tests. */
  readonly random: RandomBytes;
  /** Where it tells what happened. */
  readonly sink: EngineSink;
  /** Where it puts bytes to send. */
  readonly writer: FrameWriter;
  /** Default: `TextEncoder` and `TextDecoder`. */
  readonly codec?: TextCodec | undefined;
  /** Default: a loop over words. */
  readonly mask?: Masker | undefined;
  /** Compression to offer, and the ports that do it. Default: none. */
  readonly compression?: Compression | undefined;
  /** Default: fresh memory for every message. */
  readonly memory?: MessageMemory | undefined;
  /** Memory of the caller's for binary messages that come in one frame, not compressed. Default: none. */
  readonly receiveBuffer?: ReceiveBuffer | undefined;
  /** Default: a SHA-1 of our own. */
  readonly digest?: TextDigest | undefined;
  /** Gets the values of `Set-Cookie` of the answer to the handshake, whatever the answer is; of errors they are kept out. */
  readonly cookies?: ((cookies: readonly string[]) => void) | undefined;
  /** Sees every frame. */
  readonly trace?: FrameTracer | undefined;
  /** Most payload bytes of a frame that `send` writes; a longer message leaves in fragments. Default: one frame each. */
  readonly maxFrameBytes?: number | undefined;
}

/**
 * The client side of RFC 6455 without any I/O: bytes in ({@link receive}, {@link receiveEnd}), commands in
 * ({@link send}, {@link ping}, {@link close}), events out to the sink, bytes out to the writer. It owns no socket,
 * timer or clock, and runs wherever there is a stream of bytes. One engine serves one connection.
 *
 * @example
 * ```ts
 * const writer = new ArrayWriter();
 * const engine = new ClientEngine({
 *   target: parseTarget('ws://example.com/chat'), protocols: [], headers: [],
 *   limits: DEFAULT_LIMITS, random: systemRandom, sink, writer,
 * });
 * engine.open();                 // writer now holds the request: send it
 * engine.receive(bytesFromServer);
 * engine.send('hello');          // once sink.open was called
 * ```
 */
export class ClientEngine {
  readonly #sink: EngineSink;
  readonly #writer: FrameWriter;
  readonly #codec: TextCodec;
  readonly #maxMessageBytes: number;
  #opening: Opening | undefined;
  readonly #decoder: FrameDecoder;
  readonly #encoder: FrameEncoder;
  /** Made when messages are compressed, or sent in fragments. */
  #messages: MessageSender | undefined;
  #state: EngineState = 'opening';
  /** The newest Ping that could not be answered yet (RFC 6455, 5.5.3). */
  #pendingPong: Uint8Array | undefined;
  /** Set in the state `held`. */
  #held: Held | undefined;
  #sent: CloseFrame | undefined;
  #received: CloseFrame | undefined;

  /** @throws UsageError `INVALID_URL`, `INVALID_SUBPROTOCOL`, `INVALID_HEADER`, `INVALID_OPTION` */
  constructor(options: EngineOptions) {
    const { random, writer, trace, compression, sink, limits } = options;
    checkRequest(options);
    checkLimits(limits);
    if (compression !== undefined) checkOffer(compression.offer);
    this.#sink = sink;
    this.#writer = writer;
    this.#maxMessageBytes = limits.maxMessageBytes;
    this.#codec = options.codec ?? createTextCodec();
    const key = createKey(random);
    const asked = {
      key,
      protocols: [...options.protocols],
      deflate: compression?.offer,
      digest: options.digest,
      cookies: options.cookies,
    };
    this.#opening = {
      request: serializeRequest(options, key, compression?.offer),
      answer: new OpeningAnswer(asked, limits),
      compression,
    };
    this.#encoder = new FrameEncoder({
      writer,
      codec: this.#codec,
      mask: options.mask ?? maskInPlace,
      random,
      trace,
    });
    const codec = this.#codec;
    const { memory, receiveBuffer, maxFrameBytes } = options;
    if (maxFrameBytes !== undefined) this.#sender().cutAt(maxFrameBytes);
    // A literal, here and wherever connections are made: an object made by a spread has a shape of its own in V8.
    this.#decoder = new FrameDecoder({
      messages: sink,
      control: (opcode, payload) => this.#onControl(opcode, payload),
      limits,
      codec,
      trace,
      memory,
      receiveBuffer,
    });
  }

  /** Where the connection stands. */
  get state(): EngineState {
    return this.#state;
  }

  /** Whether messages can be sent: after the handshake, until either side's end is carried out. */
  get isOpen(): boolean {
    return this.#state === 'open' || this.#state === 'held';
  }

  /** The Close frame that we wrote, if any. */
  get sent(): CloseFrame | undefined {
    return this.#sent;
  }

  /** The Close frame that the server sent, if a valid one came. */
  get received(): CloseFrame | undefined {
    return this.#received;
  }

  /**
   * Where a refused handshake is redirected to: the one Location of a 301, 302, 303, 307 or 308, as it stands. It may
   * hold secrets: unlike the error's `headers` it is not redacted.
   */
  get location(): string | undefined {
    return this.#opening?.answer.location;
  }

  /**
   * Writes the request of the opening handshake, in one block. Call it once, first. After {@link close} or
   * {@link abandon} it writes nothing.
   *
   * @throws UsageError `INVALID_STATE` when called again
   */
  open(): void {
    const writer = this.#writer;
    const opening = this.#opening;
    const request = opening?.request;
    if (opening === undefined || request === undefined) throw openedTwice();
    opening.request = undefined;
    if (this.#state !== 'opening') return;
    writer.reserve(request.length);
    for (let at = 0; at < request.length; at++) writer.memory[writer.offset + at] = request.charCodeAt(at);
    writer.commit(request.length, 0);
  }

  /**
   * Takes bytes from the server, cut anywhere. The memory may be reused when this returns. After the end of the
   * connection bytes are ignored. Never throws, whatever the server sends; an error of a port (the sink, the writer,
   * ...) passes through, and the connection is given up.
   *
   * @returns where to read on: `end`, except where the sink {@link EngineSink.hold | holds} something: then what follows
   *   is the caller's to keep until {@link proceed}
   */
  receive(chunk: Uint8Array, start = 0, end: number = chunk.length): number {
    let at = start;
    try {
      if (this.#state === 'opening' || this.#state === 'refused') at = this.#receiveAnswer(chunk, at, end);
      while (at < end && (this.#state === 'open' || this.#state === 'closing')) {
        at = this.#decoder.read(chunk, at, end);
      }
    } catch (error) {
      const fromServer = error instanceof HandshakeError || error instanceof ProtocolError;
      if (!fromServer || this.#state === 'closed') {
        this.abandon();
        throw error;
      }
      this.#endBy(error);
      return end;
    }
    return this.#state === 'held' ? at : end;
  }

  /**
   * What was told has been heard: carries out what the sink held back. The caller then hands in the bytes that were left.
   * Does nothing if nothing is held.
   */
  proceed(): void {
    const held = this.#held;
    if (held === undefined) return;
    this.#held = undefined;
    if (this.#state === 'held') this.#move('proceed');
    if (held instanceof Error) this.#fail(held);
    else this.#answer(held);
  }

  /**
   * Where the bytes that come next may be put, so that they need not be copied: into a large message that is under way.
   * `receive(room, 0, length)` then finds them in their place. Undefined if there is none; valid until the next call.
   */
  get room(): Uint8Array | undefined {
    return this.#state === 'open' || this.#state === 'closing' ? this.#decoder.room : undefined;
  }

  /** The server's side of the stream has ended, orderly or by the error `cause`. */
  receiveEnd(cause?: unknown): void {
    if (this.#state === 'closed') return;
    const { answer } = this.#opening ?? {};
    if (answer !== undefined) this.#fail(answer.refusalError() ?? endedEarly(cause));
    else this.#endBy(this.#lost(cause));
  }

  /**
   * Writes a message: a string as text, bytes as binary; with `compress: false` as it is, whatever was agreed on.
   * Returns false, writing nothing, if the connection is not open.
   *
   * @throws UsageError `INVALID_DATA` for anything else; `INVALID_STATE` inside a fragmented message
   */
  send(data: string | Uint8Array, compress?: boolean): boolean {
    checkData(data);
    if (this.#state !== 'open' && this.#state !== 'held') return false;
    // The hot path: a tenth faster than by way of the sender.
    if (this.#messages !== undefined) this.#messages.send(data, compress);
    else if (typeof data === 'string') this.#encoder.writeMessage(data);
    else this.#encoder.writeBytes(Opcode.binary, true, data);
    return true;
  }

  /**
   * Writes one fragment of a message (RFC 6455, 5.4): all of them strings, or all of them bytes. A string must not be
   * cut inside a surrogate pair. `final` ends the message. The first fragment decides whether the message is
   * compressed. Returns false if not open.
   *
   * @throws UsageError `INVALID_DATA` for anything else, or for a fragment of the other type
   */
  sendFragment(data: string | Uint8Array, final: boolean, compress?: boolean): boolean {
    checkData(data);
    if (!this.isOpen) return false;
    this.#sender().sendFragment(data, final, compress);
    return true;
  }

  /**
   * Writes a Ping. Returns false if not open.
   *
   * @throws UsageError `INVALID_DATA` for more than 125 bytes (RFC 6455, 5.5)
   */
  ping(payload: Uint8Array = NO_PAYLOAD): boolean {
    if (!isBytes(payload) || payload.length > MAX_CONTROL_PAYLOAD_BYTES) {
      throw new UsageError('INVALID_DATA', { detail: 'ping' });
    }
    if (!this.isOpen) return false;
    this.#encoder.writeBytes(Opcode.ping, true, payload);
    return true;
  }

  /**
   * Starts the closing handshake: writes a Close frame, empty if there is no `code`. While opening, gives the attempt
   * up. Does nothing when closing or closed.
   *
   * @throws UsageError `INVALID_CLOSE`
   */
  close(code?: number, reason = ''): void {
    checkCloseArguments(code, reason);
    if (this.#state === 'opening' || this.#state === 'refused') {
      this.#fail(new HandshakeError('HANDSHAKE_ABORTED', { phase: 'http' }));
    } else if (this.isOpen) {
      this.#move('send close');
      // WHATWG WebSockets: a message is delivered only while the connection is open, not while it closes.
      this.#decoder.mute();
      this.#writeClose({ code: code ?? CloseCode.noStatus, reason });
      this.proceed();
    }
  }

  /** The writer is no longer congested: answers a Ping that was held back. */
  drained(): void {
    const payload = this.#pendingPong;
    this.#pendingPong = undefined;
    if (payload !== undefined && this.#state !== 'closed')
      this.#encoder.writeBytes(Opcode.pong, true, payload);
  }

  /** The owner gives the connection up: nothing more is read, written or told. */
  abandon(): void {
    if (this.#state === 'closed') return;
    this.#move('fail');
    this.#release();
  }

  #receiveAnswer(chunk: Uint8Array, start: number, end: number): number {
    const { answer, compression } = this.#opening as Opening;
    const at = answer.receive(chunk, start, end);
    const { accepted } = answer;
    if (accepted !== undefined) {
      this.#move('accept');
      this.#opening = undefined;
      if (accepted.deflate !== undefined) this.#startDeflate(accepted.deflate, compression as Compression);
      this.#sink.open(accepted);
    } else if (answer.refused) {
      if (this.#state === 'opening') this.#move('refuse');
      if (answer.refusalComplete) this.#fail(answer.refusalError() as HandshakeError);
    }
    return at;
  }

  #startDeflate(agreed: DeflateAgreement, compression: Compression): void {
    this.#decoder.inflateWith({
      create: () => compression.createInflater(agreed.serverWindowBits),
      takeover: agreed.serverTakeover,
      maxMessageBytes: this.#maxMessageBytes,
    });
    this.#sender().compressWith({
      create: () => compression.createDeflater(agreed.clientWindowBits),
      takeover: agreed.clientTakeover,
      threshold: compression.threshold,
    });
  }

  #sender(): MessageSender {
    this.#messages ??= new MessageSender(this.#encoder);
    return this.#messages;
  }

  #onControl(opcode: number, payload: Uint8Array): void {
    if (opcode === Opcode.pong) return this.#sink.pong(payload);
    // A Close that is none is found out here, whenever it takes effect.
    const control = opcode === Opcode.close ? parseCloseBody(payload, this.#codec) : payload;
    if (!this.#mayHold(opcode === Opcode.close)) this.#answer(control);
    else this.#hold('code' in control ? control : new Uint8Array(control));
  }

  /** The server's side ends by `error`, now or when what came before has been heard. */
  #endBy(error: HandshakeError | ProtocolError | ConnectionError): void {
    if (this.#state === 'held') return; // the end of a stream whose last word is still to be heard
    if (this.#mayHold(true)) this.#hold(error);
    else this.#fail(error);
  }

  #mayHold(isEnd: boolean): boolean {
    return this.#state === 'open' && this.#sink.hold?.(isEnd) === true;
  }

  #hold(held: Held): void {
    this.#move('hold');
    this.#held = held;
  }

  #answer(control: CloseFrame | Uint8Array): void {
    if ('code' in control) this.#onClose(control);
    else this.#onPing(control);
  }

  // 5.5.2: "Upon receipt of a Ping frame, an endpoint MUST send a Pong frame in response". 5.5.3 allows to answer
  // only the newest; that keeps a flood from a server that does not read from growing in our memory.
  #onPing(payload: Uint8Array): void {
    if (this.#writer.congested) this.#pendingPong = new Uint8Array(payload);
    else this.#encoder.writeBytes(Opcode.pong, true, payload);
    // The writer may have found out, just now, that the line is gone.
    if (this.#state !== 'closed') this.#sink.ping(payload);
  }

  // 5.5.1: "If an endpoint receives a Close frame and did not previously send a Close frame, the endpoint MUST send a
  // Close frame in response", with the code that it received. Not its reason: some servers stumble over one.
  #onClose(frame: CloseFrame): void {
    const isFirst = this.#state === 'open';
    this.#received = frame;
    this.#move('receive close');
    if (isFirst) this.#writeClose({ code: frame.code, reason: '' });
    this.#release();
    this.#sink.close(frame);
  }

  #writeClose(frame: CloseFrame): void {
    this.#sent = frame;
    this.#encoder.writeBytes(Opcode.close, true, serializeCloseBody(frame));
  }

  // 7.1.7: fail the connection: if it is open, say why in a Close frame first; then take no more input.
  #fail(error: HandshakeError | ProtocolError | ConnectionError): void {
    const isOpen = this.#state === 'open';
    this.#move('fail');
    if (isOpen && error instanceof ProtocolError) this.#writeClose({ code: error.closeCode, reason: '' });
    this.#release();
    this.#sink.failure(error);
  }

  /** Gives back what only an open connection needs. */
  #release(): void {
    this.#decoder.mute();
    this.#decoder.reset();
    this.#held = undefined;
    this.#messages?.release();
  }

  #lost(cause: unknown): ConnectionError {
    const code = this.#state === 'closing' ? 'CONNECTION_CLOSED' : 'CONNECTION_LOST';
    return new ConnectionError(code, { sent: this.#sent, cause });
  }

  #move(event: EngineEvent): void {
    this.#state = nextState(this.#state, event);
  }
}

function checkData(data: unknown): void {
  if (typeof data === 'string' || isBytes(data)) return;
  throw new UsageError('INVALID_DATA', { detail: 'engine' });
}
