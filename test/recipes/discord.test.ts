// Frames as the gateway's documentation has them.
import { describe, expect, it } from 'vitest';
import { discord } from '../../docs/recipes/discord.ts';
import { watch } from '../client/set-up.ts';
import { begin, survives, type Talk } from './talk.ts';

const HELLO = { op: 10, d: { heartbeat_interval: 41_250 }, s: null, t: null };
const READY = { op: 0, s: 1, t: 'READY', d: { session_id: 's1', resume_gateway_url: 'wss://resume/' } };
const CREATED = { op: 0, s: 2, t: 'MESSAGE_CREATE', d: { content: 'hi' } };
const RESUMED = { op: 0, s: 4, t: 'RESUMED', d: {} };
const ACKNOWLEDGED = { op: 11 };
const chunk = (nonce: string, chunk_index: number) => ({
  op: 0,
  s: 3,
  t: 'GUILD_MEMBERS_CHUNK',
  d: { nonce, chunk_index, chunk_count: 2 },
});

const envelope = () => discord(async () => 'hush-hush', 513);

async function open(more = {}): Promise<Talk> {
  const talk = await begin({ url: 'wss://gateway', envelope: envelope(), ...more });
  await talk.say(HELLO, READY);
  expect(talk.client.state.status).toBe('ready');
  return talk;
}

/** Loses the line, and waits until the next one is open. */
async function lose({ server, clock }: Talk): Promise<void> {
  server.last.drop();
  await clock.advance(6_000);
}

describe('the login', () => {
  it('identifies when the server has said hello', async () => {
    const talk = await open();
    expect(talk.server.last.request.url).toBe('wss://gateway?v=10&encoding=json');
    const properties = { os: 'linux', browser: 'holdline', device: 'holdline' };
    expect(talk.received()).toEqual([{ op: 2, d: { token: 'hush-hush', intents: 513, properties } }]);
    void talk.client.close();
  });

  it('resumes at the other address, behind the last event, and tells what was missed', async () => {
    const talk = await open();
    const heard: unknown[] = [];
    talk.client.onEvent('MESSAGE_CREATE', (one) => heard.push(one));
    await talk.say(CREATED);
    await lose(talk);
    expect(talk.server.last.request.url).toBe('wss://resume/?v=10&encoding=json');
    await talk.say(HELLO);
    expect(talk.received()).toEqual([{ op: 6, d: { token: 'hush-hush', session_id: 's1', seq: 2 } }]);
    await talk.say({ ...CREATED, s: 3, d: { content: 'missed' } }, RESUMED);
    expect(heard).toEqual([{ content: 'hi' }, { content: 'missed' }]);
    expect(talk.of('gap')).toMatchObject([{ recovered: true }]);
    await lose(talk);
    await talk.say(HELLO);
    expect(talk.received()).toMatchObject([{ op: 6, d: { seq: 4 } }]);
    void talk.client.close();
  });

  it('begins anew where the server does not know the session any more', async () => {
    const talk = await open();
    await lose(talk);
    await talk.say(HELLO, { op: 9, d: false });
    await talk.clock.advance(10_000);
    expect(talk.server.last.request.url).toBe('wss://gateway?v=10&encoding=json');
    await talk.say(HELLO);
    expect(talk.received()).toMatchObject([{ op: 2 }]);
    void talk.client.close();
  });

  it('is refused for good by 4004, and by what nobody can change', async () => {
    for (const code of [4004, 4014]) {
      const talk = await begin({ url: 'wss://gateway', envelope: envelope() });
      await talk.say(HELLO);
      talk.server.last.close(code);
      await talk.clock.advance(0);
      expect(talk.client.state.status).toBe('closed');
      expect(JSON.stringify(talk.told)).not.toContain('hush-hush');
    }
  });
});

describe('the heartbeat', () => {
  it('has the last sequence, at the interval of the server, and is missed when nothing comes', async () => {
    const talk = await open({ heartbeat: {} });
    await talk.say(CREATED);
    await talk.clock.advance(41_250);
    expect(talk.received().slice(1)).toEqual([{ op: 1, d: 2 }]);
    await talk.say(ACKNOWLEDGED, { op: 1, d: null });
    expect(talk.received().slice(2)).toEqual([{ op: 1, d: 2 }]);
    expect(talk.of('message')).toEqual([CREATED]);
    await talk.clock.advance(52_000);
    expect(talk.of('error')).toMatchObject([{ code: 'HEARTBEAT_TIMEOUT' }]);
    void talk.client.close();
  });
});

describe('requests and goodbyes', () => {
  it('bring members chunk by chunk', async () => {
    const { client, say, received } = await open();
    const chunks: unknown[] = [];
    const progress = (one: unknown): unknown => chunks.push(one);
    const fate = watch(client.request('members', { guild_id: 'g', query: '' }, { progress }));
    expect(received()[1]).toEqual({ op: 8, d: { guild_id: 'g', query: '', nonce: '1' } });
    await say(chunk('1', 0));
    expect([chunks, fate.value]).toEqual([[chunk('1', 0).d], 'pending']);
    await say(chunk('1', 1));
    expect(fate.value).toEqual(chunk('1', 1).d);
    await client.notify('presence', { status: 'idle' });
    expect(received()[2]).toEqual({ op: 3, d: { status: 'idle' } });
    void client.close();
  });

  it.each([
    [{ op: 7 }, 6],
    [{ op: 9, d: true }, 6],
    [{ op: 9, d: false }, 2],
  ])('%j is followed by another connection, which begins by %i', async (goodbye, op) => {
    const talk = await open();
    await talk.say(goodbye);
    await talk.clock.advance(10_000);
    await talk.say(HELLO);
    expect(talk.received()).toMatchObject([{ op }]);
    void talk.client.close();
  });
});

it('survives whatever comes', () =>
  survives(envelope(), [
    HELLO,
    READY,
    CREATED,
    chunk('1', 0),
    chunk('1', 1),
    ACKNOWLEDGED,
    { op: 7 },
    { op: 9, d: false },
  ]));
