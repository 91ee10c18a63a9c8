// Frames as the client protocol of Centrifugo has them.
import { describe, expect, it } from 'vitest';
import { centrifugo } from '../../docs/recipes/centrifugo.ts';
import { watch } from '../client/set-up.ts';
import { begin, survives, type Talk } from './talk.ts';

const CONNECTED = { id: 1, connect: { client: 'c', version: '6', ping: 25, pong: true, session: 's' } };
const pub = (offset: number, channel = 'x') => ({ push: { channel, pub: { data: { offset }, offset } } });
const lines = (...all: readonly unknown[]): string => all.map((one) => JSON.stringify(one)).join('\n');

async function open(options: Parameters<typeof centrifugo>[0] = {}, more = {}): Promise<Talk> {
  const talk = await begin({ envelope: centrifugo({ token: async () => 'hush-hush', ...options }), ...more });
  await talk.say(CONNECTED);
  expect(talk.client.state.status).toBe('ready');
  return talk;
}

/** Behind the login. */
const sent = (talk: Talk): unknown[] => talk.received().slice(1);

async function again(talk: Talk): Promise<void> {
  talk.server.last.drop();
  await talk.clock.advance(6_000);
  await talk.say(CONNECTED);
}

describe('the login', () => {
  it('connects with the token, and tells what came in the same frame', async () => {
    const talk = await begin({ envelope: centrifugo({ token: () => 'hush-hush' }) });
    const heard: unknown[] = [];
    talk.client.onEvent('message', (one) => heard.push(one));
    expect(talk.received()).toEqual([{ id: 1, connect: { token: 'hush-hush', name: 'js' } }]);
    await talk.say(lines(CONNECTED, { push: { message: { data: 1 } } }));
    expect([talk.client.state.status, heard]).toEqual(['ready', [1]]);
    void talk.client.close();
  });

  it.each([
    [{ code: 109, message: 'token expired' }, 'closed'],
    [{ code: 100, message: 'internal server error', temporary: true }, 'waiting'],
  ])('that is refused by %j is %s', async (error, status) => {
    const talk = await begin({ envelope: centrifugo({ token: () => 'hush-hush' }) });
    await talk.say({ id: 1, error });
    await talk.clock.advance(0);
    expect(talk.client.state.status).toBe(status);
    expect(JSON.stringify(talk.told)).not.toContain('hush-hush');
    void talk.client.close();
  });
});

describe('requests', () => {
  it('are an RPC or a command, and refused with a code', async () => {
    const talk = await open();
    const { client, say } = talk;
    const [sum, past, wrong] = [
      watch(client.request('sum', [1, 2])),
      watch(client.request('history', { channel: 'x', limit: 1 })),
      watch(client.request('other')),
    ];
    await client.notify('send', { a: 1 });
    expect(sent(talk)).toEqual([
      { id: 2, rpc: { method: 'sum', data: [1, 2] } },
      { id: 3, history: { channel: 'x', limit: 1 } },
      { id: 4, rpc: { method: 'other' } },
      { send: { data: { a: 1 } } },
    ]);
    const history = { publications: [], offset: 3, epoch: 'e' };
    await say(lines({ id: 4, error: { code: 104, message: 'method not found' } }, { id: 3, history }), {
      id: 2,
      rpc: { data: 3 },
    });
    expect([sum.value, past.value]).toEqual([3, history]);
    expect(wrong.value).toMatchObject({ code: 'REQUEST_REJECTED', remoteCode: 104 });
    void client.close();
  });
});

describe('a channel', () => {
  it('is subscribed to once for all, with its own token, heard, and left', async () => {
    const talk = await open({ channelToken: async (channel) => `${channel}-token` });
    const heard: unknown[] = [];
    const [one, two] = [talk.client.subscribe('x'), talk.client.subscribe('x')];
    one.on((event) => heard.push(event));
    await talk.clock.settle();
    expect(sent(talk)).toEqual([{ id: 2, subscribe: { channel: 'x', token: 'x-token' } }]);
    await talk.say({ id: 2, subscribe: {} }, lines(pub(1), pub(2)), pub(3, 'other'));
    expect(heard).toEqual([{ offset: 1 }, { offset: 2 }]);
    one.unsubscribe();
    two.unsubscribe();
    expect(sent(talk).slice(1)).toEqual([{ id: 3, unsubscribe: { channel: 'x' } }]);
    await talk.say({ id: 3, unsubscribe: {} });
    expect([talk.client.stats().pending, talk.of('lateReply')]).toEqual([0, []]);
    void talk.client.close();
  });

  it('goes on behind the last publication, and tells what was missed once', async () => {
    const talk = await open({ channelToken: () => undefined });
    const heard: unknown[] = [];
    talk.client.subscribe('x').on((event) => heard.push(event));
    await talk.say({ id: 2, subscribe: { recoverable: true, epoch: 'e', offset: 5 } }, pub(6));
    await again(talk);
    const recovery = { recover: true, epoch: 'e', offset: 6 };
    expect(sent(talk)).toEqual([{ id: expect.any(Number), subscribe: { channel: 'x', ...recovery } }]);
    const [{ id }] = sent(talk) as [{ id: number }];
    const publications = [7, 8].map((offset) => ({ data: { offset }, offset }));
    const said = {
      id,
      subscribe: { recoverable: true, epoch: 'e', offset: 8, publications, recovered: true },
    };
    await talk.say(said, pub(9));
    expect(heard).toEqual([6, 7, 8, 9].map((offset) => ({ offset })));
    await again(talk);
    expect(sent(talk)).toMatchObject([{ subscribe: { epoch: 'e', offset: 9 } }]);
    void talk.client.close();
  });

  it('that the server takes away ends, or is asked for again', async () => {
    const talk = await open();
    const [gone, back] = [talk.client.subscribe('gone'), talk.client.subscribe('back')];
    await talk.say({ id: 2, subscribe: {} }, { id: 3, subscribe: {} });
    const unsubscribe = (channel: string, code: number) => ({
      push: { channel, unsubscribe: { code, reason: 'as asked' } },
    });
    await talk.say(unsubscribe('gone', 2_000), unsubscribe('back', 2_500));
    expect(await gone.closed).toMatchObject({ code: 'SUBSCRIPTION_ENDED', remoteCode: 2_000 });
    await talk.clock.advance(6_000);
    expect(sent(talk).at(-1)).toMatchObject({ subscribe: { channel: 'back' } });
    expect(back.status).toBe('pending');
    void talk.client.close();
  });
});

describe('the line', () => {
  it('is kept alive by the server, whose ping is answered, and missed', async () => {
    const talk = await open({}, { heartbeat: {} });
    await talk.clock.advance(25_000);
    await talk.say('{}');
    expect(sent(talk)).toEqual([{}]);
    await talk.clock.advance(34_999);
    expect(talk.of('error')).toEqual([]);
    await talk.clock.advance(1);
    expect(talk.of('error')).toMatchObject([{ code: 'HEARTBEAT_TIMEOUT' }]);
    void talk.client.close();
  });

  it('ends in words, for good or not', async () => {
    const talk = await open();
    await talk.say({ push: { disconnect: { code: 3001, reason: 'shutdown', reconnect: true } } });
    expect(talk.client.state.status).toBe('waiting');
    await talk.clock.advance(6_000);
    await talk.say(CONNECTED, { push: { disconnect: { code: 3503, reason: 'force', reconnect: false } } });
    expect(talk.client.state.status).toBe('closed');
  });
});

it('survives whatever comes', () =>
  survives(centrifugo(), [
    ...[
      CONNECTED,
      { id: 2, subscribe: { recoverable: true, epoch: 'e', offset: 1, publications: [] } },
      pub(2),
    ],
    ...[{ id: 3, error: { code: 1, message: 'x', temporary: true } }, { id: 2, rpc: { data: 1 } }, {}],
    ...[{ push: { disconnect: { code: 1, reason: 'x' } } }, { push: { channel: 'x', join: {} } }],
    { push: { channel: 'x', unsubscribe: { code: 2_500, reason: 'x' } } },
  ]));
