/** Pusher Channels, protocol 7 (pusher.com/docs, "WebSocket protocol"), as Laravel Reverb and soketi speak it too. */
import type { LoginLine, LoginOutcome } from '../auth/authenticator.ts';
import { UsageError } from '../base/errors.ts';
import { json } from '../messaging/codec.ts';
import type {
  Classified,
  Envelope,
  EnvelopeFactory,
  EnvelopeReader,
  RemoteError,
  RequestKey,
} from '../messaging/envelope.ts';
import { checkChannel, checkPusher, type PusherCredential, type PusherOptions } from './checks.ts';
import { closeCodes, protocolAddress, protocolHeartbeat, protocolLogin, withQuery } from './parts.ts';
import { glance, isShape, isShort, otherProtocol, parsed, refused, remote, type Shape } from './shapes.ts';

export type { PusherChannel, PusherCredential, PusherOptions } from './checks.ts';

/** "4000-4099: the connection SHOULD NOT be re-established unchanged" */
const FINAL_CODES: readonly number[] = /* @__PURE__ */ Object.freeze(
  Array.from({ length: 100 }, (_, at) => 4_000 + at),
);

/** How long the server may be silent unless it names another time, and how long after our question. Milliseconds. */
const ACTIVITY_TIMEOUT_MS = 120_000;
const PONG_TIMEOUT_MS = 30_000;

const PONG = 'pusher:pong';
const NOTHING = { kind: 'nothing' } as const;

/** What is known of one line. */
interface Session {
  readonly socketId: string;
  /** Subscriptions that are not answered: nothing but the channel tells which an answer belongs to. */
  readonly asked: Map<string, RequestKey>;
  /** Marks a text as secret. */
  hide(secret: string): void;
}

/**
 * The envelope of Pusher Channels. `subscribe(channel)` brings what is said in a channel as `{ event, data }`, with the
 * `userId` of whoever has sent it, where that is told. Every channel is subscribed to once, however many listen, and by its
 * name alone: give no params. Channels whose names begin with `private-` or `presence-` need `authorize`, which is asked anew
 * on every connection; the `meta` of `subscribe` reaches it. `notify('client-typing', data, { meta: channel })` sends an event
 * to the others in a channel. The server answers nothing, so there are no requests. `onEvent` hears events of no channel, and
 * those of one that nobody has subscribed to, with the channel as `meta`. Data that is a text of JSON comes as what it says.
 * Encrypted channels are not read.
 *
 * The server refuses some subscriptions by an error that does not say which: an `error` event, and the cause of the timeout that
 * follows.
 *
 * @throws UsageError `INVALID_OPTION` naming the option that is wrong, and for a `meta` that is no channel; `UNSUPPORTED` for a
 * request
 * @example
 * ```ts
 * const client = createClient({
 *   url: 'wss://ws-eu.pusher.com/app/key',
 *   envelope: pusher({
 *     authorize: async ({ channel, socketId }) => {
 *       const body = new URLSearchParams({ channel_name: channel, socket_id: socketId });
 *       return (await fetch('/pusher/auth', { method: 'POST', body })).json();
 *     },
 *   }),
 * });
 * client.subscribe('private-room').on(({ event, data }) => console.log(event, data));
 * ```
 */
export function pusher(options: PusherOptions = {}): EnvelopeFactory {
  checkPusher(options, pusher);
  const { authorize } = options;
  return (): Envelope => {
    let lastKey = 0;
    return {
      codec: json(),
      reader: (session) => new Reader((session as Partial<Session> | undefined)?.asked ?? new Map()),
      use: [
        protocolAddress((url) =>
          withQuery(url, { protocol: '7', client: 'js', version: '8.4.0', flash: 'false' }),
        ),
        protocolHeartbeat({
          interval: ACTIVITY_TIMEOUT_MS,
          timeout: PONG_TIMEOUT_MS,
          ping: {
            message: () => '{"event":"pusher:ping","data":{}}',
            isAnswer: (data) => (glance(data, PONG) as Shape | null | undefined)?.event === PONG,
          },
        }),
        closeCodes(Object.fromEntries(FINAL_CODES.map((code) => [code, 'stop']))),
        protocolLogin(established),
      ],
      rpc: {
        allocate: () => ++lastKey,
        request: (_key, method) => {
          throw new UsageError('UNSUPPORTED', { detail: 'no-replies', method });
        },
        notification: (event, data, channel) => {
          checkChannel(channel);
          return { event, channel, data: data ?? {} };
        },
        subscriptions: {
          confirms: 'subscribe',
          sharedByKey: true,
          subscribe: (key, channel, _params, info) => {
            const { socketId, asked, hide } = info.session as Session;
            const message = (credential?: PusherCredential): unknown => {
              if (credential !== undefined) hide(credential.auth);
              asked.set(channel, key);
              return { event: 'pusher:subscribe', data: { channel, ...credential } };
            };
            if (authorize === undefined || !/^(private|presence)-/.test(channel)) return message();
            const { signal, meta } = info;
            return Promise.resolve(authorize({ channel, socketId, signal, meta })).then(
              ({ auth, channel_data }) => message({ auth, channel_data }),
            );
          },
          adopt: (_result, _key, channel) => channel,
          unsubscribe: (_key, channel) => ({ event: 'pusher:unsubscribe', data: { channel } }),
        },
      },
    };
  };
}

/** The server speaks first: the id of the socket, and how long it may be silent. */
async function established(line: LoginLine): LoginOutcome {
  const { event, data } = Object(parsed(await line.receive())) as Partial<Shape>;
  const said = read(data);
  const { socket_id: socketId, activity_timeout: silence } = Object(said) as Partial<Shape>;
  if (event === 'pusher:error') throw refusalOf(remoteError(said));
  if (event !== 'pusher:connection_established' || !isShort(socketId))
    throw otherProtocol('pusher:connection_established');
  line.announce(Number(silence) * 1_000);
  return { session: { socketId, asked: new Map(), hide: line.hide } satisfies Session };
}

function refusalOf(error: RemoteError): Error {
  const isFinal = FINAL_CODES.includes(Number(error.code));
  return isFinal
    ? refused('pusher:connection_established', error)
    : new Error(error.message, { cause: error });
}

/** Data is a text of JSON, a text that is none, or an object. */
function read(data: unknown): unknown {
  return parsed(data) ?? data;
}

function remoteError(said: unknown): RemoteError {
  const { code, message, error, type } = Object(said) as Partial<Shape>;
  return remote(code ?? type, message ?? error, said);
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
    if (!isShape(message) || typeof message.event !== 'string') return { kind: 'message' };
    const { event, channel, user_id: userId } = message;
    if (event === 'pusher:ping') return { ...NOTHING, also: { answer: { event: PONG, data: {} } } };
    if (event === PONG) return NOTHING;
    const data = read(message.data);
    if (event === 'pusher:error') return { kind: 'error', error: remoteError(data) };
    if (!isShort(channel)) return { kind: 'event', name: event, payload: data };
    const isError = event === 'pusher:subscription_error';
    const isDone = event === 'pusher_internal:subscription_succeeded';
    if (isError || isDone) {
      const key = this.#asked.get(channel);
      // Told twice, or of nobody's.
      if (key === undefined) return NOTHING;
      this.#asked.delete(channel);
      if (isError) return { kind: 'failure', key, error: remoteError(data) };
      return { kind: 'reply', key, result: data };
    }
    const payload = userId === undefined ? { event, data } : { event, data, userId };
    return {
      kind: 'event',
      name: event,
      payload: data,
      meta: channel,
      subscription: { key: channel, payload },
    };
  }
}
