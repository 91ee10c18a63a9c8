// Frames as Socket Mode has them.
import { describe, expect, it } from 'vitest';
import { slack, slackUrl } from '../../docs/recipes/slack.ts';
import { handover } from '../../src/connection/handover.ts';
import { begin, survives, type Talk } from './talk.ts';

const HELLO = { type: 'hello', num_connections: 1, connection_info: {}, debug_info: { host: 'x' } };
const EVENT = {
  type: 'events_api',
  envelope_id: 'e1',
  payload: { event: { type: 'message' } },
  accepts_response_payload: false,
  retry_attempt: 0,
};
const COMMAND = {
  type: 'slash_commands',
  envelope_id: 'e2',
  payload: { text: 'x' },
  accepts_response_payload: true,
};
const WARNING = { type: 'disconnect', reason: 'warning', debug_info: {} };

async function open(more = {}): Promise<Talk> {
  const talk = await begin({ envelope: slack(), ...more });
  await talk.say(HELLO);
  expect(talk.client.state.status).toBe('ready');
  return talk;
}

describe('the address', () => {
  const answering = (answer: object): typeof fetch =>
    (async () => ({ json: async () => answer })) as unknown as typeof fetch;

  it('is asked for with the token of the app', async () => {
    const asked: unknown[] = [];
    const ask = (async (...request: unknown[]) => {
      asked.push(request);
      return { json: async () => ({ ok: true, url: 'wss://one/?ticket=t' }) };
    }) as unknown as typeof fetch;
    expect(await slackUrl('xapp-1', ask)).toBe('wss://one/?ticket=t');
    const headers = { Authorization: 'Bearer xapp-1' };
    expect(asked).toEqual([['https://slack.com/api/apps.connections.open', { method: 'POST', headers }]]);
  });

  it('is refused for good, or for now', async () => {
    const url = (error: string) => () => slackUrl('xapp-1', answering({ ok: false, error }));
    const final = await begin({ envelope: slack(), url: url('invalid_auth') });
    expect(final.client.state.status).toBe('closed');
    expect(final.of('closed')).toMatchObject([{ error: { code: 'AUTH_REFUSED' } }]);
    const later = await begin({ envelope: slack(), url: url('ratelimited') });
    expect(later.client.state.status).toBe('waiting');
    void later.client.close();
  });
});

describe('an event', () => {
  it('is acknowledged at once, and told by its type', async () => {
    const { client, say, received } = await open();
    const heard: unknown[] = [];
    client.onEvent('events_api', (payload) => heard.push(payload, received()));
    await say(EVENT);
    expect(heard).toEqual([EVENT.payload, [{ envelope_id: 'e1' }]]);
    void client.close();
  });

  it('that takes an answer gets the handler’s, or an empty one', async () => {
    const { client, say, received } = await open();
    client.handle('slash_commands', (params) => ({ text: `did ${(params as { text: string }).text}` }));
    client.handle('interactive', () => undefined);
    await say(COMMAND, { ...COMMAND, type: 'interactive', envelope_id: 'e3' });
    await say({ ...COMMAND, type: 'other', envelope_id: 'e4' });
    expect(received()).toEqual([
      { envelope_id: 'e2', payload: { text: 'did x' } },
      { envelope_id: 'e3' },
      { envelope_id: 'e4' },
    ]);
    void client.close();
  });
});

describe('a goodbye', () => {
  it('with a warning is followed by the next connection, before this one is gone', async () => {
    const talk = await open({ use: [handover({ spread: 0 })] });
    const { client, clock, server, say, received } = talk;
    const [first] = server.connections;
    await say(WARNING);
    await clock.advance(5_000);
    expect(server.connections.length).toBe(2);
    first?.send(JSON.stringify(EVENT));
    await say(HELLO);
    expect([client.state.status, talk.of('lost')]).toEqual(['ready', []]);
    expect(first?.received).toEqual(['{"envelope_id":"e1"}']);
    expect(received()).toEqual([]);
    void client.close();
  });

  it('for good ends the client', async () => {
    const { client, say, of } = await open();
    await say({ type: 'disconnect', reason: 'link_disabled' });
    expect(client.state.status).toBe('closed');
    expect(of('closed')).toMatchObject([{ error: { code: 'CONNECTION_CLOSED' } }]);
  });
});

it('refuses another server, and requests', async () => {
  const { client, say, of } = await begin({ envelope: slack() });
  await say({ type: 'session.created' });
  expect(of('error')).toMatchObject([{ code: 'LOGIN_FAILED' }]);
  void client.close();
  const other = await open();
  await expect(other.client.request('chat.postMessage')).rejects.toMatchObject({ code: 'UNSUPPORTED' });
  void other.client.close();
});

it('survives whatever comes', () => survives(slack(), [HELLO, EVENT, COMMAND, WARNING]));
