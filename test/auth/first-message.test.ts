import { describe, expect, it } from 'vitest';
import type { LoginLine } from '../../src/auth/authenticator.ts';
import { type FirstMessageOptions, firstMessage } from '../../src/auth/first-message.ts';
import { raw } from '../../src/messaging/raw.ts';
import { setUp } from '../client/set-up.ts';
import { createHarness } from '../tools/connection-harness.ts';

/** Logs in on a line whose server replies as scripted; gives what was sent, and how long each reply was awaited. */
async function logIn(options: FirstMessageOptions, ...replies: string[]): Promise<unknown[]> {
  const log: unknown[] = [];
  const line: LoginLine = {
    send: (data) => void log.push(data),
    async receive(timeout) {
      log.push(timeout);
      return replies.shift() ?? 'nothing more';
    },
    announce: () => {},
    hide: () => {},
    now: () => 0,
    signal: new AbortController().signal,
    request: () => Promise.reject(new Error('not asked for')),
    deliver: (message) => void log.push(['delivered', message]),
    protocol: '',
    headers: undefined,
    attempt: 1,
  };
  await firstMessage(options).login?.talk(line);
  return log;
}

describe('firstMessage', () => {
  it('sends the token, and is content where no reply is expected', async () => {
    expect(await logIn({ token: () => 's3cret' })).toEqual(['s3cret']);
  });

  it('sends the message made of it, and waits for the one that means yes', async () => {
    const message = (token: string): string => JSON.stringify({ type: 'auth', token });
    const accepted = (reply: unknown): boolean | undefined =>
      reply === 'hello' ? undefined : reply === 'ok';
    expect(await logIn({ token: 't', message, accepted, replyTimeout: 5 }, 'hello', 'ok')).toEqual([
      '{"type":"auth","token":"t"}',
      5,
      ['delivered', 'hello'],
      5,
    ]);
  });

  it('is refused by a no, and does not quote the token', async () => {
    const error = await logIn({ token: 's3cret', accepted: () => false }, 'no').catch(
      (error: unknown) => error,
    );
    expect(error).toMatchObject({ code: 'AUTH_REFUSED' });
    expect((error as Error).message).not.toContain('s3cret');
  });

  it.each([
    ['one every second', 1_000],
    ['as fast as they are read', 0],
  ])('gives a server up that says other things and never answers: %s', async (_how, pace) => {
    let now = 0;
    let read = 0;
    const line = {
      send: () => {},
      deliver: () => {},
      now: () => now,
      receive: async () => {
        now += pace || (++read > 100 ? 10_001 : 0); // the second kind is all there already
        if (read > 200) throw new Error('it still reads');
        return 'tick';
      },
    } as unknown as LoginLine;
    const login = firstMessage({ token: 't', accepted: () => undefined }).login?.talk(line);
    await expect(login).rejects.toMatchObject({
      code: 'LOGIN_FAILED',
      message: expect.stringContaining('within 10000 ms'),
    });
    expect(now).toBeLessThan(11_001);
  });

  it('has one deadline on the clock of the client, and the next attempt follows', async () => {
    const login = firstMessage({ token: 't', accepted: () => undefined, replyTimeout: 4_500 }).login?.talk;
    const { connection, server, clock, finish } = createHarness({ options: { login } });
    connection.connect();
    await clock.advance(0);
    for (let second = 0; second < 4; second++) {
      expect(connection.state.status).toBe('authenticating');
      await clock.advance(1_000);
      server.last.send('tick');
    }
    await clock.advance(500);
    expect(connection.diagnosis).toMatchObject({
      state: { status: 'waiting' },
      lastError: { code: 'LOGIN_FAILED' },
    });
    await finish();
  });

  it('takes a no for a word in between if a yes follows at once, and delivers what came before it', async () => {
    const { client, clock, server, of } = setUp({
      envelope: raw(),
      auth: firstMessage({ token: 't', accepted: (reply) => reply === 'auth_ok' }),
    });
    client.connect();
    await clock.advance(0);
    for (const text of ['auth_required', 'notice', 'auth_ok', 'behind']) server.last.send(text);
    await clock.settle();
    expect(client.state.status).toBe('ready');
    expect(of('message')).toEqual(['auth_required', 'notice', 'behind']);
  });

  it('is refused by a no behind which no yes comes for a second, or the server closes', async () => {
    for (const end of ['time', 'close']) {
      const { client, clock, server, of } = setUp({
        envelope: raw(),
        auth: firstMessage({ token: 't', accepted: (reply) => reply === 'auth_ok' }),
      });
      client.connect();
      await clock.advance(0);
      server.last.send('no');
      await clock.advance(999);
      expect(client.state.status).toBe('authenticating');
      if (end === 'close') server.last.close(1000);
      await clock.advance(1);
      expect(of('closed')).toMatchObject([{ error: { code: 'AUTH_REFUSED', detail: 'token' } }]);
    }
  });

  it('sends the new token after a renewal', async () => {
    const auth = firstMessage({ token: 'old', refresh: () => 'new' });
    const sent: unknown[] = [];
    const line = { send: (data: unknown) => void sent.push(data), attempt: 1 } as unknown as LoginLine;
    await auth.renew?.(undefined, line);
    await auth.login?.talk(line);
    expect(sent).toEqual(['new']);
  });

  it('asks for the token while the connection is being opened, once an attempt', async () => {
    let asked = 0;
    let give: (token: string) => void = () => {};
    const auth = firstMessage({
      token: () => {
        asked++;
        return new Promise((resolve) => {
          give = resolve;
        });
      },
    });
    const { client, clock, server } = setUp({ envelope: raw(), auth }, { onConnect: () => {} });
    client.connect();
    await clock.advance(0);
    expect([asked, client.state.status, server.connections.length]).toEqual([1, 'connecting', 1]);
    give('early');
    server.last.accept();
    await clock.settle();
    expect([asked, client.state.status, server.last.received]).toEqual([1, 'ready', ['early']]);
    server.last.drop();
    await clock.advance(3_000);
    expect([asked, server.connections.length]).toEqual([2, 2]);
    void client.close();
  });

  it('fails of a token that there is not when it is needed, as any attempt does', async () => {
    const auth = firstMessage({ token: () => Promise.reject(new Error('the token server is down')) });
    const { client, clock, server } = setUp({ envelope: raw(), auth }, { onConnect: () => {} });
    client.connect();
    await clock.advance(0);
    expect(client.state.status).toBe('connecting');
    server.last.accept();
    await clock.settle();
    expect(client.why()).toMatchObject({ state: { status: 'waiting' }, lastError: { code: 'LOGIN_FAILED' } });
    void client.close();
  });

  it('refuses wrong options', () => {
    expect(() => firstMessage({} as never)).toThrow('The option token of firstMessage');
    for (const name of ['message', 'accepted']) {
      expect(() => firstMessage({ token: 't', [name]: 'x' } as never)).toThrow(
        `The option ${name} of firstMessage must be a function.`,
      );
    }
  });
});
