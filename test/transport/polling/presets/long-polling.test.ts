import { expect, it, vi } from 'vitest';
import { longPolling } from '../../../../src/polling.ts';
import { createScriptedRandom } from '../../../../src/testing/scripted-random.ts';
import { type Polled, polled } from '../../../tools/polling-harness.ts';

const NAME = '07'.repeat(16);

const long = (secrets?: { add: () => void }): Promise<Polled> =>
  polled(longPolling(), {
    url: 'ws://host/chat',
    random: createScriptedRandom({ bytes: Array(16).fill(7) }),
    secrets,
  });

it('opens under a name of its own, which is secret, and asks for what came behind the cursor', async () => {
  const secrets = { add: vi.fn() };
  const { http, session, answer } = await long(secrets);
  expect(http.last().shown).toBe(`GET /chat?session=${NAME}`);
  expect(secrets.add).toHaveBeenCalledWith(NAME);
  await answer('{"cursor":7,"messages":[]}');
  expect(http.last().shown).toBe(`GET /chat?session=${NAME}&cursor=7`);
  await answer('{"cursor":"9/a","messages":["x",{"y":1}]}');
  expect(session.messages).toEqual(['x', '{"y":1}']);
  expect(http.last().shown).toBe(`GET /chat?session=${NAME}&cursor=9%2Fa`);
});

it('numbers what it sends, so that a server can tell what comes twice', async () => {
  const { http, transport, answer, settle } = await long();
  await answer('{"cursor":0,"messages":[]}');
  for (const texts of [['a', 'b'], ['c']]) {
    for (const text of texts) transport.send(text);
    await settle();
    http.last().answer();
    await settle();
  }
  const sent = http.calls.filter(({ method }) => method === 'POST').map(({ shown }) => shown);
  expect(sent).toEqual([`POST /chat?session=${NAME}&n=0 ["a","b"]`, `POST /chat?session=${NAME}&n=2 ["c"]`]);
});

it('an answer that is lost is asked for again, from the same cursor', async () => {
  const { http, session, clock, answer, settle } = await long();
  await answer('{"cursor":1,"messages":[]}');
  const body = http.last().begin();
  body.push('{"cursor":2,"messages":["lost on');
  await settle();
  await clock.advance(10_000);
  await settle();
  expect(session.types).toEqual(['open']);
  await clock.advance(1_000);
  expect(http.last().shown).toBe(`GET /chat?session=${NAME}&cursor=1`);
  await answer('{"cursor":2,"messages":["lost on the way"]}');
  expect(session.messages).toEqual(['lost on the way']);
});

it.each(['{"cursor":2}', '{"messages":"a"}', '[]', '"a"'])(
  'an answer of another shape ends it: %s',
  async (text) => {
    const { clock, answer, session } = await long();
    await answer('{"cursor":1,"messages":[]}');
    await answer(text);
    await clock.advance(0);
    expect(session.told.at(-1)).toMatchObject({
      closure: { error: { cause: { code: 'HANDSHAKE_MALFORMED' } } },
    });
  },
);

it('a held request that ends with nothing is asked again; a session that is gone is the end', async () => {
  const made = await long();
  await made.answer('{"cursor":1,"messages":[]}');
  await made.clock.advance(30_000);
  await made.answer('', { status: 204 });
  expect(made.http.open).toHaveLength(1);
  await made.answer('', { status: 410 });
  await made.clock.advance(0);
  expect(made.closure?.error).toMatchObject({ detail: 'session-gone' });
});
