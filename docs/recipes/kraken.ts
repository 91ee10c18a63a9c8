/** Kraken's WebSocket API, version 2 (`wss://ws.kraken.com/v2`; docs.kraken.com/api). */
import { json } from 'holdline';
import { type Classified, type EnvelopeFactory, protocolHeartbeat, protocolLogin } from 'holdline/envelopes';

type Shape = Readonly<Record<string, unknown>>;

const isShape = (value: unknown): value is Shape =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A server may send anything: `String()` of it may throw. */
const word = (value: unknown): string => (typeof value === 'string' ? value : 'no word');

/** Channels whose news name no symbol. */
const keyOf = (channel: unknown, symbol: unknown): string =>
  typeof symbol === 'string' ? `${channel} ${symbol}` : String(channel);

/**
 * `subscribe('ticker', { symbol: 'BTC/USD' })`: one symbol, or none where the channel has none (`executions`), for Kraken answers
 * once for each. Its reader gets `{ type: 'snapshot' | 'update', data }`. `request('add_order', params)` resolves with the result.
 * Params of private channels and requests hold the `token` that REST gives: where it is asked for,
 * `wss://ws-auth.kraken.com/v2`.
 */
export function kraken(): EnvelopeFactory {
  return () => {
    let last = 0;
    const subscribing = (method: string, req_id: unknown, channel: string, params: unknown): Shape => {
      const { symbol, ...others } = (isShape(params) ? params : {}) as Shape;
      const one = symbol === undefined ? {} : { symbol: [symbol] };
      return { method, params: { channel, ...one, ...others }, req_id };
    };
    /** What was subscribed to under a key, to be left in the same words. */
    const asked = new Map<unknown, unknown>();
    return {
      codec: json(),
      reader: () => ({ split, classify }),
      rpc: {
        allocate: () => ++last,
        request: (req_id, method, params) => ({ method, params, req_id }),
        notification: (method, params) => ({ method, params }),
        question: (req_id) => ({ method: 'ping', req_id }),
        subscriptions: {
          confirms: true,
          sharedByKey: true,
          subscribe: (key, channel, params) => {
            asked.set(keyOf(channel, isShape(params) ? params.symbol : undefined), params);
            return subscribing('subscribe', key, channel, params);
          },
          adopt: (_result, _key, channel, params) =>
            keyOf(channel, isShape(params) ? params.symbol : undefined),
          unsubscribe: (key, id, channel) => {
            const params = asked.get(id);
            asked.delete(id);
            const { symbol, token } = (isShape(params) ? params : {}) as Shape;
            return subscribing('unsubscribe', key, channel, { symbol, token });
          },
        },
      },
      use: [
        // In silence it says `heartbeat` every second, once something is subscribed to.
        protocolHeartbeat({
          ping: {
            message: () => '{"method":"ping"}',
            isAnswer: (data) => data.length < 200 && /"pong"/.test(String(data)),
          },
        }),
        protocolLogin(async (line) => {
          const { channel, data } = JSON.parse(String(await line.receive())) as {
            channel?: unknown;
            data?: unknown;
          };
          const [status] = Array.isArray(data) ? (data as readonly Shape[]) : [];
          if (channel !== 'status') throw new Error('This is not Kraken: no status.');
          if (status?.system !== 'online') throw new Error(`Kraken is not online: ${status?.system}.`);
        }),
      ],
    };
  };
}

/** One value for each symbol: a message may have several. */
function split(value: unknown): readonly unknown[] {
  if (!isShape(value) || !Array.isArray(value.data)) return [value];
  const bySymbol = new Map<unknown, unknown[]>();
  for (const one of value.data as readonly unknown[]) {
    const symbol = isShape(one) ? one.symbol : undefined;
    bySymbol.set(symbol, [...(bySymbol.get(symbol) ?? []), one]);
  }
  return [...bySymbol.values()].map((data) => ({ ...value, data }));
}

function classify(message: unknown): Classified {
  if (!isShape(message)) return { kind: 'message' };
  const { channel, type, data, method, req_id: key, success, result, error } = message;
  if (channel === 'heartbeat') return { kind: 'nothing' };
  if (typeof channel === 'string' && channel.length <= 100) {
    const [first] = Array.isArray(data) ? (data as readonly unknown[]) : [];
    const symbol = isShape(first) ? first.symbol : undefined;
    const payload = { type, data };
    const id = keyOf(channel, symbol).slice(0, 200);
    return { kind: 'event', name: channel, payload, meta: symbol, subscription: { key: id, payload } };
  }
  if (typeof key !== 'number') {
    if (typeof error === 'string') return { kind: 'error', error: { message: error } };
    return { kind: method === 'pong' ? 'nothing' : 'message' };
  }
  if (method === 'pong') return { kind: 'reply', key, result: undefined };
  if (success === true) return { kind: 'reply', key, result };
  return { kind: 'failure', key, error: { message: word(error) } };
}
