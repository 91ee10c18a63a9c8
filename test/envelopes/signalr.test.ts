// Frames as HubProtocol.md has them.
import { describe, expect, it } from 'vitest';
import { signalR } from '../../src/envelopes/signalr.ts';
import { MAX_READ_BYTES } from '../../src/messaging/message-limits.ts';
import { type Bench, setUp, watch } from '../client/set-up.ts';
import { PROPERTY_TIMEOUT } from '../tools/property-runs.ts';
import { survives, survivesText } from './hostile.ts';

const END = '\u001e';
const HANDSHAKE = `{"protocol":"json","version":1}${END}`;

interface HubBench extends Bench {
  /** Messages of the hub's in one of the WebSocket. */
  say(...frames: readonly object[]): void;
  /** What the hub has heard behind the handshake. */
  heard(): unknown[];
}

const framed = (...frames: readonly object[]): string =>
  frames.map((one) => JSON.stringify(one) + END).join('');

async function begin(options: Parameters<typeof setUp>[0] = {}): Promise<HubBench> {
  const bench = setUp({ envelope: signalR(), ...options });
  await bench.open();
  const say = (...frames: readonly object[]): void => bench.server.last.send(framed(...frames));
  const heard = (): unknown[] =>
    bench.server.last.received
      .flatMap((data) => String(data).split(END).slice(0, -1))
      .slice(1)
      .map((text) => JSON.parse(text));
  return { ...bench, say, heard };
}

async function open(options: Parameters<typeof setUp>[0] = {}): Promise<HubBench> {
  const bench = await begin(options);
  bench.say({});
  await bench.clock.settle();
  expect(bench.client.state.status).toBe('ready');
  return bench;
}

describe('the handshake', () => {
  it('comes first, and what stands behind its answer is told when the line is ready', async () => {
    const { client, clock, server, say } = await begin();
    const told: unknown[] = [];
    client.onEvent('Message', (params) => told.push(params));
    expect([server.last.received, client.state.status]).toEqual([[HANDSHAKE], 'authenticating']);
    say({}, { type: 1, target: 'Message', arguments: ['a'] });
    await clock.settle();
    expect([client.state.status, told]).toEqual(['ready', [['a']]]);
    void client.close();
  });

  it('may end with half a message, whose rest follows', async () => {
    const { client, clock, server } = await begin();
    const told: unknown[] = [];
    client.onEvent('Message', (params) => told.push(params));
    server.last.send(`{}${END}{"type":1,"target":"Mes`);
    await clock.settle();
    server.last.send(`sage","arguments":["b"]}${END}`);
    expect(told).toEqual([['b']]);
    void client.close();
  });

  it('that is refused is an attempt that failed, in the words of the hub', async () => {
    const { client, clock, server, say, of } = await begin();
    say({ error: "The protocol 'json' is not supported." });
    await clock.settle();
    expect(of('error')).toMatchObject([
      { code: 'LOGIN_FAILED', cause: { remoteMessage: "The protocol 'json' is not supported." } },
    ]);
    await clock.advance(6_000);
    expect(server.connections.length).toBe(2);
    void client.close();
  });

  it.each(['hello', '{}', `[]${END}`, `{"type":6}${END}`, `{"type":"welcome"}${END}`])(
    'answered by another protocol says so: %j',
    async (answer) => {
      const { client, clock, server, of } = await begin();
      server.last.send(answer);
      await clock.settle();
      expect(of('error')).toMatchObject([{ code: 'LOGIN_FAILED', detail: 'other-protocol' }]);
      void client.close();
    },
  );

  it('is not waited for for ever; HTTP 401 is final', async () => {
    const { client, clock, server, of } = await begin();
    await clock.advance(10_000);
    expect(of('error')).toMatchObject([{ code: 'LOGIN_FAILED', detail: 'no-answer' }]);
    void client.close();
    const refused = setUp({ envelope: signalR() }, { onConnect: (end) => end.refuse(401) });
    await refused.open();
    expect(refused.client.state.status).toBe('closed');
    expect(server.connections.length).toBe(1);
  });
});

describe('invocations', () => {
  it('are answered under their id, by a result, nothing, or a text of what went wrong', async () => {
    const { client, clock, heard, say } = await open();
    const all = [
      client.request('Sum', [1, 2]),
      client.request('Nothing'),
      client.request('Throw', { a: 1 }),
    ].map(watch);
    expect(heard()).toStrictEqual([
      { type: 1, invocationId: '1', target: 'Sum', arguments: [1, 2] },
      { type: 1, invocationId: '2', target: 'Nothing', arguments: [] },
      { type: 1, invocationId: '3', target: 'Throw', arguments: [{ a: 1 }] },
    ]);
    const message = "An unexpected error occurred invoking 'Throw' on the server.";
    say({ type: 3, invocationId: '3', error: message }, { type: 3, invocationId: '2' });
    say({ type: 3, invocationId: '1', result: 3 }, { type: 3, invocationId: '1', result: 4 });
    await clock.settle();
    expect(all.map(({ value }) => value)).toEqual([
      3,
      undefined,
      expect.objectContaining({ code: 'REQUEST_REJECTED', remoteMessage: message }),
    ]);
    void client.close();
  });

  it('without an id want no answer', async () => {
    const { client, heard } = await open();
    await client.notify('Log', ['x']);
    expect(heard()).toStrictEqual([{ type: 1, target: 'Log', arguments: ['x'] }]);
    void client.close();
  });

  it('of the hub are events, or questions where it wants a result', async () => {
    const { client, clock, heard, say } = await open();
    const told: unknown[] = [];
    client.onEvent('Message', (params) => told.push(params));
    client.handle('Confirm', (params) => (params as unknown[]).length);
    client.handle('Quiet', () => undefined);
    say(
      { type: 1, target: 'Message', arguments: ['a', 1] },
      { type: 1, invocationId: 'q1', target: 'Confirm', arguments: [1, 2] },
      { type: 1, invocationId: 'q2', target: 'Unknown', arguments: [] },
      { type: 1, invocationId: 'q3', target: 'Quiet', arguments: [] },
    );
    await clock.settle();
    expect(told).toEqual([['a', 1]]);
    expect(heard()).toEqual(
      expect.arrayContaining([
        { type: 3, invocationId: 'q1', result: 2 },
        { type: 3, invocationId: 'q2', error: 'Unknown method: Unknown' },
        { type: 3, invocationId: 'q3', result: null },
      ]),
    );
    void client.close();
  });

  it('whose handler fails tell the hub nothing of it', async () => {
    const { client, clock, heard, say } = await open();
    client.handle('Fail', () => {
      throw new Error('our own business');
    });
    say({ type: 1, invocationId: 'q1', target: 'Fail', arguments: [] });
    await clock.settle();
    expect(heard()).toEqual([{ type: 3, invocationId: 'q1', error: 'Internal error' }]);
    void client.close();
  });
});

describe('streams', () => {
  it('bring items under an id of ours, until the hub ends them', async () => {
    const { client, heard, say } = await open();
    const items: unknown[] = [];
    const count = client.subscribe('Count', [3]);
    count.on((item) => items.push(item));
    expect(heard()).toStrictEqual([{ type: 4, invocationId: 's1', target: 'Count', arguments: [3] }]);
    say({ type: 2, invocationId: 's1', item: 0 }, { type: 2, invocationId: 's1', item: 1 });
    say({ type: 3, invocationId: 's1' }, { type: 2, invocationId: 's1', item: 9 });
    expect([items, await count.closed]).toEqual([[0, 1], undefined]);
    void client.close();
  });

  it('end with the error of the hub', async () => {
    const { client, say } = await open();
    const count = client.subscribe('Count');
    say({ type: 3, invocationId: 's1', error: 'no such method' });
    expect(await count.closed).toMatchObject({ code: 'SUBSCRIPTION_ENDED', remoteMessage: 'no such method' });
    void client.close();
  });

  it('are cancelled by us, and their ids meet no invocation of the same number', async () => {
    const { client, clock, heard, say } = await open();
    const count = client.subscribe('Count');
    const sum = watch(client.request('Sum'));
    count.unsubscribe();
    expect(heard().at(-1)).toEqual({ type: 5, invocationId: 's1' });
    say({ type: 3, invocationId: 's2', result: 'of a stream' });
    await clock.settle();
    expect(sum.settled).toBe(0);
    void client.close();
  });

  it('begin anew on the next line', async () => {
    const { client, clock, server, heard, say, of } = await open();
    const items: unknown[] = [];
    client.subscribe('Count').on((item) => items.push(item));
    say({ type: 2, invocationId: 's1', item: 0 });
    server.last.send('{"type":2,"invocationId":"s1","item":'); // half of it is lost with the line
    server.last.drop();
    await clock.advance(6_000);
    say({});
    await clock.settle();
    expect(heard()).toEqual([{ type: 4, invocationId: 's2', target: 'Count', arguments: [] }]);
    say({ type: 2, invocationId: 's1', item: 'old' }, { type: 2, invocationId: 's2', item: 1 });
    expect(items).toEqual([0, 1]);
    expect(of('gap')).toMatchObject([{ recovered: false }]);
    void client.close();
  });
});

describe('signs of life', () => {
  it('are said every 15 s, and expected every 30', async () => {
    const { client, clock, heard, say, of } = await open({ heartbeat: {} });
    await clock.advance(15_000);
    expect(heard()).toEqual([{ type: 6 }]);
    say({ type: 6 });
    await clock.advance(29_999);
    expect([of('error'), of('message'), heard().length]).toEqual([[], [], 3]);
    await clock.advance(1);
    expect(of('error')).toMatchObject([{ code: 'HEARTBEAT_TIMEOUT' }]);
    void client.close();
  });
});

describe('the goodbye of the hub', () => {
  it.each([
    [{ type: 7, error: 'restart', allowReconnect: true }, 'ready', 2],
    [{ type: 7, error: 'kicked', allowReconnect: false }, 'closed', 1],
    [{ type: 7 }, 'closed', 1],
  ])('says whether to come back: %j', async (goodbye, status, connections) => {
    const { client, clock, server, say } = await open();
    say(goodbye);
    await clock.advance(6_000);
    if (connections === 2) say({});
    await clock.settle();
    expect([client.state.status, server.connections.length]).toEqual([status, connections]);
    void client.close();
  });
});

describe('bad input', () => {
  it('is told, and costs nothing but itself', async () => {
    const { client, server, say, of } = await open();
    server.last.send(`not json${END}`);
    say({ type: 99 }, { type: 8, sequenceId: 1 });
    server.last.send(`5${END}{"no":"type"}${END}`);
    expect(of('error')).toMatchObject([{ code: 'BAD_MESSAGE' }]);
    expect(of('message')).toEqual([5, { no: 'type' }]);
    void client.close();
  });

  it('does not keep more of a message without an end than a message may have', () => {
    const line = signalR()().reader(undefined);
    const part = 'x'.repeat(MAX_READ_BYTES / 4);
    for (let count = 0; count < 5; count++) expect(line.split(part)).toEqual([]);
    expect(line.split(`{}${END}`)).toEqual([{}]);
  });

  it('survives whatever comes', { timeout: PROPERTY_TIMEOUT }, () => {
    const frames = [
      { type: 1, target: 'Message', arguments: ['a'] },
      { type: 1, invocationId: 'q', target: 'Confirm', arguments: [] },
      { type: 2, invocationId: 's1', item: 0 },
      { type: 3, invocationId: '1', result: 3 },
      { type: 3, invocationId: 's1', error: 'x' },
      { type: 7, error: 'x', allowReconnect: true },
    ];
    survives(signalR(), frames, (frame) => `${JSON.stringify(frame)}${END}`);
    survivesText(
      signalR(),
      frames.map((one) => framed(one)),
    );
  });
});

it('knows its subscriptions by the id of their request', () => {
  expect(signalR()().rpc?.subscriptions?.adopt(undefined, '1', 'a', undefined)).toBe('1');
});
