/** tRPC 11 over WebSocket (trpc.io; packages/server/src/adapters/ws.ts). A server without a transformer, or with JSON's own. */
import { json } from 'holdline';
import {
  type Classified,
  type EnvelopeFactory,
  type EnvelopeReader,
  protocolAddress,
  protocolHeartbeat,
  protocolLogin,
} from 'holdline/envelopes';

type Shape = Readonly<Record<string, unknown>>;

/** More streams of one connection than this are taken for what they cannot be. */
const MAX_STREAMS = 10_000;

const isShape = (value: unknown): value is Shape => typeof value === 'object' && value !== null;

/** A server may send anything: `String()` of it may throw. */
const word = (value: unknown): string => (typeof value === 'string' ? value : 'no word');
const number = (value: unknown): number | undefined => (typeof value === 'number' ? value : undefined);

/**
 * `request('post.byId', input)` is a query; with `meta: 'mutation'` a mutation. `subscribe('post.added', input)` is a
 * subscription. What a server yields as `tracked(id, data)` comes as `{ id, data }`: it can be asked for from there on, with
 * `cursor: ({ id }) => id` and `resume: (input, id) => ({ ...input, lastEventId: id })`.
 *
 * @param connectionParams - what `createContext` gets as `info.connectionParams`; asked for on every connection
 */
export function trpc(connectionParams?: () => object | Promise<object>): EnvelopeFactory {
  return () => {
    let last = 0;
    /** Subscriptions that we have left, and the server has not stopped yet. */
    const left = new Set<unknown>();
    return {
      codec: {
        ...json(),
        // Where the heartbeat is switched off these two come here. Neither is JSON.
        decode: (data) => (data === 'PING' || data === 'PONG' ? data : json().decode(data)),
        encode: (value) => (value === 'PONG' ? value : json().encode(value)),
      },
      reader: () => {
        left.clear();
        return new Reader(left);
      },
      rpc: {
        allocate: () => ++last,
        request: (id, path, input, meta) => ({ id, method: meta ?? 'query', params: { path, input } }),
        notification: (path, input) => ({ id: ++last, method: 'mutation', params: { path, input } }),
        cancel: (id) => ({ id, method: 'subscription.stop' }),
        subscriptions: {
          confirms: 'subscribe',
          subscribe: (id, path, input) => {
            const { lastEventId } = (isShape(input) ? input : {}) as { lastEventId?: string };
            return { id, method: 'subscription', params: { path, input, lastEventId } };
          },
          adopt: (_result, key) => key,
          unsubscribe: (_key, id) => {
            left.add(id);
            return { id, method: 'subscription.stop' };
          },
        },
      },
      use: [
        protocolHeartbeat({
          interval: 30_000,
          timeout: 5_000,
          ping: { message: () => 'PING', isAnswer: (data) => data === 'PONG' },
          echo: (data) => data === 'PING' && 'PONG',
        }),
        ...(connectionParams === undefined
          ? []
          : [
              protocolAddress((url) => `${url}${url.includes('?') ? '&' : '?'}connectionParams=1`),
              // It is not answered: a refusal comes later, with an id that is null.
              protocolLogin(async (line) =>
                line.send(JSON.stringify({ method: 'connectionParams', data: await connectionParams() })),
              ),
            ]),
      ],
    };
  };
}

class Reader implements EnvelopeReader {
  /** Subscriptions that have begun on this line: a query is answered in the same words as they are. */
  readonly #streams = new Set<unknown>();
  readonly #left: Set<unknown>;

  constructor(left: Set<unknown>) {
    this.#left = left;
  }

  split(value: unknown): readonly unknown[] {
    return Array.isArray(value) ? value : [value];
  }

  classify(message: unknown): Classified {
    if (message === 'PING') return { kind: 'nothing', also: { answer: 'PONG' } };
    if (!isShape(message)) return { kind: message === 'PONG' ? 'nothing' : 'message' };
    const { id: key, method, result, error } = message;
    if (method === 'reconnect')
      return { kind: 'nothing', also: { goodbye: { reason: 'reconnect', overlap: true } } };
    if (isShape(error)) return this.#refused(key, error);
    if (typeof key !== 'number' || !isShape(result)) return { kind: 'message' };
    const { type, data } = result;
    if (type === 'started') {
      if (this.#streams.size < MAX_STREAMS) this.#streams.add(key);
      return { kind: 'reply', key, result: undefined };
    }
    if (type === 'stopped') {
      if (!this.#streams.delete(key) || this.#left.delete(key)) return { kind: 'nothing' };
      return this.#event(key, undefined, true);
    }
    if (this.#left.has(key)) return { kind: 'nothing' };
    if (!this.#streams.has(key)) return { kind: 'reply', key, result: data };
    return this.#event(key, data);
  }

  #refused(key: unknown, { code, message, data }: Shape): Classified {
    const error = { code: number(code), message: word(message), data };
    const why = isShape(data) ? word(data.code) : 'refused';
    if (typeof key !== 'number') {
      // The server could not make a context for us: it will close.
      const goodbye = { reason: why, reconnect: why !== 'UNAUTHORIZED' && why !== 'FORBIDDEN' };
      return { kind: 'error', error, also: { goodbye } };
    }
    return this.#streams.delete(key) ? this.#event(key, undefined, error) : { kind: 'failure', key, error };
  }

  #event(key: number, payload: unknown, end?: true | { readonly message: string }): Classified {
    return { kind: 'event', name: 'data', payload, subscription: { key, payload, end } };
  }
}
