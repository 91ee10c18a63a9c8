import { describe, expect, it } from 'vitest';
import { phoenixLongPoll } from '../../../../src/polling.ts';
import { type Polled, polled } from '../../../tools/polling-harness.ts';

const AT = '/socket/longpoll?vsn=2.0.0&token=T0123456789';

async function opened(protocols: string[] = []): Promise<Polled> {
  const made = await polled(phoenixLongPoll(), { url: 'ws://host/socket/websocket?vsn=2.0.0', protocols });
  await made.answer('{"status":410,"token":"T0123456789","messages":[]}');
  return made;
}

describe('the long poll of Phoenix (1.8, long_poll.ex)', () => {
  it.each([
    ['ws://host/socket/websocket', '/socket/longpoll?vsn=2.0.0'],
    ['ws://host/socket/longpoll?vsn=1.0.0', '/socket/longpoll?vsn=1.0.0'],
    ['ws://host/socket/', '/socket/longpoll?vsn=2.0.0'],
  ])('asks %s for a token at %s', async (url, path) => {
    const { http } = await polled(phoenixLongPoll(), { url });
    expect(http.last().shown).toBe(`GET ${path}`);
  });

  it('a first 410 brings the token; then messages are texts of JSON, and 204 says nothing', async () => {
    const { session, http, answer, clock } = await opened();
    expect(session.types).toEqual(['open']);
    expect(http.last().shown).toBe(`GET ${AT}`);
    await answer('{"status":200,"messages":["[null,null,\\"room:a\\",\\"new\\",{}]"]}');
    await clock.advance(10_000);
    await answer('{"status":204,"messages":[]}');
    expect(session.messages).toEqual(['[null,null,"room:a","new",{}]']);
    expect(http.open).toHaveLength(1);
  });

  it('sends lines, and refuses what would be two', async () => {
    const { http, transport, settle } = await opened();
    transport.send('["1","1","room:a","phx_join",{}]');
    transport.send('[null,"2","phoenix","heartbeat",{}]');
    await settle();
    const post = http.last();
    expect(post.shown).toBe(
      `POST ${AT} ["1","1","room:a","phx_join",{}]\n[null,"2","phoenix","heartbeat",{}]`,
    );
    expect(post.init.headers).toEqual([['Content-Type', 'application/x-ndjson']]);
    expect(() => transport.send('a\nb')).toThrow(expect.objectContaining({ detail: 'polling' }));
  });

  it('sends at most 100 in one request', async () => {
    const { http, transport, settle } = await opened();
    for (let count = 0; count < 150; count++) transport.send('[]');
    await settle();
    expect((http.last().init.body as string).split('\n')).toHaveLength(100);
  });

  it('a token offered as a subprotocol travels in a header', async () => {
    const { http, session } = await opened([
      'phoenix',
      `base64url.bearer.phx.${btoa('my token').replace(/=/g, '')}`,
    ]);
    expect(http.calls[0]?.init.headers).toEqual([['X-Phoenix-AuthToken', 'my token']]);
    expect(http.last().init.headers).toEqual([['X-Phoenix-AuthToken', 'my token']]);
    expect(session.told[0]).toMatchObject({ info: { protocol: 'phoenix' } });
  });

  it('hides the token in the form in which it is sent', async () => {
    const hidden: string[] = [];
    await phoenixLongPoll().start({
      url: new URL('http://host/socket'),
      protocols: ['phoenix', `base64url.bearer.phx.${btoa('my token').replace(/=/g, '')}`],
      ask: async () => ({
        status: 200,
        headers: new Map(),
        isLast: true,
        text: '{"status":410,"token":"T"}',
      }),
      hide: (secret: string) => void hidden.push(secret),
    } as never);
    expect(hidden).toEqual(['my token', 'T']);
  });

  it.each([403, 500])('HTTP says 200, but the answer says %i: it is refused with that', async (status) => {
    const made = await polled(phoenixLongPoll());
    await made.answer(`{"status":${status},"messages":[]}`);
    expect(made.closure?.error).toMatchObject({ code: 'HANDSHAKE_STATUS', detail: 'poll', status });
  });

  it('is lost on a later 410 or 403, to either lane', async () => {
    const made = await opened();
    await made.answer('{"status":410,"token":"T2","messages":[]}');
    await made.clock.advance(0);
    expect(made.closure?.error).toMatchObject({ detail: 'session-gone' });
    const other = await opened();
    other.transport.send('[]');
    await other.settle();
    other.http.last().answer('{"status":403}');
    await other.settle();
    await other.clock.advance(0);
    expect(other.closure?.error).toMatchObject({ detail: 'request-failed', cause: { status: 403 } });
  });
});
