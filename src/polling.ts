/**
 * Other wires: polling and long polling behind the interface of a WebSocket, and the way back to one.
 *
 * @module holdline/polling
 */

export { type Fallback, type FallbackCore, type FallbackOptions, fallback } from './transport/fallback.ts';
export type {
  PollAnswer,
  PollFetch,
  PollInit,
  PollingOptions,
  PollMessage,
  PollNews,
  PollOpening,
  PollRequest,
  PollResponse,
  PollStart,
} from './transport/polling/options.ts';
export { pollingTransport } from './transport/polling/polling-transport.ts';
export { type CentrifugoSession, centrifugoStream } from './transport/polling/presets/centrifugo.ts';
export { type EngineIoSession, engineIo } from './transport/polling/presets/engine-io.ts';
export {
  type LongPollingOptions,
  type LongPollingSession,
  longPolling,
} from './transport/polling/presets/long-polling.ts';
export { type PhoenixSession, phoenixLongPoll } from './transport/polling/presets/phoenix.ts';
export {
  type PlainPollingOptions,
  type PlainPollingSession,
  plainPolling,
} from './transport/polling/presets/plain-polling.ts';
export { type SockJsSession, sockjs } from './transport/polling/presets/sockjs.ts';
