import { describe, expect, it } from 'vitest';
import { type SocketIoOptions, socketIo } from '../../src/envelopes/socket-io.ts';
import type { SendData } from '../../src/transport/transport.ts';
import { type Bench, setUp, watch } from '../client/set-up.ts';
import { PROPERTY_TIMEOUT } from '../tools/property-runs.ts';
import { survives, survivesText } from './hostile.ts';

const OPEN = '0{"sid":"e","upgrades":[],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}';

type Options = Parameters<typeof setUp>[0];

function make(options: SocketIoOptions = {}, more: Options = {}): Bench {
  return setUp({ url: 'ws://test', envelope: socketIo(options), ...more });
}

/** Logged in, to the main namespace. */
async function open(options: SocketIoOptions = {}, more: Options = {}): Promise<Bench> {
  const bench = make(options, more);
  await bench.open();
  await greet(bench);
  expect(bench.client.state.status).toBe('ready');
  return bench;
}

async function greet({ server, clock }: Bench, ...answers: readonly string[]): Promise<void> {
  server.last.send(OPEN);
  await clock.settle();
  for (const answer of answers.length === 0 ? ['40{"sid":"s"}'] : answers) server.last.send(answer);
  await clock.settle();
}

const sent = ({ server }: Bench): readonly SendData[] => server.last.received;

describe('the address', () => {
  it.each([
    ['ws://test', 'ws://test/socket.io/?EIO=4&transport=websocket'],
    ['ws://test/?a=b', 'ws://test/socket.io/?a=b&EIO=4&transport=websocket'],
    ['wss://test:1/my/path?EIO=3', 'wss://test:1/my/path?EIO=4&transport=websocket'],
  ])('%s is dialled as %s', async (url, dialled) => {
    const bench = make({}, { url });
    await bench.open();
    expect(bench.server.last.request.url).toBe(dialled);
    void bench.client.close();
  });

  it('has the path of the options', async () => {
    const bench = make({ path: '/live/' });
    await bench.open();
    expect(bench.server.last.request.url).toBe('ws://test/live/?EIO=4&transport=websocket');
    void bench.client.close();
  });
});

describe('the login', () => {
  it('waits for the greeting, sends auth, and is ready with the answer', async () => {
    const bench = make({ auth: { token: 'x' } });
    await bench.open();
    expect(sent(bench)).toEqual([]);
    bench.server.last.send(OPEN);
    await bench.clock.settle();
    expect([sent(bench), bench.client.state.status]).toEqual([['40{"token":"x"}'], 'authenticating']);
    bench.server.last.send('40{"sid":"s"}');
    await bench.clock.settle();
    expect(bench.client.state.status).toBe('ready');
    void bench.client.close();
  });

  it('joins every namespace, each with an auth of its own, asked for anew on each connection', async () => {
    let asked = 0;
    const bench = make({
      namespaces: ['/', '/admin'],
      auth: async (namespace) => ({ namespace, asked: ++asked }),
    });
    await bench.open();
    await greet(bench, '40/admin,{"sid":"a"}', '2', '42["early",1]');
    expect(sent(bench)).toEqual([
      '40{"namespace":"/","asked":1}',
      '40/admin,{"namespace":"/admin","asked":2}',
      '3',
    ]);
    expect(bench.client.state.status).toBe('authenticating');
    bench.server.last.send('40{"sid":"s"}');
    await bench.clock.settle();
    expect([bench.client.state.status, bench.of('message').length]).toEqual(['ready', 1]);
    bench.server.last.drop();
    await bench.clock.advance(6_000);
    bench.server.last.send(OPEN);
    await bench.clock.settle();
    expect(sent(bench)[0]).toBe('40{"namespace":"/","asked":3}');
    void bench.client.close();
  });

  it('that is refused is final, and renews the credentials once', async () => {
    let token = 'old-token';
    const bench = make(
      { auth: () => ({ token }) },
      {
        auth: {
          renew: () => {
            token = 'new-token';
          },
        },
      },
    );
    await bench.open();
    await greet(bench, '44{"message":"old-token is nothing","data":{"code":7}}');
    await bench.clock.advance(1_000);
    bench.server.last.send(OPEN);
    await bench.clock.settle();
    expect(sent(bench)).toEqual(['40{"token":"new-token"}']);
    bench.server.last.send('44{"message":"new-token neither"}');
    await bench.clock.advance(0);
    expect(bench.client.state.status).toBe('closed');
    const [{ error }] = bench.of('closed') as [{ error: Error }];
    expect(error).toMatchObject({ code: 'AUTH_REFUSED', message: '[redacted] neither' });
  });

  it('that is refused for now is tried again', async () => {
    const bench = make({ isFinal: ({ data }) => (data as { retry?: boolean } | undefined)?.retry !== true });
    await bench.open();
    await greet(bench, '44{"message":"full","data":{"retry":true}}');
    expect(bench.of('error')).toMatchObject([{ code: 'LOGIN_FAILED', cause: { message: 'full' } }]);
    await bench.clock.advance(6_000);
    expect(bench.server.connections.length).toBe(2);
    await greet(bench, '44/other,{"message":"not ours"}', '44{"message":"Invalid namespace"}');
    await bench.clock.advance(0);
    expect(bench.client.state.status).toBe('closed');
  });

  it.each([['silent at once'], ['silent after the greeting']])(
    'gives up a server that is %s',
    async (when) => {
      const bench = make();
      await bench.open();
      if (when !== 'silent at once') bench.server.last.send(OPEN);
      await bench.clock.advance(10_000);
      expect(bench.of('error')).toMatchObject([{ code: 'LOGIN_FAILED' }]);
      void bench.client.close();
    },
  );

  it.each(['{"type":"welcome"}', 'o', '0', '0null', '0[1', new Uint8Array(1)])(
    'tries again where another protocol answers: %s',
    async (greeting) => {
      const bench = make();
      await bench.open();
      bench.server.last.send(greeting);
      await bench.clock.advance(6_000);
      expect(bench.of('error')).toMatchObject([{ code: 'LOGIN_FAILED' }]);
      expect(bench.server.connections.length).toBe(2);
      void bench.client.close();
    },
  );
});

describe('the heartbeat', () => {
  it('is the server’s: answered, and missed', async () => {
    const bench = await open({}, { heartbeat: {} });
    await bench.clock.advance(25_000);
    bench.server.last.send('2');
    expect(sent(bench).at(-1)).toBe('3');
    await bench.clock.advance(44_999);
    expect(bench.of('error')).toEqual([]);
    await bench.clock.advance(1);
    expect(bench.of('error')).toMatchObject([{ code: 'HEARTBEAT_TIMEOUT' }]);
    expect(bench.of('message')).toEqual([]);
    void bench.client.close();
  });

  it('goes by the interval that the server names', async () => {
    const bench = make({}, { heartbeat: {} });
    await bench.open();
    bench.server.last.send('0{"sid":"e","pingInterval":5000}');
    await bench.clock.settle();
    bench.server.last.send('40{"sid":"s"}');
    await bench.clock.advance(25_000);
    expect(bench.of('error')).toMatchObject([{ code: 'HEARTBEAT_TIMEOUT' }]);
    void bench.client.close();
  });

  it('is answered where it is not watched too', async () => {
    const bench = await open({}, { heartbeat: false });
    bench.server.last.send('2');
    expect([sent(bench).at(-1), bench.of('message')]).toEqual(['3', []]);
    void bench.client.close();
  });
});

describe('messages', () => {
  it('are emitted', async () => {
    const { client, ...rest } = await open();
    await client.notify('hello', { a: 1 });
    await client.notify('two', [1, undefined]);
    await client.notify('none');
    await client.send('42["raw"]');
    expect(sent({ client, ...rest }).slice(1)).toEqual([
      '42["hello",{"a":1}]',
      '42["two",1,null]',
      '42["none"]',
      '42["raw"]',
    ]);
    void client.close();
  });

  it('are acknowledged, in any order, twice, late, and with several arguments', async () => {
    const bench = await open();
    const { client, clock, server } = bench;
    const replies = [client.request('sum', [1, 2]), client.request('two'), client.request('nothing')].map(
      watch,
    );
    expect(sent(bench).slice(1)).toEqual(['421["sum",1,2]', '422["two"]', '423["nothing"]']);
    for (const ack of ['433[]', '432[1,2]', '432[3]', '431[{"sum":3}]', '4399[1]']) server.last.send(ack);
    await clock.settle();
    expect(replies.map(({ value }) => value)).toEqual([{ sum: 3 }, [1, 2], undefined]);
    expect(bench.of('lateReply')).toEqual([{ key: 2 }, { key: 99 }]);
    const slow = watch(client.request('slow', undefined, { timeout: 100 }));
    await clock.advance(100);
    expect(slow.value).toMatchObject({ code: 'REQUEST_TIMEOUT' });
    void client.close();
  });

  it('of the server are events, by name, with their namespace', async () => {
    const bench = make({ namespaces: ['/', '/admin'] });
    await bench.open();
    await greet(bench, '40{"sid":"s"}', '40/admin,{"sid":"a"}');
    const heard: unknown[] = [];
    bench.client.onEvent('hello', (...all: unknown[]) => heard.push(all));
    for (const one of [
      '42["hello",{"a":1}]',
      '42["hello",1,2]',
      '42["hello"]',
      '42/admin,["hello","b"]',
      '42/admin?x=1,["hello"]',
    ])
      bench.server.last.send(one);
    expect(heard).toEqual([
      [{ a: 1 }, '/'],
      [[1, 2], '/'],
      [undefined, '/'],
      ['b', '/admin'],
      [undefined, '/admin'],
    ]);
    void bench.client.close();
  });

  it('of the server that want an answer get one, under the same id and namespace', async () => {
    const bench = make({ namespaces: ['/', '/admin'] });
    await bench.open();
    await greet(bench, '40{"sid":"s"}', '40/admin,{"sid":"a"}');
    bench.client.handle('ask', (params, { meta }) => [params, meta] as never);
    bench.client.handle('bad', () => Promise.reject(new Error('mine')));
    bench.client.handle('quiet', () => undefined);
    for (const one of [
      '427["ask",5]',
      '42/admin,7["ask",6]',
      '428["bad"]',
      '429["unknown"]',
      '4210["quiet"]',
    ])
      bench.server.last.send(one);
    await bench.clock.settle();
    expect(sent(bench).slice(2).sort()).toEqual(['43/admin,7[6,"/admin"]', '4310[]', '437[5,"/"]']);
    void bench.client.close();
  });

  it('go to a namespace by meta, and to no other', async () => {
    const bench = make({ namespaces: ['/', '/admin'] });
    await bench.open();
    await greet(bench, '40{"sid":"s"}', '40/admin,{"sid":"a"}');
    const { client } = bench;
    await client.notify('a', 1, { meta: '/admin' });
    const reply = watch(client.request('b', undefined, { meta: '/admin' }));
    expect(sent(bench).slice(2)).toEqual(['42/admin,["a",1]', '42/admin,1["b"]']);
    bench.server.last.send('43/admin,1["ok"]');
    await bench.clock.settle();
    expect(reply.value).toBe('ok');
    await expect(client.request('c', 1, { meta: '/none' })).rejects.toMatchObject({
      code: 'INVALID_OPTION',
      message: 'The option meta must be one of /, /admin. It is "/none".',
    });
    void client.close();
  });
});

describe('attachments', () => {
  const bytes = (...all: number[]): Uint8Array => new Uint8Array(all);

  it('leave right behind their packet, wherever they stand in it', async () => {
    const bench = await open();
    const { client } = bench;
    await client.notify('bin', [bytes(1), { deep: [{ er: bytes(2).buffer }], at: new Date(0) }]);
    const reply = watch(client.request('up', { file: Buffer.from([3]) }));
    expect(sent(bench).slice(1)).toEqual([
      '452-["bin",{"_placeholder":true,"num":0},{"deep":[{"er":{"_placeholder":true,"num":1}}],"at":"1970-01-01T00:00:00.000Z"}]',
      bytes(1),
      bytes(2),
      '451-1["up",{"file":{"_placeholder":true,"num":0}}]',
      bytes(3),
    ]);
    bench.server.last.send('461-1[{"_placeholder":true,"num":0}]');
    bench.server.last.send(bytes(4, 5));
    await bench.clock.settle();
    expect(reply.value).toEqual(bytes(4, 5));
    void client.close();
  });

  it('answer the server too', async () => {
    const bench = await open();
    bench.client.handle('give', () => ({ file: bytes(9) }));
    bench.server.last.send('423["give"]');
    await bench.clock.settle();
    expect(sent(bench).slice(1)).toEqual(['461-3[{"file":{"_placeholder":true,"num":0}}]', bytes(9)]);
    void bench.client.close();
  });

  it('come together before anybody hears of them', async () => {
    const bench = await open();
    const heard: unknown[] = [];
    bench.client.onEvent('bin', (payload: unknown) => heard.push(payload));
    const { last } = bench.server;
    last.send('452-["bin",{"b":{"_placeholder":true,"num":1},"a":[{"_placeholder":true,"num":0}]}]');
    last.send(bytes(1));
    expect(heard).toEqual([]);
    last.send(bytes(2));
    expect(heard).toEqual([{ b: bytes(2), a: [bytes(1)] }]);
    last.send('450-["bin",1]');
    last.send('451-["bin",{"_placeholder":1,"num":0},{"_placeholder":true,"num":0}]');
    last.send(bytes(3));
    expect(heard.slice(1)).toEqual([1, [{ _placeholder: 1, num: 0 }, bytes(3)]]);
    void bench.client.close();
  });

  it('of a lost line do not shift those of the next', async () => {
    const bench = await open();
    const heard: unknown[] = [];
    bench.client.onEvent('bin', (payload: unknown) => heard.push(payload));
    bench.server.last.send('452-["bin",{"_placeholder":true,"num":0}]');
    bench.server.last.send(bytes(1));
    bench.server.last.drop();
    await bench.clock.advance(6_000);
    await greet(bench);
    bench.server.last.send('451-["bin",{"_placeholder":true,"num":0}]');
    bench.server.last.send(bytes(7));
    expect(heard).toEqual([bytes(7)]);
    void bench.client.close();
  });

  it('are bounded by count and bytes', async () => {
    const bench = await open({ maxAttachments: 2, maxAttachedBytes: 3 });
    const { last } = bench.server;
    last.send('453-["bin"]');
    last.send('452-["bin",{"_placeholder":true,"num":0}]');
    last.send(bytes(1, 2));
    last.send(bytes(3, 4));
    expect(bench.of('error')).toMatchObject([
      { code: 'BAD_MESSAGE', option: 'maxAttachments', size: 3, limit: 2 },
      { code: 'BAD_MESSAGE', option: 'maxAttachedBytes', size: 4, limit: 3 },
    ]);
    last.send(bytes(5));
    expect(bench.of('message')).toEqual([bytes(5)]);
    void bench.client.close();
  });

  it('that are missing, or that nothing stands for, are an error', async () => {
    const bench = await open();
    const { last } = bench.server;
    const heard: unknown[] = [];
    bench.client.onEvent('next', (payload: unknown) => heard.push(payload));
    last.send('451-["bin",{"_placeholder":true,"num":0}]');
    last.send('42["next",1]');
    last.send('451-["bin",{"_placeholder":true,"num":1}]');
    last.send(bytes(1));
    last.send('451-["bin",{"_placeholder":true,"num":"length"}]');
    last.send(bytes(1));
    expect(bench.of('error')).toMatchObject(Array(3).fill({ code: 'SERVER_ERROR' }));
    expect(heard).toEqual([1]);
    void bench.client.close();
  });

  it('put nothing into a prototype, and mind no depth', async () => {
    const bench = await open();
    const heard: unknown[] = [];
    bench.client.onEvent('bin', (payload: unknown) => heard.push(payload));
    bench.server.last.send('451-["bin",{"__proto__":{"_placeholder":true,"num":0}}]');
    bench.server.last.send(bytes(1));
    expect(Object.entries(heard[0] as object)).toEqual([['__proto__', bytes(1)]]);
    const deep = 200_000;
    bench.server.last.send(`451-["bin",${'['.repeat(deep)}{"_placeholder":true,"num":0}${']'.repeat(deep)}]`);
    bench.server.last.send(bytes(2));
    expect([heard.length, bench.of('error')]).toEqual([2, []]);
    void bench.client.close();
  });

  it('of what JSON cannot carry are refused in the caller’s hands', async () => {
    const { client } = await open();
    const cycle: unknown[] = [];
    cycle.push(cycle);
    for (const wrong of [cycle, new Map(), { a: () => 1 }, 5n])
      await expect(client.notify('x', wrong)).rejects.toMatchObject({ code: 'INVALID_DATA' });
    void client.close();
  });
});

describe('recovery', () => {
  it('goes on behind the last event, and says so only where the server does', async () => {
    const bench = make({ auth: { token: 'x' } });
    const { client, server, clock } = bench;
    const heard: unknown[] = [];
    client.onEvent('hello', (payload: unknown) => heard.push(payload));
    await bench.open();
    await greet(bench, '40{"sid":"s","pid":"p1"}');
    server.last.send('42["hello",{"a":1},"Q8d-GOz"]');
    server.last.send('42["hello","short"]');
    server.last.send('427["ask","Q8d-XXX"]');
    expect(heard).toEqual([{ a: 1 }, 'short']);
    server.last.drop();
    await clock.advance(6_000);
    server.last.send(OPEN);
    await clock.settle();
    expect(sent(bench)).toEqual(['40{"token":"x","pid":"p1","offset":"Q8d-GOz"}']);
    server.last.send('40{"sid":"t","pid":"p1"}');
    server.last.send('42["hello","missed","Q8d-GOz.1"]');
    await clock.settle();
    expect([bench.of('gap'), heard[2]]).toMatchObject([[{ recovered: true }], 'missed']);
    server.last.drop();
    await clock.advance(6_000);
    server.last.send(OPEN);
    await clock.settle();
    expect(sent(bench)).toEqual(['40{"token":"x","pid":"p1","offset":"Q8d-GOz.1"}']);
    server.last.send('40{"sid":"u","pid":"p2"}');
    await clock.settle();
    expect(bench.of('gap')[1]).toMatchObject({ recovered: false });
    server.last.drop();
    await clock.advance(6_000);
    server.last.send(OPEN);
    await clock.settle();
    expect(sent(bench)).toEqual(['40{"token":"x","pid":"p2"}']);
    void client.close();
  });

  it('leaves the arguments alone where the server keeps nothing', async () => {
    const bench = await open();
    const heard: unknown[] = [];
    bench.client.onEvent('hello', (payload: unknown) => heard.push(payload));
    bench.server.last.send('42["hello",1,"Q8d-GOz"]');
    bench.server.last.drop();
    await bench.clock.advance(6_000);
    await greet(bench);
    expect([heard, bench.of('gap')]).toMatchObject([[[1, 'Q8d-GOz']], [{ recovered: false }]]);
    void bench.client.close();
  });
});

describe('subscriptions', () => {
  it('are asked for by an event, shared, left by the last, and asked for again', async () => {
    const bench = await open();
    const { client, server, clock } = bench;
    const heard: unknown[] = [];
    const one = client.subscribe('ticks', { of: 'a' });
    const two = client.subscribe('ticks', { of: 'a' });
    one.on((event) => heard.push(event));
    expect(sent(bench).slice(1)).toEqual(['421["subscribe","ticks",{"of":"a"}]']);
    server.last.send('42["ticks",1]'); // before the acknowledgement
    server.last.send('431["ok"]');
    server.last.send('42["ticks",2]');
    expect([heard, one.status, two.status]).toEqual([[1, 2], 'active', 'active']);
    one.unsubscribe();
    server.last.drop();
    await clock.advance(6_000);
    await greet(bench);
    expect(sent(bench).slice(1)).toEqual(['422["subscribe","ticks",{"of":"a"}]']);
    server.last.send('432[]');
    two.unsubscribe();
    expect(sent(bench).at(-1)).toBe('42["unsubscribe","ticks"]');
    void client.close();
  });

  it('have the names that the server knows', async () => {
    const bench = await open({ subscriptions: { subscribe: 'join', unsubscribe: 'leave' } });
    const room = bench.client.subscribe('room');
    bench.server.last.send('431[]');
    room.unsubscribe();
    expect(sent(bench).slice(1)).toEqual(['421["join","room"]', '42["leave","room"]']);
    void bench.client.close();
  });
});

describe('the server’s goodbye', () => {
  it('from the only namespace is final', async () => {
    const bench = await open();
    bench.server.last.send('41');
    await bench.clock.advance(60_000);
    expect([bench.client.state.status, bench.server.connections.length]).toEqual(['closed', 1]);
    expect(bench.of('closed')).toMatchObject([
      { error: { code: 'CONNECTION_CLOSED', reason: 'disconnected from /' } },
    ]);
  });

  it('from one of several gives up what was asked there', async () => {
    const bench = make({ namespaces: ['/', '/admin'] });
    await bench.open();
    await greet(bench, '40{"sid":"s"}', '40/admin,{"sid":"a"}');
    const told: unknown[] = [];
    bench.client.onEvent('disconnect', (_payload: unknown, meta: unknown) => told.push(meta));
    const lost = watch(bench.client.request('b', undefined, { meta: '/admin' }));
    const kept = watch(bench.client.request('c'));
    bench.server.last.send('41/admin,');
    bench.server.last.send('41/never,');
    await bench.clock.settle();
    expect([told, lost.value, kept.value]).toMatchObject([
      ['/admin'],
      { code: 'REQUEST_REJECTED', remoteMessage: 'disconnected from /admin' },
      'pending',
    ]);
    void bench.client.close();
  });

  it('forgets where a request has gone that is over', () => {
    const { reader, rpc } = socketIo({ namespaces: ['/', '/admin'] })();
    for (const key of [1, 2]) rpc?.request(key, 'a', undefined, '/admin');
    rpc?.forget?.(1);
    const line = reader(new Map([['/admin', {}]]));
    const [message] = line.split('41/admin,');
    const match = line.classify(message).also?.abandons?.match;
    expect([match?.(1), match?.(2)]).toEqual([false, true]);
  });

  it('of the engine, and an empty close, are followed by another line', async () => {
    const bench = await open();
    bench.server.last.send('1');
    await bench.clock.advance(1_000);
    expect(bench.server.connections.length).toBe(2);
    await greet(bench);
    bench.server.last.close();
    await bench.clock.advance(6_000);
    expect(bench.server.connections.length).toBe(3);
    void bench.client.close();
  });
});

describe('what a server must not send', () => {
  it('is an error, a message, or nothing', async () => {
    const bench = await open();
    for (const one of [
      '4',
      '4x',
      '42',
      '42[',
      '42{}',
      '42[5]',
      '43[1]',
      '431{}',
      '421234567890123456["x"]',
      '42/open["x"]',
    ])
      bench.server.last.send(one);
    expect(bench.of('error')).toMatchObject(Array(5).fill({ code: 'BAD_MESSAGE' }));
    expect(bench.of('message').length).toBe(5);
    bench.server.last.send('44{"message":"late"}');
    bench.server.last.send('44["odd"]');
    expect(bench.of('error').slice(5)).toMatchObject([
      { code: 'SERVER_ERROR', remoteMessage: 'late' },
      { code: 'SERVER_ERROR', remoteMessage: 'no message' },
    ]);
    for (const one of ['40{"sid":"again"}', '6', '3', OPEN]) bench.server.last.send(one);
    bench.server.last.send('hello');
    expect([bench.of('message').length, bench.client.state.status]).toEqual([6, 'ready']);
    void bench.client.close();
  });

  it(
    'never makes its reader throw',
    () => {
      const frames = [
        ...[
          OPEN,
          '1',
          '2',
          '40{"sid":"s","pid":"p"}',
          '41/admin,',
          '42["hello",{"a":1},"Q8d-GOz"]',
          '427["ask",5]',
        ],
        ...['430[{"sum":3}]', '43/admin,12[1,2]', '44{"message":"nope","data":{}}', '42/admin,["hello"]'],
        ...['450-["bin",{"_placeholder":true,"num":0}]', '460-7[{"_placeholder":true,"num":0}]', '451-["x"]'],
      ];
      const factory = socketIo({ namespaces: ['/', '/admin'] });
      survivesText(factory, frames);
      const wire = (head: string) => (frame: unknown) => `${head}${JSON.stringify(frame)}`;
      for (const head of ['42', '42/admin,7', '430', '44', '0'])
        survives(
          factory,
          [['hello', { a: 1 }, 'Q8d-GOz'], { sid: 's', pid: 'p' }, { message: 'no' }],
          wire(head),
        );
    },
    PROPERTY_TIMEOUT,
  );
});
