// Frames as OBS 29 (obs-websocket 5.1) sent them.
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { type ObsOptions, obs } from '../../src/envelopes/obs.ts';
import { type Bench, setUp, watch } from '../client/set-up.ts';
import { PROPERTY_TIMEOUT } from '../tools/property-runs.ts';
import { survives } from './hostile.ts';

const HELLO = { op: 0, d: { obsWebSocketVersion: '5.1.0', rpcVersion: 1 } };
const CHALLENGE = {
  op: 0,
  d: {
    ...HELLO.d,
    authentication: {
      challenge: '+IxH4CnCiqpX1rM9scsNynZzbOe4KhDeYcTNS3PDaeY=',
      salt: 'lM1GncleQOaCu9lT1yeUZhFYnqhsLLP1G5lAGo3ixaI=',
    },
  },
};
const IDENTIFIED = { op: 2, d: { negotiatedRpcVersion: 1 } };

interface ObsBench extends Bench {
  say(...frames: readonly object[]): void;
}

/** A line that is open; `hello` has been said. */
async function begin(options: ObsOptions = {}, hello: object = HELLO, client = {}): Promise<ObsBench> {
  const bench = setUp(
    { envelope: obs(options), ...client },
    { onConnect: (end) => end.accept('obswebsocket.json') },
  );
  bench.client.connect();
  await bench.clock.advance(0);
  const say = (...frames: readonly object[]): void => {
    for (const one of frames) bench.server.last.send(JSON.stringify(one));
  };
  say(hello);
  await settle(bench);
  return { ...bench, say };
}

/** Digests are made on another thread. */
async function settle({ clock, server }: Bench, messages = 1): Promise<void> {
  for (let turn = 0; turn < 1_000 && server.last.received.length < messages; turn++) {
    await new Promise((resolve) => setImmediate(resolve));
    await clock.settle();
  }
}

async function open(options: ObsOptions = {}): Promise<ObsBench> {
  const bench = await begin(options);
  bench.say(IDENTIFIED);
  await bench.clock.settle();
  expect(bench.client.state.status).toBe('ready');
  return bench;
}

const sha = (text: string): string => createHash('sha256').update(text).digest('base64');

describe('the login', () => {
  it('answers the challenge, and offers the subprotocol', async () => {
    const { client, received, server, say, clock } = await begin(
      { password: 'supersecretpassword', eventSubscriptions: 33 },
      CHALLENGE,
    );
    const { challenge, salt } = CHALLENGE.d.authentication;
    const authentication = sha(sha(`supersecretpassword${salt}`) + challenge);
    expect(authentication).toBe('1Ct943GAT+6YQUUX47Ia/ncufilbe6+oD6lY+5kaCu4=');
    expect(received()).toEqual([{ op: 1, d: { rpcVersion: 1, authentication, eventSubscriptions: 33 } }]);
    expect(server.last.request.protocols).toEqual(['obswebsocket.json']);
    expect(client.state.status).toBe('authenticating');
    say(IDENTIFIED);
    await clock.settle();
    expect(client.state.status).toBe('ready');
    void client.close();
  });

  it('says nothing of a password where none is wanted', async () => {
    const { client, received } = await begin({ password: 'hush-hush' });
    expect(received()).toEqual([{ op: 1, d: { rpcVersion: 1 } }]);
    void client.close();
  });

  it('with a wrong password is final, once the password has been asked for again', async () => {
    const asked: number[] = [];
    const bench = await begin({ password: async () => `secret-word-${asked.push(1)}` }, CHALLENGE);
    bench.server.last.close(4009, 'Authentication failed for secret-word-1');
    await bench.clock.advance(60_000);
    expect([bench.client.state.status, bench.server.connections.length]).toEqual(['closed', 1]);
    const [{ error }] = bench.of('closed') as [{ error: Error }];
    expect(error).toMatchObject({ code: 'AUTH_REFUSED' });
    expect(JSON.stringify(bench.told) + String(error.cause)).not.toContain('secret-word');
  });

  it('that is refused for now is tried again', async () => {
    const { client, clock, server } = await begin();
    server.last.close(1001);
    await clock.advance(6_000);
    expect([client.state.status, server.connections.length]).toEqual(['authenticating', 2]);
    void client.close();
  });

  it('does not wait for ever for a server that is silent', async () => {
    const { client, clock, of } = await begin();
    await clock.advance(10_000);
    expect(of('error')).toMatchObject([{ code: 'LOGIN_FAILED', detail: 'no-answer' }]);
    void client.close();
  });

  it.each([[{ type: 'welcome' }], [[]], [{ op: 0 }]])(
    'names a server of another protocol: %j',
    async (hello) => {
      const { client, of } = await begin({}, hello);
      expect(of('error')).toMatchObject([{ code: 'LOGIN_FAILED', detail: 'other-protocol' }]);
      void client.close();
    },
  );

  it('wants to hear that we are identified', async () => {
    const { client, clock, of, say } = await begin();
    say({ op: 5, d: {} });
    await clock.settle();
    expect(of('error')).toMatchObject([
      { detail: 'other-protocol', message: expect.stringContaining('Identified') },
    ]);
    void client.close();
  });

  it.each([
    [4010, 'closed'],
    [4011, 'closed'],
    [1000, 'authenticating'],
  ])('after a close with %d: %s', async (code, status) => {
    const { client, clock, server } = await open();
    server.last.close(code);
    await clock.advance(6_000);
    expect(client.state.status).toBe(status);
    void client.close();
  });

  it('refuses options that there are not, and says nothing of the password', () => {
    expect(() => obs({ password: 12_345_678 as never })).toThrow(
      /password of obs must be a string or a function/,
    );
    expect(() => obs({ password: 12_345_678 as never })).not.toThrow(/12345678|12_345/);
    expect(() => obs({ pasword: 'x' } as never)).toThrow(/Did you mean password/);
  });
});

describe('requests', () => {
  it('have texts as ids and may be answered out of order', async () => {
    const { client, clock, received, say } = await open();
    const [version, scenes] = [
      watch(client.request('GetVersion')),
      watch(client.request('SetCurrentProgramScene', { sceneName: 'Break' })),
    ];
    expect(received().slice(1)).toStrictEqual([
      { op: 6, d: { requestType: 'GetVersion', requestId: '1' } },
      {
        op: 6,
        d: { requestType: 'SetCurrentProgramScene', requestId: '2', requestData: { sceneName: 'Break' } },
      },
    ]);
    const status = { result: true, code: 100 };
    say(
      { op: 7, d: { requestType: 'SetCurrentProgramScene', requestId: '2', requestStatus: status } },
      {
        op: 7,
        d: {
          requestType: 'GetVersion',
          requestId: '1',
          requestStatus: status,
          responseData: { obsVersion: '29' },
        },
      },
    );
    await clock.settle();
    expect([version.value, scenes.value]).toEqual([{ obsVersion: '29' }, undefined]);
    void client.close();
  });

  it('are refused with the code and the comment of OBS', async () => {
    const { client, clock, say } = await open();
    const wrong = watch(client.request('Nope'));
    const requestStatus = { result: false, code: 204, comment: 'Your request type is not valid.' };
    say({ op: 7, d: { requestType: 'Nope', requestId: '1', requestStatus } });
    await clock.settle();
    expect(wrong.value).toMatchObject({ remoteCode: 204, remoteMessage: 'Your request type is not valid.' });
    void client.close();
  });

  it('may be a batch', async () => {
    const { client, clock, received, say } = await open();
    const batch = { requests: [{ requestType: 'GetVersion' }], haltOnFailure: false, executionType: 0 };
    const done = watch(client.request('RequestBatch', batch));
    expect(received()[1]).toEqual({ op: 8, d: { ...batch, requestId: '1' } });
    const results = [{ requestType: 'GetVersion', requestStatus: { result: true, code: 100 } }];
    say({ op: 9, d: { requestId: '1', results } });
    await clock.settle();
    expect(done.value).toEqual(results);
    void client.close();
  });

  it('that nobody waits for have an id all the same: OBS ends the connection without one', async () => {
    const { client, received, say, of } = await open();
    await client.notify('StartRecord');
    const [, { d }] = received() as [unknown, { d: { requestId: string } }];
    expect(d).toEqual({ requestType: 'StartRecord', requestId: expect.stringMatching(/./) });
    const { requestId } = d;
    say({ op: 7, d: { requestId, requestStatus: { result: true, code: 100 } } });
    expect([of('lateReply'), of('error'), of('message')]).toEqual([[], [], []]);
    say({ op: 7, d: { requestId, requestStatus: { result: false, code: 500, comment: 'running' } } });
    expect(of('error')).toMatchObject([{ code: 'SERVER_ERROR', remoteMessage: 'running' }]);
    void client.close();
  });

  it('that are late or unknown are told as that', async () => {
    const { client, clock, say, of } = await open();
    watch(client.request('Slow', undefined, { timeout: 10 }));
    await clock.advance(10);
    const requestStatus = { result: true, code: 100 };
    say({ op: 7, d: { requestId: '1', requestStatus } }, { op: 7, d: { requestId: 'x', requestStatus } });
    expect(of('lateReply')).toEqual([{ key: '1' }, { key: 'x' }]);
    void client.close();
  });
});

describe('the rest', () => {
  it('tells events by their type', async () => {
    const { client, say, of } = await open();
    const told: unknown[] = [];
    client.onEvent('SceneCreated', (event) => told.push(event));
    say(
      { op: 5, d: { eventType: 'SceneCreated', eventIntent: 4, eventData: { sceneName: 'a' } } },
      IDENTIFIED,
    );
    expect([told, of('message').length]).toEqual([[{ sceneName: 'a' }], 1]);
    void client.close();
  });

  it('asks a question where the transport cannot ping', () => {
    expect(obs()().rpc?.question?.('7')).toEqual({ op: 6, d: { requestType: 'GetVersion', requestId: '7' } });
  });

  it('survives whatever comes', { timeout: PROPERTY_TIMEOUT }, () => {
    survives(obs(), [
      CHALLENGE,
      IDENTIFIED,
      { op: 5, d: { eventType: 'SceneCreated', eventIntent: 4, eventData: {} } },
      {
        op: 7,
        d: { requestType: 'A', requestId: '1', requestStatus: { result: true, code: 100 }, responseData: {} },
      },
      {
        op: 7,
        d: { requestType: 'A', requestId: '1', requestStatus: { result: false, code: 204, comment: 'x' } },
      },
      { op: 9, d: { requestId: '1', results: [] } },
    ]);
  });
});
