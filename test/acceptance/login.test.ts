// The login server of the `websockets` sample: one name a message, until it knows one; then it says "True" and closes,
// both in one segment.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { AuthError, createClient, type LoginTurn, loginLoop, raw } from '../../src/index.node.ts';
import { hear, next } from './heard.ts';
import { type SeedServer, startSeedServer } from './seed-server.ts';

let server: SeedServer;

beforeAll(async () => {
  server = await startSeedServer('e_login_server.py', 'PORT');
});

afterAll(async () => {
  await server.stop();
});

test('wrong names are refused one by one until "hlq" is accepted; then the server closes cleanly', async () => {
  const names = ['alice', '', '名字', 'hlq'];
  const turns: Omit<LoginTurn, 'signal'>[] = [];
  const client = createClient({
    url: server.url(),
    envelope: raw(),
    reconnect: false,
    auth: loginLoop({
      answer: ({ turn, reply }) => {
        turns.push({ turn, reply });
        return names.shift();
      },
    }),
  });
  const states = hear(client, 'state');
  const readies = hear(client, 'ready');
  const messages = hear(client, 'message');
  const errors = hear(client, 'error');
  const losses = hear(client, 'lost');
  const closed = next(client, 'closed');

  expect(await client.ready()).toMatchObject({ status: 'ready', epoch: 1, reason: 'login accepted' });
  const { closure, error } = await closed;

  expect(turns).toEqual([
    { turn: 1, reply: undefined },
    { turn: 2, reply: 'name is not exist' },
    { turn: 3, reply: 'name is not exist' },
    { turn: 4, reply: 'name is not exist' },
  ]);
  expect(states.all.map(({ current }) => current.status)).toEqual([
    'connecting',
    'authenticating',
    'ready',
    'closed',
  ]);
  expect(readies.all).toEqual([{ epoch: 1 }]);
  expect(losses.all).toEqual([{ epoch: 1, closure }]);
  expect(closure).toMatchObject({ code: 1000, reason: '', wasClean: true });
  expect(closure.received).toEqual({ code: 1000, reason: '' });
  expect(closure.error).toBeUndefined();
  // A clean end is no fault of the line's; that nobody here asked for it is told with the end.
  expect(errors.all).toEqual([]);
  expect(error).toMatchObject({ code: 'CONNECTION_CLOSED' });
  expect(messages.all).toEqual([]);
  expect(client.why()).toMatchObject({ rule: 'reconnect is switched off', lastClosure: closure });
});

test('a name that is typed by someone may take its time', async () => {
  const client = createClient({
    url: server.url(),
    envelope: raw(),
    reconnect: false,
    auth: loginLoop({
      replyTimeout: 5_000,
      answer: async ({ turn }) => {
        await new Promise((resolve) => setTimeout(resolve, 100));
        return turn < 3 ? 'nobody' : 'hlq';
      },
    }),
  });
  const closed = next(client, 'closed');
  await client.ready();
  expect((await closed).closure).toMatchObject({ code: 1000, wasClean: true });
});

test('a login that is given up ends with an AuthError, and is not tried again', async () => {
  const client = createClient({
    url: server.url(),
    envelope: raw(),
    auth: loginLoop({ answer: ({ turn }) => (turn <= 2 ? 'nobody' : undefined) }),
  });
  const states = hear(client, 'state');
  const unsent = client.send('for later').catch((reason: unknown) => reason);
  await expect(client.ready()).rejects.toBeInstanceOf(AuthError);
  expect(await unsent).toMatchObject({ code: 'CLIENT_CLOSED', outcome: 'not-sent' });
  expect(client.state.status).toBe('closed');
  expect(states.all.filter(({ current }) => current.status === 'connecting')).toHaveLength(1);
  expect(client.why().lastClosure).toMatchObject({ wasClean: true });
});

test('names that are all refused end with an AuthError after maxTurns', async () => {
  const client = createClient({
    url: server.url(),
    envelope: raw(),
    auth: loginLoop({ answer: () => 'my secret name', maxTurns: 3 }),
  });
  const error: unknown = await client.ready().catch((reason: unknown) => reason);
  expect(error).toMatchObject({ name: 'AuthError', code: 'AUTH_REFUSED' });
  expect((error as AuthError).message).toContain('refused 3 answers');
  expect((error as AuthError).message).not.toContain('secret');
});

test('with reconnect on, the login is done anew on every line', async () => {
  let logins = 0;
  const client = createClient({
    url: server.url(),
    envelope: raw(),
    reconnect: { backoff: () => 10 },
    auth: loginLoop({ answer: ({ turn }) => (turn === 1 ? `wrong ${++logins}` : 'hlq') }),
  });
  const readies = hear(client, 'ready');
  const gaps = hear(client, 'gap');
  client.connect();
  await readies.atLeast(3);
  await client.close();
  expect(logins).toBeGreaterThanOrEqual(3);
  expect(gaps.all[0]).toMatchObject({ previousEpoch: 1, epoch: 2, recovered: false });
});
