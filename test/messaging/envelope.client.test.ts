// The interface of envelopes, by a protocol that needs all of it: lines of text, cut anywhere into messages.
import { describe, expect, it } from 'vitest';
import { login } from '../../src/auth/login.ts';
import { handover } from '../../src/connection/handover.ts';
import type {
  Classified,
  Envelope,
  RequestKey,
  RpcEnvelope,
  SubscribeInfo,
} from '../../src/messaging/envelope.ts';
import { together } from '../../src/messaging/together.ts';
import { createScriptedServer } from '../../src/testing/scripted-server.ts';
import type { TransportFactory } from '../../src/transport/transport.ts';
import { type Bench, setUp, watch } from '../client/set-up.ts';

/** What one line of the server's means. */
function classify(line: string): Classified {
  const [verb, key = '', ...rest] = line.split(' ');
  const text = rest.join(' ');
  switch (verb) {
    case 'reply':
      return { kind: 'reply', key, result: text };
    case 'refuse':
      return { kind: 'failure', key, error: { message: text } };
    case 'progress':
      return { kind: 'progress', key, payload: text };
    case 'event':
      return { kind: 'event', name: key, payload: rest[0], meta: rest[1] };
    case 'ask':
      return { kind: 'request', key, method: rest[0] as string, params: undefined, meta: rest[1] };
    case 'of':
      return { kind: 'event', name: 'of', payload: line, subscription: { key, payload: text } };
    case 'again':
      return {
        kind: 'event',
        name: 'again',
        payload: line,
        subscription: { key, payload: line, again: { message: text } },
      };
    case 'ack':
      return { kind: 'event', name: 'told', payload: key, also: { answer: `got ${key}` } };
    case 'bad-ack':
      return { kind: 'nothing', also: { answer: 5 } };
    case 'gone':
      return {
        kind: 'nothing',
        also: { abandons: { match: (one) => String(one).startsWith(key), error: { message: text } } },
      };
    case 'bye':
      return { kind: 'nothing', also: { goodbye: { reason: key, ...JSON.parse(text || '{}') } } };
    case 'wrong':
      return { kind: 'error', error: { message: text }, also: { goodbye: { reason: text } } };
    default:
      return { kind: verb === 'quiet' ? 'nothing' : 'message' };
  }
}

interface Spy {
  readonly forgotten: RequestKey[];
  readonly sessions: unknown[];
  readonly infos: SubscribeInfo[];
}

/** The protocol, with parts of it replaced. */
function lines(spy: Spy, changes: Partial<RpcEnvelope> = {}, more: Partial<Envelope> = {}): () => Envelope {
  return () => {
    let last = 0;
    const rpc: RpcEnvelope = {
      allocate: () => `k${++last}`,
      request: (key, method, params, meta) =>
        Array.isArray(params)
          ? together(`${method} ${key}`, ...params)
          : `${method} ${key} ${meta ?? ''}`.trim(),
      notification: (method, _params, meta) => `${method} ${meta ?? ''}`.trim(),
      cancel: (key) => `cancel ${key}`,
      forget: (key) => void spy.forgotten.push(key),
      ...changes,
    };
    return {
      codec: {
        encode: (value) => {
          if (typeof value === 'number') throw new Error('no number');
          return `${value}\n`;
        },
        decode: (data) => data,
      },
      reader: (session) => {
        spy.sessions.push(session);
        let rest = '';
        return {
          split: (text) => {
            const all = `${rest}${text}`.split('\n');
            rest = all.pop() as string;
            return all;
          },
          classify: (line) => classify(line as string),
        };
      },
      rpc,
      ...more,
    };
  };
}

interface LineBench extends Bench, Spy {
  say(...lines: readonly string[]): void;
  heard(): readonly string[];
}

async function open(
  changes: Partial<RpcEnvelope> = {},
  options: Parameters<typeof setUp>[0] = {},
  more: Partial<Envelope> = {},
): Promise<LineBench> {
  const spy: Spy = { forgotten: [], sessions: [], infos: [] };
  const bench = setUp({ envelope: lines(spy, changes, more), ...options });
  await bench.open();
  return {
    ...bench,
    ...spy,
    say: (...all) => bench.server.last.send(all.map((one) => `${one}\n`).join('')),
    heard: () => bench.server.last.received.map((one) => String(one).trim()),
  };
}

/** How a protocol answers. */
const ANSWERS: Partial<RpcEnvelope> = {
  answers: {
    reply: (key, result) => (result === undefined ? undefined : `answer ${key} ${result}`),
    failure: (key, { message }) => `failed ${key} ${message}`,
    unknownMethod: () => ({ message: 'unknown' }),
    internalError: () => ({ message: 'internal' }),
  },
};

describe('what reads a line', () => {
  it('is made for each: half a message of a lost line is lost with it', async () => {
    const { client, clock, server, of, say } = await open();
    server.last.send('hello\nhal');
    server.last.send('f\nlost');
    server.last.drop();
    await clock.advance(6_000);
    say('whole');
    expect(of('message')).toEqual(['hello', 'half', 'whole']);
    void client.close();
  });

  it('keeps two lines of a handover apart', async () => {
    const bench = await open(ANSWERS, { use: [handover()] });
    const { client, clock, server, of } = bench;
    const pending = watch(client.request('slow'));
    const old = server.last;
    old.send('old-');
    const moved = client.handover();
    await clock.advance(0);
    await moved;
    server.last.send('new\n');
    old.send('line\nreply k1 done\n');
    expect(of('message')).toEqual(['new', 'old-line']);
    await clock.settle();
    expect(pending.value).toBe('done');
    void client.close();
  });

  it('gets what the login has learnt of the line', async () => {
    let count = 0;
    const auth = login(async (line) => {
      line.send('hello');
      return { session: `${await line.receive()}${++count}` };
    });
    const bench = setUp({ auth, envelope: lines({ forgotten: [], sessions: [], infos: [] }) });
    void bench.client.close();
    const spy: Spy = { forgotten: [], sessions: [], infos: [] };
    const { client, clock, server, of } = setUp({ auth, envelope: lines(spy) });
    client.connect();
    await clock.advance(0);
    server.last.send('id');
    await clock.settle();
    server.last.send('x\n');
    // One for the login, and one for the line.
    expect(spy.sessions).toEqual([undefined, 'id1']);
    expect(of('message')).toEqual(['x']);
    void client.close();
  });
});

describe('what a message brings along', () => {
  it('an answer goes back at once, on the same line, ahead of those who are told', async () => {
    const { client, heard, say } = await open();
    client.onEvent('told', () => void client.send('later'));
    say('ack 1', 'quiet', 'ack 2');
    expect(heard()).toEqual(['got 1', 'later', 'got 2', 'later']);
    void client.close();
  });

  it('an answer that the codec cannot carry is told, and the line goes on', async () => {
    const { client, of, say } = await open();
    say('bad-ack', 'hello');
    expect(of('error')).toMatchObject([{ code: 'BAD_MESSAGE' }]);
    expect(of('message')).toEqual(['hello']);
    void client.close();
  });

  it('nothing is told to nobody', async () => {
    const { client, of, say } = await open();
    say('quiet');
    expect(of('message')).toEqual([]);
    void client.close();
  });

  it('requests that will never be answered are refused, those that are meant', async () => {
    const { client, clock, say } = await open();
    const [first, second] = [watch(client.request('a')), watch(client.request('b'))];
    say('gone k1 detached');
    await clock.settle();
    expect(first.value).toMatchObject({ code: 'REQUEST_REJECTED', remoteMessage: 'detached', method: 'a' });
    say('reply k2 yes');
    await clock.settle();
    expect(second.value).toBe('yes');
    void client.close();
  });
});

describe('a goodbye in words', () => {
  it('gives the line up for the next, soon', async () => {
    const { client, clock, server, say, of } = await open();
    const gone = server.last;
    say('bye restart');
    expect(of('lost')).toMatchObject([{ closure: { sent: { code: 4_000 } } }]);
    expect(gone.state).not.toBe('open');
    expect(client.why().rule).toBe('the server said goodbye: restart');
    await clock.advance(1_000);
    expect([client.state.status, server.connections.length]).toEqual(['ready', 2]);
    expect(of('error')).toEqual([]);
    void client.close();
  });

  it('waits as long as the server asks', async () => {
    const { client, clock, server, say } = await open();
    say('bye busy {"delay":20000}');
    // Not all at once: a fifth later at most, here the middle of that.
    await clock.advance(21_999);
    expect(server.connections.length).toBe(1);
    await clock.advance(1);
    expect(server.connections.length).toBe(2);
    void client.close();
  });

  it('ends the client where none is to follow', async () => {
    const { client, server, say, of } = await open();
    say('bye revoked {"reconnect":false}');
    expect(of('lost')).toMatchObject([{ closure: { sent: { code: 1_000 } } }]);
    expect(server.last.state).not.toBe('open');
    expect(client.state.status).toBe('closed');
    const [{ error }] = of('closed') as [{ error: Error }];
    expect(error).toMatchObject({ code: 'CONNECTION_CLOSED', detail: 'goodbye' });
    expect(error.message).toBe(
      'The server said that this connection ends and that none is to follow: revoked.',
    );
  });

  it('ends a client that does not reconnect', async () => {
    const { client, say } = await open({}, { reconnect: false });
    say('bye restart');
    expect(client.state.status).toBe('closed');
  });

  it('is no storm where it is the first word on every line', async () => {
    const { client, clock, server, say } = await open();
    for (let second = 0; second < 60; second++) {
      if (client.connected) say('bye again');
      await clock.advance(1_000);
    }
    expect(server.connections.length).toBeLessThan(15);
    void client.close();
  });

  it('hands over where the server takes two lines, and there is the plugin', async () => {
    const { client, clock, server, say } = await open({}, { use: [handover({ spread: 0 })] });
    const old = server.last;
    const slow = watch(client.request('slow'));
    say('bye warning {"overlap":true}');
    expect(old.state).toBe('open');
    await clock.advance(0);
    expect([client.state.status, client.state.epoch, server.connections.length]).toEqual(['ready', 2, 2]);
    expect(old.state).toBe('open'); // the request is still under way there
    old.send('bye late\n');
    expect(client.state).toMatchObject({ status: 'ready', epoch: 2 });
    // Of the old line, which was there for that alone.
    old.send('gone k1 detached\n');
    await clock.settle();
    expect(slow.value).toMatchObject({ code: 'REQUEST_REJECTED' });
    expect(old.state).not.toBe('open');
    void client.close();
  });

  it('keeps no more of a reason than a Close frame could hold', async () => {
    const { client, say } = await open();
    say(`bye ${'x'.repeat(1_000_000)} {"reconnect":false}`);
    expect(client.why().rule).toBe(`the server said goodbye: ${'x'.repeat(123)}`);
    expect(client.why().lastError?.message.length).toBeLessThan(250);
  });

  it('tells no secret that it repeats', async () => {
    const { client, say } = await open({}, { url: 'ws://test/?token=hush-hush-hush' });
    say('bye hush-hush-hush');
    expect(client.why().rule).toMatch(/^the server said goodbye: /);
    expect(client.why().rule).not.toContain('hush-hush');
    void client.close();
  });

  it('gives the line up where there is no such plugin', async () => {
    const { client, clock, server, say } = await open();
    say('bye warning {"overlap":true}');
    await clock.advance(1_000);
    expect(server.connections.length).toBe(2);
    void client.close();
  });

  it('comes with an error too', async () => {
    const { client, clock, server, say, of } = await open();
    say('wrong 1 bad frame');
    await clock.advance(1_000);
    expect(of('error')).toMatchObject([{ code: 'SERVER_ERROR', remoteMessage: 'bad frame' }]);
    expect(server.connections.length).toBe(2);
    void client.close();
  });
});

describe('requests', () => {
  it('hear of their progress, by their key', async () => {
    const { client, clock, say, of } = await open();
    const told: unknown[] = [];
    const done = watch(client.request('copy', undefined, { progress: (...all) => told.push(all) }));
    say('progress k1 10%', 'progress k1 20%', 'progress k9 never', 'reply k1 copied', 'progress k1 late');
    await clock.settle();
    expect(told).toEqual([
      ['10%', 'k1'],
      ['20%', 'k1'],
    ]);
    expect(done.value).toBe('copied');
    expect(of('message')).toEqual([]);
    void client.close();
  });

  it('hear nothing of it from another line', async () => {
    const { client, clock, server } = await open({}, { use: [handover()] });
    const told: unknown[] = [];
    watch(client.request('copy', undefined, { progress: (one) => told.push(one) }));
    const old = server.last;
    const moved = client.handover();
    await clock.advance(0);
    await moved;
    server.last.send('progress k1 forged\n');
    old.send('progress k1 true\n');
    expect(told).toEqual(['true']);
    void client.close();
  });

  it('that leave under another key are forgotten under the old one', async () => {
    let last = 0;
    const { client, clock, server, forgotten, heard } = await open({
      allocate: () => ++last,
      subscriptions: {
        confirms: false,
        subscribe: (key, name) => `sub ${key} ${name}`,
        adopt: (_result, key) => key,
        unsubscribe: () => undefined,
      },
    });
    watch(client.request('again', undefined, { idempotent: true }));
    client.subscribe('news');
    server.last.drop();
    await clock.advance(6_000);
    expect(heard()).toEqual(['sub 3 news', 'again 4']);
    expect(forgotten).toEqual([1]);
    void client.close();
  });

  it('carry what the caller puts beside the params, and events bring it back', async () => {
    const { client, heard, say } = await open(ANSWERS);
    watch(client.request('a', undefined, { meta: 'session-1' }));
    await client.notify('b', undefined, { meta: 'session-2' });
    expect(heard()).toEqual(['a k1 session-1', 'b session-2']);
    const told: unknown[] = [];
    client.onEvent('news', (...all: unknown[]) => told.push(all));
    client.handle('who', (_params, { meta }) => `I-${meta}`);
    say('event news 1 session-1', 'event news 2', 'ask s1 who session-1');
    await Promise.resolve();
    await Promise.resolve();
    expect(told).toEqual([['1', 'session-1'], ['2']]);
    expect(heard().at(-1)).toBe('answer s1 I-session-1');
    void client.close();
  });

  it('of several messages stay together, also where they wait', async () => {
    const { client, clock, server, heard } = await open();
    const first = watch(client.request('put', ['one', 'two']));
    expect(heard()).toEqual(['put k1', 'one', 'two']);
    server.last.drop();
    await clock.settle();
    expect(first.value).toMatchObject({ code: 'REPLY_LOST' });
    const again = watch(client.request('put', ['three', 'four'], { idempotent: true }));
    void client.send('behind');
    expect(client.stats()).toMatchObject({ queued: 2, queuedBytes: 'put k2\nthree\nfour\nbehind\n'.length });
    await clock.advance(6_000);
    expect(heard()).toEqual(['put k2', 'three', 'four', 'behind']);
    expect(again.settled).toBe(0);
    void client.close();
  });

  it('of several messages wait as they were given', async () => {
    const { client, clock, server } = await open();
    server.last.drop();
    const bytes = Uint8Array.of(1, 2);
    watch(client.request('put', [bytes]));
    bytes.fill(9);
    await clock.advance(6_000);
    expect(server.last.received).toEqual(['put k1\n', Uint8Array.of(1, 2)]);
    const again = Uint8Array.of(3);
    watch(client.request('put', [again], { idempotent: true }));
    again.fill(9);
    server.last.drop();
    await clock.advance(6_000);
    expect(server.last.received).toEqual(['put k2\n', Uint8Array.of(3)]);
    void client.close();
  });

  it('of several messages are not begun on a line that takes no more', async () => {
    const tried: unknown[] = [];
    const { transport } = createScriptedServer();
    const refusing: TransportFactory = (request, sink) => {
      const made = transport(request, sink);
      return Object.assign(Object.create(made), {
        send: (data: unknown) => {
          tried.push(data);
          return false;
        },
      }) as typeof made;
    };
    const { client } = await open({}, { transport: refusing });
    watch(client.request('put', ['one', 'two']));
    expect(tried).toEqual(['put k1\n']);
    void client.close();
  });

  it('are forgotten once, however they end', async () => {
    const { client, clock, server, say, forgotten } = await open();
    const abort = new AbortController();
    const all = [
      client.request('answered'),
      client.request('refused'),
      client.request('aborted', undefined, { signal: abort.signal }),
      client.request('late', undefined, { timeout: 100 }),
      client.request('lost'),
    ].map(watch);
    say('reply k1 1', 'refuse k2 no');
    abort.abort();
    await clock.advance(100);
    expect(forgotten).toEqual(['k1', 'k2', 'k3', 'k4']);
    server.last.drop();
    await clock.settle();
    expect(forgotten).toEqual(['k1', 'k2', 'k3', 'k4', 'k5']);
    expect(all.every(({ settled }) => settled === 1)).toBe(true);
    void client.close();
  });
});

describe('questions of the server’s', () => {
  it('are messages where the protocol has no answers', async () => {
    const { client, of, say, heard } = await open();
    expect(() => client.handle('who', () => 1)).toThrow(expect.objectContaining({ code: 'UNSUPPORTED' }));
    say('ask s1 who');
    expect([of('message'), heard()]).toEqual([['ask s1 who'], []]);
    void client.close();
  });

  it('are not answered where the protocol has nothing to say', async () => {
    const { client, clock, say, heard } = await open(ANSWERS);
    client.handle('quiet', () => undefined);
    client.handle('loud', () => 'yes');
    say('ask s1 quiet', 'ask s2 loud', 'ask s3 none');
    await clock.settle();
    expect(heard()).toEqual(['failed s3 unknown', 'answer s2 yes']);
    void client.close();
  });
});

describe('subscriptions', () => {
  const wire = (changes: Partial<NonNullable<RpcEnvelope['subscriptions']>> = {}): Partial<RpcEnvelope> => ({
    subscriptions: {
      confirms: 'subscribe',
      subscribe: (key, name) => `sub ${key} ${name}`,
      adopt: (_result, _key, name) => name,
      unsubscribe: (_key, id) => `unsub ${id}`,
      ...changes,
    },
  });

  it('may be confirmed, and left without a word', async () => {
    const { client, say, heard } = await open(wire());
    const subscription = client.subscribe('news');
    expect(subscription.status).toBe('pending');
    say('reply k1 ok');
    expect(subscription.status).toBe('active');
    subscription.unsubscribe();
    expect(heard()).toEqual(['sub k1 news', 'unsub news']);
    expect(client.stats().pending).toBe(0);
    void client.close();
  });

  it('may be left with an answer, though they began without one', async () => {
    const { client, say, heard } = await open(wire({ confirms: 'unsubscribe', adopt: (_r, key) => key }));
    const subscription = client.subscribe('news');
    expect(subscription.status).toBe('active');
    subscription.unsubscribe();
    expect([heard(), client.stats().pending]).toEqual([['sub k1 news', 'unsub k1'], 1]);
    say('reply k2 left');
    expect(client.stats().pending).toBe(0);
    void client.close();
  });

  it('may be left by saying nothing', async () => {
    const { client, say, heard } = await open(wire({ unsubscribe: () => undefined }));
    const subscription = client.subscribe('news');
    say('reply k1 ok');
    subscription.unsubscribe();
    expect(heard()).toEqual(['sub k1 news']);
    void client.close();
  });

  it('that the server has dropped are asked for again after a wait, and a gap tells of it', async () => {
    const { client, clock, say, heard, of } = await open(wire());
    const events: unknown[] = [];
    const one = client.subscribe('news');
    one.on((event) => events.push(event));
    say('reply k1 ok', 'of news 1', 'again news crashed', 'of news nobody’s');
    expect([one.status, events, heard()]).toEqual(['pending', ['1'], ['sub k1 news']]);
    expect(of('gap')).toMatchObject([{ subscription: 'news', recovered: false }]);
    expect(of('error')).toMatchObject([{ code: 'SUBSCRIPTION_ENDED', remoteMessage: 'crashed' }]);
    await clock.advance(5_000);
    expect(heard()).toEqual(['sub k1 news', 'sub k2 news']);
    say('reply k2 ok', 'of news 2');
    expect([one.status, events]).toEqual(['active', ['1', '2']]);
    say('again other x');
    expect(of('message')).toContain('again other x');
    void client.close();
  });

  it('that the server has dropped are not asked for when nobody wants them any more, or the line is gone', async () => {
    const { client, clock, say, heard, server } = await open(wire());
    const one = client.subscribe('news');
    const two = client.subscribe('more');
    say('reply k1 ok', 'reply k2 ok', 'again news crashed', 'again more crashed');
    one.unsubscribe();
    server.last.drop();
    await clock.advance(6_000);
    expect(heard()).toEqual(['sub k3 more']);
    expect(two.status).toBe('pending');
    void client.close();
  });

  it('that an old line drops during a handover are asked for on the new one alone', async () => {
    const bench = await open(wire(), { use: [handover()] });
    const { client, clock, server } = bench;
    const one = client.subscribe('news');
    bench.say('reply k1 ok');
    const old = server.last;
    void client.handover();
    await clock.advance(0);
    old.send('again news crashed\n');
    server.last.send('reply k2 ok\n');
    await clock.advance(10_000);
    expect(bench.heard()).toEqual(['sub k2 news']);
    expect([one.status, bench.of('error')]).toEqual(['active', []]);
    void client.close();
  });

  it('may be known by the key of their request', async () => {
    const { client, say } = await open(wire({ adopt: (_result, key) => key }));
    const heard: unknown[] = [];
    client.subscribe('news').on((one) => heard.push(one));
    say('reply k1 ok', 'of k1 first');
    expect(heard).toEqual(['first']);
    void client.close();
  });

  it('may wait for a credential, made from what the login has learnt', async () => {
    const infos: SubscribeInfo[] = [];
    let give: (text: string) => void = () => {};
    const auth = login(async (line) => ({ session: await line.receive() }));
    const subscribe = (key: RequestKey, name: string, _params: unknown, info: SubscribeInfo) => {
      infos.push(info);
      if (name === 'open') return `sub ${key} open`;
      return new Promise<string>((resolve) => {
        give = (text) => resolve(`sub ${key} ${name} ${text}`);
      });
    };
    const spy: Spy = { forgotten: [], sessions: [], infos: [] };
    const { client, clock, server } = setUp({ auth, envelope: lines(spy, wire({ subscribe })) });
    client.connect();
    await clock.advance(0);
    server.last.send('socket-1');
    await clock.settle();
    const heard = () => server.last.received.map((one) => String(one).trim());
    const secret = client.subscribe('private', undefined, { meta: 'mine' });
    client.subscribe('open');
    expect(infos[0]).toMatchObject({ session: 'socket-1', meta: 'mine' });
    expect(heard()).toEqual(['sub k2 open']);
    give('token');
    await clock.settle();
    expect(heard()).toEqual(['sub k2 open', 'sub k1 private token']);
    server.last.send('reply k1 ok\n');
    expect(secret.status).toBe('active');

    const signal = infos[0]?.signal as AbortSignal;
    expect(signal.aborted).toBe(false);
    server.last.drop();
    expect(signal.aborted).toBe(true);
    await clock.advance(6_000);
    server.last.send('socket-2');
    await clock.settle();
    expect(infos[2]).toMatchObject({ session: 'socket-2' });
    server.last.drop();
    give('too late');
    await clock.advance(6_000);
    expect(heard()).toEqual([]);
    void client.close();
  });

  it('that nobody wants any more is not asked for', async () => {
    let give: (text: string) => void = () => {};
    const subscribe = () =>
      new Promise<string>((resolve) => {
        give = resolve;
      });
    const { client, clock, heard } = await open(wire({ subscribe }));
    client.subscribe('private').unsubscribe();
    give('sub');
    await clock.settle();
    expect(heard()).toEqual([]);
    void client.close();
  });

  it('whose credential is refused end with that, as one whose message cannot be made', async () => {
    const fault = new Error('no token');
    const { client, clock } = await open(wire({ subscribe: () => Promise.reject(fault) }));
    const subscription = client.subscribe('private');
    await clock.settle();
    expect(await subscription.closed).toBe(fault);
    const bad = await open(wire({ subscribe: () => Promise.resolve(5) }));
    const other = bad.client.subscribe('private');
    await bad.clock.settle();
    expect(await other.closed).toMatchObject({ message: 'no number' });
    void client.close();
    void bad.client.close();
  });
});

describe('a login that says that the server has taken up what was before', () => {
  it.each([true, false])('recovered: %s is what the gap says', async (recovered) => {
    const auth = login(async (line) => {
      line.send('hello');
      await line.receive();
      return { recovered };
    });
    const { client, clock, server, of } = setUp({
      auth,
      envelope: lines({ forgotten: [], sessions: [], infos: [] }),
    });
    client.connect();
    await clock.advance(0);
    server.last.send('welcome');
    await clock.settle();
    server.last.drop();
    await clock.advance(6_000);
    server.last.send('welcome');
    await clock.settle();
    expect(of('gap')).toMatchObject([{ epoch: 2, recovered }]);
    void client.close();
  });
});
