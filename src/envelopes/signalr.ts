/**
 * ASP.NET Core SignalR, the JSON hub protocol (https://github.com/dotnet/aspnetcore, src/SignalR/docs/specs/HubProtocol.md),
 * over a WebSocket without negotiation.
 */
import type { LoginLine } from '../auth/authenticator.ts';
import { RequestError } from '../base/errors.ts';
import { json } from '../messaging/codec.ts';
import type { Classified, EnvelopeFactory, EnvelopeReader } from '../messaging/envelope.ts';
import { MAX_READ_BYTES } from '../messaging/message-limits.ts';
import { protocolHeartbeat, protocolLogin } from './parts.ts';
import { isKey, isShape, otherProtocol, parsed, remote } from './shapes.ts';

/** Stands behind every message (HubProtocol, JSON encoding). */
const SEPARATOR = '\u001e';

/** What a message is (HubProtocol). */
const TYPE = { invocation: 1, item: 2, completion: 3, stream: 4, cancel: 5, close: 7 } as const;

/** Marks the ids of streams: a completion does not say whether it ends a stream or answers an invocation. */
const STREAM = 's';

/** A server gives up whom it has not heard for 30 s; each side says something every 15. */
const PING_INTERVAL_MS = 15_000;
const SILENCE_MS = 30_000;

/**
 * The envelope of SignalR hubs: `request('Sum', [1, 2])` invokes a method of the hub with these arguments, `notify` does and
 * wants no answer, `subscribe('Count', [3])` takes a stream of it. What the hub calls on its clients are events by their method,
 * with the list of arguments; where it wants a result, `handle` answers. Params that are no list are the one argument.
 *
 * The URL is the hub's with `wss:`, without negotiation: a hub takes that unless it is behind Azure SignalR, or wants sticky
 * sessions, whose `id` belongs into the query. Tokens go into the query: `auth: queryToken({ name: 'access_token', token })`. A
 * stream begins anew after a reconnect. The hub's goodbye says whether the client may come back; the client heeds it.
 *
 * @example
 * ```ts
 * const client = createClient({ url: 'wss://example.com/chat', envelope: signalR() });
 * client.onEvent('ReceiveMessage', ([user, text]) => console.log(user, text));
 * await client.request('SendMessage', ['ada', 'hello']);
 * for await (const count of client.subscribe('Counter', [10, 500])) console.log(count);
 * ```
 */
export function signalR(): EnvelopeFactory {
  return () => {
    const { encode, decode } = json();
    let last = 0;
    return {
      codec: {
        binary: false,
        encode: (value) => `${encode(value)}${SEPARATOR}`,
        // Apart by the reader: a message of the WebSocket may hold several.
        decode: (data) => data,
        reads: true,
      },
      reader: () => readerOf(decode),
      rpc: {
        allocate: () => String(++last),
        request: (invocationId, target, params) => ({
          type: TYPE.invocation,
          invocationId,
          target,
          arguments: listOf(params),
        }),
        notification: (target, params) => ({ type: TYPE.invocation, target, arguments: listOf(params) }),
        answers: {
          reply: (invocationId, result) => ({ type: TYPE.completion, invocationId, result: result ?? null }),
          failure: (invocationId, { message }) => ({ type: TYPE.completion, invocationId, error: message }),
          unknownMethod: (method) => ({ message: `Unknown method: ${method}` }),
          internalError: () => ({ message: 'Internal error' }),
        },
        subscriptions: {
          confirms: false,
          subscribe: (key, target, params) => ({
            type: TYPE.stream,
            invocationId: `${STREAM}${key}`,
            target,
            arguments: listOf(params),
          }),
          adopt: (_result, key) => key,
          unsubscribe: (_key, id) => ({ type: TYPE.cancel, invocationId: `${STREAM}${id}` }),
        },
      },
      use: [
        protocolHeartbeat({
          interval: PING_INTERVAL_MS,
          timeout: SILENCE_MS - PING_INTERVAL_MS,
          beat: { message: () => `{"type":6}${SEPARATOR}`, interval: PING_INTERVAL_MS },
        }),
        protocolLogin(shakeHands),
      ],
    };
  };
}

/** Agrees on the protocol. */
async function shakeHands(line: LoginLine): Promise<void> {
  line.send(`{"protocol":"json","version":1}${SEPARATOR}`, false);
  const answer = String(await line.receive());
  const end = answer.indexOf(SEPARATOR);
  const handshake = parsed(answer.slice(0, Math.max(end, 0)));
  if (!isShape(handshake) || 'type' in handshake) throw otherProtocol('{}, the end of the handshake');
  if (handshake.error !== undefined) throw new RequestError('handshake', remote(undefined, handshake.error));
  // The first messages may stand behind it.
  if (end + 1 < answer.length) line.deliver(answer.slice(end + 1));
}

function listOf(params: unknown): readonly unknown[] {
  return Array.isArray(params) ? params : params === undefined ? [] : [params];
}

function readerOf(decode: (text: string) => unknown): EnvelopeReader {
  /** A message whose end has not come. */
  let rest = '';
  return {
    split: (data) => {
      const records = String(data).split(SEPARATOR);
      records[0] = rest + records[0];
      rest = records.pop() as string;
      if (rest.length > MAX_READ_BYTES) rest = '';
      return records.map(decode);
    },
    classify,
  };
}

function classify(message: unknown): Classified {
  if (!isShape(message)) return { kind: 'message' };
  const { type, invocationId: id, error } = message;
  switch (type) {
    case TYPE.invocation: {
      const { target, arguments: params } = message;
      if (typeof target !== 'string') return { kind: 'message' };
      return isKey(id)
        ? { kind: 'request', key: id, method: target, params }
        : { kind: 'event', name: target, payload: params };
    }
    case TYPE.item:
    case TYPE.completion: {
      if (!isKey(id)) return { kind: 'message' };
      const failed = error === undefined || error === null ? undefined : remote(undefined, error);
      if (String(id).startsWith(STREAM)) {
        const end = type === TYPE.item ? undefined : (failed ?? true);
        const payload = message.item;
        const key = String(id).slice(STREAM.length);
        return { kind: 'event', name: 'StreamItem', payload, subscription: { key, payload, end } };
      }
      if (type === TYPE.item) return { kind: 'progress', key: id, payload: message.item };
      if (failed !== undefined) return { kind: 'failure', key: id, error: failed };
      return { kind: 'reply', key: id, result: message.result };
    }
    case TYPE.close: {
      const reason = typeof error === 'string' ? error : 'closed by the hub';
      const reconnect = message.allowReconnect === true;
      return { kind: 'nothing', also: { goodbye: { reason, reconnect } } };
    }
    default:
      // Pings (6), and the acknowledgements of a stateful reconnect (8, 9), which was not asked for.
      return { kind: typeof type === 'number' ? 'nothing' : 'message' };
  }
}
