import { describe, expect, it } from 'vitest';
import { type ClientOptions, connect, createClient, json, raw } from '../../src/index.node.ts';

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
    expect(() => createClient(undefined as unknown as ClientOptions)).toThrow(refusal('must be an object'));
    expect(() => createClient({ url, heartbeat: null } as unknown as ClientOptions)).toThrow(
      refusal('heartbeat'),
    );
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
      refusal('^createClient\\(\\) takes options: createClient\\(\\{ url: … \\}\\)\\.$'),
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
