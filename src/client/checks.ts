/** What is refused before anything is begun: wrong options of `createClient`, wrong arguments of a client's methods. */
import type { Authenticator } from '../auth/authenticator.ts';
import { need, needCallOptions, needMethods, needNumber, needSettings } from '../base/checks.ts';
import { UsageError } from '../base/errors.ts';
import { DEFAULT_BACKOFF } from '../connection/backoff.ts';
import type { ConnectionOptions } from '../connection/connection-options.ts';
import type { HeartbeatOptions } from '../connection/heartbeat.ts';
import { addressesOf } from '../connection/target.ts';
import type { Envelope } from '../messaging/envelope.ts';
import { DEFAULT_INBOX } from '../messaging/inbox.ts';
import { DEFAULT_OUTBOX, OVERFLOW_POLICIES, type SendOptions } from '../messaging/outbox-options.ts';
import type { RequestOptions } from '../messaging/requests.ts';
import { checkOverflow, DEFAULT_SUBSCRIPTION, type SubscribeOptions } from '../messaging/subscription.ts';
import { checkCloseArguments } from '../protocol/close-code.ts';
import { DEFAULT_LIMITS } from '../protocol/limits.ts';
import { checkSubprotocols } from '../protocol/subprotocol.ts';
import { parseWebSocketUrl } from '../protocol/url.ts';
import { TCP_RULES } from '../transport/tcp/option-rules.ts';
import type { ClientEvents } from './client.ts';
import type { CommonOptions, ConnectOptions, Platform, SlimClientOptions } from './options.ts';

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

/** @throws UsageError naming the option that is wrong */
export function checkClientOptions(options: SlimClientOptions, { checkUrl, checkOptions }: Platform): void {
  needSettings({ closeTimeout: 0, requestTimeout: 0 }, options ?? null);
  const { url, envelope, codec, auth, reconnect, heartbeat, outbox, use = [] } = options;
  if (url === undefined) throw new UsageError('INVALID_URL', { detail: 'missing' });
  if (typeof url !== 'function') {
    const addresses = addressesOf(url);
    need(addresses.length > 0, 'url', 'an address, or a list of one or more');
    for (const address of addresses) checkUrl(address);
  }
  need(Array.isArray(use), 'use', 'an array of plugins');
  for (const plugin of use) needMethods('use', plugin ?? null, []);
  needMethods('envelope', envelope, []);
  needMethods('codec', codec, ['encode', 'decode']);
  if (auth !== undefined) checkAuth(auth);
  needSettings(DEFAULT_OUTBOX, outbox, 'outbox');
  const { overflow = DEFAULT_OUTBOX.overflow } = outbox ?? {};
  need(OVERFLOW_POLICIES.includes(overflow), 'outbox.overflow', OVERFLOW_POLICIES.join(', '));
  if (isGiven('reconnect', reconnect)) {
    const { backoff, policy, maxAttempts = 1 } = reconnect;
    needSettings(DEFAULT_BACKOFF, reconnect, 'reconnect');
    needMethods('reconnect.backoff', backoff, []);
    needMethods('reconnect.policy', policy, []);
    need(typeof maxAttempts === 'number' && maxAttempts >= 1, 'reconnect.maxAttempts', 'a number, 1 or more');
  }
  if (isGiven('heartbeat', heartbeat)) checkHeartbeat(heartbeat);
  checkCommonOptions(options);
  checkOptions(options);
}

/** @throws UsageError naming the option that is wrong */
export function checkCommonOptions({
  protocols = [],
  limits,
  transport,
  clock,
  random,
}: CommonOptions): void {
  needMethods('transport', transport, []);
  needMethods('clock', clock, ['now', 'wallTime', 'setTimer', 'clearTimer']);
  needMethods('random', random, ['fill', 'uniform']);
  need(typeof protocols === 'string' || Array.isArray(protocols), 'protocols', 'a string or an array');
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

/** Whether options are given at all: not for a boolean or undefined. */
function isGiven<T extends object>(name: string, value: T | boolean | undefined): value is T {
  if (value === undefined || typeof value === 'boolean') return false;
  need(typeof value === 'object' && value !== null, name, 'an object or a boolean');
  return true;
}

function checkAuth(auth: Authenticator): void {
  const { login, prepare, renew } = auth ?? {};
  need(login !== undefined || prepare !== undefined, 'auth', 'an object with login or prepare');
  needMethods('auth.login', login, ['begin']);
  needMethods('auth.prepare', prepare, []);
  needMethods('auth.renew', renew, []);
}

function checkHeartbeat({ ping, ...times }: HeartbeatOptions): void {
  for (const name of ['interval', 'timeout'] as const) {
    const { [name]: value = 1 } = times;
    const expected = 'a positive number of milliseconds. To switch it off: heartbeat: false';
    need(Number.isFinite(value) && value > 0, `heartbeat.${name}`, expected);
  }
  const isFunction = (value: unknown): boolean => typeof value === 'function';
  const asksItself = typeof ping === 'object' && isFunction(ping?.message) && isFunction(ping?.isAnswer);
  const isRight = ping === undefined || ping === 'protocol' || ping === 'none' || asksItself;
  need(isRight, 'heartbeat.ping', '"protocol", "none", or { message, isAnswer }, two functions');
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

export function checkSignal(_method: string, options: { readonly signal?: AbortSignal | undefined }): void {
  needCallOptions(options);
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

/** @throws UsageError naming the option of `connect` that is wrong */
export function checkConnectOptions(options: ConnectOptions, { checkOptions }: Platform): void {
  needSettings({ handshakeTimeout: 0, closeTimeout: 0, maxBufferedBytes: 0 }, options ?? null);
  needCallOptions(options);
  needMethods('pacing', options.pacing, ['wrap']);
  needMethods('trace', options.trace, []);
  needSettings(DEFAULT_INBOX, options.inbox, 'inbox');
  checkCommonOptions(options);
  checkOptions(options);
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
