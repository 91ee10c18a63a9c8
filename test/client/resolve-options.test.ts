import { describe, expect, it } from 'vitest';
import { login } from '../../src/auth/login.ts';
import { systemClock } from '../../src/base/clock.ts';
import { systemRandom } from '../../src/base/random.ts';
import type { ClientOptions, Platform } from '../../src/client/options.ts';
import { resolveOptions } from '../../src/client/resolve-options.ts';
import { DEFAULT_BACKOFF } from '../../src/connection/backoff.ts';
import { defaultRetryPolicy } from '../../src/connection/retry-policy.ts';
import { json } from '../../src/messaging/codec.ts';
import { DEFAULT_MESSAGE_LIMITS } from '../../src/messaging/message-limits.ts';
import { DEFAULT_OUTBOX } from '../../src/messaging/outbox-options.ts';
import { raw } from '../../src/messaging/raw.ts';
import { DEFAULT_LIMITS } from '../../src/protocol/limits.ts';
import { parseWebSocketUrl } from '../../src/protocol/url.ts';
import { createScriptedServer } from '../../src/testing/scripted-server.ts';

const url = 'wss://example.com/?token=hush';
const { transport } = createScriptedServer();
const platform: Platform = {
  makeTransport: () => transport,
  checkUrl: parseWebSocketUrl,
  checkOptions: () => {},
};
const resolve = (options: Partial<ClientOptions> = {}) =>
  resolveOptions({ url, ...options }, platform, raw());

describe('defaults', () => {
  it('are all there when only the url is given', () => {
    const { connection, ...messages } = resolve();
    expect(messages).toEqual({
      envelope: expect.objectContaining({ reader: expect.any(Function) }),
      codec: undefined,
      outbox: DEFAULT_OUTBOX,
      limits: connection.limits,
      requestTimeout: 30_000,
      use: [],
    });
    expect(messages.envelope.rpc).toBeUndefined();
    expect(connection).toEqual({
      url,
      protocols: [],
      transport,
      reconnect: {
        backoff: expect.any(Function),
        policy: defaultRetryPolicy,
        maxAttempts: Number.POSITIVE_INFINITY,
      },
      times: DEFAULT_BACKOFF,
      closeTimeout: 5_000,
      heartbeat: {},
      watchdog: expect.any(Function),
      login: undefined,
      maxBufferedBytes: 16 * 1024 * 1024,
      prepare: undefined,
      renew: undefined,
      limits: { ...DEFAULT_LIMITS, ...DEFAULT_MESSAGE_LIMITS },
      clock: systemClock,
      random: systemRandom,
    });
  });

  it('are the same for true and undefined, and false switches off', () => {
    const on = resolve({ reconnect: true, heartbeat: true, outbox: undefined }).connection;
    expect(on).toMatchObject({ reconnect: { policy: defaultRetryPolicy }, heartbeat: {} });
    const off = resolve({ reconnect: false, heartbeat: false }).connection;
    expect([off.reconnect, off.heartbeat, off.watchdog]).toEqual([undefined, undefined, undefined]);
    expect(off.times).toEqual(DEFAULT_BACKOFF);
  });
});

describe('what is given', () => {
  it('takes the place of the defaults, and only there', async () => {
    const policy = () => ({ action: 'stop', rule: 'mine' }) as const;
    const backoff = () => 7;
    const codec = json();
    const auth = login(async () => {});
    const {
      connection,
      outbox,
      codec: kept,
    } = resolve({
      protocols: 'chat',
      envelope: raw(),
      codec,
      auth,
      reconnect: { maxAttempts: 3, policy, backoff, firstDelay: 1 },
      heartbeat: { interval: 5 },
      outbox: { maxMessages: 1 },
      limits: { maxHeaders: 2 },
      closeTimeout: 9,
    });
    expect(kept).toBe(codec);
    expect(outbox).toEqual({ ...DEFAULT_OUTBOX, maxMessages: 1 });
    const times = { ...DEFAULT_BACKOFF, firstDelay: 1 };
    expect(connection).toMatchObject({
      protocols: ['chat'],
      reconnect: { maxAttempts: 3, policy, backoff },
      times,
      heartbeat: { interval: 5 },
      // A codec of one's own reads what comes.
      limits: { ...DEFAULT_LIMITS, maxMessageBytes: 16 * 1024 * 1024, maxHeaders: 2 },
      closeTimeout: 9,
      login: auth.login,
    });
  });

  it('may be a function, for a url', () => {
    const source = () => url;
    expect(resolve({ url: source }).connection.url).toBe(source);
  });

  it('is copied where a caller could change it later', () => {
    const protocols = ['a'];
    const resolved = resolve({ protocols }).connection.protocols;
    protocols.push('b');
    expect(resolved).toEqual(['a']);
  });
});

const WRONG: readonly (readonly [name: string, options: object])[] = [
  ['protocols', { protocols: 5 }],
  ['envelope', { envelope: {} }],
  ['codec', { codec: { encode() {} } }],
  ['auth', { auth: () => {} }],
  ['auth', { auth: null }],
  ['reconnect', { reconnect: 'yes' }],
  ['reconnect', { reconnect: null }],
  ['reconnect.firstDelay', { reconnect: { firstDelay: -1 } }],
  ['reconnect.maxDelay', { reconnect: { maxDelay: '30s' } }],
  ['reconnect.connectTimeout', { reconnect: { connectTimeout: Number.NaN } }],
  ['reconnect.maxAttempts', { reconnect: { maxAttempts: 0 } }],
  ['reconnect.maxAttempts', { reconnect: { maxAttempts: '3' } }],
  ['reconnect.backoff', { reconnect: { backoff: 1_000 } }],
  ['reconnect.policy', { reconnect: { policy: 'never' } }],
  ['heartbeat', { heartbeat: 5_000 }],
  ['heartbeat.interval', { heartbeat: { interval: 0 } }],
  ['outbox', { outbox: 5 }],
  ['outbox.maxBytes', { outbox: { maxBytes: null } }],
  ['outbox.overflow', { outbox: { overflow: 'drop' } }],
  ['outbox.maxPending', { outbox: { maxPending: -1 } }],
  ['use', { use: () => {} }],
  ['use', { use: [{}] }],
  ['limits', { limits: 'none' }],
  ['limits.maxMessageBytes', { limits: { maxMessageBytes: -1 } }],
  ['requestTimeout', { requestTimeout: 'soon' }],
  ['closeTimeout', { closeTimeout: -1 }],
  ['transport', { transport: 'tcp' }],
  ['clock', { clock: { now() {} } }],
  ['random', { random: Math.random }],
];

describe('a wrong option', () => {
  it.each(WRONG)('%s is refused by name: %j', (name, options) => {
    expect(() => resolve(options)).toThrow(
      expect.objectContaining({
        name: 'UsageError',
        code: 'INVALID_OPTION',
        message: expect.stringContaining(name),
      }),
    );
  });

  it.each([undefined, null, 5])('options that are %s are refused', (options) => {
    expect(() => resolveOptions(options as unknown as ClientOptions, platform, raw())).toThrow(
      expect.objectContaining({
        code: 'INVALID_OPTION',
        message: 'createClient() and createSlimClient() take options: { url: … }.',
      }),
    );
  });

  it.each([undefined, '', '/path', 'ftp://x/?token=hush', 'wss://x/?token=hush#part'])(
    'the url %s is refused, without its query',
    (wrong) => {
      const attempt = () => resolve({ url: wrong as string });
      expect(attempt).toThrow(expect.objectContaining({ code: 'INVALID_URL' }));
      expect(attempt).not.toThrow(/hush/);
    },
  );

  it('a subprotocol that is no token, or comes twice, is refused', () => {
    for (const protocols of [['a b'], ['a', 'a'], '']) {
      expect(() => resolve({ protocols })).toThrow(expect.objectContaining({ code: 'INVALID_SUBPROTOCOL' }));
    }
  });
});
