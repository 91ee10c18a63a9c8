import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { bearer } from '../../src/auth/bearer.ts';
import { firstMessage } from '../../src/auth/first-message.ts';
import { type TokenRenewalOptions, tokenRenewal } from '../../src/auth/token-renewal.ts';
import { handover } from '../../src/connection/handover.ts';
import { type Bench, setUp } from '../client/set-up.ts';

/** A JWT that says when it expires, in milliseconds since 1970, and who it is. */
const jwt = (exp: unknown, id: number): string =>
  `x.${Buffer.from(JSON.stringify({ exp, id, filler: '??>>' })).toString('base64url')}.signature`;

interface Session {
  readonly bench: Bench;
  readonly made: string[];
}

/** A client whose tokens last so long, in milliseconds. */
async function open(
  life: number,
  options: TokenRenewalOptions = {},
  more: { plugins?: unknown[]; refresh?: () => Promise<string> } = {},
): Promise<Session> {
  const made: string[] = [];
  let wall = (): number => 0;
  const next = (): string => {
    made.push(jwt(wall() / 1_000 + life / 1_000, made.length));
    return made.at(-1) as string;
  };
  const auth = firstMessage({ token: next, refresh: more.refresh ?? (async () => next()) });
  const bench = setUp({ auth, use: [tokenRenewal(auth, options), ...((more.plugins ?? []) as never[])] });
  wall = () => bench.clock.wallTime();
  await bench.open();
  return { bench, made };
}

describe('the renewal of a token', () => {
  it('tells of an expires that throws, and of a function that gives no token, which is asked again', async () => {
    const unhandled: unknown[] = [];
    const listener = (error: unknown): void => void unhandled.push(error);
    process.on('unhandledRejection', listener);
    const tokens: unknown[] = [undefined, '', 'first', 'second'];
    const bench: Bench = setUp({
      use: [
        tokenRenewal(() => tokens.shift() as string, {
          expires: (token) => {
            if (token === 'second') throw new Error('broken');
            return bench.clock.wallTime() + 100_000;
          },
          tell: () => {},
        }),
      ],
    });
    await bench.open();
    await bench.clock.advance(300_000);
    await new Promise((resolve) => setImmediate(resolve));
    process.off('unhandledRejection', listener);
    expect([tokens, unhandled]).toEqual([[], []]);
    const noToken = { code: 'CREDENTIALS', cause: { code: 'AUTH_REFUSED', detail: 'no-token' } };
    expect(bench.of('error')).toMatchObject([
      noToken,
      noToken,
      { code: 'HANDLER_FAILED', message: expect.stringContaining('"expires"') },
    ]);
    void bench.client.close();
  });

  it('comes a minute before it expires, again and again, on the connection in use', async () => {
    const { bench, made } = await open(600_000, {
      tell: (token, line) => line.send({ type: 'auth', token }),
    });
    const { client, clock, server, told } = bench;
    await clock.advance(539_999);
    expect(made).toHaveLength(1);
    await clock.advance(1);
    expect(server.last.received.slice(1)).toEqual([JSON.stringify({ type: 'auth', token: made[1] })]);
    await clock.advance(540_000);
    expect([made.length, server.connections.length, client.state.epoch]).toEqual([3, 1, 1]);
    expect(JSON.stringify(told)).not.toContain(made[1]);
    void client.close();
    await clock.advance(10_000_000);
    expect([made.length, clock.pendingTimers]).toEqual([3, 0]);
  });

  it('asks and tells in the words of the envelope, and waits for the answer', async () => {
    const { bench, made } = await open(600_000, {
      tell: async (token, line) => {
        line.notify('access_token', { token }, { meta: undefined });
        await line.request('refresh', { token });
      },
    });
    const { client, clock, server } = bench;
    await clock.advance(540_000);
    const [, notice, asked] = server.last.received
      .map((text) => String(text))
      .map((text, at) => at > 0 && JSON.parse(text));
    expect([notice.method, asked.method, asked.params]).toEqual([
      'access_token',
      'refresh',
      { token: made[1] },
    ]);
    server.last.send(JSON.stringify({ jsonrpc: '2.0', id: asked.id, result: true }));
    await clock.advance(540_000);
    expect([made.length, server.connections.length]).toEqual([3, 1]);
    void client.close();
  });

  it('leads to a new connection where the server refuses the token, and where nothing is to be told', async () => {
    const refused = await open(600_000, { tell: (token, line) => line.request('refresh', { token }) });
    await refused.bench.clock.advance(540_000);
    const { id } = JSON.parse(String(refused.bench.server.last.received[1]));
    const error = { code: 1, message: `no ${refused.made[1]}` };
    refused.bench.server.last.send(JSON.stringify({ jsonrpc: '2.0', id, error }));
    const plain = await open(600_000);
    await plain.bench.clock.advance(540_000);
    const beside = await open(600_000, {}, { plugins: [handover()] });
    await beside.bench.clock.advance(540_000);
    for (const { bench, made } of [refused, plain, beside]) {
      const { client, clock, server, told } = bench;
      await clock.advance(5_000);
      expect([client.state.epoch, server.connections.length]).toEqual([2, 2]);
      expect(server.last.received[0]).toBe(made[1]);
      // No word of the token, wherever the server has put it.
      const all = inspect([told, client.why()], { depth: 9 });
      expect(all).not.toContain(made[1]);
      void client.close();
    }
    // Nor of the part in which it differs from the one before.
    const message = 'The server refused the request "refresh": no [redacted] (1).';
    expect(refused.bench.of('error')).toMatchObject([{ code: 'REQUEST_REJECTED', message }]);
    expect(beside.bench.of('lost')).toEqual([]);
  });

  it('is tried again with growing waits where there is no new token, and told', async () => {
    let asked = 0;
    const refresh = async (): Promise<string> => {
      asked++;
      throw new Error('the token server is down');
    };
    const { bench } = await open(600_000, { tell: () => {} }, { refresh });
    const { client, clock, of } = bench;
    await clock.advance(540_000);
    expect([asked, of('error')]).toMatchObject([1, [{ code: 'CREDENTIALS' }]]);
    await clock.advance(60_000);
    expect(asked).toBeGreaterThan(2);
    expect(asked).toBeLessThan(20);
    expect(client.state.status).toBe('ready');
    void client.close();
  });

  it('waits for another where the same comes again', async () => {
    const token = jwt(10_000_000_000_000, 1);
    const auth = bearer({ token });
    const bench = setUp({
      auth,
      use: [
        tokenRenewal(auth, { expires: () => bench.clock.wallTime() + 10, tell: () => expect.fail('told') }),
      ],
    });
    await bench.open();
    await bench.clock.advance(30_000);
    expect(bench.of('error')).toEqual([]);
    void bench.client.close();
  });

  it('stops with the connection, also one that is lost while a token is fetched or told', async () => {
    for (const when of ['fetched', 'told', 'refused'] as const) {
      let go: (error?: Error) => void = () => {};
      const waits = (): Promise<string> =>
        new Promise((resolve, reject) => {
          go = (error) => (error === undefined ? resolve('late') : reject(error));
        });
      const { bench } = await open(
        600_000,
        { tell: when === 'fetched' ? () => expect.fail('told') : waits },
        when === 'fetched' ? { refresh: waits } : {},
      );
      const { client, clock, server, of } = bench;
      await clock.advance(540_000);
      server.last.drop();
      await clock.settle();
      go(when === 'refused' ? new Error('late') : undefined);
      await clock.settle();
      expect(of('error').filter((error) => (error as Error).name !== 'ConnectionError')).toEqual([]);
      void client.close();
    }
  });

  it('does nothing for what does not expire', async () => {
    for (const token of ['opaque', jwt('soon', 1), 'a.%%.c']) {
      const auth = bearer({ token });
      const { client, clock, open: begin } = setUp({ auth, use: [tokenRenewal(auth)] });
      await begin();
      await clock.advance(100_000_000);
      expect(client.state.epoch).toBe(1);
      void client.close();
    }
  });

  it('takes a function, for an envelope that logs in', async () => {
    let asked = 0;
    const told: string[] = [];
    const token = (): string => `token-${asked++}`;
    const bench = setUp({
      use: [
        tokenRenewal(token, {
          expires: () => bench.clock.wallTime() + 20_000,
          tell: (one) => void told.push(one),
        }),
      ],
    });
    await bench.open();
    await bench.clock.advance(10_000);
    expect([asked, told]).toEqual([2, ['token-1']]);
    void bench.client.close();
    const broken = setUp({ use: [tokenRenewal(() => Promise.reject(new Error('no')))] });
    await broken.open();
    expect(broken.of('error')).toMatchObject([{ code: 'CREDENTIALS' }]);
    void broken.client.close();
  });

  it('sends behind what waits where the socket is busy', async () => {
    const { bench, made } = await open(600_000, { tell: (token, line) => line.send(token) });
    const { client, clock, server } = bench;
    server.last.bufferedAmount = 100_000_000;
    await clock.advance(540_000);
    expect(server.last.received).toHaveLength(1);
    server.last.drain();
    await clock.settle();
    expect(server.last.received[1]).toBe(JSON.stringify(made[1]));
    void client.close();
  });

  it('refuses what has no tokens, and wrong options', () => {
    expect(() => tokenRenewal({ login: 5 } as never)).toThrow(/tokenRenewal/);
    expect(() => tokenRenewal(null as never)).toThrow(/tokenRenewal/);
    expect(() => tokenRenewal(() => 't', { ahead: 'x' } as never)).toThrow(
      'The option ahead of tokenRenewal',
    );
  });
});
