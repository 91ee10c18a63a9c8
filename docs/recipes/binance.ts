/** Binance: market streams (`wss://stream.binance.com:9443/stream`) and the WebSocket API (`…/ws-api/v3`). */
import { json } from 'holdline';
import type { Classified, EnvelopeFactory } from 'holdline/envelopes';

type Shape = Readonly<Record<string, unknown>>;

const isShape = (value: unknown): value is Shape =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A server may send anything: `String()` of it may throw. */
const word = (value: unknown): string => (typeof value === 'string' ? value : 'no word');
const number = (value: unknown): number | undefined => (typeof value === 'number' ? value : undefined);

/**
 * `subscribe('btcusdt@trade')` brings what a stream says in `data`, once on the wire for all; names are in lower case.
 * `request('LIST_SUBSCRIPTIONS')`, or of the WebSocket API `request('order.place', params)`. Of a status of 500 and more nobody
 * knows whether it was done: ask before you send it again.
 *
 * Five messages a second are allowed, Pings and Pongs among them: add `use: [atInterval(250)]` and `heartbeat: { interval: 60_000 }`.
 * Binance ends a connection after 24 hours, and says so before: with `use: [handover()]` the next one comes first.
 */
export function binance(): EnvelopeFactory {
  return () => {
    let last = 0;
    return {
      codec: json(),
      reader: () => ({ split: (value) => [value], classify }),
      rpc: {
        allocate: () => ++last,
        request: (id, method, params) => ({ id, method, params }),
        notification: (method, params) => ({ id: ++last, method, params }),
        subscriptions: {
          confirms: true,
          sharedByKey: true,
          subscribe: (id, stream) => ({ id, method: 'SUBSCRIBE', params: [stream] }),
          adopt: (_result, _key, stream) => stream,
          unsubscribe: (id, stream) => ({ id, method: 'UNSUBSCRIBE', params: [stream] }),
        },
      },
    };
  };
}

function classify(message: unknown): Classified {
  if (!isShape(message)) return { kind: 'message' };
  const { id: key, stream, data, event, status, result, error = message, e } = message;
  const said = isShape(data) ? data : message;
  // Some minutes before the end.
  if (e === 'serverShutdown' || said.e === 'serverShutdown')
    return { kind: 'nothing', also: { goodbye: { reason: 'serverShutdown', overlap: true } } };
  if (typeof stream === 'string' && stream.length <= 100)
    return { kind: 'event', name: stream, payload: data, subscription: { key: stream, payload: data } };
  if (isShape(event)) return { kind: 'event', name: word(event.e), payload: event };
  const { code, msg } = isShape(error) ? error : {};
  if (typeof msg === 'string') {
    const failure = { code: number(code), message: msg, data: { status, ...(isShape(error) ? error : {}) } };
    return typeof key === 'number'
      ? { kind: 'failure', key, error: failure }
      : { kind: 'error', error: failure };
  }
  if (typeof key === 'number') return { kind: 'reply', key, result };
  // Of `/ws/<stream>`, where a stream is not named.
  return typeof e === 'string' ? { kind: 'event', name: e, payload: message } : { kind: 'message' };
}
