// Frames as the specification and RabbitMQ 3.10 have them.
import { describe, expect, it } from 'vitest';
import { type StompOptions, stomp } from '../../src/envelopes/stomp.ts';
import { MAX_READ_BYTES } from '../../src/messaging/message-limits.ts';
import { type Bench, setUp, watch } from '../client/set-up.ts';
import { PROPERTY_TIMEOUT } from '../tools/property-runs.ts';
import { survivesText } from './hostile.ts';

const CONNECTED = 'CONNECTED\nversion:1.2\nheart-beat:10000,10000\nserver:RabbitMQ/3.10.8\n\n\0';

interface StompBench extends Bench {
  say(...frames: readonly string[]): void;
  /** What the broker has heard behind CONNECT. */
  heard(): unknown[];
}

async function begin(options: StompOptions = {}, client = {}): Promise<StompBench> {
  const bench = setUp(
    { envelope: stomp(options), ...client },
    { onConnect: (end) => end.accept('v12.stomp') },
  );
  await bench.open();
  return {
    ...bench,
    say: (...frames) => bench.server.last.send(frames.join('')),
    heard: () => bench.server.last.received.slice(1),
  };
}

async function open(
  options: StompOptions = {},
  client = {},
  connected = `${CONNECTED}\n`,
): Promise<StompBench> {
  const bench = await begin(options, client);
  bench.say(connected);
  await bench.clock.settle();
  expect(bench.client.state.status).toBe('ready');
  return bench;
}

describe('the login', () => {
  it('connects, with headers as they are', async () => {
    const { client, server } = await begin({
      connect: async () => ({ login: 'ada', passcode: 'a:b\\c', host: 'vhost' }),
      heartBeat: [5_000, 0],
    });
    expect(server.last.received).toEqual([
      'CONNECT\naccept-version:1.2\nheart-beat:5000,0\nhost:vhost\nlogin:ada\npasscode:a:b\\c\n\n\0',
    ]);
    expect(server.last.request.protocols).toEqual(['v12.stomp']);
    expect(client.state.status).toBe('authenticating');
    void client.close();
  });

  it('that is refused is final, in the words of the broker, without the passcode', async () => {
    const bench = await begin({ connect: { login: 'ada', passcode: 'hush-hush-hush' } });
    bench.say('ERROR\nmessage:Bad CONNECT\n\nAccess refused for hush-hush-hush\n\0');
    await bench.clock.advance(60_000);
    expect([bench.client.state.status, bench.server.connections.length]).toEqual(['closed', 1]);
    const [{ error }] = bench.of('closed') as [{ error: Error }];
    expect(error).toMatchObject({ code: 'AUTH_REFUSED', cause: { remoteMessage: 'Bad CONNECT' } });
    expect(JSON.stringify([error.cause, bench.told])).not.toContain('hush-hush');
  });

  it('that is cut, silent or answered by another protocol is tried again', async () => {
    const { client, clock, server, say, of } = await begin();
    server.last.close(1001);
    await clock.advance(6_000);
    say('MESSAGE\n\n\0');
    await clock.settle();
    expect(of('error')).toMatchObject([{ detail: 'other-protocol' }]);
    await clock.advance(6_000);
    server.last.send('\n'); // a sign of life and no answer
    await clock.advance(20_000);
    expect(of('error')[1]).toMatchObject({ code: 'LOGIN_FAILED', detail: 'no-answer' });
    void client.close();
  });

  it('may be cut anywhere, and have frames behind it', async () => {
    const { client, clock, server } = await begin();
    const told: unknown[] = [];
    client.onEvent('/a', (message) => told.push((message as { body: unknown }).body));
    const text = `\n${CONNECTED}\nMESSAGE\ndestination:/a\n\none\0MESSAGE\ndestination:/a\nx:a\\cb\n\ntwo`;
    for (const piece of [text.slice(0, 9), text.slice(9, 40), text.slice(40)]) {
      server.last.send(piece);
      await clock.settle();
    }
    expect(client.state.status).toBe('ready');
    server.last.send(' and\0');
    expect(told).toEqual(['one', 'two and']);
    void client.close();
  });

  it('refuses options that are wrong', () => {
    expect(() => stomp({ heartBeat: [1] as never })).toThrow(/heartBeat of stomp must be a list of two/);
    expect(() => stomp({ connect: 5 as never })).toThrow(/connect of stomp must be an object or a function/);
  });
});

describe('signs of life', () => {
  it.each([
    ['both', '10000,10000', [10_000, 10_000], 10_000, 20_000],
    ['the slower of each', '30000,20000', [10_000, 10_000], 20_000, 40_000],
    ['ours alone', '0,10000', [10_000, 10_000], 10_000, undefined],
    ['theirs alone', '10000,0', [10_000, 10_000], undefined, 20_000],
    ['none', '0,0', [10_000, 10_000], undefined, undefined],
    ['none that we want', '10000,10000', [0, 0], undefined, undefined],
    ['no header', '', [10_000, 10_000], undefined, undefined],
  ] as const)('are what both can do: %s', async (_, header, heartBeat, beat, silence) => {
    const connected = CONNECTED.replace('10000,10000', header);
    const { client, clock, heard, of } = await open({ heartBeat }, { heartbeat: {} }, connected);
    await clock.advance(19_999);
    expect(heard()).toEqual(
      beat === undefined ? [] : Array.from({ length: Math.floor(19_999 / (beat * 0.9)) }, () => '\n'),
    );
    expect(of('error')).toEqual([]);
    await clock.advance((silence ?? 200_000) - 19_999);
    expect(of('error')).toMatchObject(silence === undefined ? [] : [{ code: 'HEARTBEAT_TIMEOUT' }]);
    void client.close();
  });

  it('any byte counts', async () => {
    const { client, clock, say, of } = await open({}, { heartbeat: {} });
    for (let count = 0; count < 5; count++) {
      await clock.advance(15_000);
      say('\n');
    }
    expect([of('error'), of('message')]).toEqual([[], []]);
    void client.close();
  });
});

describe('sending', () => {
  it('goes to a destination, with headers out of meta, escaped', async () => {
    const { client, heard } = await open();
    await client.notify('/queue/a:b', 'text', { meta: { 'x\\y': 'one\ntwo\r' } });
    await client.notify('/app/c', { a: 1 });
    await client.notify('/app/d');
    expect(heard()).toEqual([
      'SEND\nx\\\\y:one\\ntwo\\r\ndestination:/queue/a\\cb\n\ntext\0',
      'SEND\ncontent-type:application/json\ndestination:/app/c\n\n{"a":1}\0',
      'SEND\ndestination:/app/d\n\n\0',
    ]);
    void client.close();
  });

  it('says the length where the body has a NUL, in bytes', async () => {
    const { client, heard } = await open();
    await client.notify('/a', 'é\0');
    expect(heard()).toEqual(['SEND\ndestination:/a\ncontent-length:3\n\né\0\0']);
    void client.close();
  });

  it('as a request asks for a receipt, which may come behind the message itself', async () => {
    const { client, clock, heard, say, of } = await open();
    const sent = watch(client.request('/topic/a', 'x', { meta: { priority: '5' } }));
    expect(heard()).toEqual(['SEND\npriority:5\ndestination:/topic/a\nreceipt:1\n\nx\0']);
    say('MESSAGE\nsubscription:9\ndestination:/topic/a\nreceipt:1\n\nx\0');
    expect(sent.settled).toBe(0);
    say('RECEIPT\nreceipt-id:1\n\n\0', 'RECEIPT\nreceipt-id:1\n\n\0');
    await clock.settle();
    expect([sent.value, sent.settled, of('lateReply')]).toEqual([undefined, 1, [{ key: '1' }]]);
    void client.close();
  });

  it('acknowledges, and has transactions', async () => {
    const { client, heard } = await open();
    await client.notify('ACK', { id: 'a:1' });
    watch(client.request('COMMIT', { transaction: 't' }));
    expect(heard()).toEqual(['ACK\nid:a\\c1\n\n\0', 'COMMIT\ntransaction:t\nreceipt:1\n\n\0']);
    void client.close();
  });

  it('takes a frame as it is', async () => {
    const { client, heard } = await open();
    await client.send({ command: 'SEND', headers: { destination: '/a', none: undefined }, body: 'x' });
    expect(heard()).toEqual(['SEND\ndestination:/a\n\nx\0']);
    void client.close();
  });

  it('takes no other value: nothing would tell its headers', async () => {
    const { client, heard } = await open();
    await expect(client.send('text')).rejects.toMatchObject({ code: 'INVALID_DATA', detail: 'no-frame' });
    expect(heard()).toEqual([]);
    void client.close();
  });

  it('that the broker refuses is rejected with its receipt, and the connection ends', async () => {
    const { client, clock, server, say, of } = await open();
    const sent = watch(client.request('/nowhere', 'x'));
    say('ERROR\nmessage:Unknown destination\nreceipt-id:1\n\nnot one of /topic, /queue\0');
    await clock.settle();
    expect(sent.value).toMatchObject({
      code: 'REQUEST_REJECTED',
      remoteMessage: 'Unknown destination',
      data: 'not one of /topic, /queue',
    });
    expect(server.last.state).not.toBe('open');
    expect(client.why().rule).toBe('the server said goodbye: Unknown destination');
    await clock.advance(6_000);
    expect([server.connections.length, of('error')]).toEqual([2, []]);
    void client.close();
  });
});

describe('subscriptions', () => {
  it('bring messages under an id of ours, JSON read where it is said to be some', async () => {
    const { client, heard, say } = await open();
    const told: unknown[] = [];
    const prices = client.subscribe('/topic/prices', { ack: 'client' });
    prices.on((message) => told.push(message));
    expect([prices.status, heard()]).toEqual([
      'active',
      ['SUBSCRIBE\nack:client\nid:1\ndestination:/topic/prices\n\n\0'],
    ]);
    const message = (headers: string, body: string): string =>
      `MESSAGE\nsubscription:1\ndestination:/topic/prices\n${headers}\n${body}\0`;
    say(
      message('ack:A\ncontent-type:application/json;charset=utf-8\nack:B\n', '{"a":1}'),
      '\n',
      message('content-type:application/json\n', 'no json'),
      message('', '{"a":1}'),
      message('content-type:application/vnd.x+json\n', 'null'),
    );
    expect(told).toMatchObject([
      { headers: { ack: 'A', subscription: '1' }, body: { a: 1 } },
      { body: 'no json' },
      { body: '{"a":1}' },
      { body: null },
    ]);
    prices.unsubscribe();
    expect(heard()[1]).toBe('UNSUBSCRIBE\nid:1\n\n\0');
    say(message('', 'late'));
    expect(told.length).toBe(4);
    void client.close();
  });

  it('are asked for again, and half a frame of the lost line is lost with it', async () => {
    const { client, clock, server, heard, say, of } = await open();
    const told: unknown[] = [];
    client.subscribe('/topic/a').on((message) => told.push(message));
    say('MESSAGE\nsubscription:1\n\nhalf of');
    server.last.drop();
    await clock.advance(6_000);
    say(CONNECTED);
    await clock.settle();
    expect(heard()).toEqual(['SUBSCRIBE\nid:2\ndestination:/topic/a\n\n\0']);
    say('MESSAGE\nsubscription:2\n\nwhole\0');
    expect(told).toMatchObject([{ body: 'whole' }]);
    expect(of('gap')).toMatchObject([{ recovered: false }]);
    void client.close();
  });

  it('nobody’s message is an event by its destination, with the headers as meta', async () => {
    const { client, say } = await open();
    const told: unknown[] = [];
    client.onEvent('/reply-queue/x', (...all: unknown[]) => told.push(all));
    say('MESSAGE\nsubscription:/temp-queue/a\ndestination:/reply-queue/x\n\nyes\0');
    expect(told).toMatchObject([[{ body: 'yes' }, { subscription: '/temp-queue/a' }]]);
    void client.close();
  });
});

describe('frames', () => {
  const read = (...texts: readonly string[]): unknown[] => {
    const line = stomp()().reader(undefined);
    return texts.flatMap((text) => line.split(text)) as unknown[];
  };
  const frame = 'MESSAGE\r\nsubscription:1\r\nx:\\r\\n\\c\\\\\r\n\r\nbody\0';

  it('are the same wherever they are cut', () => {
    const all = `\n${frame}\r\n\n${frame}MESSAGE\ncontent-length:7\n\né\0\0\0xx\0${frame}`;
    const whole = read(all);
    expect(whole).toMatchObject([
      { command: 'MESSAGE', headers: { subscription: '1', x: '\r\n:\\' }, body: 'body' },
      { body: 'body' },
      { body: 'é\0\0\0xx' },
      { body: 'body' },
    ]);
    for (let at = 1; at < all.length; at++) expect(read(all.slice(0, at), all.slice(at))).toEqual(whole);
    expect(read(...all)).toEqual(whole);
  });

  it('may come as bytes', () => {
    const { codec } = stomp()();
    expect(codec.decode(new TextEncoder().encode(frame))).toBe(frame);
  });

  it.each([
    ['an escape that there is not', 'MESSAGE\nx:\\t\n\n\0'],
    ['a header without a colon', 'MESSAGE\nx\n\n\0'],
    ['an end in the head', 'MESSAGE\nx:\0'],
    ['a head without end', `MESSAGE\n${'x'.repeat(70_000)}`],
  ])('that are none end the line: %s', async (_, text) => {
    const { client, clock, server, say, of } = await open();
    say(text);
    say(frame);
    expect(of('error')).toMatchObject([{ code: 'SERVER_ERROR', remoteMessage: 'not a STOMP frame' }]);
    await clock.advance(6_000);
    expect(server.connections.length).toBe(2);
    void client.close();
  });

  it('do not grow without end', () => {
    const part = 'x'.repeat(MAX_READ_BYTES / 4);
    const frames = read('MESSAGE\ncontent-length:99999999999\n\n', part, part, part, part, part, part);
    expect(frames).toEqual([{ command: '', headers: { message: 'not a STOMP frame' } }]);
  });

  it('of other commands are messages; a receipt of nobody’s is nothing', async () => {
    const { client, say, of } = await open();
    say('WHAT\na:b\n\n\0', 'RECEIPT\n\n\0', `RECEIPT\nreceipt-id:${'k'.repeat(2_000)}\n\n\0`);
    expect(of('message')).toEqual([{ command: 'WHAT', headers: { a: 'b' }, body: '' }]);
    expect([of('lateReply'), of('error')]).toEqual([[], []]);
    void client.close();
  });

  it('survive whatever comes', { timeout: PROPERTY_TIMEOUT }, () => {
    const long = 'k'.repeat(2_000);
    survivesText(stomp(), [
      frame,
      CONNECTED,
      'RECEIPT\nreceipt-id:1\n\n\0',
      'ERROR\nmessage:x\nreceipt-id:1\n\nbody\0',
      `MESSAGE\nsubscription:${long}\n__proto__:1\nconstructor:2\n\n\0`,
      `ERROR\nreceipt-id:${long}\n\n\0`,
      'MESSAGE\ncontent-length:5\n\né\0\0\0\0',
    ]);
  });
});

it('knows its subscriptions by the id of their request', () => {
  expect(stomp()().rpc?.subscriptions?.adopt(undefined, '1', 'a', undefined)).toBe('1');
});
