/**
 * Envelopes: how requests, replies and events lie in messages.
 *
 * @module holdline/envelopes
 */
export { type Codec, json, plain } from './messaging/codec.ts';
export type {
  Classified,
  Envelope,
  EnvelopeFactory,
  EventMessage,
  FailureMessage,
  RemoteError,
  ReplyMessage,
  RequestKey,
  RequestMessage,
  RpcEnvelope,
  SubscriptionEnvelope,
  SubscriptionEvent,
} from './messaging/envelope.ts';
export { jsonRpc } from './messaging/json-rpc.ts';
export { raw } from './messaging/raw.ts';
