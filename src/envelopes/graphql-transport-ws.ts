/** GraphQL over WebSocket, subprotocol `graphql-transport-ws` (github.com/enisdenjo/graphql-ws, PROTOCOL.md). */
import type { LoginLine, LoginOutcome } from '../auth/authenticator.ts';
import { json } from '../messaging/codec.ts';
import type {
  Classified,
  Envelope,
  EnvelopeFactory,
  EnvelopeReader,
  RemoteError,
  RequestKey,
} from '../messaging/envelope.ts';
import { checkGraphqlTransportWs, type GraphqlTransportWsOptions } from './checks.ts';
import { closeCodes, protocolHeartbeat, protocolLogin, subprotocols } from './parts.ts';
import { ask, glance, isShape, numberIn, otherProtocol, parsed, Recent, remote } from './shapes.ts';

export type { GraphqlTransportWsOptions } from './checks.ts';

/** The name of the subprotocol. */
const SUBPROTOCOL = 'graphql-transport-ws';

const PING = '{"type":"ping"}';
const PONG = { type: 'pong' } as const;

const NOTHING = { kind: 'nothing' } as const;

/** What an operation is sent under, so that its answers tell what it was: a request or a subscription. */
const REQUEST = 'r';
const SUBSCRIPTION = 's';

/** What the members of an operation are, beside its document and variables. */
interface OperationMeta {
  readonly operationName?: string | undefined;
  readonly extensions?: unknown;
}

/**
 * The envelope of GraphQL over WebSocket, for servers of the subprotocol `graphql-transport-ws`.
 *
 * `request(document, variables)` sends a query or a mutation and resolves with its first result, `{ data, errors, extensions }`:
 * errors beside data are no failure of the call. `subscribe(document, variables)` brings the results of a subscription, in the
 * same shape. With `documents` both take a name instead. `meta` may hold `operationName` and `extensions`. What the server
 * refuses before it executes anything is a `RequestError`, or ends the subscription, with all of its errors as `data`. Nothing
 * is resumed: after a reconnect subscriptions are asked for again.
 *
 * A server that refuses `connection_init` closes with 4403 or 4401: then `auth.renew` of the client is asked, once.
 *
 * @throws UsageError `INVALID_OPTION` naming the option that is wrong
 * @example
 * ```ts
 * const client = createClient({
 *   url: 'wss://example.com/graphql',
 *   envelope: graphqlTransportWs({ auth: async () => ({ token: await freshToken() }) }),
 * });
 * const { data } = await client.request('query ($id: ID!) { user(id: $id) { name } }', { id: '1' });
 * for await (const { data } of client.subscribe('subscription { ticks }')) console.log(data);
 * ```
 */
export function graphqlTransportWs(options: GraphqlTransportWsOptions = {}): EnvelopeFactory {
  checkGraphqlTransportWs(options, graphqlTransportWs);
  const { documents = {} } = options;
  const operation = (id: string, name: string, variables: unknown, meta: unknown): unknown => {
    const { operationName, extensions } = (meta ?? {}) as OperationMeta;
    const query = Object.hasOwn(documents, name) ? documents[name] : name;
    return { id, type: 'subscribe', payload: { query, variables, operationName, extensions } };
  };
  const complete = (id: string): unknown => ({ id, type: 'complete' });
  return (): Envelope => {
    let lastKey = 0;
    /** Operations that we have ended: what comes for them is nobody's. */
    const left = new Recent();
    return {
      codec: json(),
      reader: () => new Reader(left, complete),
      use: [
        subprotocols(SUBPROTOCOL),
        // "Too many initialisation requests"; elsewhere it means too many requests, and passes.
        closeCodes({ 4429: 'stop' }),
        protocolHeartbeat({
          ping: {
            message: () => PING,
            isAnswer: (data) =>
              (glance(data, '"pong"') as { type?: unknown } | null | undefined)?.type === PONG.type,
          },
        }),
        protocolLogin((line) => initialise(line, options)),
      ],
      rpc: {
        allocate: () => ++lastKey,
        request: (key, document, variables, meta) => operation(`${REQUEST}${key}`, document, variables, meta),
        // There are no operations without a result: what comes of it is nobody's.
        notification: (document, variables, meta) => {
          const id = `${REQUEST}${++lastKey}`;
          left.add(id);
          return operation(id, document, variables, meta);
        },
        cancel: (key) => {
          const id = `${REQUEST}${key}`;
          left.add(id);
          return complete(id);
        },
        subscriptions: {
          confirms: false,
          subscribe: (key, document, variables, { meta }) =>
            operation(`${SUBSCRIPTION}${key}`, document, variables, meta),
          adopt: (_result, key) => key,
          unsubscribe: (_key, id) => {
            left.add(`${SUBSCRIPTION}${id}`);
            return complete(`${SUBSCRIPTION}${id}`);
          },
        },
      },
    };
  };
}

/** `connection_init`, and the server's `connection_ack`. Pings may come before it. */
async function initialise(line: LoginLine, { auth }: GraphqlTransportWsOptions): LoginOutcome {
  line.send(JSON.stringify({ type: 'connection_init', payload: await ask(auth) }));
  for (;;) {
    const message = parsed(await line.receive());
    const type = isShape(message) ? message.type : undefined;
    if (type === 'connection_ack') return { session: (message as { payload?: unknown }).payload };
    if (type === 'ping') line.send(JSON.stringify(PONG));
    else if (type !== PONG.type) throw otherProtocol('connection_ack');
  }
}

/** Reads one line. */
class Reader implements EnvelopeReader {
  /** Operations that nobody wants any more. */
  readonly #left: Recent;
  /** Requests that have their result, and are not complete. */
  readonly #answered = new Recent();
  readonly #complete: (id: string) => unknown;

  constructor(left: Recent, complete: (id: string) => unknown) {
    this.#left = left;
    this.#complete = complete;
  }

  split(value: unknown): readonly unknown[] {
    return [value];
  }

  classify(message: unknown): Classified {
    if (!isShape(message)) return { kind: 'message' };
    const { type, id, payload } = message;
    if (type === 'ping') return { ...NOTHING, also: { answer: PONG } };
    if (type === PONG.type || type === 'connection_ack') return NOTHING;
    const isOne = type === 'next' || type === 'error' || type === 'complete';
    const key = typeof id === 'string' ? numberIn(id.slice(1)) : undefined;
    if (!isOne || key === undefined) return { kind: 'message' };
    if (this.#left.has(id)) return NOTHING;
    if ((id as string).startsWith(REQUEST)) return this.#ofRequest(type, id as string, key, payload);
    if (!(id as string).startsWith(SUBSCRIPTION)) return { kind: 'message' };
    const end = type === 'error' ? remoteError(payload) : type === 'complete' || undefined;
    return { kind: 'event', name: type, payload, subscription: { key, payload, end } };
  }

  #ofRequest(type: string, id: string, key: RequestKey, payload: unknown): Classified {
    if (type === 'error') return { kind: 'failure', key, error: remoteError(payload) };
    if (type === 'complete') {
      if (this.#answered.delete(id)) return NOTHING;
      return { kind: 'failure', key, error: { message: 'complete without a result' } };
    }
    // More than one result: nobody waits for the others.
    if (this.#answered.has(id)) return { ...NOTHING, also: { answer: this.#complete(id) } };
    this.#answered.add(id);
    return { kind: 'reply', key, result: payload };
  }
}

/** The errors of a refused operation: the first speaks for all. */
function remoteError(payload: unknown): RemoteError {
  const { message } = Object(Array.isArray(payload) ? payload[0] : payload) as { message?: unknown };
  return remote(undefined, message, payload);
}
