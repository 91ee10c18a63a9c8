import { describe, expect, it } from 'vitest';
import { type ClientOptions, connect, createClient } from '../../src/index.node.ts';

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
    [{ heartbeat: { pong: 1 } }, 'heartbeat.pong is unknown', 'interval'],
    [{ reconnect: { retries: 1 } }, 'reconnect.retries is unknown', 'maxAttempts'],
    [{ outbox: { size: 1 } }, 'outbox.size is unknown', 'maxMessages'],
    [{ headers: {} }, 'headers', 'transport: tcpTransport\\(\\{ headers \\}\\), of holdline/node'],
  ] as [object, ...string[]][])('%j is refused by createClient', (more, ...texts) => {
    expect(() => createClient({ url, ...more } as ClientOptions)).toThrow(refusal(...texts));
  });

  it('is refused by connect, as a rejection', async () => {
    await expect(connect(url, { timeout: 5 } as object)).rejects.toEqual(
      refusal('timeout', 'handshakeTimeout'),
    );
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
      createClient({ url, reconnect, heartbeat: { echo: () => true }, outbox: { maxAge: 1 } }),
    ).not.toThrow();
  });
});
