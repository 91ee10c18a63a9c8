/**
 * Other wires: polling and long polling behind the interface of a WebSocket, and the way back to one.
 *
 * @module holdline/polling
 */

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
