// Back-pressure on a long connection: loops over messages, pause() and resume().
import { describe, expect, it } from 'vitest';
import { raw } from '../../src/messaging/raw.ts';
import type { ScriptedServerOptions } from '../../src/testing/scripted-server.ts';
import { setUp, watch } from '../client/set-up.ts';

async function open(options: Parameters<typeof setUp>[0] = {}, behaviour: ScriptedServerOptions = {}) {
  const bench = setUp({ envelope: raw(), ...options }, behaviour);
  await bench.open();
  const say = (...texts: string[]): void => {
    for (const text of texts) bench.server.last.send(text);
  };
  return { ...bench, say };
}

const browser: ScriptedServerOptions = { features: { pause: false } };

describe('messages()', () => {
  it('reads one by one, what waits and what comes', async () => {
    const { client, clock, say } = await open();
    const loop = client.messages();
    say('1');
    expect(await loop.next()).toEqual({ value: '1', done: false });
    const next = watch(loop.next());
    say('2');
    await clock.settle();
    expect(next.value).toEqual({ value: '2', done: false });
  });

  it('stops the server when maxBuffered wait, and lets it go on at half of them', async () => {
    const { client, clock, server, say } = await open();
    const loop = client.messages({ maxBuffered: 4 });
    say('1', '2', '3');
    expect(server.last.paused).toBe(false);
    say('4');
    expect(server.last.paused).toBe(true);
    say('5');
    await loop.next();
    expect(server.last.paused).toBe(true);
    await loop.next();
    expect(server.last.paused).toBe(false);
    await clock.advance(0);
    const rest = [await loop.next(), await loop.next(), await loop.next()];
    expect(rest.map(({ value }) => value)).toEqual(['3', '4', '5']);
  });

  it('goes on over a reconnect, and a stop holds for the new connection', async () => {
    const { client, clock, server, say } = await open();
    const loop = client.messages({ maxBuffered: 2 });
    say('1', '2');
    server.last.drop();
    await clock.advance(6_000);
    expect(server.last.paused).toBe(true);
    await loop.next();
    expect(server.last.paused).toBe(false);
    await clock.advance(0);
    say('3');
    expect([await loop.next(), await loop.next()].map(({ value }) => value)).toEqual(['2', '3']);
  });

  it('two loops get all, and the slower one stops the server', async () => {
    const { client, server, say } = await open();
    const [fast, slow] = [client.messages({ maxBuffered: 2 }), client.messages({ maxBuffered: 2 })];
    say('1', '2');
    await fast.next();
    await fast.next();
    expect(server.last.paused).toBe(true);
    await slow.next();
    expect(server.last.paused).toBe(false);
  });

  it('leaving the loop ends it, and its stop', async () => {
    const { client, server, say } = await open();
    const seen: unknown[] = [];
    say('before');
    const loop = client.messages({ maxBuffered: 1 });
    say('1');
    expect(server.last.paused).toBe(true);
    for await (const message of loop) {
      seen.push(message);
      break;
    }
    expect(seen).toEqual(['1']);
    expect(server.last.paused).toBe(false);
    expect(await loop.next()).toEqual({ value: undefined, done: true });
  });

  it('ends plainly with close(), what waits first, and leaves no stop behind', async () => {
    const { client, clock, server, say } = await open();
    const loop = client.messages({ maxBuffered: 1 });
    const idle = client.messages();
    say('1');
    await idle.next();
    const waiting = watch(idle.next());
    await Promise.all([client.close(), clock.advance(0)]);
    expect(waiting.value).toEqual({ value: undefined, done: true });
    expect([await loop.next(), await loop.next()]).toEqual([
      { value: '1', done: false },
      { value: undefined, done: true },
    ]);
    expect(await client.messages().next()).toEqual({ value: undefined, done: true });
    client.connect();
    await clock.advance(0);
    expect(server.last.paused).toBe(false);
  });

  it('throws the error that ended the client', async () => {
    const { client, clock, server } = await open({ reconnect: false });
    const fate = watch(client.messages().next());
    server.last.drop();
    await clock.settle();
    expect(fate.value).toMatchObject({ code: 'CONNECTION_LOST' });
  });

  it('connects if nothing has yet', async () => {
    const { client, clock } = setUp();
    void client.messages();
    await clock.advance(0);
    expect(client.state.status).toBe('ready');
  });

  it('keeps a gap unrecovered: what it reads has no place to go on from', async () => {
    const { client, clock, server, of } = await open();
    void client.messages();
    server.last.drop();
    await clock.advance(6_000);
    expect(of('gap')).toMatchObject([{ recovered: false }]);
  });

  it.each([{ maxBuffered: 0 }, { maxBuffer: 1 }])('refuses %j', async (options) => {
    const { client } = await open();
    expect(() => client.messages(options as object)).toThrow(
      expect.objectContaining({ code: 'INVALID_OPTION' }),
    );
  });
});

describe('pause()', () => {
  it('stops everything, also what is here already, until resume()', async () => {
    const { client, clock, of, say } = await open({}, browser);
    client.pause();
    say('1', '2');
    expect(of('message')).toEqual([]);
    client.resume();
    client.resume();
    expect(of('message')).toEqual(['1', '2']);
    say('3');
    await clock.settle();
    expect(of('message')).toEqual(['1', '2', '3']);
  });

  it('may be called again by whoever is told', async () => {
    const { client, of, say } = await open({}, browser);
    client.pause();
    say('1', '2');
    client.on('message', () => client.pause());
    client.resume();
    expect(of('message')).toEqual(['1']);
    say('3');
    client.resume();
    client.resume();
    expect(of('message')).toEqual(['1', '2', '3']);
  });

  it('holds back nothing that a lost connection has brought', async () => {
    const { client, server, of, say } = await open({}, browser);
    client.pause();
    say('1');
    server.last.drop();
    expect(of('message')).toEqual(['1']);
  });

  it('a batch that was kept is told whole', async () => {
    const { server, client, of, open: connect } = setUp({}, browser);
    await connect();
    client.pause();
    server.last.send('[{"method":"a"},{"method":"b"}]');
    server.last.drop();
    expect(of('message')).toEqual([{ method: 'a' }, { method: 'b' }]);
  });

  it('is bounded where the server cannot be stopped: a gap tells that messages were left out', async () => {
    const { client, of, say } = await open({ limits: { maxMessageBytes: 100_000_000 } }, browser);
    client.pause();
    const big = 'x'.repeat(40 * 1024 * 1024);
    say(big, big, big);
    expect(of('gap')).toMatchObject([{ recovered: false, duration: 0 }]);
    client.resume();
    expect(of('message')).toHaveLength(1);
  });

  it('does not let the heartbeat take a server that is not read for dead, and watches again afterwards', async () => {
    const { client, clock, server, of } = await open({ heartbeat: {} });
    client.pause();
    await clock.advance(100_000);
    expect(client.state.status).toBe('ready');
    client.resume();
    await clock.advance(0);
    const before = server.last.pings;
    await clock.advance(25_000);
    expect(server.last.pings).toBe(before + 1);
    expect(of('error')).toEqual([]);
  });

  it('does not keep a client from closing', async () => {
    const { client, clock } = await open();
    client.pause();
    const [closure] = await Promise.all([client.close(), clock.advance(0)]);
    expect(closure.wasClean).toBe(true);
  });
});

it('a loop that is left after the end of its client leaves unread what waits', async () => {
  const { client, clock, say } = await open();
  const loop = client.messages();
  say('1', '2');
  await Promise.all([client.close(), clock.advance(0)]);
  expect(await loop.next()).toEqual({ value: '1', done: false });
  expect(await loop.return?.()).toEqual({ value: undefined, done: true });
  expect(await loop.next()).toEqual({ value: undefined, done: true });
});
