import { createHash, createHmac, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { WebSocketServer } from 'ws';
import { type ChallengeOptions, challenge } from '../../src/auth/challenge.ts';
import { hmacSha256, sha256 } from '../../src/auth/digest.ts';
import { createClient } from '../../src/client/create-client.node.ts';
import { raw } from '../../src/messaging/raw.ts';
import { type Bench, setUp, watch } from '../client/set-up.ts';

const KEY = 'the-key-of-the-device';

interface Said {
  readonly nonce?: string;
  readonly type?: string;
}
const read = (message: string | Uint8Array): Said => JSON.parse(String(message));
const proof = (nonce: string, key: string): string => hmacSha256(key, nonce, 'hex');

const OPTIONS: ChallengeOptions<string> = {
  secret: KEY,
  question: (message) => read(message).nonce,
  answer: (nonce, key) => proof(nonce, key),
  accepted: (message) => {
    const { type } = read(message);
    return type === undefined ? undefined : type === 'welcome';
  },
};

async function open(options: Partial<ChallengeOptions<string>> = {}): Promise<Bench> {
  const bench = setUp({ envelope: raw(), auth: challenge({ ...OPTIONS, ...options }) });
  await bench.open();
  return bench;
}

describe('a login by challenge', () => {
  it('answers what the server asks, and delivers what it says besides', async () => {
    const { client, clock, server, of } = await open();
    for (const text of ['{"motd":1}', '{"nonce":"a"}', '{"nonce":"b"}']) server.last.send(text);
    await clock.settle();
    expect(server.last.received).toEqual([proof('a', KEY), proof('b', KEY)]);
    expect(client.state.status).toBe('authenticating');
    server.last.send('{"type":"welcome"}');
    server.last.send('behind');
    await clock.settle();
    expect([client.state.status, of('message')]).toEqual(['ready', ['{"motd":1}', 'behind']]);
    void client.close();
  });

  it('asks for the question where the server wants that', async () => {
    for (const ask of ['hello', () => 'hello']) {
      const { client, server } = await open({ ask });
      expect(server.last.received).toEqual(['hello']);
      void client.close();
    }
  });

  it('is in with the first answer where no acceptance is expected, and without one where none is asked', async () => {
    const first = await open({ accepted: undefined });
    first.server.last.send('{"nonce":"a"}');
    await first.clock.settle();
    expect(first.client.state.status).toBe('ready');
    const second = await open({
      secret: () => {
        throw new Error('nobody is to be asked');
      },
    });
    second.server.last.send('{"type":"welcome"}');
    await second.clock.settle();
    expect(second.client.state.status).toBe('ready');
    for (const { client } of [first, second]) void client.close();
  });

  it('is refused by a no, asks for another secret once, and stops', async () => {
    const { client, clock, server, of } = await open({ refresh: () => 'another-key' });
    server.last.send('{"nonce":"a"}');
    server.last.send('{"type":"no"}');
    await clock.advance(1_000);
    server.last.send('{"nonce":"b"}');
    await clock.settle();
    expect(server.last.received).toEqual([proof('b', 'another-key')]);
    server.last.send('{"type":"no"}');
    await clock.advance(1_000);
    expect(client.state.status).toBe('closed');
    expect(of('closed')).toMatchObject([{ error: { code: 'AUTH_REFUSED' } }]);
    const told = JSON.stringify([of('closed'), client.why()]);
    for (const secret of [KEY, 'another-key', proof('b', 'another-key')]) expect(told).not.toContain(secret);
  });

  it('counts no time that the user takes, and gives up a server that does not answer', async () => {
    const { client, clock, server } = await open({
      secret: () => new Promise((resolve) => clock.setTimer(() => resolve(KEY), 60_000)),
    });
    server.last.send('{"nonce":"a"}');
    await clock.advance(60_000);
    expect(server.last.received).toEqual([proof('a', KEY)]);
    await clock.advance(9_999);
    expect(client.state.status).toBe('authenticating');
    await clock.advance(1);
    expect(client.why().lastError).toMatchObject({ code: 'LOGIN_FAILED' });
    void client.close();
  });

  it('fails where there is no secret, or the question cannot be read', async () => {
    const none = await open({ secret: () => '' });
    none.server.last.send('{"nonce":"a"}');
    await none.clock.advance(5_000);
    expect(none.of('closed')).toMatchObject([
      { error: { message: expect.stringContaining('The function secret of challenge') } },
    ]);
    const bad = await open();
    bad.server.last.send('not JSON');
    await bad.clock.settle();
    expect(bad.client.why().lastError).toMatchObject({ code: 'LOGIN_FAILED' });
    void bad.client.close();
  });

  it('refuses wrong options', () => {
    expect(() => challenge({} as never)).toThrow('The option secret of challenge');
    for (const name of ['question', 'answer', 'accepted']) {
      expect(() => challenge({ ...OPTIONS, [name]: 5 } as never)).toThrow(`The option ${name} of challenge`);
    }
    expect(() => challenge({ ...OPTIONS, ask: 5 } as never)).toThrow('The option ask of challenge');
  });
});

describe('on the wire', () => {
  const sha = (text: string): string => createHash('sha256').update(text).digest('base64');

  it('proves itself to a server with salt and challenge, and to one with a nonce; wrong secrets are refused', async () => {
    const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
    onTestFinished(() => new Promise((resolve) => server.close(() => resolve())));
    server.on('connection', (socket, { url }) => {
      const [salt, nonce] = [randomBytes(12).toString('base64'), randomBytes(12).toString('base64')];
      const isHmac = url === '/hmac';
      socket.send(JSON.stringify(isHmac ? { nonce } : { salt, challenge: nonce }));
      const right = isHmac
        ? createHmac('sha256', KEY).update(nonce).digest('hex')
        : sha(sha(KEY + salt) + nonce);
      socket.on('message', (data) => {
        if (String(data) === right) socket.send('{"in":true}');
        else socket.close(4401, `not ${KEY}`);
      });
    });
    await once(server, 'listening');
    const at = `ws://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const accepted = (reply: unknown): boolean | undefined => String(reply) === '{"in":true}' || undefined;
    for (const [secret, code] of [
      [KEY, undefined],
      ['another-secret', 'AUTH_REFUSED'],
    ]) {
      const logins = {
        hmac: challenge({
          secret: secret as string,
          accepted,
          question: (message) => (JSON.parse(String(message)) as { nonce?: string }).nonce,
          answer: (nonce, key) => hmacSha256(key, nonce, 'hex'),
        }),
        salted: challenge({
          secret: secret as string,
          accepted,
          question: (message) => {
            const said = JSON.parse(String(message)) as { salt?: string; challenge: string };
            return said.salt === undefined ? undefined : said;
          },
          answer: ({ salt, challenge: asked }, password) => sha256(sha256(password + salt) + asked),
        }),
      };
      for (const [path, auth] of Object.entries(logins)) {
        const client = createClient({ url: `${at}/${path}`, envelope: raw(), auth });
        const ready = watch(client.ready());
        await expect.poll(() => ready.settled).toBe(1);
        expect(code === undefined ? client.state.status : (ready.value as { code: string }).code, path).toBe(
          code ?? 'ready',
        );
        await client.close();
      }
    }
  });
});
