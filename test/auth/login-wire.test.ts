// request() on the line of a login: in the envelope and the codec of the client.
import { describe, expect, it } from 'vitest';
import type { LoginLine } from '../../src/auth/authenticator.ts';
import { login } from '../../src/auth/login.ts';
import { jsonRpc } from '../../src/messaging/json-rpc.ts';
import { raw } from '../../src/messaging/raw.ts';
import { setUp } from '../client/set-up.ts';

/** A client whose login is `talk`, on its first line. */
async function talkOn(talk: (line: LoginLine) => Promise<void>, options: Parameters<typeof setUp>[0] = {}) {
  const bench = setUp({ auth: login(talk), ...options });
  await bench.open();
  await bench.clock.settle();
  return { ...bench, say: (text: string) => bench.server.last.send(text) };
}

describe('request() on a login line', () => {
  it('asks in the envelope of the client, with a key that no other has', async () => {
    const replies: unknown[] = [];
    const { client, clock, received, say } = await talkOn(async (line) => {
      replies.push(await line.request<string>('login', { user: 'ada' }));
    });
    expect(received()).toEqual([{ jsonrpc: '2.0', id: 1, method: 'login', params: { user: 'ada' } }]);
    say('{"method":"notice","params":1}');
    say('{"id":1,"result":"welcome"}');
    await clock.settle();
    expect(replies).toEqual(['welcome']);
    expect(client.state.status).toBe('ready');
  });

  it('what came before the reply, and behind it in one message, is delivered', async () => {
    const { of, clock, say } = await talkOn((line) => line.request('login'));
    say('{"method":"notice"}');
    say('[{"id":1,"result":1},{"method":"missed"}]');
    await clock.settle();
    expect(of('message')).toEqual([{ method: 'notice' }, { method: 'missed' }]);
  });

  it('rejects with what the server refuses', async () => {
    let fate: unknown;
    const { clock, say } = await talkOn(async (line) => {
      fate = await line.request('login').catch((error: unknown) => error);
    });
    say('not JSON');
    say('{"id":1,"error":{"code":7,"message":"who are you"}}');
    await clock.settle();
    expect(fate).toMatchObject({ code: 'REQUEST_REJECTED', method: 'login', remoteCode: 7 });
  });

  it('rejects when no reply comes in time, and when the line ends', async () => {
    const fates: unknown[] = [];
    const { clock, server } = await talkOn(async (line) => {
      for (let count = 0; count < 3; count++)
        fates.push(await line.request('login', 1, { timeout: 500 }).catch(({ code }) => code));
    });
    await clock.advance(500);
    expect(fates).toEqual(['LOGIN_FAILED']);
    server.last.drop();
    await clock.settle();
    expect(fates).toEqual(['LOGIN_FAILED', 'CONNECTION_LOST', 'CONNECTION_LOST']);
  });

  it('rejects with an envelope that knows no requests', async () => {
    let code: unknown;
    await talkOn(
      async (line) => {
        code = await line.request('login').catch((error) => error.code);
      },
      { envelope: raw() },
    );
    expect(code).toBe('UNSUPPORTED');
  });

  it('lets ids rise on the wire', async () => {
    const { client, clock, received, say } = await (async () => {
      const bench = setUp({ envelope: jsonRpc(), auth: login((line) => line.request('login')) });
      void bench.client.request('early').catch(() => {});
      await bench.open();
      return { ...bench, say: (text: string) => bench.server.last.send(text) };
    })();
    say('{"id":2,"result":1}');
    await clock.settle();
    expect(received()).toMatchObject([{ id: 2 }, { id: 3, method: 'early' }]);
    void client.close();
  });
});

it('takes its own replies out of a batch, and leaves the others to the client', async () => {
  const replies: unknown[] = [];
  const { client, clock, say, of } = await talkOn(async (line) => {
    replies.push(...(await Promise.all([line.request('a'), line.request('b')])));
  });
  say('[{"id":2,"result":"B"},{"id":1,"result":"A"},{"id":99,"result":"stray"}]');
  await clock.settle();
  expect([replies, client.state.status]).toEqual([['A', 'B'], 'ready']);
  // Those that it has read too: nothing says which of a message was read.
  expect(of('lateReply')).toContainEqual({ key: 99 });
  void client.close();
});

it('a question of the server under the key of ours is no reply to it', async () => {
  const replies: unknown[] = [];
  const { client, clock, say } = await talkOn(async (line) => {
    replies.push(await line.request('login'));
  });
  say('{"id":1,"method":"who"}');
  await clock.settle();
  expect([replies, client.state.status]).toEqual([[], 'authenticating']);
  say('{"id":1,"result":"welcome"}');
  await clock.settle();
  expect([replies, client.state.status]).toEqual([['welcome'], 'ready']);
});
