/**
 * Envelopes: how requests, replies and events lie in messages.
 *
 * @module holdline/envelopes
 */

export type { LoginLine, LoginOutcome } from './auth/authenticator.ts';
export type { Plugin } from './base/plugin.ts';
export type { AttemptInfo, HandshakeCredentials, LoginResult } from './connection/connection-options.ts';
export type { ApplicationPing } from './connection/heartbeat.ts';
export type { Beat } from './connection/server-pings.ts';
export { actionCable } from './envelopes/action-cable.ts';
export { type AppSyncMessage, type AppSyncOptions, appSync } from './envelopes/appsync.ts';
export type { ProtocolHeartbeat } from './envelopes/checks.ts';
export { chromeDevTools } from './envelopes/chrome-devtools.ts';
export { type GraphqlTransportWsOptions, graphqlTransportWs } from './envelopes/graphql-transport-ws.ts';
export { type HomeAssistantOptions, homeAssistant } from './envelopes/home-assistant.ts';
export {
  ethereum,
  type LspOptions,
  lsp,
  type McpOptions,
  mcp,
  solana,
} from './envelopes/json-rpc-presets.ts';
export { type ObsOptions, obs } from './envelopes/obs.ts';
export {
  closeCodes,
  protocolAddress,
  protocolCredentials,
  protocolHeartbeat,
  protocolLogin,
  subprotocols,
} from './envelopes/parts.ts';
export {
  type PhoenixOptions,
  phoenix,
  phoenixToken,
  type SupabaseOptions,
  supabase,
} from './envelopes/phoenix.ts';
export {
  type PusherChannel,
  type PusherCredential,
  type PusherOptions,
  pusher,
} from './envelopes/pusher.ts';
export type { Asked } from './envelopes/shapes.ts';
export { signalR } from './envelopes/signalr.ts';
export { type SocketIoOptions, type SocketIoSubscriptions, socketIo } from './envelopes/socket-io.ts';
export {
  type StompFrame,
  type StompHeaders,
  type StompMessage,
  type StompOptions,
  stomp,
} from './envelopes/stomp.ts';
export type { JsonRpcMembers } from './messaging/checks.ts';
export { type Codec, type JsonOptions, json, plain } from './messaging/codec.ts';
export type {
  AnswerEnvelope,
  Classified,
  Consequences,
  Envelope,
  EnvelopeCore,
  EnvelopeFactory,
  EnvelopeReader,
  ErrorMessage,
  EventMessage,
  FailureMessage,
  Goodbye,
  Meaning,
  PlainMessage,
  ProgressMessage,
  RemoteError,
  ReplyMessage,
  RequestKey,
  RequestMessage,
  RpcEnvelope,
  SubscribeInfo,
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
export { type Together, together } from './messaging/together.ts';
export type { SendData } from './transport/transport.ts';
