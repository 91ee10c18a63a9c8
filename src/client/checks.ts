/** What is refused before anything is begun: wrong options of `createClient`, wrong arguments of a client's methods. */
import type { Authenticator } from '../auth/authenticator.ts';
import {
  checkOptions,
  need,
  needCallOptions,
  needMethods,
  needNumber,
  needSettings,
} from '../base/checks.ts';
import { UsageError } from '../base/errors.ts';
import type { OptionTable, Rule, Settings } from '../base/need.ts';
import type { ConnectionOptions } from '../connection/connection-options.ts';
import type { HeartbeatOptions } from '../connection/heartbeat.ts';
import { addressesOf } from '../connection/target.ts';
import type { Envelope } from '../messaging/envelope.ts';
import type { InboxLimits } from '../messaging/inbox.ts';
import { OVERFLOW_POLICIES, type SendOptions } from '../messaging/outbox-options.ts';
import type { RequestOptions } from '../messaging/requests.ts';
import { checkOverflow, DEFAULT_SUBSCRIPTION, type SubscribeOptions } from '../messaging/subscription.ts';
import { checkCloseArguments } from '../protocol/close-code.ts';
import { DEFAULT_LIMITS } from '../protocol/limits.ts';
import { checkSubprotocols } from '../protocol/subprotocol.ts';
import { parseWebSocketUrl } from '../protocol/url.ts';
import { TCP_RULES } from '../transport/tcp/option-rules.ts';
import type { ClientEvents } from './client.ts';
import type {
  ClientOptions,
  CommonOptions,
  ConnectOptions,
  OutboxOptions,
  Platform,
  ReconnectOptions,
} from './options.ts';

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

const COMMON_RULES: OptionTable<CommonOptions> = {
  ...TCP_RULES,
  protocols: {
    expected: 'a string or an array',
    isRight: (value) => typeof value === 'string' || Array.isArray(value),
  },
  closeTimeout: 'number',
  limits: 'object',
  transport: 'function',
  clock: { methods: ['now', 'wallTime', 'setTimer', 'clearTimer'] },
  random: { methods: ['fill', 'uniform'] },
};

const CLIENT_RULES: OptionTable<ClientOptions> = {
  ...COMMON_RULES,
  url: 'any',
  envelope: 'function',
  codec: { methods: ['encode', 'decode'] },
  auth: 'any',
  reconnect: { options: RECONNECT_RULES, orBoolean: true },
  heartbeat: { options: HEARTBEAT_RULES, orBoolean: true },
  outbox: { options: OUTBOX_RULES },
  requestTimeout: 'number',
  use: { expected: 'an array of plugins', isRight: Array.isArray },
  environment: 'any',
};

/** @throws UsageError naming the option that is wrong */
export function checkClientOptions(
  options: ClientOptions,
  { checkUrl, checkOptions: check }: Platform,
): void {
  if (typeof options === 'string')
    throw new UsageError('INVALID_OPTION', { detail: 'bare-url', owner: 'createClient' });
  checkOptions(CLIENT_RULES, options);
  const { url, auth, use = [] } = options;
  if (url === undefined) throw new UsageError('INVALID_URL', { detail: 'missing' });
  if (typeof url !== 'function') {
    const addresses = addressesOf(url);
    need(addresses.length > 0, 'url', 'an address, or a list of one or more');
    for (const address of addresses) checkUrl(address);
  }
  for (const plugin of use) needMethods('use', plugin ?? null, []);
  if (auth !== undefined) checkAuth(auth);
  checkCommonOptions(options);
  check(options);
}

/** @throws UsageError naming the option that is wrong */
export function checkCommonOptions({ protocols = [], limits }: CommonOptions): void {
  checkSubprotocols(typeof protocols === 'string' ? [protocols] : protocols);
  needSettings(DEFAULT_LIMITS, limits, 'limits');
}

/** Refuses a list of addresses that no plugin knows what to do with. */
export function checkAddresses({ url, failover }: ConnectionOptions): void {
  need(!Array.isArray(url) || failover !== undefined, 'url', 'one address. For a list: use: [failover()]');
}

/** Refuses what an envelope's factory gave, unless it is an envelope. */
export function checkEnvelope(envelope: Envelope): void {
  need(typeof envelope !== 'function', 'envelope', 'called: envelope: raw()');
  needMethods('envelope()', envelope ?? null, ['split', 'classify']);
}

function checkAuth(auth: Authenticator): void {
  const { login, prepare, renew } = auth ?? {};
  need(login !== undefined || prepare !== undefined, 'auth', 'an object with login or prepare');
  needMethods('auth.login', login, ['begin']);
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
  checkListener(listener);
}

export function checkListener(listener: unknown): void {
  needMethods('listener', listener ?? null, []);
}

export function checkMethod(method: unknown): void {
  need(typeof method === 'string', 'method', 'a string');
}

export function checkHandler(method: unknown, handler: unknown): void {
  checkMethod(method);
  needMethods('handler', handler ?? null, []);
}

export function checkSignal(method: string, options: { readonly signal?: AbortSignal | undefined }): void {
  needCallOptions(options);
  // Without a list of the names: `receive()` comes here for every message.
  for (const name in options) if (name !== 'signal') checkOptions({ signal: 'any' }, options, method);
}

export function checkSend(options: SendOptions): void {
  needCallOptions(options);
  const { ttl, key, whenOffline, compress } = options;
  if (ttl !== undefined) needNumber('ttl', ttl);
  need(key === undefined || typeof key === 'string', 'key', 'a string');
  checkDelivery(whenOffline, compress);
}

export function checkRequest(options: RequestOptions): void {
  needCallOptions(options);
  const { timeout, whenOffline, compress } = options;
  if (timeout !== undefined) needNumber('timeout', timeout);
  checkDelivery(whenOffline, compress);
}

function checkDelivery(whenOffline: SendOptions['whenOffline'] = 'queue', compress: unknown): void {
  need(whenOffline === 'queue' || whenOffline === 'reject', 'whenOffline', '"queue" or "reject"');
  need(compress === undefined || typeof compress === 'boolean', 'compress', 'a boolean');
}

export function checkSubscribe(name: unknown, options: SubscribeOptions): void {
  need(typeof name === 'string', 'name', 'a string');
  needCallOptions(options);
  const { cursor, resume, resumed, overflow = DEFAULT_SUBSCRIPTION.overflow, maxEvents = 1 } = options;
  needMethods('cursor', cursor, []);
  needMethods('resume', resume, []);
  needMethods('resumed', resumed, []);
  checkOverflow('overflow', overflow);
  need(typeof maxEvents === 'number' && maxEvents >= 1, 'maxEvents', 'a number, 1 or more');
}

/** @throws UsageError `INVALID_CLOSE` for a code or reason that cannot be sent */
export function checkClose(code: number | undefined, reason: string | undefined): void {
  checkCloseArguments(code, reason);
}

const INBOX_RULES: OptionTable<Settings<InboxLimits>> = {
  pauseAtBytes: 'number',
  pauseAtMessages: 'number',
  maxBytes: 'number',
};

const CONNECT_RULES: OptionTable<ConnectOptions> = {
  ...COMMON_RULES,
  signal: 'any',
  handshakeTimeout: 'number',
  inbox: { options: INBOX_RULES },
  maxBufferedBytes: 'number',
  pacing: { methods: ['wrap'] },
  trace: 'function',
};

/** @throws UsageError naming the option of `connect` that is wrong */
export function checkConnectOptions(
  url: string | URL,
  options: ConnectOptions,
  { checkOptions: check }: Platform,
): void {
  if (Object(url) === url && 'url' in (url as object))
    throw new UsageError('INVALID_OPTION', { detail: 'url-first', owner: 'connect' });
  checkOptions(CONNECT_RULES, options);
  needCallOptions(options);
  checkCommonOptions(options);
  check(options);
}

/** @throws UsageError `INVALID_URL` */
export function checkBrowserUrl(url: string | URL): void {
  parseWebSocketUrl(url);
}

/** Refuses what a browser's WebSocket cannot do. @throws UsageError `UNSUPPORTED` */
export function checkBrowserOptions(options: CommonOptions): void {
  for (const option of Object.keys(options)) {
    if (Object.hasOwn(TCP_RULES, option))
      throw new UsageError('UNSUPPORTED', { detail: 'tcp-option', option });
  }
}

/** Refuses options of the TCP transport beside another one. @throws UsageError `INVALID_OPTION` */
export function checkNodeOptions(options: CommonOptions): void {
  if (options.transport === undefined) return;
  for (const option of Object.keys(options)) {
    if (Object.hasOwn(TCP_RULES, option))
      throw new UsageError('INVALID_OPTION', { detail: 'beside-transport', option });
  }
}
