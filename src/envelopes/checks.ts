/** What envelopes refuse before anything is begun. */
import { checkArgument, checkCall, checkOptions, need } from '../base/checks.ts';
import type { Called, OptionTable, Rule } from '../base/need.ts';
import type { ApplicationPing } from '../connection/heartbeat.ts';
import type { Beat } from '../connection/server-pings.ts';
import type { RemoteError } from '../messaging/envelope.ts';
import type { Asked } from './shapes.ts';

/** @throws UsageError for any option: it takes none */
export function checkActionCable(given: unknown, called: Called): void {
  checkCall(called, () => checkOptions({}, given ?? {}, 'actionCable'));
}

/** @throws UsageError for a `meta` that names no channel */
export function checkChannelMeta(meta: unknown): void {
  const { channel } = Object(meta) as { channel?: unknown };
  need(
    typeof channel === 'string',
    'meta',
    'the channel and its params: { channel: "ChatChannel", room: 1 }',
    meta,
  );
}

/** What `graphqlTransportWs` can be told. */
export interface GraphqlTransportWsOptions {
  /**
   * The payload of `connection_init`, such as a token, or a function that is asked for it on every connection. Default: none.
   */
  readonly auth?: Asked<object | undefined> | undefined;
  /** Documents by name: `request('user', { id })` sends the one of that name. Default: what is asked is the document. */
  readonly documents?: Readonly<Record<string, string>> | undefined;
}

const OBJECT_OR_FUNCTION: Rule = {
  expected: 'an object or a function',
  isRight: (value) => Object(value) === value,
};

const GRAPHQL_TRANSPORT_WS: OptionTable<GraphqlTransportWsOptions> = {
  auth: OBJECT_OR_FUNCTION,
  documents: 'object',
};

/** @throws UsageError naming the option that is wrong */
export function checkGraphqlTransportWs(options: GraphqlTransportWsOptions, called: Called): void {
  checkCall(called, () => checkOptions(GRAPHQL_TRANSPORT_WS, options, 'graphqlTransportWs'));
}

/** What `phoenix` can be told. */
export interface PhoenixOptions {
  /** Parameters of the socket, in the query of its address: what `connect/3` gets. For secrets see `auth`. Default: none. */
  readonly params?: Readonly<Record<string, string>> | undefined;
}

const PHOENIX: OptionTable<PhoenixOptions> = { params: 'object' };

/** @throws UsageError naming the option that is wrong */
export function checkPhoenix(options: PhoenixOptions, called: Called): void {
  checkCall(called, () => checkOptions(PHOENIX, options, 'phoenix'));
}

/** What `supabase` needs. */
export interface SupabaseOptions {
  /** The key of the project. It travels in the query. */
  readonly apikey: string;
  /** The token of the user, or a function that is asked for it with every join. Default: the key of the project. */
  readonly accessToken?: Asked<string> | undefined;
}

/** @throws UsageError naming the option that is wrong */
export function checkSupabase(options: SupabaseOptions, called: Called): void {
  const table: OptionTable<SupabaseOptions> = { apikey: 'string!', accessToken: SECRET };
  checkCall(called, () => checkOptions(table, options, 'supabase'));
}

/** @throws UsageError for a `meta` that names no topic */
export function checkTopic(topic: unknown): void {
  need(typeof topic === 'string', 'meta', 'the topic to push to', topic);
}

/** Whom a credential is for. */
export interface PusherChannel {
  /** The name of the channel. */
  readonly channel: string;
  /** The id that the server has given to this connection. */
  readonly socketId: string;
  /** What `subscribe` was given. */
  readonly meta: unknown;
  /** Aborted when the connection is gone. */
  readonly signal: AbortSignal;
}

/** A credential for one channel on one connection, as the endpoint of an application answers it. */
export interface PusherCredential {
  /** The key of the application and the signature. */
  readonly auth: string;
  /** A text of JSON that says who we are in a presence channel. */
  readonly channel_data?: string | undefined;
}

/** What `pusher` can be told. */
export interface PusherOptions {
  /**
   * Gets the credential for a channel whose name begins with `private-` or `presence-`, mostly from `/pusher/auth` or
   * `/broadcasting/auth` of the application. Rejecting refuses the subscription. Default: none is sent.
   */
  readonly authorize?:
    | ((channel: PusherChannel) => PusherCredential | PromiseLike<PusherCredential>)
    | undefined;
}

const PUSHER: OptionTable<PusherOptions> = { authorize: 'function' };

/** @throws UsageError naming the option that is wrong */
export function checkPusher(options: PusherOptions, called: Called): void {
  checkCall(called, () => checkOptions(PUSHER, options, 'pusher'));
}

/** @throws UsageError for a `meta` that names no channel */
export function checkChannel(channel: unknown): void {
  need(typeof channel === 'string', 'meta', 'the channel to send to', channel);
}

/** The events by which a server of Socket.IO is asked for others: the protocol itself knows no subscriptions. */
export interface SocketIoSubscriptions {
  /** The event that subscribes, with name and params as its arguments. The server acknowledges it. Default `subscribe`. */
  readonly subscribe?: string | undefined;
  /** The event that unsubscribes, with the name. Default `unsubscribe`. */
  readonly unsubscribe?: string | undefined;
}

/** What `socketIo` can be told. */
export interface SocketIoOptions {
  /**
   * The namespaces to join, each beginning with `/`. Messages go to the first, unless their `meta` names another; subscriptions
   * always do. Default `['/']`.
   */
  readonly namespaces?: readonly string[] | undefined;
  /** What the server gets as `socket.handshake.auth`, or a function that is asked for it on every connection. Default: nothing. */
  readonly auth?: Asked<object | undefined, [namespace: string]> | undefined;
  /** The path that is dialled where the address has none. Default `/socket.io/`. */
  readonly path?: string | undefined;
  /**
   * Whether a refusal (`connect_error`) is final: the client renews its credentials once, or stops with an `AuthError`. Otherwise
   * the attempt has failed, and another follows. Default: every refusal is.
   */
  readonly isFinal?: ((error: RemoteError, namespace: string) => boolean) | undefined;
  /** The events that belong to `client.subscribe`. */
  readonly subscriptions?: SocketIoSubscriptions | undefined;
  /** Most binary attachments of one packet that comes. More: `BAD_MESSAGE`. Default 100. */
  readonly maxAttachments?: number | undefined;
  /** Most bytes of all attachments of one packet that comes together. More: `BAD_MESSAGE`. Default 16 MiB. */
  readonly maxAttachedBytes?: number | undefined;
}

const NAMESPACES: Rule = {
  expected: 'a list of namespaces such as "/" or "/chat"',
  isRight: (value) =>
    Array.isArray(value) &&
    value.length > 0 &&
    value.every((one) => typeof one === 'string' && /^\/[^,]*$/.test(one)),
};

const SUBSCRIPTIONS_OF_SOCKET_IO: OptionTable<SocketIoSubscriptions> = {
  subscribe: 'string',
  unsubscribe: 'string',
};

const SOCKET_IO: OptionTable<SocketIoOptions> = {
  namespaces: NAMESPACES,
  auth: OBJECT_OR_FUNCTION,
  path: 'string',
  isFinal: 'function',
  subscriptions: { options: SUBSCRIPTIONS_OF_SOCKET_IO },
  maxAttachments: 'whole',
  maxAttachedBytes: 'whole',
};

/** @throws UsageError naming the option that is wrong */
export function checkSocketIo(options: SocketIoOptions, called: Called): void {
  checkCall(called, () => checkOptions(SOCKET_IO, options, 'socketIo'));
}

/** @throws UsageError for a `meta` that names none of the namespaces that were joined */
export function checkNamespace(namespace: unknown, joined: readonly string[]): void {
  need((joined as readonly unknown[]).includes(namespace), 'meta', `one of ${joined.join(', ')}`, namespace);
}

/** Of a secret the text of the error says nothing. */
const SECRET: Rule = {
  expected: 'a string or a function',
  isRight: (value) => typeof value === 'string' || typeof value === 'function',
};

/** How `obs` logs in. */
export interface ObsOptions {
  /**
   * The password of OBS's settings, or a function that is asked for it on every connection. It is not sent: only a digest that
   * OBS makes too. Default: none, for an OBS that wants none.
   */
  readonly password?: string | (() => string | Promise<string>) | undefined;
  /**
   * Which events come: a sum of 1 general, 2 config, 4 scenes, 8 inputs, 16 transitions, 32 filters, 64 outputs, 128 scene
   * items, 256 media, 512 vendors, 1024 UI; and the many of 1 << 16 volume meters, 1 << 17 active state, 1 << 18 show state,
   * 1 << 19 transforms. Default: all but these.
   */
  readonly eventSubscriptions?: number | undefined;
}

/** How `lsp` begins. */
export interface LspOptions {
  /** The params of `initialize`, which is the first request on every connection. Default: it is not asked; do it yourself. */
  readonly initialize?: Readonly<Record<string, unknown>> | undefined;
  /** Called on every connection with what `initialize` has given: what the server is, and what it can do. */
  readonly initialized?: ((result: unknown) => void) | undefined;
}

/** How `mcp` begins. */
export interface McpOptions {
  /** The params of `initialize`, which is the first request on every connection. */
  readonly initialize: {
    /** The version that the client speaks: a date. */
    readonly protocolVersion: string;
    /** What the client can do. */
    readonly capabilities: Readonly<Record<string, unknown>>;
    /** Who the client is. */
    readonly clientInfo: {
      readonly name: string;
      readonly version: string;
      readonly title?: string | undefined;
    };
  };
  /** Called on every connection with what `initialize` has given: what the server is, and what it can do. */
  readonly initialized?: ((result: unknown) => void) | undefined;
}

const LSP: OptionTable<LspOptions> = { initialize: 'object', initialized: 'function' };

/** @throws UsageError naming the option that is wrong */
export function checkLsp(options: LspOptions, called: Called): void {
  checkCall(called, () => checkOptions(LSP, options, 'lsp'));
}

const MCP: OptionTable<McpOptions> = { initialize: 'object!', initialized: 'function' };

/** @throws UsageError naming the option that is wrong */
export function checkMcp(options: McpOptions, called: Called): void {
  checkCall(called, () => checkOptions(MCP, options, 'mcp'));
}

const OBS: OptionTable<ObsOptions> = { password: SECRET, eventSubscriptions: 'whole' };

/** @throws UsageError naming the option that is wrong */
export function checkObs(options: ObsOptions, called: Called): void {
  checkCall(called, () => checkOptions(OBS, options, 'obs'));
}

/** How `homeAssistant` logs in. */
export interface HomeAssistantOptions {
  /**
   * An access token, short-lived or long-lived, or a function that is asked for one on every connection: whoever has a refresh
   * token gets a fresh one there.
   */
  readonly token: string | (() => string | Promise<string>);
  /**
   * `true`: Home Assistant may put several messages into one, which takes less of both sides where states change often. Default
   * `true`.
   */
  readonly coalesce?: boolean | undefined;
}

const HOME_ASSISTANT: OptionTable<HomeAssistantOptions> = {
  token: { ...SECRET, isNeeded: true },
  coalesce: 'boolean',
};

/** @throws UsageError naming the option that is wrong */
export function checkHomeAssistant(options: HomeAssistantOptions, called: Called): void {
  checkCall(called, () => checkOptions(HOME_ASSISTANT, options, 'homeAssistant'));
}

/** What a message to AppSync is to be allowed to do. */
export interface AppSyncMessage {
  /** The channel that is subscribed to or published on. */
  readonly channel: string;
}

/** How `appSync` proves who it is. */
export interface AppSyncOptions {
  /**
   * The members of an authorization: `host` (that of HTTP: `….appsync-api.….amazonaws.com`) and `x-api-key`, or `Authorization`
   * with a token, or what signs the message by IAM. Asked without an argument for every handshake, and with the channel for every
   * subscription.
   */
  readonly authorize: (
    message?: AppSyncMessage,
  ) => Readonly<Record<string, string>> | Promise<Readonly<Record<string, string>>>;
}

const APP_SYNC: OptionTable<AppSyncOptions> = { authorize: 'function!' };

/** @throws UsageError naming the option that is wrong */
export function checkAppSync(options: AppSyncOptions, called: Called): void {
  checkCall(called, () => checkOptions(APP_SYNC, options, 'appSync'));
}

/** How `stomp` begins. */
export interface StompOptions {
  /**
   * Headers of `CONNECT`: `login`, `passcode`, `host` (default `/`), a token. A function is asked for them on every connection.
   */
  readonly connect?:
    | Readonly<Record<string, string>>
    | (() => Readonly<Record<string, string>> | Promise<Readonly<Record<string, string>>>)
    | undefined;
  /**
   * How often we say something at least, and how often we want to hear something, in milliseconds; 0: not at all. What holds
   * is what both sides can do. Default `[10000, 10000]`.
   */
  readonly heartBeat?: readonly [ours: number, theirs: number] | undefined;
}

const STOMP: OptionTable<StompOptions> = {
  connect: {
    expected: 'an object or a function',
    isRight: (value) => Object(value) === value && !Array.isArray(value),
  },
  heartBeat: {
    expected: 'a list of two whole numbers of milliseconds',
    isRight: (value) =>
      Array.isArray(value) &&
      value.length === 2 &&
      value.every((one) => Number.isSafeInteger(one) && one >= 0),
  },
};

/** @throws UsageError naming the option that is wrong */
export function checkStomp(options: StompOptions, called: Called): void {
  checkCall(called, () => checkOptions(STOMP, options, 'stomp'));
}

/** How a protocol keeps a line alive. All times in milliseconds. */
export interface ProtocolHeartbeat {
  /** How often one side speaks, unless the server names another interval (`line.announce` in the login). Default 25,000. */
  readonly interval?: number | undefined;
  /** How long after that silence means that the line is dead. Default 10,000. */
  readonly timeout?: number | undefined;
  /** What we ask with, and what the answer is. Default: we ask nothing, the server speaks by itself. */
  readonly ping?: ApplicationPing | undefined;
  /** The answer to a ping of the server's; `true`: the same; `false`: it is none. As in `serverPings()`. */
  readonly echo?: ((data: string | Uint8Array) => string | Uint8Array | boolean) | undefined;
  /** What we say by ourselves and the server does not answer. As in `serverPings()`. */
  readonly beat?: Beat | undefined;
}

const PROTOCOL_HEARTBEAT: OptionTable<ProtocolHeartbeat> = {
  interval: 'number',
  timeout: 'number',
  ping: 'any',
  echo: 'function',
  beat: 'object',
};

/** @throws UsageError naming the option that is wrong */
export function checkProtocolHeartbeat(options: ProtocolHeartbeat, called: Called): void {
  checkCall(called, () => checkOptions(PROTOCOL_HEARTBEAT, options, 'protocolHeartbeat'));
}

/** @throws UsageError for what is no function */
export function checkPart(name: string, value: unknown, called: Called): void {
  checkCall(called, () => checkArgument('function', name, value, called.name));
}

/** @throws UsageError for what is no table of close codes, naming the one whose meaning is wrong */
export function checkCloseCodes(meanings: unknown, called: Called): void {
  const rule: Rule = { each: ['stop', 'renew', 'retry'] };
  checkCall(called, () => checkArgument(rule, 'meanings', meanings, 'closeCodes'));
}
