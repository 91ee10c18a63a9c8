/** What both builds of the package give: all but `createClient` and `connect`, which each makes with its own transport. */
export type {
  Authenticator,
  Login,
  LoginLine,
  LoginOutcome,
  PlainAuthenticator,
  Tokens,
} from '../auth/authenticator.ts';
export { bearer } from '../auth/bearer.ts';
export { type ChallengeOptions, challenge } from '../auth/challenge.ts';
export { type DigestEncoding, hmacSha256, sha256 } from '../auth/digest.ts';
export { type FirstMessageOptions, firstMessage } from '../auth/first-message.ts';
export { login } from '../auth/login.ts';
export { type LoginAnswer, type LoginLoopOptions, type LoginTurn, loginLoop } from '../auth/login-loop.ts';
export { type QueryTokenOptions, queryToken } from '../auth/query-token.ts';
export { type SubprotocolTokenOptions, subprotocolToken } from '../auth/subprotocol-token.ts';
export {
  type TokenLine,
  type TokenRenewalCore,
  type TokenRenewalOptions,
  tokenRenewal,
} from '../auth/token-renewal.ts';
export type { TokenOptions } from '../auth/token-source.ts';
export type { Clock, TimerHandle } from '../base/clock.ts';
export type { Emitter, Unsubscribe } from '../base/emitter.ts';
export type { Evidence } from '../base/error-codes.ts';
export {
  type AnyHoldlineError,
  AuthError,
  type CloseFrame,
  ConnectionError,
  type ConnectionErrorCode,
  type ConnectionEvidence,
  DeliveryError,
  type DeliveryErrorCode,
  type DeliveryEvidence,
  type DeliveryOutcome,
  type ErrorCode,
  HandshakeError,
  type HandshakeErrorCode,
  type HandshakeEvidence,
  type HandshakePhase,
  HoldlineError,
  isHoldlineError,
  type MessageError,
  ProtocolError,
  type ProtocolErrorCode,
  type ProtocolEvidence,
  RequestError,
  UsageError,
  type UsageErrorCode,
  type UsageEvidence,
  ValidationError,
  type ValidationEvidence,
  type ValidationIssue,
} from '../base/errors.ts';
export type { Plugin } from '../base/plugin.ts';
export type { RandomBytes, RandomSource } from '../base/random.ts';
export { type Backoff, type BackoffOptions, createBackoff } from '../connection/backoff.ts';
export type { Connection } from '../connection/connection.ts';
export type {
  Agreed,
  AttemptInfo,
  HandshakeCredentials,
  LoginConversation,
  LoginResult,
  LoginStarter,
  LoginWire,
  OpeningLine,
  UrlSource,
} from '../connection/connection-options.ts';
export { browserEnvironment, pageEvents } from '../connection/environment.browser.ts';
export { type Environment, type EnvironmentEvent, NO_ENVIRONMENT } from '../connection/environment.ts';
export { type FailoverCore, failover } from '../connection/failover.ts';
export {
  type HandoverCore,
  type HandoverOptions,
  type HandoverSettings,
  handover,
} from '../connection/handover.ts';
export type { ApplicationPing, HeartbeatOptions } from '../connection/heartbeat.ts';
export { type Probe, type ProbeAnswer, type ProbeCore, probe } from '../connection/probe.ts';
export {
  defaultRetryPolicy,
  type GiveUp,
  type RenewAgain,
  type RetryAgain,
  type RetryDecision,
  type RetryPast,
  type RetryPolicy,
} from '../connection/retry-policy.ts';
export {
  type AnsweredAndPassedOn,
  type Beat,
  type EchoAnswer,
  type ServerPingsCore,
  type ServerPingsOptions,
  serverPings,
} from '../connection/server-pings.ts';
export type { ConnectionState, StateChange, StateReason, Status } from '../connection/states.ts';
export type { Diagnosis, ReachedPhase } from '../connection/why.ts';
export {
  type AsyncApiDocument,
  type AsyncApiMessage,
  type AsyncApiOperation,
  type AsyncApiOptions,
  type AsyncApiReference,
  type JsonSchema,
  toAsyncApi,
} from '../messaging/async-api.ts';
export type { JsonRpcMembers, PersistentOutboxOptions } from '../messaging/checks.ts';
export { type Codec, type JsonOptions, json, plain } from '../messaging/codec.ts';
export {
  type AnySchema,
  type CallShape,
  type ContractOf,
  type ContractOptions,
  type ContractShape,
  type DefinedContract,
  defineContract,
  type GotOf,
  isRemoteError,
  type SchemaFailure,
  type SchemaIssue,
  type SchemaResult,
  type SchemaSuccess,
  type SentOf,
  type Slot,
  type StandardSchema,
  type StreamShape,
  type TypeOnly,
  type,
} from '../messaging/contract.ts';
export type {
  Classified,
  Envelope,
  EnvelopeFactory,
  RequestKey,
  RpcEnvelope,
} from '../messaging/envelope.ts';
export type { HandlerInfo } from '../messaging/handler.ts';
export type { InboxLimits } from '../messaging/inbox.ts';
export type { JournalCore, JournalParts, JournalPort, OutboxJournal } from '../messaging/journal/journal.ts';
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
export {
  type JsonRpcCall,
  type JsonRpcOptions,
  type JsonRpcSubscriptions,
  jsonRpc,
} from '../messaging/json-rpc.ts';
export type { MessageLimits } from '../messaging/message-limits.ts';
export { type MessagePackOptions, messagePack } from '../messaging/message-pack.ts';
export type { PluginMethods } from '../messaging/missing.ts';
export type {
  NotifyOptions,
  OutboxEntry,
  OutboxLimits,
  OverflowPolicy,
  SendOptions,
  Sent,
  WaitingMessage,
} from '../messaging/outbox-options.ts';
export { raw } from '../messaging/raw.ts';
export { type RequestOptions, type RequestsCore, requests } from '../messaging/requests.ts';
export { type SharingOptions, sharing } from '../messaging/sharing.ts';
export type {
  Cursor,
  SubscribeOptions,
  Subscription,
  SubscriptionLimits,
  SubscriptionOverflow,
} from '../messaging/subscription.ts';
export { type SubscriptionsCore, subscriptions } from '../messaging/subscriptions.ts';
export type { Closure, Unsent } from '../protocol/closure.ts';
export type { Limits } from '../protocol/limits.ts';
export type { DeflateOffer } from '../protocol/permessage-deflate.ts';
export type { ReceiveBuffer } from '../protocol/ports.ts';
export type { FrameTracer, TracedFrame } from '../protocol/trace.ts';
export type { NativeSocket, NativeSocketConstructor } from '../transport/native/native-socket.ts';
export { type NativeTransportOptions, nativeTransport } from '../transport/native/native-transport.ts';
export { webSocketStreamTransport } from '../transport/native/websocket-stream-transport.ts';
export {
  type AwaitReplyOptions,
  atInterval,
  atRate,
  awaitReply,
  type Pacing,
  type PacingCore,
} from '../transport/pacing.ts';
export type { Secrets } from '../transport/secrets.ts';
export type { CookieJar } from '../transport/tcp/cookie-jar.ts';
export type { CompressionOptions } from '../transport/tcp/deflate/options.ts';
export type {
  CreateConnection,
  DialOptions,
  Lookup,
  ProxyOptions,
  TlsOptions,
} from '../transport/tcp/dialling/options.ts';
export type { Asked, HeaderInput, TcpOptions, TcpSettings } from '../transport/tcp/options.ts';
export type {
  AttemptSecrets,
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
  Added,
  Client,
  ClientEvents,
  ClientStats,
  ClientWith,
  CloseOptions,
  Gap,
  HandoverMethods,
  RequestMethods,
  SlimClient,
  SubscriptionMethods,
} from './client.ts';
export { type ConsoleTraceOptions, consoleTrace } from './console-trace.ts';
export type {
  AnyEventOf,
  ArgumentsOf,
  Contract,
  EventOf,
  HandlerOf,
  HandlerParamsOf,
  HandlerResultOf,
  MethodOf,
  NotificationOf,
  NotificationParamsOf,
  ParamsOf,
  PayloadOf,
  ResultOf,
  StreamEventOf,
  StreamOf,
  StreamParamsOf,
} from './contract.ts';
export type { AnyPlugin, ClientPlugin, Core, Watch } from './core.ts';
export type {
  ClientLimits,
  ClientOptions,
  CommonOptions,
  ConnectOptions,
  OutboxOptions,
  ReconnectOptions,
  Settings,
  SlimClientOptions,
  WithContract,
} from './options.ts';
export { formatRecord, jsonLines, textLines } from './records/lines.ts';
export type {
  CloseRecord,
  ConnectionRecord,
  ConnectRecord,
  DropRecord,
  ErrorRecord,
  ErrorSummary,
  FrameName,
  FrameRecord,
  GapRecord,
  OpenRecord,
  PhaseRecord,
  RecordTime,
  ReplyRecord,
  RequestRecord,
  RttRecord,
  StateRecord,
  SubscriptionRecord,
  TraceRecord,
} from './records/record.ts';
export type { RecordedCore } from './records/recorder.ts';
export type { ReceiveOptions, Socket } from './socket.ts';
export { type TraceOptions, trace } from './trace.ts';
