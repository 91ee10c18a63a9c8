/** What client and server said to each other in a recorded session: its messages, as an envelope reads them. */
import type {
  Classified,
  Envelope,
  EnvelopeFactory,
  EnvelopeReader,
  EventMessage,
  RequestKey,
} from '../../../messaging/envelope.ts';
import { jsonRpc } from '../../../messaging/json-rpc.ts';
import { isOurs, messagesBy, type RecordedMessage } from '../read.ts';
import type { TraceRecord } from '../record.ts';

/** One of our messages, as {@link InferOptions.sent} reads it. */
export interface SentMessage {
  /** `request`: it wants a reply; `notification`: it wants none; `answer`: it replies to the server. */
  readonly kind: 'request' | 'notification' | 'answer';
  /** What the reply will carry, or what is replied to. */
  readonly key?: RequestKey | undefined;
  /** The method. */
  readonly name?: string | undefined;
  /** What was passed. */
  readonly params?: unknown;
  /** Of an answer: what it says. */
  readonly result?: unknown;
}

/** How the messages of a session are read. */
export interface InferOptions {
  /** Reads what the server sent. Default `jsonRpc()`. */
  readonly envelope?: EnvelopeFactory | undefined;
  /** Reads what we sent, decoded; undefined for what is none of these. Default: as JSON-RPC has it. */
  readonly sent?: ((message: unknown) => SentMessage | undefined) | undefined;
}

/** A request of ours, or of the server's, and what became of it. */
export interface Exchange {
  /** The method. */
  readonly name: string;
  /** What was passed. */
  readonly params: unknown;
  /** It was answered. */
  reply?: { readonly result: unknown } | undefined;
  /** It was refused. */
  failure?: { readonly code?: number | string | undefined; readonly data?: unknown } | undefined;
  /** It subscribed. */
  stream?: Stream | undefined;
  /** It took back this subscription. */
  leaves?: Exchange | undefined;
  /** The same was asked for on a connection before: if that was a subscription, the client has asked again by itself. */
  again?: Exchange | undefined;
}

/** What was subscribed to. */
export interface Stream {
  /** Its name. */
  readonly name: string;
  /** With what. */
  readonly params: unknown;
  /** What came. */
  readonly events: unknown[];
}

/** What happened, in order. */
export type Turn =
  | { readonly what: 'request' | 'settled' | 'lost' | 'asked'; readonly exchange: Exchange }
  | { readonly what: 'ready'; readonly epoch: number }
  | { readonly what: 'reconnect' }
  | { readonly what: 'notification' | 'event' | 'streamed'; readonly name: string; readonly payload: unknown }
  | { readonly what: 'sent'; readonly message: unknown };

/** @throws UsageError `INVALID_DATA` where a message is not whole */
export function conversationOf(records: readonly TraceRecord[], options: InferOptions): Turn[] {
  const reading = new Reading(options);
  const messages = messagesBy(records);
  // The command line records connections alone, without the states of a client.
  const readiness = records.some(({ type }) => type === 'state') ? 'state' : 'open';
  let epoch = 0;
  for (const [at, record] of records.entries()) {
    const message = messages[at];
    if (message !== undefined) reading.read(message);
    else if (record.type === readiness && (record.type === 'open' || record.to === 'ready'))
      reading.turns.push({ what: 'ready', epoch: record.type === 'open' ? ++epoch : record.epoch });
    else if (record.type === 'close') {
      const ours = isOurs(records, record);
      const goesOn = records.slice(at).some(({ type }) => type === 'connect');
      if (!ours || goesOn) reading.end(record.connection, ours);
    }
  }
  return reading.turns;
}

/** What the client has asked for again by itself, on a new connection, is nothing that its user did. */
export function isByItself({ again }: Exchange): boolean {
  return again?.stream !== undefined;
}

/** What may be a subscription. */
interface Subscribed {
  readonly stream: Stream;
  readonly exchange: Exchange;
  readonly connection: number;
  /** It was taken back, or asked for again on a later connection. */
  isOver: boolean;
}

/** Keys are those of one connection. */
class Reading {
  readonly turns: Turn[] = [];
  readonly #envelope: Envelope;
  readonly #sent: (message: unknown) => SentMessage | undefined;
  readonly #readers = new Map<number, EnvelopeReader>();
  readonly #ours = new Map<string, Exchange>();
  readonly #theirs = new Map<string, Exchange>();
  /** What may be subscriptions, by the key of their events: a number may be the result of anything. */
  readonly #streams = new Map<string, Subscribed>();

  constructor({ envelope = jsonRpc(), sent = sentByJsonRpc }: InferOptions) {
    this.#envelope = envelope();
    this.#sent = sent;
  }

  /** One message more. */
  read({ connection, direction, data }: RecordedMessage): void {
    const message = decoded(this.#envelope.codec, data);
    if (direction === 'in') {
      if (message === UNREADABLE) return;
      const reader = this.#readers.get(connection) ?? this.#envelope.reader(undefined);
      this.#readers.set(connection, reader);
      for (const one of reader.split(message)) this.#heard(connection, reader.classify(one));
    } else if (message === UNREADABLE) this.turns.push({ what: 'sent', message: data });
    else for (const one of Array.isArray(message) ? message : [message]) this.#said(connection, one);
  }

  /** A connection is over that was not the last; what was asked on it stays without a reply. */
  end(connection: number, isOurs: boolean): void {
    if (isOurs) this.turns.push({ what: 'reconnect' });
    for (const [key, exchange] of this.#ours) {
      if (key.startsWith(`${connection} `)) {
        this.#ours.delete(key);
        this.turns.push({ what: 'lost', exchange });
      }
    }
  }

  #heard(connection: number, meaning: Classified): void {
    switch (meaning.kind) {
      case 'reply':
        this.#settled(connection, meaning.key, { reply: { result: meaning.result } });
        break;
      case 'failure':
        this.#settled(connection, meaning.key, { failure: meaning.error });
        break;
      case 'request': {
        const exchange: Exchange = { name: meaning.method, params: meaning.params };
        this.#theirs.set(`${connection} ${meaning.key}`, exchange);
        this.turns.push({ what: 'asked', exchange });
        break;
      }
      case 'event':
        this.#event(connection, meaning);
    }
  }

  #settled(connection: number, key: RequestKey, how: Pick<Exchange, 'reply' | 'failure'>): void {
    const exchange = this.#ours.get(`${connection} ${key}`);
    if (exchange === undefined) return;
    this.#ours.delete(`${connection} ${key}`);
    Object.assign(exchange, how);
    this.turns.push({ what: 'settled', exchange });
    const { subscriptions } = this.#envelope.rpc ?? {};
    const id = how.reply && subscriptions?.adopt(how.reply.result, key, exchange.name, exchange.params);
    if (id === undefined) return;
    const [name, params] = Array.isArray(exchange.params) ? exchange.params : [];
    const first = exchange.again;
    const before = [...this.#streams.values()].find((one) => one.exchange === first)?.stream;
    const stream = before ?? { name: typeof name === 'string' ? name : exchange.name, params, events: [] };
    const subscribed = { stream, exchange: first ?? exchange, connection, isOver: false };
    this.#streams.set(`${connection} ${id}`, subscribed);
  }

  #event(connection: number, { name, payload, subscription }: EventMessage): void {
    const found = subscription && this.#streams.get(`${connection} ${subscription.key}`);
    if (subscription === undefined || found === undefined) {
      this.turns.push({ what: 'event', name, payload });
      return;
    }
    found.exchange.stream = found.stream;
    found.stream.events.push(subscription.payload);
    this.turns.push({ what: 'streamed', name: found.stream.name, payload: subscription.payload });
  }

  #said(connection: number, message: unknown): void {
    const { kind, key, name = '', params, result } = this.#sent(message) ?? {};
    if (kind === 'request') {
      const [id] = Array.isArray(params) ? params : [params];
      const exchange: Exchange = { name, params };
      const left = this.#streams.get(`${connection} ${id}`);
      const before = left === undefined ? this.#before(connection, exchange) : undefined;
      if (left?.exchange.stream !== undefined) exchange.leaves = left.exchange;
      exchange.again = before?.exchange;
      for (const one of [left, before]) if (one !== undefined) one.isOver = true;
      this.#ours.set(`${connection} ${key}`, exchange);
      this.turns.push({ what: 'request', exchange });
    } else if (kind === 'notification') this.turns.push({ what: 'notification', name, payload: params });
    else if (kind === 'answer') {
      const asked = this.#theirs.get(`${connection} ${key}`);
      if (asked !== undefined) asked.reply = { result };
    } else this.turns.push({ what: 'sent', message });
  }

  /** The subscription, still wanted on a connection before, for which the same was asked. */
  #before(connection: number, { name, params }: Exchange): Subscribed | undefined {
    const asked = JSON.stringify([name, params]);
    return [...this.#streams.values()].find(
      (one) =>
        one.connection < connection &&
        !one.isOver &&
        JSON.stringify([one.exchange.name, one.exchange.params]) === asked,
    );
  }
}

const UNREADABLE = Symbol('unreadable');

function decoded(codec: { decode(data: string | Uint8Array): unknown }, data: string | Uint8Array): unknown {
  try {
    return codec.decode(data);
  } catch {
    return UNREADABLE;
  }
}

/** What JSON-RPC makes of a message of ours. */
function sentByJsonRpc(message: unknown): SentMessage | undefined {
  const { id, method, params, result } = Object(message) as Readonly<Record<string, unknown>>;
  const key = typeof id === 'number' || typeof id === 'string' ? id : undefined;
  if (typeof method === 'string')
    return { kind: key === undefined ? 'notification' : 'request', key, name: method, params };
  return key === undefined ? undefined : { kind: 'answer', key, result };
}
