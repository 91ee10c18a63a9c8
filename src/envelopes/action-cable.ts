/** ActionCable of Rails, subprotocol `actioncable-v1-json` (rails 6.1 and later, actioncable/lib and app/javascript). */
import type { LoginLine, LoginOutcome } from '../auth/authenticator.ts';
import { UsageError } from '../base/errors.ts';
import { json } from '../messaging/codec.ts';
import type {
  Classified,
  Envelope,
  EnvelopeFactory,
  EnvelopeReader,
  RequestKey,
} from '../messaging/envelope.ts';
import { checkActionCable, checkChannelMeta } from './checks.ts';
import { protocolHeartbeat, protocolLogin, subprotocols } from './parts.ts';
import { isShape, isShort, otherProtocol, parsed, refused, remote, type Shape } from './shapes.ts';

/** The second is what a server chooses that knows none of ours. */
const SUBPROTOCOLS = ['actioncable-v1-json', 'actioncable-unsupported'] as const;

/** The server speaks every 3 s; its own client gives up after 6. Milliseconds. */
const PING_INTERVAL_MS = 3_000;

const NOTHING = { kind: 'nothing' } as const;
const MESSAGE = { kind: 'message' } as const;

/** What is known of one line. */
interface Session {
  /** Subscriptions that are not answered, by their identifier: nothing else tells which an answer belongs to. */
  readonly asked: Map<string, RequestKey>;
}

/**
 * The envelope of ActionCable. `subscribe('ChatChannel', { room: 1 })` brings the messages of a channel, once on the wire for all
 * who subscribe to it. `notify('speak', { text }, { meta: { channel: 'ChatChannel', room: 1 } })` performs an action of a channel:
 * the server takes none before it has confirmed the subscription (`status` `active`), and answers none, so there are no requests.
 * The server compares the identifier of a channel letter by letter: it is made of name and params, in the order of their names.
 * A server that has no channel of this name says nothing: the subscription ends with `REQUEST_TIMEOUT`.
 *
 * Rails takes a cookie, or a parameter of the query: `auth: queryToken({ token })`. It refuses a page of another origin with HTTP
 * 404 unless `allowed_request_origins` has it.
 *
 * @throws UsageError for any option: there are none; `INVALID_OPTION` for a `meta` that names no channel; `UNSUPPORTED` for a
 * request
 * @example
 * ```ts
 * const client = createClient({ url: 'wss://example.com/cable', envelope: actionCable() });
 * const chat = client.subscribe('ChatChannel', { room: 1 });
 * chat.on((message) => console.log(message));
 * await client.notify('speak', { text: 'hello' }, { meta: { channel: 'ChatChannel', room: 1 } });
 * ```
 */
export function actionCable(none?: never): EnvelopeFactory {
  checkActionCable(none, actionCable);
  return (): Envelope => {
    let lastKey = 0;
    return {
      codec: json(),
      reader: (session) => new Reader((session as Partial<Session> | undefined)?.asked ?? new Map()),
      use: [
        subprotocols(...SUBPROTOCOLS),
        protocolHeartbeat({ interval: PING_INTERVAL_MS, timeout: PING_INTERVAL_MS }),
        protocolLogin(welcome),
      ],
      rpc: {
        allocate: () => ++lastKey,
        request: (_key, method) => {
          throw new UsageError('UNSUPPORTED', { detail: 'no-replies', method });
        },
        notification: (action, params, meta) => {
          checkChannelMeta(meta);
          const { channel, ...rest } = meta as Shape;
          return {
            command: 'message',
            identifier: identifierOf(channel, rest),
            data: JSON.stringify({ ...(params as object | undefined), action }),
          };
        },
        subscriptions: {
          confirms: 'subscribe',
          sharedByKey: true,
          subscribe: (key, name, params, { session }) => {
            const identifier = identifierOf(name, params);
            (session as Session).asked.set(identifier, key);
            return { command: 'subscribe', identifier };
          },
          // The identifier, as the server has it.
          adopt: (result) => result as string,
          unsubscribe: (_key, identifier) => ({ command: 'unsubscribe', identifier }),
        },
      },
    };
  };
}

/** The same text for the same channel, whatever the order in which its params were written. */
function identifierOf(channel: unknown, params: unknown): string {
  const rest = Object.entries(Object(params) as object).sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify({ channel, ...Object.fromEntries(rest) });
}

/** The server speaks first. Pings may come before. */
async function welcome(line: LoginLine): LoginOutcome {
  if (line.protocol === SUBPROTOCOLS[1]) throw refused(SUBPROTOCOLS[0], { message: line.protocol });
  for (;;) {
    const { type, reason, reconnect } = Object(parsed(await line.receive())) as Partial<Shape>;
    if (type === 'welcome') return { session: { asked: new Map() } satisfies Session };
    if (type === 'disconnect') {
      const error = remote(undefined, reason);
      throw reconnect === false ? refused('welcome', error) : new Error(error.message, { cause: error });
    }
    if (type !== 'ping') throw otherProtocol('welcome');
  }
}

/** Reads one line. */
class Reader implements EnvelopeReader {
  readonly #asked: Map<string, RequestKey>;

  constructor(asked: Map<string, RequestKey>) {
    this.#asked = asked;
  }

  split(value: unknown): readonly unknown[] {
    return [value];
  }

  classify(message: unknown): Classified {
    if (!isShape(message)) return MESSAGE;
    const { type, identifier, reason, reconnect } = message;
    if (type === 'ping' || type === 'welcome') return NOTHING;
    if (type === 'disconnect') {
      const goodbye = { reason: remote(undefined, reason).message, reconnect: reconnect !== false };
      return { ...NOTHING, also: { goodbye } };
    }
    if (!isShort(identifier)) return MESSAGE;
    const isConfirmed = type === 'confirm_subscription';
    if (isConfirmed || type === 'reject_subscription') {
      const key = this.#asked.get(identifier);
      // It may come twice.
      if (key === undefined) return NOTHING;
      this.#asked.delete(identifier);
      if (isConfirmed) return { kind: 'reply', key, result: identifier };
      return { kind: 'failure', key, error: { message: 'rejected' } };
    }
    if (!('message' in message)) return MESSAGE;
    const payload = message.message;
    return {
      kind: 'event',
      name: 'message',
      payload,
      meta: identifier,
      subscription: { key: identifier, payload },
    };
  }
}
