/**
 * The RFC 6455 client engine without I/O, to be driven over any stream of bytes.
 *
 * @module holdline/protocol
 */
export type { Evidence } from './base/error-codes.ts';
export {
  type AnyHoldlineError,
  type CloseFrame,
  ConnectionError,
  type ConnectionErrorCode,
  type ConnectionEvidence,
  type ErrorCode,
  HandshakeError,
  type HandshakeErrorCode,
  type HandshakeEvidence,
  type HandshakePhase,
  HoldlineError,
  isHoldlineError,
  ProtocolError,
  type ProtocolErrorCode,
  type ProtocolEvidence,
  UsageError,
  type UsageErrorCode,
  type UsageEvidence,
} from './base/errors.ts';
export { type RandomBytes, type RandomSource, systemRandom } from './base/random.ts';
export { ArrayWriter } from './protocol/array-writer.ts';
export { CloseCode } from './protocol/close-code.ts';
export type { Closure, Unsent } from './protocol/closure.ts';
export { ClientEngine, type EngineOptions } from './protocol/engine.ts';
export type { EngineState } from './protocol/engine-state.ts';
export type { HandshakeRequest } from './protocol/handshake-request.ts';
export { DEFAULT_LIMITS, type Limits } from './protocol/limits.ts';
export { Opcode } from './protocol/opcode.ts';
export type { DeflateAgreement, DeflateOffer } from './protocol/permessage-deflate.ts';
export type {
  AcceptedHandshake,
  Compression,
  Deflater,
  EngineSink,
  FrameWriter,
  Inflater,
  Masker,
  MessageMemory,
  ReceiveBuffer,
  TextCodec,
  TextDigest,
  Utf8Verdict,
} from './protocol/ports.ts';
export type { FrameTracer, TracedFrame } from './protocol/trace.ts';
export { parseTarget, type WebSocketTarget } from './protocol/url.ts';
