/** What is refused before anything is begun: wrong options of `createClient`, wrong arguments of a client's methods. */
import type { Authenticator, PlainAuthenticator } from '../auth/authenticator.ts';
import { checkArgument, checkCall, checkOptions, need, needMethods, startStackOf } from '../base/checks.ts';
import { UsageError } from '../base/errors.ts';
import {
  type Called,
  NO_OPTIONS,
  type OptionTable,
  only,
  own,
  type Rule,
  type Settings,
} from '../base/need.ts';
import type { ConnectionOptions } from '../connection/connection-options.ts';
import type { HeartbeatOptions } from '../connection/heartbeat.ts';
import { addressesOf } from '../connection/target.ts';
import type { Envelope } from '../messaging/envelope.ts';
import type { InboxLimits } from '../messaging/inbox.ts';
import { type NotifyOptions, OVERFLOW_POLICIES, type SendOptions } from '../messaging/outbox-options.ts';
import type { RequestOptions } from '../messaging/requests.ts';
import type { SubscribeOptions } from '../messaging/subscription.ts';
import { checkCloseArguments } from '../protocol/close-code.ts';
import type { Limits } from '../protocol/limits.ts';
import { checkSubprotocols } from '../protocol/subprotocol.ts';
import { parseWebSocketUrl } from '../protocol/url.ts';
import { TCP_OPTIONS } from '../transport/tcp/option-names.ts';
import { TCP_RULES } from '../transport/tcp/option-rules.ts';
import type { MessageOptions } from '../transport/transport.ts';
import type { ClientEvents, CloseOptions } from './client.ts';
import type {
  ClientLimits,
  ClientOptions,
  CommonOptions,
  ConnectOptions,
  OutboxOptions,
  Platform,
  ReconnectOptions,
} from './options.ts';
import type { ReceiveOptions } from './socket.ts';

/** What {@link consoleTrace} prints, and where. */
export interface ConsoleTraceOptions {
  /** Print payloads too, up to 200 characters each. They may hold secrets: default false. */
  readonly payload?: boolean | undefined;
  /** Takes each line. Default `console.log`. */
  readonly write?: ((line: string) => void) | undefined;
}

/** Every event of a client: the type sees to it that none is forgotten. */
const EVENTS: Readonly<Record<keyof ClientEvents, true>> = {
  state: true,
  ready: true,
  message: true,
  error: true,
  lost: true,
  reconnected: true,
  gap: true,
  drop: true,
  lateReply: true,
  rtt: true,
  closed: true,
};

const HEARTBEAT_TIME: Rule = {
  expected: 'a positive number of milliseconds. To switch it off: heartbeat: false',
  isRight: (value) => Number.isFinite(value) && (value as number) > 0,
};

const HEARTBEAT_RULES: OptionTable<HeartbeatOptions> = {
  interval: HEARTBEAT_TIME,
  timeout: HEARTBEAT_TIME,
  ping: { expected: '"protocol", "none", or { message, isAnswer }, two functions', isRight: isPing },
  strict: 'boolean',
};

const RECONNECT_RULES: OptionTable<ReconnectOptions> = {
  firstDelay: 'number',
  baseDelay: 'number',
  factor: 'number',
  maxDelay: 'number',
  connectTimeout: 'number',
  connectTimeoutFactor: 'number',
  maxConnectTimeout: 'number',
  maxAttempts: 'count',
  backoff: 'function',
  policy: 'function',
};

const OUTBOX_RULES: OptionTable<OutboxOptions> = {
  maxMessages: 'number',
  maxBytes: 'number',
  maxAge: 'number',
  maxPending: 'number',
  overflow: OVERFLOW_POLICIES,
};

const LIMIT_RULES: OptionTable<Settings<Limits>> = {
  maxMessageBytes: 'number',
  maxFragments: 'number',
  maxHeadBytes: 'number',
  maxHeadLineBytes: 'number',
  maxHeaders: 'number',
  maxRefusalBytes: 'number',
};

const clientLimitRules = (): OptionTable<Settings<ClientLimits>> => ({
  ...LIMIT_RULES,
  maxBatch: 'number',
  maxHeldBytes: 'number',
  maxHandlers: 'number',
});

// Functions: a bundle would keep a table with a spread in it, used or not.
const commonRules = (): OptionTable<CommonOptions> => ({
  ...TCP_OPTIONS,
  protocols: {
    expected: 'a string or an array',
    isRight: (value) => typeof value === 'string' || Array.isArray(value),
  },
  closeTimeout: 'number',
  limits: { options: LIMIT_RULES },
  transport: 'transport',
  clock: { methods: ['now', 'wallTime', 'setTimer', 'clearTimer'] },
  random: { methods: ['fill', 'uniform'] },
});

const clientRules = (): OptionTable<ClientOptions> => ({
  ...commonRules(),
  url: 'any',
  envelope: 'function',
  codec: { methods: ['encode', 'decode'] },
  contract: {
    expected: 'what defineContract() gives',
    isRight: (value) => typeof value === 'function',
  },
  limits: { options: clientLimitRules() },
  auth: 'any',
  reconnect: { options: RECONNECT_RULES, orBoolean: true },
  heartbeat: { options: HEARTBEAT_RULES, orBoolean: true },
  outbox: { options: OUTBOX_RULES },
  maxBufferedBytes: 'number',
  requestTimeout: 'number',
  allowInsecure: 'boolean',
  use: { expected: 'an array of plugins', isRight: Array.isArray },
  environment: 'any',
});

/** What makes a plugin is declared, and needs no argument. What it makes is an arrow function that takes the client's core. */
const PLUGIN: Rule = {
  expected: 'a list of plugins, each made by a call: use: [failover()]',
  isRight: (value) => typeof value === 'function' && (value.length > 0 || !Object.hasOwn(value, 'prototype')),
};

/** @throws UsageError naming the option that is wrong */
export function checkClientOptions(
  options: ClientOptions,
  { checkUrl, checkOptions: check }: Platform,
): void {
  if (typeof options !== 'object' || options === null)
    throw new UsageError('INVALID_OPTION', { detail: 'bare-url', owner: 'createClient' });
  checkOptions(clientRules(), options);
  const { url, auth, use = [] } = options;
  if (url === undefined) throw new UsageError('INVALID_URL', { detail: 'missing' });
  if (typeof url !== 'function') {
    const addresses = addressesOf(url);
    need(addresses.length > 0, 'url', 'an address, or a list of one or more');
    for (const address of addresses) checkUrl(address);
  }
  for (const plugin of use) checkArgument(PLUGIN, 'use', plugin);
  if (auth !== undefined) checkAuth(auth);
  checkProtocols(options);
  check(options);
}

function checkProtocols({ protocols = [] }: CommonOptions): void {
  checkSubprotocols(typeof protocols === 'string' ? [protocols] : protocols);
}

/** Refuses a list of addresses, and a login, that no plugin knows what to do with. */
export function checkAddresses({ url, failover, login }: ConnectionOptions): void {
  need(typeof login !== 'function', 'auth.login', 'made by login(): auth: login(async (line) => …)');
  const isOne = !Array.isArray(url) || url.length === 1;
  need(isOne || failover !== undefined, 'url', 'one address. For a list: use: [failover()]');
}

/** Refuses what an envelope's factory gave, unless it is an envelope. */
export function checkEnvelope(envelope: Envelope): void {
  need(typeof envelope !== 'function', 'envelope', 'called: envelope: raw()');
  checkArgument({ methods: ['reader'] }, 'envelope()', envelope);
}

function checkAuth(auth: Authenticator | PlainAuthenticator): void {
  const { login, prepare, renew } = auth ?? {};
  need(
    // An envelope may have the login, and ask for what is renewed.
    login !== undefined || prepare !== undefined || renew !== undefined,
    'auth',
    'an object with login, prepare or renew: auth: login(async (line) => …)',
  );
  if (typeof login !== 'function') needMethods('auth.login', login, ['begin']);
  needMethods('auth.prepare', prepare, []);
  needMethods('auth.renew', renew, []);
}

function isPing(ping: unknown): boolean {
  if (ping === 'protocol' || ping === 'none') return true;
  const { message, isAnswer } = (ping ?? {}) as Readonly<Record<string, unknown>>;
  return typeof message === 'function' && typeof isAnswer === 'function';
}

/** Refuses an event that there is not: nothing would ever be heard of it. */
export function checkEventName(name: string, listener: unknown): void {
  const names = Object.keys(EVENTS).join(', ');
  need(Object.hasOwn(EVENTS, name), 'name', `one of ${names}. For events of the server: onEvent()`);
  checkArgument('function', 'listener', listener);
}

/** Refuses what is no name, or no listener, of an event of the server's. */
export function checkServerEvent(name: unknown, listener: unknown): void {
  checkArgument('string', 'name', name);
  checkArgument('function', 'listener', listener);
}

export function checkMessages(options: { readonly maxBuffered?: number | undefined }): void {
  checkOptions({ maxBuffered: 'count' }, options, 'messages');
}

export function checkHandler(method: unknown, handler: unknown): void {
  checkArgument('string', 'method', method);
  checkArgument('function', 'handler', handler);
}

const SIGNAL: OptionTable<ReceiveOptions> = { signal: 'signal' };

/** Of a method of `self` that is an async function. */
export function checkSignal(method: string, options: ReceiveOptions, self: object): void {
  if (options !== NO_OPTIONS) rejecting(self, method, () => checkOptions(SIGNAL, options, method));
}

/** Says once that a dead line will not be noticed, unless that was asked for. */
export function warnUnwatched(
  heartbeat: HeartbeatOptions | undefined,
  isWatched: boolean,
  epoch: number,
): void {
  if (isWatched || epoch > 1 || heartbeat === undefined || heartbeat.ping === 'none') return;
  // biome-ignore lint/suspicious/noConsole: told to whoever develops, in no build for production
  console.warn(new UsageError('UNSUPPORTED', { detail: 'unwatched' }).message);
}

const SEND: OptionTable<SendOptions> = {
  whenOffline: ['queue', 'reject'],
  ttl: 'number',
  key: 'string',
  compress: 'boolean',
  persist: 'boolean',
  signal: 'signal',
};

export function checkSend(options: SendOptions): void {
  checkOptions(SEND, options, 'send');
}

const NOTIFY: OptionTable<NotifyOptions> = { ...SEND, meta: 'any' };

export function checkNotify(method: unknown, options: NotifyOptions): void {
  checkArgument('string', 'method', method);
  checkOptions(NOTIFY, options, 'notify');
}

const REQUEST: OptionTable<RequestOptions> = {
  timeout: 'number',
  signal: 'signal',
  idempotent: 'boolean',
  whenOffline: ['queue', 'reject'],
  compress: 'boolean',
  persist: 'boolean',
  meta: 'any',
  progress: 'function',
};

export function checkRequest(method: unknown, options: RequestOptions): void {
  checkArgument('string', 'method', method);
  checkOptions(REQUEST, options, 'request');
}

const SUBSCRIBE: OptionTable<SubscribeOptions> = {
  cursor: 'function',
  resume: 'function',
  resumed: 'function',
  maxEvents: 'count',
  maxBytes: 'number',
  overflow: ['error', 'drop-oldest'],
  signal: 'signal',
  meta: 'any',
};

export function checkSubscribe(name: unknown, options: SubscribeOptions): void {
  checkArgument('string', 'name', name);
  checkOptions(SUBSCRIBE, options, 'subscribe');
}

const MESSAGE: OptionTable<MessageOptions> = { compress: 'boolean' };

/** Of a short connection. */
export function checkMessageOptions(options: MessageOptions = NO_OPTIONS): void {
  checkOptions(MESSAGE, options, 'send');
}

const CLOSE: OptionTable<CloseOptions> = { code: 'any', reason: 'any', flush: 'boolean' };

/** @throws UsageError `INVALID_CLOSE` for a code or reason that cannot be sent, `INVALID_OPTION` */
export function checkClose(options: CloseOptions): void {
  checkOptions(CLOSE, options, 'close');
  checkCloseArguments(options.code, options.reason);
}

/** As {@link checkClose}, of a method of `self` that is an async function. */
export function checkSocketClose(options: CloseOptions, self: object): void {
  rejecting(self, 'close', () => checkClose(options));
}

/** What an async function throws becomes a rejection: its stack begins with the caller all the same. */
function rejecting(self: object, method: string, check: () => void): void {
  try {
    check();
  } catch (error) {
    startStackOf(self, method, error);
    throw error;
  }
}

const CONSOLE_TRACE: OptionTable<ConsoleTraceOptions> = { payload: 'boolean', write: 'function' };

/** @throws UsageError naming the option that is wrong */
export function checkConsoleTrace(options: ConsoleTraceOptions, called: Called): void {
  checkCall(called, () => checkOptions(CONSOLE_TRACE, options, 'consoleTrace'));
}

const INBOX_RULES: OptionTable<Settings<InboxLimits>> = {
  pauseAtBytes: 'number',
  pauseAtMessages: 'number',
  maxBytes: 'number',
};

const connectRules = (): OptionTable<ConnectOptions> => ({
  ...commonRules(),
  signal: 'signal',
  handshakeTimeout: 'number',
  inbox: { options: INBOX_RULES },
  maxBufferedBytes: 'number',
  pacing: { methods: ['wrap'] },
  heartbeat: { options: HEARTBEAT_RULES, orBoolean: true },
  trace: 'function',
});

/** @throws UsageError naming the option of `connect` that is wrong */
export function checkConnectOptions(
  url: string | URL,
  options: ConnectOptions,
  { checkOptions: check, attend }: Platform,
): void {
  if (Object(url) === url && 'url' in (url as object))
    throw new UsageError('INVALID_OPTION', { detail: 'url-first', owner: 'connect' });
  need(!Array.isArray(url), 'url', 'one address. For several: createClient() with use: [failover()]');
  checkOptions(connectRules(), options);
  if (attend === undefined && typeof options.heartbeat === 'object')
    throw new UsageError('UNSUPPORTED', { detail: 'heartbeat' });
  checkProtocols(options);
  check(options);
}

/** @throws UsageError `INVALID_URL` */
export function checkBrowserUrl(url: string | URL, base?: string): void {
  parseWebSocketUrl(url, base);
}

/** Refuses what a browser's WebSocket cannot do. @throws UsageError `UNSUPPORTED` */
export function checkBrowserOptions(options: CommonOptions): void {
  for (const option of Object.keys(options)) {
    if (Object.hasOwn(TCP_OPTIONS, option))
      throw new UsageError('UNSUPPORTED', { detail: 'tcp-option', option });
  }
}

/** Refuses wrong options of the TCP transport, and any beside another one. @throws UsageError `INVALID_OPTION` */
export function checkNodeOptions(options: CommonOptions): void {
  const ofTcp = own(only(TCP_RULES, options));
  if (options.transport === undefined) return checkOptions(TCP_RULES, ofTcp);
  const [option] = Object.keys(ofTcp);
  if (option !== undefined) throw new UsageError('INVALID_OPTION', { detail: 'beside-transport', option });
}
