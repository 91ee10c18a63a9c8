/** Centrifugo 4 and later, JSON (centrifugal.dev, "Client protocol"). */
import { AuthError, plain } from 'holdline';
import {
  type Classified,
  closeCodes,
  type EnvelopeFactory,
  type EnvelopeReader,
  type LoginLine,
  protocolHeartbeat,
  protocolLogin,
  type RequestKey,
} from 'holdline/envelopes';

type Shape = Readonly<Record<string, unknown>>;

/** Where a channel stands, so that it can be asked for from there. */
interface Position {
  readonly epoch: unknown;
  readonly offset: unknown;
}

interface Channels {
  readonly positions: Map<string, Position>;
  /** Channels of subscriptions that are not answered yet: the answer does not name them. */
  readonly asked: Map<unknown, string>;
}

export interface CentrifugoOptions {
  /** The JWT of the connection; asked for on every one. */
  readonly token?: () => string | Promise<string>;
  /** The JWT of a channel that needs one. */
  readonly channelToken?: (channel: string) => string | undefined | Promise<string | undefined>;
}

const isShape = (value: unknown): value is Shape =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A server may send anything: `String()` of it may throw. */
const word = (value: unknown): string => (typeof value === 'string' ? value : 'no word');
const number = (value: unknown): number | undefined => (typeof value === 'number' ? value : undefined);

/** Commands by their own name; any other request is an RPC of your backend. */
const COMMANDS = /^(publish|history|presence|presence_stats)$/;

/** 109: the token has expired. 101 and 103: it is none, or not for this. */
const REFUSED: readonly unknown[] = [101, 103, 109];

/**
 * `request('method', data)` is an RPC, `request('publish' | 'history' | 'presence', …)` the command; `subscribe('channel')` its
 * publications, once on the wire for all. After a reconnect a channel goes on where it was, if Centrifugo has kept it.
 */
export function centrifugo({ token, channelToken }: CentrifugoOptions = {}): EnvelopeFactory {
  return () => {
    // 1 is the id of the connect command.
    let last = 1;
    const channels: Channels = { positions: new Map(), asked: new Map() };
    const command = (id: RequestKey, name: string, params: unknown): string =>
      JSON.stringify({ id, [name]: params });
    return {
      codec: { ...plain(), reads: true },
      reader: () => new Reader(channels),
      rpc: {
        allocate: () => ++last,
        request: (id, method, data) =>
          COMMANDS.test(method) ? command(id, method, data) : command(id, 'rpc', { method, data }),
        // `send` is never answered.
        notification: (_method, data) => JSON.stringify({ send: { data } }),
        subscriptions: {
          confirms: true,
          sharedByKey: true,
          subscribe: (id, channel) => {
            channels.asked.set(id, channel);
            const position = channels.positions.get(channel);
            const recovery = position === undefined ? {} : { recover: true, ...position };
            const say = (given?: string): string =>
              command(id, 'subscribe', {
                channel,
                ...(given === undefined ? {} : { token: given }),
                ...recovery,
              });
            const given = channelToken?.(channel);
            return given instanceof Promise ? given.then(say) : say(given);
          },
          adopt: (_result, _key, channel) => channel,
          unsubscribe: (id, channel) => {
            channels.positions.delete(String(channel));
            return command(id, 'unsubscribe', { channel });
          },
        },
      },
      use: [
        // Until the server has said how often it pings.
        protocolHeartbeat({ interval: 25_000, timeout: 10_000 }),
        // What is final, and what is not, the codes of Centrifugo say by their number, as holdline reads them. 3500: the token.
        closeCodes({ 3500: 'renew' }),
        protocolLogin((line) => connect(line, token)),
      ],
    };
  };
}

async function connect(line: LoginLine, token: CentrifugoOptions['token']): Promise<void> {
  line.send(JSON.stringify({ id: 1, connect: { token: await token?.(), name: 'js' } }));
  const [first = '', ...others] = String(await line.receive()).split('\n');
  const { connect: said, error } = JSON.parse(first) as { connect?: Shape; error?: Shape };
  if (error !== undefined) {
    const what = `Centrifugo refuses the connection: ${error.code} ${error.message}.`;
    throw REFUSED.includes(error.code) ? new AuthError(what) : new Error(what);
  }
  if (said === undefined) throw new Error('This is not Centrifugo: no answer to connect.');
  if (typeof said.ping === 'number') line.announce(said.ping * 1_000);
  if (others.length > 0) line.deliver(others.join('\n'));
}

class Reader implements EnvelopeReader {
  readonly #channels: Channels;

  constructor(channels: Channels) {
    this.#channels = channels;
  }

  /** One value a line. */
  split(value: unknown): readonly unknown[] {
    const lines = String(value).split('\n').filter(Boolean);
    return lines.flatMap((line) => {
      const one: unknown = JSON.parse(line);
      return [one, ...this.#missed(one)];
    });
  }

  /** What was missed stands in the reply to subscribe: it is told as if it came by itself. */
  #missed(message: unknown): readonly unknown[] {
    const { id, subscribe, error } = (isShape(message) ? message : {}) as Shape;
    const { positions, asked } = this.#channels;
    const channel = asked.get(id);
    if (channel === undefined || (subscribe === undefined && error === undefined)) return [];
    asked.delete(id);
    if (!isShape(subscribe)) {
      // 112: it cannot go on from there. The next subscription begins anew.
      positions.delete(channel);
      return [];
    }
    const { recoverable, epoch, offset, publications } = subscribe;
    if (recoverable === true) positions.set(channel, { epoch, offset });
    else positions.delete(channel);
    return Array.isArray(publications)
      ? publications.map((pub: unknown) => ({ push: { channel, pub } }))
      : [];
  }

  classify(message: unknown): Classified {
    if (!isShape(message)) return { kind: 'message' };
    const { id: key, push, error, rpc } = message;
    if (Object.keys(message).length === 0) return { kind: 'nothing', also: { answer: '{}' } };
    if (isShape(push)) return this.#push(push);
    if (typeof key !== 'number') return { kind: 'message' };
    if (isShape(error)) {
      const { code, message: why, temporary } = error;
      return {
        kind: 'failure',
        key,
        error: { code: number(code), message: word(why), data: { temporary } },
      };
    }
    if (isShape(rpc)) return { kind: 'reply', key, result: rpc.data };
    return { kind: 'reply', key, result: Object.values({ ...message, id: undefined }).find(isShape) };
  }

  #push({ channel, pub, unsubscribe, disconnect, message, ...other }: Shape): Classified {
    if (isShape(disconnect)) {
      const { reason, reconnect } = disconnect;
      const goodbye = { reason: word(reason), reconnect: reconnect !== false };
      return { kind: 'nothing', also: { goodbye } };
    }
    if (isShape(message)) return { kind: 'event', name: 'message', payload: message.data };
    if (typeof channel !== 'string' || channel.length > 255) return { kind: 'message' };
    if (isShape(unsubscribe)) return ended(channel, unsubscribe);
    if (!isShape(pub))
      return { kind: 'event', name: Object.keys(other)[0] ?? 'push', payload: other, meta: channel };
    const { data: payload, offset } = pub;
    const { positions } = this.#channels;
    const old = positions.get(channel);
    if (old !== undefined && typeof offset === 'number') positions.set(channel, { ...old, offset });
    return { kind: 'event', name: 'pub', payload, meta: channel, subscription: { key: channel, payload } };
  }
}

/** From 2500 on the channel may be asked for again. */
function ended(key: string, { code, reason }: Shape): Classified {
  const error = { code: number(code), message: word(reason) };
  const how = (error.code ?? 0) >= 2_500 ? { again: error } : { end: error };
  return {
    kind: 'event',
    name: 'unsubscribe',
    payload: error,
    subscription: { key, payload: undefined, ...how },
  };
}
