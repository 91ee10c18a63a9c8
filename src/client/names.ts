/** What both builds of the package give: all but `createClient` and `connect`, which each makes with its own transport. */
export type { Authenticator } from '../auth/authenticator.ts';
export { bearer } from '../auth/bearer.ts';
export { type FirstMessageOptions, firstMessage } from '../auth/first-message.ts';
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
export type { LoginLine, UrlSource } from '../connection/connection-options.ts';
export type { ConnectionState, StateChange, StateReason, Status } from '../connection/connection-state.ts';
export type { AttemptInfo, HandshakeCredentials } from '../connection/credentials.ts';
export type { Diagnosis, ReachedPhase } from '../connection/diagnosis.ts';
export { browserEnvironment } from '../connection/environment.browser.ts';
export { type Environment, type EnvironmentEvent, NO_ENVIRONMENT } from '../connection/environment.ts';
export type { ApplicationPing, HeartbeatOptions } from '../connection/heartbeat.ts';
export type { Probe, ProbeAnswer } from '../connection/probe.ts';
export {
  defaultRetryPolicy,
  type GiveUp,
  type RenewAgain,
  type RetryAgain,
  type RetryDecision,
  type RetryPolicy,
} from '../connection/retry-policy.ts';
export { type Codec, json, plain } from '../messaging/codec.ts';
export type { Envelope, EnvelopeFactory, RequestKey } from '../messaging/envelope.ts';
export type { InboxLimits } from '../messaging/inbox.ts';
export type { JournalPort, OutboxJournal } from '../messaging/journal.ts';
export { type JsonRpcOptions, type JsonRpcSubscriptions, jsonRpc } from '../messaging/json-rpc.ts';
export type { OutboxLimits, OverflowPolicy } from '../messaging/outbox.ts';
export type { OutboxEntry, WaitingMessage } from '../messaging/outbox-entry.ts';
export { type AwaitReplyOptions, atInterval, awaitReply, type Pacing } from '../messaging/pacing.ts';
export { type OutboxStorage, persistentOutbox, type StoredMessage } from '../messaging/persistent-outbox.ts';
export { raw } from '../messaging/raw.ts';
export {
  type KeyValueStorage,
  type Locks,
  type StorageOutboxOptions,
  storageOutbox,
} from '../messaging/storage-outbox.ts';
export type {
  Cursor,
  SubscribeOptions,
  Subscription,
  SubscriptionLimits,
  SubscriptionOverflow,
} from '../messaging/subscription.ts';
export type { Closure } from '../protocol/closure.ts';
export type { Limits } from '../protocol/limits.ts';
export type { FrameTracer, TracedFrame } from '../protocol/trace.ts';
export { type NativeTransportOptions, nativeTransport } from '../transport/native/native-transport.ts';
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
  CloseOptions,
  Gap,
  RequestOptions,
  SendOptions,
  Sent,
} from './client.ts';
export type { ConnectOptions } from './connect.ts';
export { type ConsoleTraceOptions, consoleTrace } from './console-trace.ts';
export type { Contract } from './contract.ts';
export { type HandoverOptions, type HandoverPart, handover } from './handover-part.ts';
export type { ClientOptions, OutboxOptions, ReconnectOptions, Settings } from './options.ts';
export { type RequestsPart, requests } from './request-part.ts';
export type { ReceiveOptions, Socket } from './socket.ts';
export { type SubscriptionsPart, subscriptions } from './subscription-part.ts';
