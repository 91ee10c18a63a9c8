import { describe, expect, it } from 'vitest';
import {
  type ClientOptions,
  connect,
  createClient,
  json,
  login,
  raw,
  serverPings,
} from '../../src/index.node.ts';
import {
  createClient as createClientInPage,
  createSlimClient as createSlimClientInPage,
} from '../../src/index.ts';
import { setUp } from './set-up.ts';

const url = 'ws://127.0.0.1:9';
const refusal = (...texts: string[]) =>
  expect.objectContaining({
    name: 'UsageError',
    code: 'INVALID_OPTION',
    message: expect.stringMatching(new RegExp(texts.join('.*'))),
  });

describe('an option that there is not', () => {
  it.each([
    [{ reconect: true }, 'The option reconect is unknown', 'reconnect'],
    [{ heartbeat: { pong: 1 } }, 'heartbeat.pong is unknown', 'heartbeat.ping\\?'],
    [{ heartbeat: { echo: true } }, 'heartbeat.echo is unknown', 'interval'],
    [{ Url: 'x' }, 'Url is unknown. Did you mean url\\?'],
    [{ reconnect: { retries: 1 } }, 'reconnect.retries is unknown', 'maxAttempts'],
    [{ outbox: { size: 1 } }, 'outbox.size is unknown', 'maxMessages'],
  ] as [object, ...string[]][])('%j is refused by createClient', (more, ...texts) => {
    expect(() => createClient({ url, ...more } as ClientOptions)).toThrow(refusal(...texts));
  });

  it('is refused by connect, as a rejection', async () => {
    await expect(connect(url, { timeout: 5 } as object)).rejects.toEqual(
      refusal('timeout', 'handshakeTimeout'),
    );
  });

  it('is refused by ready(), which has no timeout of its own', async () => {
    const client = createClient({ url });
    await expect(client.ready({ timeout: 5 } as object)).rejects.toEqual(
      refusal('The option timeout of ready is unknown', 'signal'),
    );
    await client.close();
  });

  it('does not hide what else is wrong', () => {
    expect(() => createClient(undefined as unknown as ClientOptions)).toThrow(
      refusal('createClient\\(\\) and createSlimClient\\(\\) take options'),
    );
    expect(() => createClient({ url, heartbeat: null } as unknown as ClientOptions)).toThrow(
      refusal('heartbeat'),
    );
  });

  it.each([
    [{ contract: { requests: {} } }, 'contract must be what defineContract\\(\\) gives. It is an object'],
    [
      { transport: { start() {} } },
      'transport must be a transport, .*: pollingTransport\\(sockjs\\(\\)\\). It is an object',
    ],
    [
      { codec: { encode() {} } },
      'codec must be an object with encode, decode. It is an object without decode',
    ],
    [
      { codec: json },
      'codec must be an object with encode, decode. It is a function. Call it: codec: json\\(\\)',
    ],
  ])('says what is meant by %j', (given, text) => {
    expect(() => createClient({ url, ...given } as never)).toThrow(refusal(text));
  });

  it('is none of those that there are', () => {
    const reconnect = { firstDelay: 1, maxAttempts: 1 };
    expect(() =>
      createClient({ url, reconnect, heartbeat: { ping: 'none' }, headers: {}, outbox: { maxAge: 1 } }),
    ).not.toThrow();
  });
});

describe('arguments of another call', () => {
  it('an address in place of options is refused by createClient, and not shown', () => {
    expect(() => createClient('wss://a.test/?key=hunter2' as unknown as ClientOptions)).toThrow(
      refusal('^createClient\\(\\) and createSlimClient\\(\\) take options: \\{ url: … \\}\\.$'),
    );
  });

  it('options in place of an address are refused by connect', async () => {
    await expect(connect({ url } as unknown as string)).rejects.toEqual(refusal('connect\\(url, \\{'));
    await expect(connect(new URL('ftp://127.0.0.1'))).rejects.toMatchObject({ code: 'INVALID_URL' });
  });

  it('a codec is refused by raw(), which would not use it', () => {
    expect(() => raw(json() as never)).toThrow(refusal('envelope: raw\\(\\), codec: json\\(\\)'));
  });
});

describe('options that not every platform has', () => {
  const headers = { 'X-Api-Key': 'k' };

  it('are refused by a page, whose WebSocket sends no headers', () => {
    const options: object = { url, headers };
    const refused = expect.objectContaining({ code: 'UNSUPPORTED', detail: 'tcp-option' });
    expect(() => createClientInPage(options as ClientOptions)).toThrow(refused);
    expect(() => createSlimClientInPage(options as ClientOptions)).toThrow(refused);
    expect(createSlimClientInPage({ url }).state.status).toBe('idle');
  });

  it('are refused in Node beside a transport of one’s own, which has them already', () => {
    const transport = (): never => {
      throw new Error('not dialled');
    };
    expect(() => createClient({ url, transport, headers })).toThrow(
      expect.objectContaining({ code: 'INVALID_OPTION', detail: 'beside-transport' }),
    );
    expect(createClient({ url, transport }).state.status).toBe('idle');
  });
});

describe('an option made of functions', () => {
  const message = (): string => 'ping';

  it('is refused while one of them is missing', () => {
    const ping = { message } as unknown as 'none';
    expect(() => createClient({ url, heartbeat: { ping } })).toThrow(refusal('heartbeat.ping'));
    expect(() => createClient({ url, heartbeat: { ping: null as unknown as 'none' } })).toThrow(
      refusal('heartbeat.ping'),
    );
    expect(() => createClient({ url, heartbeat: { ping: { message, isAnswer: () => true } } })).not.toThrow();
    expect(() => login(undefined as never)).toThrow(refusal('login'));
  });

  it('of a plugin has nothing to do where there is no heartbeat', async () => {
    const { client, clock, open } = setUp({ heartbeat: false, use: [serverPings({ echo: () => true })] });
    await open();
    await clock.advance(3_600_000);
    expect(client.state.status).toBe('ready');
    const closed = client.close();
    await clock.advance(0);
    await closed;
  });
});
