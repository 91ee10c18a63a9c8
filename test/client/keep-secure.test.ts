import { describe, expect, it } from 'vitest';
import { bearer } from '../../src/auth/bearer.ts';
import { createClient } from '../../src/client/create-client.node.ts';
import { keepSecure } from '../../src/client/keep-secure.ts';
import type { ClientOptions } from '../../src/client/options.ts';
import { failover } from '../../src/connection/failover.ts';
import { createScriptedServer } from '../../src/testing/scripted-server.ts';
import { createVirtualClock } from '../../src/testing/virtual-clock.ts';

/** A client whose attempts are all refused, for a while; where it went, and what it told. */
async function wentTo(options: ClientOptions): Promise<{ urls: string[]; codes: string[]; texts: string[] }> {
  const clock = createVirtualClock();
  const urls: string[] = [];
  const server = createScriptedServer({
    onConnect: (connection) => {
      urls.push(connection.request.url);
      connection.refuse(503);
    },
  });
  const client = createClient({
    transport: server.transport,
    clock,
    auth: bearer({ token: 'a-token-of-mine' }),
    reconnect: { maxAttempts: 4 },
    use: Array.isArray(options.url) ? [failover()] : [],
    ...options,
  });
  const codes: string[] = [];
  const texts: string[] = [];
  client.on('error', (error) => {
    codes.push(error.code);
    texts.push(error.message);
  });
  client.connect();
  await clock.advance(600_000);
  await client.close();
  return { urls, codes, texts };
}

const [SECURE, PLAIN] = ['wss://one.example/', 'ws://two.example/'];

/** A function that gives these in turn. */
const inTurn =
  (...urls: string[]) =>
  (attempt: number) =>
    urls[(attempt - 1) % urls.length] as string;

describe('from an encrypted address to one that is not (attack 36)', () => {
  it('a list does not lead: the attempt is refused, and the next address is tried', async () => {
    const { urls, codes, texts } = await wentTo({ url: [SECURE, PLAIN] });
    expect(urls).toEqual([SECURE, SECURE]);
    expect(codes).toEqual(['HANDSHAKE_STATUS', 'INSECURE', 'HANDSHAKE_STATUS', 'INSECURE']);
    expect(texts[1]).toContain('ws://two.example/');
    expect(texts[1]).toContain('allowInsecure: true');
  });

  it('whichever of the list comes first', async () => {
    expect((await wentTo({ url: ['http://two.example/', 'https://one.example/'] })).urls).toEqual([
      'https://one.example/',
      'https://one.example/',
    ]);
  });

  it('a function does not lead, and no error shows a query of its answer', async () => {
    const { urls, codes, texts } = await wentTo({ url: inTurn(SECURE, `${PLAIN}?ticket=abcdefghijkl`) });
    expect(urls).toEqual([SECURE, SECURE]);
    expect(codes.filter((code) => code === 'INSECURE').length).toBe(2);
    expect(texts.join()).not.toContain('abcdefghijkl');
  });

  it('also with a blank before the address, which the URL parser leaves out', async () => {
    for (const url of [
      [` ${SECURE}`, PLAIN],
      inTurn(` ${SECURE}`, PLAIN),
      inTurn(' https://one.example/', PLAIN),
    ])
      expect((await wentTo({ url })).urls).not.toContain(PLAIN);
  });

  it('but to this machine, where nobody listens between', async () => {
    const local = ['ws://localhost:1/', 'ws://127.0.0.9/', 'ws://[::1]/'];
    for (const url of local) expect((await wentTo({ url: inTurn(SECURE, url) })).urls).toContain(url);
    const foreign = [
      'ws://app.localhost/',
      'ws://localhost.example/',
      'ws://128.0.0.1/',
      'ws://127.example/',
    ];
    for (const url of foreign) expect((await wentTo({ url: inTurn(SECURE, url) })).urls).not.toContain(url);
  });

  it('to this machine neither where a proxy takes it: the proxy is somewhere else', () => {
    const taken: string[] = [];
    const transport = keepSecure(({ url }) => taken.push(url) as never, { url: () => '', proxy: 'http://p' });
    const dial = (url: string): unknown => transport({ url } as never, {} as never);
    dial(SECURE);
    expect(() => dial('ws://localhost:1/')).toThrow(expect.objectContaining({ code: 'INSECURE' }));
    expect(taken).toEqual([SECURE]);
  });

  it('and wherever allowInsecure says so', async () => {
    const { urls, codes } = await wentTo({ url: [SECURE, PLAIN], allowInsecure: true });
    expect(urls).toEqual([SECURE, PLAIN, SECURE, PLAIN]);
    expect(codes).not.toContain('INSECURE');
  });

  it('is no matter where none was encrypted', async () => {
    const url = [PLAIN, 'ws://three.example/'];
    expect((await wentTo({ url })).urls).toEqual([...url, ...url]);
  });
});

describe('a unix socket (attack 36)', () => {
  const socket = 'ws+unix:/run/engine.sock:/exec';

  it('is not named by a function, whose answer may be somebody else’s', async () => {
    const { urls, codes, texts } = await wentTo({ url: () => socket });
    expect([urls, codes[0]]).toEqual([[], 'INSECURE']);
    expect(texts[0]).toContain('/run/engine.sock');
    const blank = await wentTo({ url: () => ` ${socket}` });
    expect([blank.urls, blank.codes[0]]).toEqual([[], 'INSECURE']);
  });

  it('but by the program itself, and by a function that is trusted with it', async () => {
    const path = '/run/no-such-socket.sock';
    const url = `ws+unix:${path}:/exec`;
    const given: ClientOptions[] = [{ url }, { url: () => url, allowInsecure: true }];
    for (const options of given) {
      const client = createClient({ ...options, reconnect: false });
      // It went there, and nobody was.
      await expect(client.ready()).rejects.toMatchObject({ code: 'CONNECT', path });
    }
  });
});
