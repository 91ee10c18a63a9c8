// What a login can do on its line: ask, give back what it does not want, and see what the server agreed to.
import { describe, expect, it } from 'vitest';
import type { LoginLine } from '../../src/auth/authenticator.ts';
import { login } from '../../src/auth/login.ts';
import { raw } from '../../src/messaging/raw.ts';
import { setUp } from '../client/set-up.ts';

/** A client whose login is `talk`, on its first line. */
async function talkOn(talk: (line: LoginLine) => Promise<void>, options: Parameters<typeof setUp>[0] = {}) {
  const bench = setUp({ auth: login(talk), ...options });
  await bench.open();
  await bench.clock.settle();
  return { ...bench, say: (text: string) => bench.server.last.send(text) };
}

describe('deliver() on a login line', () => {
  it('gives the client what the login has read, in order, ahead of what it has not', async () => {
    const { of, clock, say } = await talkOn(
      async (line) => {
        for (let text = ''; text !== 'ok'; ) {
          text = (await line.receive()) as string;
          if (text !== 'ok') line.deliver(text);
        }
      },
      { envelope: raw() },
    );
    for (const text of ['missed 1', 'missed 2', 'ok', 'new']) say(text);
    await clock.settle();
    expect(of('message')).toEqual(['missed 1', 'missed 2', 'new']);
  });

  it('is refused when the login is over', async () => {
    let line: LoginLine | undefined;
    await talkOn(async (given) => {
      line = given;
    });
    expect(() => line?.deliver('late')).toThrow(expect.objectContaining({ code: 'LOGIN_FAILED' }));
    await expect(line?.request('late')).rejects.toMatchObject({ code: 'LOGIN_FAILED' });
  });
});

describe('a login and a heartbeat of messages', () => {
  it("the answer to a ping is the login's while none of ours is out", async () => {
    const { client, clock, say } = await talkOn(
      async (line) => {
        line.send('PING');
        while ((await line.receive()) !== 'PONG');
      },
      {
        envelope: raw(),
        heartbeat: { ping: { message: () => 'PING', isAnswer: (data) => data === 'PONG' } },
      },
    );
    say('PONG');
    await clock.settle();
    expect(client.state.status).toBe('ready');
  });
});

describe('what the server agreed to', () => {
  it('is on the login line, and on the state while there is a line', async () => {
    let seen: unknown[] = [];
    const { client, clock, server } = setUp(
      {
        protocols: ['v5', 'v4'],
        auth: login(async (line) => {
          seen = [line.protocol, line.headers?.get('x-id')];
        }),
      },
      { onConnect: (connection) => connection.accept('v4', { 'x-id': 'r-1' }) },
    );
    expect(client.state.protocol).toBe(undefined);
    client.connect();
    await clock.advance(0);
    expect(seen).toEqual(['v4', 'r-1']);
    expect([client.state.protocol, client.state.headers?.get('x-id')]).toEqual(['v4', 'r-1']);
    server.last.drop();
    expect([client.state.protocol, client.state.headers]).toEqual([undefined, undefined]);
    void client.close();
  });
});
