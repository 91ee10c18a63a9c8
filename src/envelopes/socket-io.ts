/**
 * Socket.IO v4: its protocol 5 over Engine.IO 4, by WebSocket alone (github.com/socketio/socket.io,
 * docs/socket.io-protocol/v5-current.md and docs/engine.io-protocol/v4-current.md).
 */
import type { LoginLine } from '../auth/authenticator.ts';
import { AuthError } from '../base/errors.ts';
import type { Plugin } from '../base/plugin.ts';
import type { LoginResult } from '../connection/connection-options.ts';
import { plain } from '../messaging/codec.ts';
import type {
  Classified,
  Envelope,
  EnvelopeCore,
  EnvelopeFactory,
  EnvelopeReader,
  RemoteError,
  RequestKey,
} from '../messaging/envelope.ts';
import { checkAmount, MAX_READ_BYTES } from '../messaging/message-limits.ts';
import { together } from '../messaging/together.ts';
import { isBytes } from '../transport/send-data.ts';
import { checkNamespace, checkSocketIo, type SocketIoOptions } from './checks.ts';
import { protocolAddress, protocolHeartbeat, protocolLogin, withQuery } from './parts.ts';
import { ask, isShape, isShort, JSON_INSIDE, otherProtocol, remote } from './shapes.ts';

export type { SocketIoOptions, SocketIoSubscriptions } from './checks.ts';

/** Engine.IO, "Packet encoding": the first character of a message. */
const ENGINE = { open: '0', close: '1', ping: '2', pong: '3', message: '4' } as const;

/** Socket.IO, "Packet types". A binary one is the plain one and three. */
const CONNECT = 0;
const DISCONNECT = 1;
const EVENT = 2;
const ACK = 3;
const CONNECT_ERROR = 4;
const BINARY = 3;

/** How long the server waits for an answer to its ping, and we for the next of these: `pingTimeout` of socket.io. Milliseconds. */
const PING_TIMEOUT_MS = 20_000;
const PING_INTERVAL_MS = 25_000;

/** Where messages go unless something else is said. */
const MAIN: readonly string[] = /* @__PURE__ */ Object.freeze(['/']);

const NOTHING = { kind: 'nothing' } as const;
const MESSAGE = { kind: 'message' } as const;

/** What is none. */
const NO_PACKET: Partial<Packet> = /* @__PURE__ */ Object.freeze({});

/** What is told in place of a packet whose attachments did not come. */
const BROKEN: Partial<Packet> = /* @__PURE__ */ Object.freeze({
  type: CONNECT_ERROR,
  data: { message: 'Attachments are missing.' },
});

/** Most attachments of one packet, unless an option says otherwise. */
const MAX_ATTACHMENTS = 100;

/** Bytes that lie deeper in what is sent are refused as what JSON cannot carry. */
const MAX_DEPTH = 100;

/** What a server puts behind the arguments of an event, so that it can go on there: a time or an id, in one word. */
const OFFSET = /^[\w.-]{7,64}$/;

/** `4`, type, count of attachments, namespace and what old servers put behind it, id of the acknowledgement. */
const HEAD = /^4([0-6])(?:(\d{1,9})-)?(?:(\/[^,?]{0,1000})(?:\?[^,]*)?,)?(\d{0,15})/;

/** One packet of Socket.IO: what `on('message')` tells. */
interface Packet {
  readonly type: number;
  readonly namespace: string;
  readonly id: string;
  readonly data: unknown;
}

/** A namespace that was joined on a line: what the server needs to know to go on there on the next. */
interface Space {
  readonly pid: unknown;
  offset: string | undefined;
}

type Spaces = Map<string, Space>;

/**
 * The envelope of Socket.IO v4. `notify(event, params)` emits an event, `request(event, params)` emits one and resolves with what
 * the server acknowledges it by, `onEvent` hears the server's events, and those that want an acknowledgement go to `handle`.
 * A list as params (result, payload) is the list of arguments, anything else the only one. Bytes may stand anywhere in them.
 * `meta` is the namespace. What was missed is asked for where the server keeps it (`connectionStateRecovery`), and `gap` then says
 * `recovered`. A server that throws us out of the first namespace ends the client, as it does with its own.
 *
 * There is no failure in this protocol: a handler of ours that fails is not answered, and what the server does not acknowledge
 * times out. `client.subscribe(name, params)` emits `subscribe` and takes the events of that name. `client.send` sends a text as
 * it is.
 *
 * @throws UsageError `INVALID_OPTION` naming the option that is wrong, and for a `meta` that is none of the namespaces
 * @example
 * ```ts
 * const client = createClient({ url: 'wss://example.com', envelope: socketIo({ auth: { token: 'secret' } }) });
 * client.onEvent('news', (text) => console.log(text));
 * const sum = await client.request('sum', [1, 2]);
 * ```
 */
export function socketIo(options: SocketIoOptions = {}): EnvelopeFactory {
  checkSocketIo(options, socketIo);
  const { subscribe = 'subscribe', unsubscribe = 'unsubscribe' } = options.subscriptions ?? {};
  const main = first(options);
  const chosen = (meta: unknown): string => {
    if (meta === undefined) return main;
    checkNamespace(meta, options.namespaces ?? MAIN);
    return meta as string;
  };
  return (): Envelope => {
    let lastId = 0;
    /** What the newest line was in. */
    let before: Spaces = new Map();
    /** The namespaces of requests under way, but those of the first. */
    const elsewhere = new Map<RequestKey, string>();
    return {
      codec: { ...plain(), reads: true },
      reader: (session) => new Reader(session instanceof Map ? session : new Map(), options, elsewhere),
      use: [
        ...parts(options),
        protocolLogin(async (line) => {
          const session: Spaces = new Map();
          const recovered = await join(line, options, before, session);
          before = session;
          return { session, recovered } satisfies LoginResult;
        }),
      ],
      rpc: {
        allocate: () => ++lastId,
        request: (key, event, params, meta) => {
          const namespace = chosen(meta);
          if (namespace !== main) elsewhere.set(key, namespace);
          return packet(EVENT, `${prefix(namespace)}${key}`, [event, ...list(params)]);
        },
        notification: (event, params, meta) => packet(EVENT, prefix(chosen(meta)), [event, ...list(params)]),
        forget: (key) => void elsewhere.delete(key),
        answers: {
          // The key is what stands before the arguments.
          reply: (key, result) => packet(ACK, String(key), list(result)),
          failure: () => undefined,
          unknownMethod: (method) => ({ message: method }),
          internalError: () => ({ message: '' }),
        },
        subscriptions: {
          confirms: 'subscribe',
          sharedByKey: true,
          subscribe: (key, name, params) =>
            packet(EVENT, `${prefix(main)}${key}`, [subscribe, name, ...list(params)]),
          adopt: (_result, _key, name) => name,
          unsubscribe: (_key, id) => packet(EVENT, prefix(main), [unsubscribe, id]),
        },
      },
    };
  };
}

/** The namespace of messages whose `meta` names none. */
function first({ namespaces = MAIN }: SocketIoOptions): string {
  return namespaces[0] as string;
}

function parts({ path = '/socket.io/' }: SocketIoOptions): readonly Plugin<EnvelopeCore>[] {
  return [
    protocolAddress((url) =>
      withQuery(url.replace(/^(\w+:\/\/[^/?#]+)\/?(?=[?#]|$)/, `$1${path}`), {
        EIO: '4',
        transport: 'websocket',
      }),
    ),
    protocolHeartbeat({
      interval: PING_INTERVAL_MS,
      timeout: PING_TIMEOUT_MS,
      echo: (data) => data === ENGINE.ping && ENGINE.pong,
    }),
  ];
}

/** "the namespace (if different from the main namespace) [...] followed by a comma" */
function prefix(namespace: string): string {
  return namespace === '/' ? '' : `${namespace},`;
}

function list(params: unknown): readonly unknown[] {
  if (params === undefined) return [];
  return Array.isArray(params) ? params : [params];
}

/** One argument is it, several are a list. */
function single(list: readonly unknown[]): unknown {
  return list.length > 1 ? list : list[0];
}

/** A packet, with its bytes as attachments behind it. */
function packet(type: number, head: string, args: readonly unknown[]): unknown {
  const attachments: unknown[] = [];
  const text = JSON_INSIDE.encode(withoutBytes(args, attachments, 0)) as string;
  const count = attachments.length;
  if (count === 0) return `4${type}${head}${text}`;
  return together(`4${type + BINARY}${count}-${head}${text}`, ...attachments);
}

/** A copy with placeholders in place of bytes. */
function withoutBytes(value: unknown, attachments: unknown[], depth: number): unknown {
  if (isBytes(value)) return { _placeholder: true, num: attachments.push(value) - 1 };
  // A cycle has no end: JSON will find it.
  if (depth > MAX_DEPTH) return value;
  const inner = (one: unknown): unknown => withoutBytes(one, attachments, depth + 1);
  if (Array.isArray(value)) return value.map(inner);
  const isPlain = isShape(value) && [Object.prototype, null].includes(Object.getPrototypeOf(value));
  return isPlain ? Object.fromEntries(Object.entries(value).map(([name, one]) => [name, inner(one)])) : value;
}

/** Puts attachments where their placeholders are. False where one is not there. A loop: a server may nest a million deep. */
function putBack(packet: unknown, attachments: readonly Uint8Array[]): boolean {
  const todo = [packet as Record<string, unknown>];
  for (const node of todo) {
    for (const [name, one] of Object.entries(node)) {
      if (typeof one !== 'object' || one === null) continue;
      const { _placeholder, num } = one as { _placeholder?: unknown; num?: unknown };
      if (_placeholder !== true) todo.push(one as Record<string, unknown>);
      else if (typeof num !== 'number' || attachments[num] === undefined) return false;
      // An own member already, so that even `__proto__` is nothing but a name.
      else node[name] = attachments[num];
    }
  }
  return true;
}

/** @throws whatever the codec throws */
function read(text: string): Packet & { readonly count: number } {
  const [head, type, count = 0, namespace = '/', id = ''] = HEAD.exec(text) ?? [];
  if (head === undefined) throw new SyntaxError('no packet of Socket.IO');
  const data = head === text ? undefined : JSON_INSIDE.decode(text.slice(head.length));
  const isBinary = Number(type) > CONNECT_ERROR;
  return {
    type: Number(type) - (isBinary ? BINARY : 0),
    count: isBinary ? Number(count) : 0,
    namespace,
    id,
    data,
  };
}

/** Joins every namespace. Resolves with whether the server goes on in each where it could. */
async function join(
  line: LoginLine,
  { auth, isFinal, namespaces = MAIN }: SocketIoOptions,
  before: Spaces,
  session: Spaces,
): Promise<boolean> {
  const greeting = String(await line.receive());
  if (!greeting.startsWith(ENGINE.open)) throw otherProtocol('the greeting of Engine.IO 4');
  line.announce((JSON_INSIDE.decode(greeting.slice(1)) as { pingInterval: number }).pingInterval);
  for (const namespace of namespaces) {
    const payload = { ...(await ask(auth, namespace)), ...before.get(namespace) };
    const text = JSON.stringify(payload, (_name, value) => {
      if (typeof value === 'string') line.hide(value);
      return value;
    });
    line.send(`40${prefix(namespace)}${text}`);
  }
  let isWhole = false;
  while (session.size < namespaces.length) {
    const message = await line.receive();
    const { type, namespace = '', data } = /^4[04]/.test(String(message)) ? read(String(message)) : NO_PACKET;
    if (message === ENGINE.ping) line.send(ENGINE.pong);
    else if (!namespaces.includes(namespace)) line.deliver(message);
    else if (type === CONNECT_ERROR) {
      const error = remoteError(data);
      throw new ((isFinal?.(error, namespace) ?? true) ? AuthError : Error)(error.message, { cause: error });
    } else {
      const pid = isShape(data) && isShort(data.pid) ? data.pid : undefined;
      const old = before.get(namespace);
      const isSame = old?.pid === pid;
      isWhole = isSame && pid !== undefined && (isWhole || session.size === 0);
      session.set(namespace, { pid, offset: isSame ? old?.offset : undefined });
    }
  }
  return isWhole;
}

function remoteError(said: unknown): RemoteError {
  const { message, data } = Object(said) as { message?: unknown; data?: unknown };
  return remote(undefined, message, data);
}

/** Reads one line. */
class Reader implements EnvelopeReader {
  readonly #spaces: Spaces;
  readonly #options: SocketIoOptions;
  /** Where requests under way have gone. */
  readonly #elsewhere: ReadonlyMap<RequestKey, string>;
  /** A packet that waits for its attachments, and those that came. */
  #half: (Packet & { readonly count: number }) | undefined;
  #parts: Uint8Array[] = [];
  #bytes = 0;

  constructor(spaces: Spaces, options: SocketIoOptions, elsewhere: ReadonlyMap<RequestKey, string>) {
    this.#spaces = spaces;
    this.#options = options;
    this.#elsewhere = elsewhere;
  }

  split(value: unknown): readonly unknown[] {
    if (typeof value !== 'string') return this.#attach(value as Uint8Array);
    if (!value.startsWith(ENGINE.message)) return [value];
    const packet = read(value);
    // "Attachments follow at once": the packet before has lost its own.
    const broken = this.#half === undefined ? [] : [BROKEN];
    this.#half = undefined;
    if (packet.count === 0) return [...broken, packet];
    checkAmount('maxAttachments', packet.count, this.#options.maxAttachments ?? MAX_ATTACHMENTS);
    this.#half = packet;
    this.#parts = [];
    this.#bytes = 0;
    return broken;
  }

  classify(message: unknown): Classified {
    // Where the heartbeat is switched off it comes here.
    if (message === ENGINE.ping) return { ...NOTHING, also: { answer: ENGINE.pong } };
    if (message === ENGINE.close) return { ...NOTHING, also: { goodbye: { reason: 'close' } } };
    if (typeof message === 'string' && /^[036]/.test(message)) return NOTHING;
    if (!isShape(message)) return MESSAGE;
    const packet = message as unknown as Packet;
    const { type, id, data } = packet;
    if (type === CONNECT) return NOTHING;
    if (type === DISCONNECT) return this.#leave(packet.namespace);
    if (type === CONNECT_ERROR) return { kind: 'error', error: remoteError(data) };
    if (!Array.isArray(data)) return MESSAGE;
    if (type === EVENT) return this.#event(packet);
    return id === '' ? MESSAGE : { kind: 'reply', key: Number(id), result: single(data) };
  }

  #attach(part: Uint8Array): readonly unknown[] {
    const packet = this.#half;
    if (packet === undefined) return [part];
    this.#half = undefined;
    this.#bytes += part.length;
    checkAmount('maxAttachedBytes', this.#bytes, this.#options.maxAttachedBytes ?? MAX_READ_BYTES);
    const parts = this.#parts;
    if (parts.push(part) === packet.count) return [putBack(packet, parts) ? packet : BROKEN];
    this.#half = packet;
    return [];
  }

  #event({ namespace, id, data }: Packet): Classified {
    const [name, ...args] = data as readonly unknown[];
    if (typeof name !== 'string') return MESSAGE;
    const meta = namespace;
    if (id !== '')
      return { kind: 'request', key: prefix(namespace) + id, method: name, params: single(args), meta };
    const space = this.#spaces.get(namespace);
    const last = args.at(-1);
    if (space?.pid !== undefined && typeof last === 'string' && OFFSET.test(last)) {
      space.offset = last;
      args.pop();
    }
    const payload = single(args);
    const isOfFirst = namespace === first(this.#options) && isShort(name);
    return {
      kind: 'event',
      name,
      payload,
      meta,
      subscription: isOfFirst ? { key: name, payload } : undefined,
    };
  }

  /** The server has thrown us out of a namespace. Its clients do not come back by themselves then. */
  #leave(namespace: string): Classified {
    const reason = `disconnected from ${namespace}`;
    if (!this.#spaces.delete(namespace)) return NOTHING;
    if (namespace === first(this.#options))
      return { ...NOTHING, also: { goodbye: { reason, reconnect: false } } };
    const match = (key: RequestKey): boolean => this.#elsewhere.get(key) === namespace;
    const also = { abandons: { match, error: { message: reason } } };
    return { kind: 'event', name: 'disconnect', payload: undefined, meta: namespace, also };
  }
}
