// Frames as developers.home-assistant.io has them.
import { describe, expect, it } from 'vitest';
import { homeAssistant } from '../../src/envelopes/home-assistant.ts';
import { type Bench, setUp, watch } from '../client/set-up.ts';
import { PROPERTY_TIMEOUT } from '../tools/property-runs.ts';
import { survives } from './hostile.ts';

const REQUIRED = { type: 'auth_required', ha_version: '2026.11.0' };
const TOKEN = 'hush-hush-hush';

interface HomeBench extends Bench {
  /** Frames of the server's, each a message. */
  say(...frames: readonly unknown[]): void;
}

async function begin(options: Parameters<typeof setUp>[0] = {}, behaviour = {}): Promise<HomeBench> {
  const bench = setUp({ envelope: homeAssistant({ token: TOKEN }), ...options }, behaviour);
  await bench.open();
  const say = (...frames: readonly unknown[]): void => {
    for (const one of frames) bench.server.last.send(JSON.stringify(one));
  };
  say(REQUIRED);
  await bench.clock.settle();
  return { ...bench, say };
}

async function open(...args: Parameters<typeof begin>): Promise<HomeBench> {
  const bench = await begin(...args);
  bench.say({ type: 'auth_ok', ha_version: '2026.11.0' });
  await bench.clock.settle();
  expect(bench.client.state.status).toBe('ready');
  return bench;
}

/** Behind the login. */
const sent = ({ received }: Bench): unknown[] => received().slice(2);
const ids = (bench: Bench): number[] => bench.received().flatMap(({ id }: any) => id ?? []);

describe('the login', () => {
  it('waits for the server, then gives the token, then says what it understands', async () => {
    const bench = await begin();
    expect(bench.received()).toEqual([{ type: 'auth', access_token: TOKEN }]);
    bench.say({ type: 'auth_ok', ha_version: '2026.11.0' });
    await bench.clock.settle();
    expect(bench.received()[1]).toEqual({
      id: 1,
      type: 'supported_features',
      features: { coalesce_messages: 1 },
    });
    // Its answer is for nobody, also a refusal of an older server.
    bench.say({ id: 1, type: 'result', success: true, result: null });
    bench.say({ id: 1, type: 'result', success: false, error: { code: 'unknown_command', message: 'x' } });
    expect([bench.of('lateReply'), bench.of('error'), bench.of('message')]).toEqual([[], [], []]);
    void bench.client.close();
  });

  it('can leave that out', async () => {
    const bench = await open({ envelope: homeAssistant({ token: TOKEN, coalesce: false }) });
    expect(sent(bench)).toEqual([]);
    expect(bench.received().length).toBe(1);
    void bench.client.close();
  });

  it('with a token that is refused is final, and nothing says the token', async () => {
    const bench = await begin();
    bench.say({ type: 'auth_invalid', message: `Invalid access token ${TOKEN}` });
    await bench.clock.advance(60_000);
    expect([bench.client.state.status, bench.server.connections.length]).toEqual(['closed', 1]);
    const [{ error }] = bench.of('closed') as [{ error: Error }];
    expect(error).toMatchObject({ code: 'AUTH_REFUSED', cause: { method: 'auth' } });
    expect(`${error.cause} ${JSON.stringify(bench.told)}`).not.toContain(TOKEN);
    expect(`${error.cause}`).toContain('Invalid access token');
  });

  it('asks for a token on every connection', async () => {
    let count = 0;
    const bench = await open({ envelope: homeAssistant({ token: async () => `token-${++count}` }) });
    bench.server.last.drop();
    await bench.clock.advance(6_000);
    bench.say(REQUIRED);
    await bench.clock.settle();
    expect(bench.received()).toEqual([{ type: 'auth', access_token: 'token-2' }]);
    void bench.client.close();
  });

  it('that is cut, or not answered, is tried again', async () => {
    const bench = await begin();
    bench.server.last.close(1001);
    await bench.clock.advance(6_000);
    expect([bench.client.state.status, bench.server.connections.length]).toEqual(['authenticating', 2]);
    await bench.clock.advance(10_000);
    expect(bench.of('error')).toMatchObject([{ code: 'LOGIN_FAILED', detail: 'no-answer' }]);
    void bench.client.close();
  });

  it('knows another protocol', async () => {
    const bench = setUp({ envelope: homeAssistant({ token: TOKEN }) });
    await bench.open();
    bench.server.last.send('{"type":"welcome"}');
    await bench.clock.settle();
    expect(bench.of('error')).toMatchObject([{ code: 'LOGIN_FAILED', detail: 'other-protocol' }]);
    void bench.client.close();
    const half = await begin();
    half.say({ type: 'pong' });
    await half.clock.settle();
    expect(half.of('error')).toMatchObject([{ detail: 'other-protocol' }]);
    void half.client.close();
  });

  it('needs a token', () => {
    expect(() => homeAssistant({} as never)).toThrow(/token of homeAssistant must be a string or a function/);
  });
});

describe('commands', () => {
  it('resolve with their result, or are refused with the code', async () => {
    const bench = await open();
    const { client, clock, say } = bench;
    const params = { domain: 'light', service: 'turn_on', id: 99, type: 'x' };
    const [done, wrong] = [watch(client.request('call_service', params)), watch(client.request('nope'))];
    expect(sent(bench)).toStrictEqual([
      { domain: 'light', service: 'turn_on', id: 2, type: 'call_service' },
      { id: 3, type: 'nope' },
    ]);
    say(
      {
        id: 3,
        type: 'result',
        success: false,
        error: { code: 'unknown_command', message: 'Unknown command.' },
      },
      { id: 2, type: 'result', success: true, result: { context: {} } },
      { id: 2, type: 'result', success: true, result: 'twice' },
    );
    await clock.settle();
    expect(done.value).toEqual({ context: {} });
    expect(wrong.value).toMatchObject({ remoteCode: 'unknown_command', remoteMessage: 'Unknown command.' });
    expect(bench.of('lateReply')).toEqual([{ key: 2 }]);
    void client.close();
  });

  it('may be answered in a list of messages', async () => {
    const { client, clock, say } = await open();
    const all = [watch(client.request('a')), watch(client.request('b'))];
    say([2, 3].map((id) => ({ id, type: 'result', success: true, result: id })));
    await clock.settle();
    expect(all.map(({ value }) => value)).toEqual([2, 3]);
    void client.close();
  });

  it('have ids that rise strictly on each line, whatever waited and whatever overtakes', async () => {
    const bench = await open();
    const { client, clock, server, say } = bench;
    const changes = client.subscribe('subscribe_events', { event_type: 'state_changed' });
    say({ id: 2, type: 'result', success: true, result: null });
    watch(client.request('lost'));
    server.last.drop();
    watch(client.request('waited'));
    watch(client.request('again', { a: 1 }, { idempotent: true }));
    await clock.advance(6_000);
    say(REQUIRED);
    await clock.settle();
    say({ type: 'auth_ok' });
    await clock.settle();
    watch(client.request('new'));
    expect(bench.received().flatMap(({ type }: any) => type)).toEqual([
      ...['auth', 'supported_features', 'subscribe_events', 'waited', 'again', 'new'],
    ]);
    const all = ids(bench);
    expect(all[0]).toBe(1);
    expect(all).toEqual([...all].sort((a, b) => a - b));
    expect(new Set(all).size).toBe(all.length);
    expect(changes.status).toBe('pending');
    void client.close();
  });

  it('are always answered: there is no notify', async () => {
    const { client, of } = await open();
    await expect(client.notify('ping')).rejects.toMatchObject({
      code: 'UNSUPPORTED',
      detail: 'no-notification',
    });
    expect(of('error')).toMatchObject([{ message: expect.stringContaining('Use request()') }]);
    void client.close();
  });
});

describe('events', () => {
  const event = { event_type: 'state_changed', data: { entity_id: 'light.a' } };

  it('belong to the id of their command, also before its result', async () => {
    const bench = await open();
    const { client, say } = bench;
    const heard: unknown[] = [];
    const changes = client.subscribe('subscribe_events', { event_type: 'state_changed' });
    changes.on((one) => heard.push(one));
    expect(sent(bench)).toEqual([{ id: 2, type: 'subscribe_events', event_type: 'state_changed' }]);
    say([
      { id: 2, type: 'event', event },
      { id: 2, type: 'result', success: true, result: null },
      { id: 2, type: 'event', event },
    ]);
    expect(heard).toEqual([event, event]);
    changes.unsubscribe();
    expect(sent(bench)[1]).toEqual({ id: 3, type: 'unsubscribe_events', subscription: 2 });
    say({ id: 3, type: 'result', success: true, result: null }, { id: 2, type: 'event', event });
    expect([heard.length, client.stats().pending]).toEqual([2, 0]);
    void client.close();
  });

  it('of a command that is refused there are none', async () => {
    const { client, say } = await open();
    const trigger = client.subscribe('subscribe_trigger', {});
    say({ id: 2, type: 'result', success: false, error: { code: 'invalid_format', message: 'no trigger' } });
    expect(await trigger.closed).toMatchObject({ code: 'REQUEST_REJECTED', remoteCode: 'invalid_format' });
    void client.close();
  });

  it('of nobody are told by their name', async () => {
    const { client, say } = await open();
    const told: unknown[] = [];
    client.onEvent('state_changed', (one) => told.push(one));
    client.onEvent('event', (one) => told.push(one));
    say({ id: 7, type: 'event', event }, { id: 8, type: 'event', event: { result: 'x' } });
    expect(told).toEqual([event, { result: 'x' }]);
    void client.close();
  });
});

describe('the rest', () => {
  it('asks ping where the transport cannot, and pong is the answer', async () => {
    const bench = await open(
      { heartbeat: { interval: 10_000, timeout: 5_000 } },
      { features: { ping: false } },
    );
    await bench.clock.advance(10_000);
    expect(sent(bench)).toEqual([{ id: 2, type: 'ping' }]);
    bench.say({ id: 2, type: 'pong' });
    expect([bench.of('rtt').length, bench.of('lateReply')]).toEqual([1, []]);
    await bench.clock.advance(15_000);
    expect(bench.of('error')).toMatchObject([{ code: 'HEARTBEAT_TIMEOUT' }]);
    void bench.client.close();
  });

  it('survives whatever comes', { timeout: PROPERTY_TIMEOUT }, () => {
    survives(homeAssistant({ token: TOKEN }), [
      REQUIRED,
      { id: 2, type: 'result', success: true, result: null },
      { id: 2, type: 'result', success: false, error: { code: 'x', message: 'y' } },
      { id: 2, type: 'event', event },
      [
        { id: 2, type: 'event', event },
        { id: 5, type: 'pong' },
      ],
    ]);
  });

  const event = { event_type: 'a' };
});
