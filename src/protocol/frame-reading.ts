/** Cutting the server's bytes into frames and judging each header as soon as it is complete (RFC 6455, 5). */
import { type Detail, ProtocolError, UsageError } from '../base/errors.ts';
import { MAX_CONTROL_PAYLOAD_BYTES } from './close-code.ts';
import * as CloseCode from './close-codes.ts';
import {
  createFrameHeader,
  type FrameHeader,
  LENGTH_16,
  MAX_RECEIVED_HEADER_BYTES,
  RSV1_BIT,
  readFrameHeader,
} from './frame-header.ts';
import type { Limits } from './limits.ts';
import { MessageAssembler } from './message-assembler.ts';
import { type InflationOptions, MessageInflater } from './message-inflater.ts';
import { isControl, isDefinedOpcode, Opcode } from './opcode.ts';
import { isBytes } from './payload.ts';
import type { MessageMemory, ReceiveBuffer, TextCodec } from './ports.ts';
import type { FrameTracer } from './trace.ts';

/** Where whole messages go. */
export interface MessageSink {
  text(message: string): void;
  binary(message: Uint8Array): void;
}

/** What a {@link FrameDecoder} is made of. */
export interface FrameDecoderOptions {
  readonly messages: MessageSink;
  /** Told of each control frame; `payload` is valid only during the call. */
  readonly control: (opcode: number, payload: Uint8Array) => void;
  readonly limits: Limits;
  readonly codec: TextCodec;
  readonly trace?: FrameTracer | undefined;
  /** Default: fresh memory for every message. */
  readonly memory?: MessageMemory | undefined;
  /** Default: none. */
  readonly receiveBuffer?: ReceiveBuffer | undefined;
}

/** The first byte of a frame that is a whole message, not compressed. */
const WHOLE_TEXT = 0x80 | Opcode.text;
const WHOLE_BINARY = 0x80 | Opcode.binary;

/**
 * A frame of which less is missing is copied from where all is read to: another call to the system, to read the rest into
 * its place, would cost more than that.
 */
const ROOM_MIN_BYTES = 32 * 1024;

/** Where messages go that nobody is to hear. */
const NOBODY: MessageSink = /* @__PURE__ */ Object.freeze({ text() {}, binary() {} });

/** Stands for a header before the first one is read, so that an idle connection needs none of its own. */
const NO_HEADER: FrameHeader = /* @__PURE__ */ Object.freeze(createFrameHeader());

/** The beginning of a header, or of the payload of a control frame, that the end of a chunk has cut. */
interface Cut {
  readonly bytes: Uint8Array;
  size: number;
}

/**
 * Decodes frames out of chunks cut anywhere. Messages that lie whole in a chunk are read in place. What only other
 * frames need is made for the first of them: thousands of idle connections hold nothing for it.
 */
export class FrameDecoder {
  readonly #control: FrameDecoderOptions['control'];
  readonly #limits: Limits;
  readonly #codec: TextCodec;
  readonly #trace: FrameTracer | undefined;
  readonly #receiveBuffer: ReceiveBuffer | undefined;
  readonly #memory: MessageMemory | undefined;
  /** The longest message that may be read at a glance; none if every frame is to be seen. */
  readonly #simpleBytes: number;
  #messages: MessageSink;
  #header: FrameHeader = NO_HEADER;
  /** Set while a header or a control frame is incomplete. */
  #cut: Cut | undefined;
  /** The message that is put together, or was. */
  #message: MessageAssembler | undefined;
  /** Payload bytes of the current frame still to come; -1 between frames. */
  #missing = -1;
  /** How to inflate compressed messages, once that was agreed on. */
  #inflation: InflationOptions | undefined;
  #inflater: MessageInflater | undefined;
  /** Whether the message that has begun is compressed. */
  #isCompressed = false;

  constructor({ messages, control, limits, codec, trace, memory, receiveBuffer }: FrameDecoderOptions) {
    this.#messages = messages;
    this.#control = control;
    this.#limits = limits;
    this.#codec = codec;
    this.#trace = trace;
    this.#receiveBuffer = receiveBuffer;
    this.#memory = memory;
    this.#simpleBytes = trace === undefined && limits.maxFragments >= 1 ? limits.maxMessageBytes : -1;
  }

  /** From now on messages may be compressed. */
  inflateWith(options: InflationOptions): void {
    this.#inflation = options;
  }

  /** From now on messages are read and checked, but nobody is told of them. */
  mute(): void {
    this.#messages = NOBODY;
  }

  /**
   * Reads on at `chunk[start]`, through at most one frame.
   *
   * @returns where the next call must read on
   * @throws ProtocolError
   */
  read(chunk: Uint8Array, start: number, end: number): number {
    let at = start;
    if (this.#missing < 0) {
      if (this.#cut === undefined && this.#message?.active !== true) {
        const next = this.#readSimple(chunk, at, end);
        if (next > at) return next;
      }
      at = this.#readHeader(chunk, at, end);
      if (this.#missing < 0) return at;
      if (end - at >= this.#missing && this.#isSimple()) return this.#readWhole(chunk, at);
      if (!isControl(this.#header.opcode)) this.#beginDataFrame();
    }
    const take = Math.min(this.#missing, end - at);
    this.#readPayload(chunk, at, at + take);
    this.#missing -= take;
    if (this.#missing === 0) this.#endFrame();
    return at + take;
  }

  /**
   * Where the next bytes may be put straight away, to be read by `read(room, 0, length)`: memory of a large message that is
   * under way. Undefined if there is none. Valid until the next call.
   */
  get room(): Uint8Array | undefined {
    if (this.#missing < ROOM_MIN_BYTES || this.#isCompressed || isControl(this.#header.opcode))
      return undefined;
    return this.#message?.room();
  }

  /** Gives up what was collected. */
  reset(): void {
    this.#message?.reset();
    this.#cut = undefined;
    this.#inflater?.release();
  }

  #assembler(): MessageAssembler {
    this.#message ??= new MessageAssembler(this.#codec, this.#memory);
    return this.#message;
  }

  #inflaterInUse(): MessageInflater {
    this.#inflater ??= new MessageInflater(this.#inflation as InflationOptions, this.#assembler());
    return this.#inflater;
  }

  /** The hot path: a whole message, read in place. Returns `start` for everything else, and for all that is wrong. */
  #readSimple(chunk: Uint8Array, start: number, end: number): number {
    let at = start + 2;
    if (at > end) return start;
    const first = chunk[start] as number;
    let length = chunk[start + 1] as number;
    if (length >= LENGTH_16) {
      at += 2;
      if (length > LENGTH_16 || at > end) return start; // masked, or not short
      length = ((chunk[start + 2] as number) << 8) | (chunk[start + 3] as number);
      if (length < LENGTH_16) return start;
    }
    const next = at + length;
    if (next > end || length > this.#simpleBytes) return start;
    if (first === WHOLE_TEXT) this.#messages.text(checked(this.#codec.decode(chunk, at, next)));
    else if (first === WHOLE_BINARY) this.#messages.binary(this.#copy(chunk, at, next));
    else return start;
    return next;
  }

  #readHeader(chunk: Uint8Array, start: number, end: number): number {
    if (this.#header === NO_HEADER) this.#header = createFrameHeader();
    const header = this.#header;
    if (this.#cut === undefined) {
      const size = readFrameHeader(chunk, start, end, header);
      if (size > 0) {
        this.#acceptHeader();
        return start + size;
      }
    }
    let at = start;
    this.#cut ??= { bytes: new Uint8Array(MAX_RECEIVED_HEADER_BYTES), size: 0 };
    const cut = this.#cut;
    while (at < end) {
      cut.bytes[cut.size++] = chunk[at++] as number;
      if (readFrameHeader(cut.bytes, 0, cut.size, header) > 0) {
        this.#cut = undefined;
        this.#acceptHeader();
        break;
      }
    }
    return at;
  }

  #acceptHeader(): void {
    const { fin, reserved, opcode, length, fault } = this.#header;
    if (fault === 'masked') throw broken('masked');
    if (reserved !== 0) this.#checkReserved(reserved, opcode);
    if (!isDefinedOpcode(opcode)) throw broken('opcode', opcode);
    if (isControl(opcode)) {
      if (!fin) throw broken('fragmented-control');
      if (length > MAX_CONTROL_PAYLOAD_BYTES) throw broken('long-control');
    } else {
      this.#checkDataFrame(opcode);
    }
    if (fault !== undefined) throw broken(fault);
    if (!isControl(opcode)) this.#checkLimits(length);
    this.#missing = length;
  }

  // 5.2: "MUST be 0 unless an extension is negotiated that defines meanings for non-zero values"; RFC 7692, 6.1: "An
  // endpoint MUST NOT set the "Per-Message Compressed" bit of control frames and non-first fragments of a data message."
  #checkReserved(reserved: number, opcode: number): void {
    if (reserved !== RSV1_BIT || this.#inflation === undefined) {
      throw broken('reserved-bits');
    }
    if (isControl(opcode) || opcode === Opcode.continuation) {
      throw broken('compressed-inside');
    }
  }

  // 5.4: fragments of one message are not interleaved with those of another
  #checkDataFrame(opcode: number): void {
    const isInside = this.#message?.active === true;
    if (opcode === Opcode.continuation && !isInside) {
      throw broken('stray-continuation');
    }
    if (opcode !== Opcode.continuation && isInside) {
      throw broken('message-inside');
    }
  }

  // 10.4: "Implementations that have implementation- and/or platform-specific limitations [...] MUST protect themselves"
  #checkLimits(length: number): void {
    const { maxMessageBytes, maxFragments } = this.#limits;
    if (this.#header.opcode !== Opcode.continuation) this.#isCompressed = this.#header.reserved !== 0;
    const message = this.#message;
    const size = (message?.size ?? 0) + length;
    if (this.#isCompressed) {
      this.#inflaterInUse().beginFrame(length);
    } else if (size > maxMessageBytes) {
      throw new ProtocolError('MESSAGE_TOO_BIG', {
        closeCode: CloseCode.messageTooBig,
        limit: maxMessageBytes,
        size,
      });
    }
    const fragments = message?.fragments ?? 0;
    if (fragments >= maxFragments) {
      throw new ProtocolError('TOO_MANY_FRAGMENTS', {
        closeCode: CloseCode.policyViolation,
        limit: maxFragments,
        size: fragments + 1,
      });
    }
  }

  /** Whether the frame can be read in place: a control frame, or a whole message. */
  #isSimple(): boolean {
    return this.#header.fin && this.#header.opcode !== Opcode.continuation;
  }

  #readWhole(chunk: Uint8Array, at: number): number {
    const end = at + this.#missing;
    const { opcode, reserved } = this.#header;
    this.#missing = -1;
    if (reserved !== 0) {
      this.#readCompressed(this.#inflaterInUse(), chunk, at, end);
      return end;
    }
    this.#traceFrame(chunk.subarray(at, end));
    if (opcode === Opcode.text) this.#messages.text(checked(this.#codec.decode(chunk, at, end)));
    else if (opcode === Opcode.binary) this.#messages.binary(this.#copy(chunk, at, end));
    else this.#control(opcode, chunk.subarray(at, end));
    return end;
  }

  #copy(chunk: Uint8Array, start: number, end: number): Uint8Array {
    const payload = chunk.subarray(start, end);
    const provided = this.#provide(end - start);
    // Not chunk.slice(): a Node Buffer overrides it with one that shares the memory.
    if (provided === undefined) return new Uint8Array(payload);
    provided.set(payload);
    return provided;
  }

  /** Memory of the caller's for a binary message of `length` bytes. */
  #provide(length: number): Uint8Array | undefined {
    const ask = this.#receiveBuffer;
    const memory = ask === undefined || length === 0 ? undefined : ask(length);
    if (memory === undefined) return undefined;
    if (!isBytes(memory) || memory.length < length) throw wrongBuffer(length);
    return memory.subarray(0, length);
  }

  /** A whole compressed message: a short one is decoded where it was inflated. */
  #readCompressed(inflater: MessageInflater, chunk: Uint8Array, start: number, end: number): void {
    const message = inflater.inflateShort(chunk, start, end);
    if (message === undefined) {
      this.#beginDataFrame();
      if (!inflater.appendRest()) throw invalidText();
      this.#endFrame();
      return;
    }
    this.#traceFrame(message);
    if (this.#header.opcode === Opcode.text) {
      this.#messages.text(checked(this.#codec.decode(message, 0, message.length)));
    } else {
      this.#messages.binary(new Uint8Array(message));
    }
  }

  #beginDataFrame(): void {
    const { opcode, length, fin } = this.#header;
    const message = this.#assembler();
    if (!message.active) {
      const isKnown = fin && opcode === Opcode.binary && !this.#isCompressed;
      message.begin(opcode, isKnown ? this.#provide(length) : undefined);
    }
    // What a compressed frame becomes is not known before.
    message.beginFrame(this.#isCompressed ? 0 : length);
  }

  #readPayload(chunk: Uint8Array, start: number, end: number): void {
    if (isControl(this.#header.opcode)) {
      this.#cut ??= { bytes: new Uint8Array(this.#header.length), size: 0 };
      this.#cut.bytes.set(chunk.subarray(start, end), this.#cut.size);
      this.#cut.size += end - start;
    } else if (!this.#appendData(chunk, start, end)) {
      throw invalidText();
    }
  }

  #appendData(chunk: Uint8Array, start: number, end: number): boolean {
    if (!this.#isCompressed) return this.#assembler().append(chunk, start, end);
    const isLast = this.#header.fin && end - start === this.#missing;
    return this.#inflaterInUse().append(chunk, start, end, isLast);
  }

  #endFrame(): void {
    const { opcode, fin } = this.#header;
    this.#missing = -1;
    if (isControl(opcode)) {
      const { bytes, size } = this.#cut as Cut;
      const payload = bytes.subarray(0, size);
      this.#cut = undefined;
      this.#traceFrame(payload);
      this.#control(opcode, payload);
      return;
    }
    const message = this.#assembler();
    if (this.#trace !== undefined) this.#traceFrame(message.tail(message.frameSize));
    if (!fin) return;
    if (message.opcode === Opcode.text) this.#messages.text(checked(message.takeText()));
    else this.#messages.binary(message.takeBinary());
  }

  #traceFrame(payload: Uint8Array): void {
    const { opcode, fin, length } = this.#header;
    if (this.#trace === undefined) return;
    const isCompressed = this.#isCompressed && !isControl(opcode);
    const frame = { direction: 'in', opcode, fin, length, payload } as const;
    this.#trace(isCompressed ? { ...frame, compressed: true } : frame);
  }
}

function checked(text: string | undefined): string {
  if (text === undefined) throw invalidText();
  return text;
}

function wrongBuffer(bytes: number): UsageError {
  return new UsageError('INVALID_OPTION', { detail: 'receive-buffer', option: 'receiveBuffer', bytes });
}

function broken(detail: Detail<'PROTOCOL'>, opcode?: number): ProtocolError {
  return new ProtocolError('PROTOCOL', { detail, closeCode: CloseCode.protocolError, opcode });
}

// 8.1: "When an endpoint is to interpret a byte stream as UTF-8 but finds that the byte stream is not, in fact, a
// valid UTF-8 stream, that endpoint MUST _Fail the WebSocket Connection_." At once, not at the message's end.
function invalidText(): ProtocolError {
  return new ProtocolError('INVALID_PAYLOAD', { detail: 'text', closeCode: CloseCode.invalidPayload });
}
