/**
 * Channels of Phoenix, serializer 2.0.0 (phoenixframework/phoenix 1.8, lib/phoenix/socket/serializers/v2_json_serializer.ex and
 * assets/js), and Supabase Realtime on top of them (supabase/realtime, README and ERROR_CODES).
 */
import type { Plugin } from '../base/plugin.ts';
import { json } from '../messaging/codec.ts';
import type {
  Classified,
  Envelope,
  EnvelopeCore,
  EnvelopeFactory,
  EnvelopeReader,
  RemoteError,
} from '../messaging/envelope.ts';
import {
  checkPhoenix,
  checkSupabase,
  checkTopic,
  type PhoenixOptions,
  type SupabaseOptions,
} from './checks.ts';
import { protocolAddress, protocolHeartbeat, protocolLogin, withQuery } from './parts.ts';
import { ask, glance, isShape, isShort, numberIn, Recent, remote } from './shapes.ts';

export type { PhoenixOptions, SupabaseOptions } from './checks.ts';

/** The topic of the protocol's own. */
const OWN_TOPIC = 'phoenix';

/** A push whose reply nobody waits for has a ref of this kind. */
const UNASKED = 'n';

const NOTHING = { kind: 'nothing' } as const;
const MESSAGE = { kind: 'message' } as const;

/** What is known of one line. */
interface Session {
  /** The ref of the present join of each topic. */
  readonly joins: Map<string, string>;
  /** Marks a token as secret. */
  hide(secret: string): void;
}

/** In what protocols on top of channels differ. */
interface Dialect {
  readonly query: Readonly<Record<string, string | undefined>>;
  /** How often the heartbeat asks, in milliseconds. */
  readonly interval: number;
  /** What stands before each topic on the wire. */
  readonly prefix: string;
  /** What a topic is joined with, and what of it is secret. */
  join(params: unknown, hide: (secret: string) => void): unknown;
  /** A channel that the server closes, though we did not leave it, is joined again. */
  readonly rejoins: boolean;
}

/**
 * The envelope of Phoenix channels. `subscribe(topic, params)` joins a topic, once for all subscribers of it, and brings what is
 * said there as `{ event, payload }`; where nobody has subscribed `onEvent(event)` hears it, with the topic as `meta`.
 * `request(event, payload, { meta: topic })` pushes an event and resolves with the `response` of a reply that is `ok`; one that
 * is `error` is a `RequestError` with the response as its `data`. A server need not reply: then the request times out, so use
 * `notify` where it does not. A channel whose process has died is joined again after a wait; one that the server closes has ended.
 * Presence comes as its events.
 *
 * A token goes into the query by `auth: queryToken({ token })`, or as Phoenix 1.8 has it by {@link phoenixToken}. A socket that is
 * refused answers HTTP 403.
 *
 * @throws UsageError `INVALID_OPTION` naming the option that is wrong, and for a `meta` that is no topic
 * @example
 * ```ts
 * const client = createClient({ url: 'wss://example.com/socket', envelope: phoenix() });
 * client.subscribe('room:lobby').on(({ event, payload }) => console.log(event, payload));
 * await client.request('new_msg', { body: 'hello' }, { meta: 'room:lobby' });
 * ```
 */
export function phoenix(options: PhoenixOptions = {}): EnvelopeFactory {
  checkPhoenix(options, phoenix);
  return channels({
    query: options.params ?? {},
    interval: 30_000,
    prefix: '',
    join: (params) => params ?? {},
    rejoins: false,
  });
}

/**
 * The subprotocols by which Phoenix 1.8 takes a token (`auth_token: true` of its socket), for `subprotocolToken()`.
 *
 * @example
 * ```ts
 * createClient({ url, envelope: phoenix(), auth: subprotocolToken({ token, protocols: phoenixToken }) });
 * ```
 */
export function phoenixToken(token: string): readonly string[] {
  const bytes = String.fromCharCode(...new TextEncoder().encode(token));
  return ['phoenix', `base64url.bearer.phx.${btoa(bytes).replace(/=+$/, '')}`];
}

/**
 * The envelope of Supabase Realtime: {@link phoenix} with topics named as in `supabase.channel(name)`. The params of `subscribe`
 * are the `config` of the channel: `broadcast`, `presence`, `postgres_changes`, `private`. Every join asks for the token anew, and
 * so does one after a channel that the server has closed because a token ran out. Before that a newer one is told to each channel
 * by `notify('access_token', { access_token }, { meta: name })`. Changes of Postgres come once the event `system` has said `ok`,
 * later than the subscription is active. The address is `wss://<ref>.supabase.co/realtime/v1`.
 *
 * @throws UsageError `INVALID_OPTION` naming the option that is wrong, and for a `meta` that is no topic
 * @example
 * ```ts
 * const client = createClient({
 *   url: 'wss://abc.supabase.co/realtime/v1',
 *   envelope: supabase({ apikey: 'anon-key', accessToken: async () => (await session()).access_token }),
 * });
 * const todos = client.subscribe('todos', { postgres_changes: [{ event: '*', schema: 'public', table: 'todos' }] });
 * for await (const { event, payload } of todos) console.log(event, payload);
 * ```
 */
export function supabase(options: SupabaseOptions): EnvelopeFactory {
  checkSupabase(options, supabase);
  const { apikey, accessToken = apikey } = options;
  return channels({
    query: { apikey },
    interval: 25_000,
    prefix: 'realtime:',
    join: async (config, hide) => {
      const token = await ask(accessToken);
      hide(token);
      return { config: config ?? {}, access_token: token };
    },
    rejoins: true,
  });
}

function channels(dialect: Dialect): EnvelopeFactory {
  const { prefix, join, rejoins } = dialect;
  return (): Envelope => {
    let last = 0;
    /** The ref of the newest join of each topic that is subscribed to, on whatever line. */
    const newest = new Map<string, string>();
    /** The refs of `phx_leave`: what comes behind the reply is of no join any more. */
    const leaving = new Recent();
    const topicOf = (meta: unknown): string => {
      checkTopic(meta);
      return prefix + meta;
    };
    const push = (ref: string, topic: string, event: string, payload: unknown): unknown => [
      newest.get(topic) ?? null,
      ref,
      topic,
      event,
      payload ?? {},
    ];
    const text = json();
    return {
      codec: { ...text, binary: undefined, decode: (data) => decoded(data) ?? text.decode(data) },
      reader: (session) =>
        new Reader((session as Partial<Session> | undefined)?.joins ?? new Map(), {
          prefix,
          rejoins,
          leaving,
        }),
      use: parts(dialect, () => String(++last)),
      rpc: {
        allocate: () => ++last,
        request: (key, event, payload, meta) => push(String(key), topicOf(meta), event, payload),
        notification: (event, payload, meta) => push(`${UNASKED}${++last}`, topicOf(meta), event, payload),
        subscriptions: {
          confirms: true,
          sharedByKey: true,
          subscribe: (key, name, params, { session }) => {
            const [ref, topic] = [String(key), prefix + name];
            const { joins, hide } = session as Session;
            newest.set(topic, ref);
            joins.set(topic, ref);
            const made = join(params, hide);
            const message = (payload: unknown): unknown => [ref, ref, topic, 'phx_join', payload];
            return made instanceof Promise ? made.then(message) : message(made);
          },
          adopt: (_result, _key, name) => prefix + name,
          unsubscribe: (key, id) => {
            leaving.add(key);
            return push(String(key), String(id), 'phx_leave', {});
          },
        },
      },
    };
  };
}

/** Its address, its heartbeat, and what each line has of its own. */
function parts({ query, interval }: Dialect, nextRef: () => string): readonly Plugin<EnvelopeCore>[] {
  return [
    protocolAddress((url) =>
      withQuery(url.replace(/(?:\/websocket)?\/?(?=\?|$)/, '/websocket'), { ...query, vsn: '2.0.0' }),
    ),
    protocolHeartbeat({
      interval,
      ping: {
        message: () => JSON.stringify([null, nextRef(), OWN_TOPIC, 'heartbeat', {}]),
        isAnswer: (data) => (glance(data, OWN_TOPIC) as unknown[] | null | undefined)?.[2] === OWN_TOPIC,
      },
    }),
    // Nothing is said.
    protocolLogin(async ({ hide }) => ({ session: { joins: new Map(), hide } satisfies Session })),
  ];
}

/** How many names stand before the payload of a binary frame, by its kind. */
const FIELDS: Readonly<Record<number, number>> = { 0: 3, 1: 4, 2: 2 };

/** A frame of bytes as the list that it would be in JSON, with bytes as payload; the bytes themselves, if they are none. */
function decoded(data: string | Uint8Array): unknown {
  if (typeof data === 'string') return undefined;
  const count = FIELDS[data[0] ?? -1];
  if (count === undefined) return data;
  const lengths = [...data.subarray(1, 1 + count)];
  let at = 1 + count;
  const fields = lengths.map((length) => {
    at += length;
    return new TextDecoder().decode(data.subarray(at - length, at));
  });
  if (lengths.length < count || at > data.length) return data;
  const payload = data.subarray(at);
  const [a = '', b = '', c = '', d = ''] = fields;
  if (count === 2) return [null, null, a, b, payload];
  // A push of the server's has no ref.
  return count === 3 ? [a, null, b, c, payload] : [a, b, c, 'phx_reply', { status: d, response: payload }];
}

/** Reads one line. */
class Reader implements EnvelopeReader {
  readonly #joins: Map<string, string>;
  readonly #dialect: Pick<Dialect, 'prefix' | 'rejoins'> & { readonly leaving: Recent };

  constructor(
    joins: Map<string, string>,
    dialect: Pick<Dialect, 'prefix' | 'rejoins'> & { readonly leaving: Recent },
  ) {
    this.#joins = joins;
    this.#dialect = dialect;
  }

  split(value: unknown): readonly unknown[] {
    return [value];
  }

  classify(message: unknown): Classified {
    if (!Array.isArray(message) || message.length !== 5) return MESSAGE;
    const [joinRef, ref, topic, event, payload] = message as readonly unknown[];
    if (typeof event !== 'string' || !isShort(topic)) return MESSAGE;
    if (event === 'phx_reply') return this.#reply(joinRef, ref, topic, payload);
    const present = this.#joins.get(topic);
    // A late word of a join that is over.
    if (joinRef !== null && joinRef !== present) return NOTHING;
    const { prefix, rejoins } = this.#dialect;
    const meta = topic.startsWith(prefix) ? topic.slice(prefix.length) : topic;
    const told = { kind: 'event', name: event, payload, meta } as const;
    const isError = event === 'phx_error';
    if (!isError && event !== 'phx_close')
      return { ...told, subscription: { key: topic, payload: { event, payload } } };
    if (!this.#joins.delete(topic)) return NOTHING;
    const again = remote(undefined, isError ? 'the channel has crashed' : 'the channel was closed');
    const end = isError || rejoins ? { again } : { end: true as const };
    return { ...told, subscription: { key: topic, payload, ...end } };
  }

  #reply(joinRef: unknown, ref: unknown, topic: string, payload: unknown): Classified {
    const { status, response } = isShape(payload) ? payload : {};
    const key = numberIn(ref);
    if (topic === OWN_TOPIC) return NOTHING;
    if (this.#dialect.leaving.delete(key) && joinRef === this.#joins.get(topic)) this.#joins.delete(topic);
    const isOk = status === 'ok';
    if (key === undefined)
      return isOk || typeof ref !== 'string' || !ref.startsWith(UNASKED)
        ? NOTHING
        : { kind: 'error', error: refusal(response) };
    return isOk
      ? { kind: 'reply', key, result: response }
      : { kind: 'failure', key, error: refusal(response) };
  }
}

/** `{ reason }` is what most servers answer. */
function refusal(response: unknown): RemoteError {
  return remote(undefined, isShape(response) ? response.reason : response, response);
}
