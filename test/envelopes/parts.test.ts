import { describe, expect, it } from 'vitest';
import { login } from '../../src/auth/login.ts';
import { AuthError } from '../../src/base/errors.ts';
import { createClient as createPageClient } from '../../src/client/create-client.browser.ts';
import {
  closeCodes,
  protocolAddress,
  protocolCredentials,
  protocolHeartbeat,
  protocolLogin,
  subprotocols,
  withQuery,
} from '../../src/envelopes/parts.ts';
import type { Envelope } from '../../src/messaging/envelope.ts';
import { raw } from '../../src/messaging/raw.ts';
import { createScriptedServer } from '../../src/testing/scripted-server.ts';
import { createVirtualClock } from '../../src/testing/virtual-clock.ts';
import { type Bench, setUp } from '../client/set-up.ts';

type Options = Parameters<typeof setUp>[0];

/** A client whose envelope brings these along. */
const bring = (use: Envelope['use'], options: Options = {}): Bench =>
  setUp({ envelope: () => ({ ...raw()(), use }), ...options });

describe('protocolLogin', () => {
  it('speaks before messages flow, and before the login of the client', async () => {
    const own = protocolLogin(async (line) => {
      line.send('init');
      if ((await line.receive()) !== 'ack') throw new AuthError('refused');
    });
    const auth = login(async (line) => {
      line.send('my name');
      await line.receive();
      return { recovered: true };
    });
    const { client, clock, server, of } = bring([own], { auth });
    void client.send('hello');
    await clock.advance(0);
    server.last.send('ack');
    await clock.settle();
    expect(client.state.status).toBe('authenticating');
    server.last.send('welcome');
    await clock.settle();
    server.last.send('news');
    expect(server.last.received).toEqual(['init', 'my name', 'hello']);
    expect([client.state.status, of('message')]).toEqual(['ready', ['news']]);
    void client.close();
  });

  it('gives the envelope its own session, whatever the login of the client has told', async () => {
    const sessions: unknown[] = [];
    const own = protocolLogin(async () => ({ session: 'of the protocol' }));
    const auth = login(async () => ({ session: 'of the client', recovered: true }));
    const reader = (session: unknown) => {
      sessions.push(session);
      return raw()().reader(session);
    };
    const { client, clock, server } = setUp({ envelope: () => ({ ...raw()(), reader, use: [own] }), auth });
    client.connect();
    await clock.advance(0);
    await clock.settle();
    server.last.send('x');
    // The first was for requests of the login.
    expect(sessions.at(-1)).toBe('of the protocol');
    void client.close();
  });

  it('takes a login that is a plain function too', async () => {
    const own = protocolLogin(async (line) => void line.send('init'));
    const auth = { login: async (line: { send(data: string): void }) => line.send('plain') };
    const { client, clock, server } = bring([own], { auth });
    client.connect();
    await clock.advance(0);
    expect(server.last.received).toEqual(['init', 'plain']);
    void client.close();
  });

  it('ends the client where the refusal is final, and tries again otherwise', async () => {
    const final = bring([protocolLogin(() => Promise.reject(new AuthError('no')))]);
    final.client.connect();
    await final.clock.advance(0);
    expect(final.client.state.status).toBe('closed');
    const passing = bring([protocolLogin(() => Promise.reject(new Error('not now')))]);
    passing.client.connect();
    await passing.clock.advance(6_000);
    expect(passing.server.connections.length).toBeGreaterThan(1);
    void passing.client.close();
  });

  it('keeps what it has sent out of errors', async () => {
    const own = protocolLogin(async (line) => {
      line.send(JSON.stringify({ token: 'hush-hush-hush' }));
      throw new Error(`refused ${await line.receive()}`);
    });
    const { client, clock, server, of } = bring([own]);
    client.connect();
    await clock.advance(0);
    server.last.send('hush-hush-hush is bad');
    await clock.settle();
    const [error] = of('error') as [Error];
    expect(`${error.message} ${error.cause}`).not.toContain('hush-hush');
    void client.close();
  });
});

it('keeps what it has sent out of errors in a page too, where no way to log in has brought that along', async () => {
  const clock = createVirtualClock();
  const server = createScriptedServer();
  const own = protocolLogin(async (line) => {
    line.send(JSON.stringify({ token: 'hush-hush-hush' }));
    throw new Error(`refused ${await line.receive()}`);
  });
  const envelope = () => ({ ...raw()(), use: [own] });
  const client = createPageClient({
    url: 'ws://test',
    envelope,
    clock,
    transport: server.transport,
    heartbeat: false,
  });
  const errors: Error[] = [];
  client.on('error', (error) => errors.push(error));
  client.connect();
  await clock.advance(0);
  server.last.send('hush-hush-hush is bad');
  await clock.settle();
  expect(errors).toHaveLength(1);
  expect(`${errors[0]?.message} ${errors[0]?.cause}`).not.toContain('hush-hush');
  void client.close();
});

describe('what a login sends that holds no secret', () => {
  it('may stand in errors, but for what is marked', async () => {
    const own = protocolLogin(async (line) => {
      line.hide('hush-hush-hush');
      line.send('CONNECT with hush-hush-hush', false);
      throw new Error(`refused ${await line.receive()}`);
    });
    const { client, clock, server, of } = bring([own]);
    client.connect();
    await clock.advance(0);
    server.last.send('CONNECT with hush-hush-hush');
    await clock.settle();
    const [error] = of('error') as [Error];
    expect(`${error.cause}`).toContain('CONNECT with');
    expect(`${error.cause}`).not.toContain('hush');
    void client.close();
  });
});

describe('protocolHeartbeat', () => {
  const echo = (data: string | Uint8Array): string | false => data === '2' && '3';

  it('answers the server, and gives up when it falls silent', async () => {
    const { client, clock, server, of } = bring(
      [protocolHeartbeat({ interval: 25_000, timeout: 20_000, echo })],
      {
        heartbeat: {},
      },
    );
    client.connect();
    await clock.advance(0);
    await clock.advance(25_000);
    server.last.send('2');
    expect(server.last.received).toEqual(['3']);
    await clock.advance(44_999);
    expect(of('error')).toEqual([]);
    await clock.advance(1);
    expect(of('error')).toMatchObject([{ code: 'HEARTBEAT_TIMEOUT' }]);
    expect(of('message')).toEqual([]);
    void client.close();
  });

  it('asks with a message of the protocol’s', async () => {
    const ping = { message: () => 'ping', isAnswer: (data: unknown) => data === 'pong' };
    const { client, clock, server, of } = bring(
      [protocolHeartbeat({ interval: 10_000, timeout: 5_000, ping })],
      {
        heartbeat: {},
      },
    );
    client.connect();
    await clock.advance(0);
    await clock.advance(10_000);
    expect(server.last.received).toEqual(['ping']);
    server.last.send('pong');
    expect([of('message'), of('rtt').length]).toEqual([[], 1]);
    void client.close();
  });

  it('takes the times that the client has named, and its no', async () => {
    const named = bring([protocolHeartbeat({ interval: 25_000, timeout: 20_000, echo })], {
      heartbeat: { interval: 1_000, timeout: 1_000 },
    });
    named.client.connect();
    await named.clock.advance(2_000);
    expect(named.of('error')).toMatchObject([{ code: 'HEARTBEAT_TIMEOUT' }]);
    void named.client.close();
    const off = bring([protocolHeartbeat({ interval: 1_000, timeout: 1_000, echo })], { heartbeat: false });
    off.client.connect();
    await off.clock.advance(60_000);
    expect(off.of('error')).toEqual([]);
    void off.client.close();
  });
});

describe('a beat of protocolHeartbeat', () => {
  it('is said as often as the login has heard', async () => {
    const own = protocolLogin(async (line) => line.announce(60_000, 2_000));
    const beat = { message: () => 'b', interval: 0 };
    const { client, clock, server } = bring([own, protocolHeartbeat({ timeout: 1_000, beat })], {
      heartbeat: {},
    });
    client.connect();
    await clock.advance(4_000);
    expect(server.last.received).toEqual(['b', 'b']);
    void client.close();
  });
});

describe('protocolCredentials', () => {
  it('come before those of the client, which win where they have the same name', async () => {
    const own = protocolCredentials(async ({ attempt }) => ({
      protocols: ['own'],
      query: { a: '1', b: `${attempt}` },
      headers: { x: '1' },
    }));
    const auth = { prepare: () => ({ protocols: ['theirs'], query: { a: '2' }, headers: { y: '2' } }) };
    const { client, clock, server } = bring([subprotocols('first'), own], { auth });
    client.connect();
    await clock.advance(0);
    expect(server.last.request.url).toBe('ws://test/?token=hush&a=2&b=1');
    expect(server.last.request.protocols).toEqual(['first', 'own', 'theirs']);
    expect(Object.fromEntries(server.last.request.headers ?? [])).toEqual({ x: '1', y: '2' });
    void client.close();
  });

  it('may be all that there are', async () => {
    const { client, clock, server } = bring([protocolCredentials(() => ({ protocols: ['own'] }))]);
    client.connect();
    await clock.advance(0);
    expect(server.last.request.protocols).toEqual(['own']);
    void client.close();
  });
});

describe('closeCodes', () => {
  const codes = closeCodes({ 4001: 'stop', 4002: 'renew', 4900: 'retry' });
  const closedWith = async (code: number, options: Options = {}): Promise<string> => {
    const { client, clock, server } = bring([codes], options);
    client.connect();
    await clock.advance(0);
    server.last.close(code);
    await clock.advance(6_000);
    const { status } = client.state;
    void client.close();
    return `${status} ${client.why().rule}`;
  };

  it.each([
    [4001, 'closed the server closed with 4001'],
    [4002, 'closed the server closed with 4002'],
    [4900, 'ready the server closed with 4900'],
    [4901, 'closed the server closed with 4901'],
    [1000, 'ready the server closed with 1000'],
  ])('%d: %s', async (code, fate) => {
    expect(await closedWith(code)).toContain(fate);
  });

  it('renew where that is possible', async () => {
    let renewed = 0;
    const { client, clock, server } = bring([codes], {
      auth: { prepare: () => ({}), renew: () => void renewed++ },
    });
    client.connect();
    await clock.advance(0);
    server.last.close(4002);
    await clock.advance(6_000);
    expect([renewed, client.state.status]).toEqual([1, 'ready']);
    void client.close();
  });

  it('leave the line that was lost, a policy of the client’s, and clients that do not reconnect as they are', async () => {
    const { client, clock, server } = bring([codes]);
    client.connect();
    await clock.advance(0);
    server.last.drop();
    await clock.advance(6_000);
    expect(client.state.status).toBe('ready');
    void client.close();
    const policy = () => ({ action: 'retry', rule: 'mine' }) as const;
    expect(await closedWith(4001, { reconnect: { policy } })).toBe('ready mine');
    expect(await closedWith(4900, { reconnect: false })).toContain('closed');
  });
});

describe('protocolAddress and subprotocols', () => {
  it('change what is dialled and offered', async () => {
    let count = 0;
    const { client, clock, server } = bring([
      protocolAddress((url) => withQuery(url, { EIO: '4', n: String(++count) })),
      subprotocols('a', 'b'),
    ]);
    client.connect();
    await clock.advance(0);
    expect(server.last.request.url).toBe('ws://test/?token=hush&EIO=4&n=1');
    expect(server.last.request.protocols).toEqual(['a', 'b']);
    server.last.drop();
    await clock.advance(6_000);
    expect(server.last.request.url).toBe('ws://test/?token=hush&EIO=4&n=2');
    void client.close();
  });

  it('offer what the client wants, if it wants something', async () => {
    const { client, clock, server } = bring([subprotocols('a')], { protocols: ['mine'] });
    client.connect();
    await clock.advance(0);
    expect(server.last.request.protocols).toEqual(['mine']);
    void client.close();
  });

  it('put parameters in place of others', () => {
    expect(withQuery('ws://a/b', { c: 'd e' })).toBe('ws://a/b?c=d+e');
    expect(withQuery('ws://a/b?c=1&d=2', { c: '3', e: undefined })).toBe('ws://a/b?c=3&d=2');
  });
});
