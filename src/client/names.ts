/** What both builds of the package give: all but `createClient` and `connect`, which each makes with its own transport. */
export type { Authenticator, Login, LoginLine, PlainAuthenticator } from '../auth/authenticator.ts';
export { bearer } from '../auth/bearer.ts';
export { type FirstMessageOptions, firstMessage } from '../auth/first-message.ts';
export { login } from '../auth/login.ts';
export { type LoginLoopOptions, type LoginTurn, loginLoop } from '../auth/login-loop.ts';
export { type QueryTokenOptions, queryToken } from '../auth/query-token.ts';
export { type SubprotocolTokenOptions, subprotocolToken } from '../auth/subprotocol-token.ts';
export type { TokenOptions } from '../auth/token-source.ts';
export type { Clock, TimerHandle } from '../base/clock.ts';
export type { Unsubscribe } from '../base/emitter.ts';
export {
  type AnyHoldlineError,
  AuthError,
  type CloseFrame,
  ConnectionError,
  type ConnectionErrorCode,
  DeliveryError,
  type DeliveryErrorCode,
  type DeliveryOutcome,
  type ErrorCode,
  HandshakeError,
  type HandshakeErrorCode,
  type HandshakePhase,
  HoldlineError,
  isHoldlineError,
  type MessageError,
  ProtocolError,
  type ProtocolErrorCode,
  RequestError,
  UsageError,
  type UsageErrorCode,
} from '../base/errors.ts';
export type { RandomSource } from '../base/random.ts';
export { type Backoff, type BackoffOptions, createBackoff } from '../connection/backoff.ts';
export type {
  AttemptInfo,
  HandshakeCredentials,
  LoginConversation,
  LoginStarter,
  OpeningLine,
  UrlSource,
} from '../connection/connection-options.ts';
export { browserEnvironment, pageEvents } from '../connection/environment.browser.ts';
export { type Environment, type EnvironmentEvent, NO_ENVIRONMENT } from '../connection/environment.ts';
export { failover } from '../connection/failover.ts';
export { type HandoverOptions, handover } from '../connection/handover.ts';
export type { ApplicationPing, HeartbeatOptions } from '../connection/heartbeat.ts';
export { type Probe, type ProbeAnswer, probe } from '../connection/probe.ts';
export {
  defaultRetryPolicy,
  type GiveUp,
  type RenewAgain,
  type RetryAgain,
  type RetryDecision,
  type RetryPast,
  type RetryPolicy,
} from '../connection/retry-policy.ts';
export { type ServerPingsOptions, serverPings } from '../connection/server-pings.ts';
export type { ConnectionState, StateChange, StateReason, Status } from '../connection/states.ts';
export type { Diagnosis, ReachedPhase } from '../connection/why.ts';
export { type Codec, json, plain } from '../messaging/codec.ts';
export type { Envelope, EnvelopeFactory, RequestKey } from '../messaging/envelope.ts';
export type { InboxLimits } from '../messaging/inbox.ts';
export type { JournalParts, JournalPort, OutboxJournal } from '../messaging/journal/journal.ts';
export {
  type JournalPlugin,
  type OutboxStorage,
  persistentOutbox,
  type StoredMessage,
} from '../messaging/journal/persistent-outbox.ts';
export {
  type KeyValueStorage,
  type Locks,
  type StorageOutboxOptions,
  storageOutbox,
} from '../messaging/journal/storage-outbox.ts';
export { type JsonRpcOptions, type JsonRpcSubscriptions, jsonRpc } from '../messaging/json-rpc.ts';
export type { MessageLimits } from '../messaging/message-limits.ts';
export type {
  OutboxEntry,
  OutboxLimits,
  OverflowPolicy,
  SendOptions,
  Sent,
  WaitingMessage,
} from '../messaging/outbox-options.ts';
export { raw } from '../messaging/raw.ts';
export { type HandlerInfo, type RequestOptions, requests } from '../messaging/requests.ts';
export type {
  Cursor,
  SubscribeOptions,
  Subscription,
  SubscriptionLimits,
  SubscriptionOverflow,
} from '../messaging/subscription.ts';
export { subscriptions } from '../messaging/subscriptions.ts';
export type { Closure, Unsent } from '../protocol/closure.ts';
export type { Limits } from '../protocol/limits.ts';
export type { FrameTracer, TracedFrame } from '../protocol/trace.ts';
export { type NativeTransportOptions, nativeTransport } from '../transport/native/native-transport.ts';
export { type AwaitReplyOptions, atInterval, awaitReply, type Pacing } from '../transport/pacing.ts';
export type { Asked, TcpOptions, TcpSettings } from '../transport/tcp/options.ts';
export type {
  MessageOptions,
  OpenInfo,
  SendData,
  Transport,
  TransportFactory,
  TransportFeatures,
  TransportRequest,
  TransportSink,
} from '../transport/transport.ts';
export type {
  Client,
  ClientEvents,
  ClientStats,
  ClientWith,
  CloseOptions,
  Gap,
  SlimClient,
} from './client.ts';
export { type ConsoleTraceOptions, consoleTrace } from './console-trace.ts';
export type { Contract } from './contract.ts';
export type { AnyPlugin, ClientPlugin, Core } from './core.ts';
export type {
  ClientLimits,
  ClientOptions,
  ConnectOptions,
  OutboxOptions,
  ReconnectOptions,
  Settings,
  SlimClientOptions,
} from './options.ts';
export type { ReceiveOptions, Socket } from './socket.ts';
export { trace } from './trace.ts';
