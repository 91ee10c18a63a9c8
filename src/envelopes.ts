/**
 * Envelopes: how requests, replies and events lie in messages.
 *
 * @module holdline/envelopes
 */

export type { JsonRpcMembers } from './messaging/checks.ts';
export { type Codec, type JsonOptions, json, plain } from './messaging/codec.ts';
export type {
  Classified,
  Envelope,
  EnvelopeFactory,
  ErrorMessage,
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
export {
  type JsonRpcCall,
  type JsonRpcOptions,
  type JsonRpcSubscriptions,
  jsonRpc,
} from './messaging/json-rpc.ts';
export { raw } from './messaging/raw.ts';
export type { SendData } from './transport/transport.ts';
