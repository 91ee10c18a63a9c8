import { describe, expect, it } from 'vitest';
import { centrifugoStream } from '../../../../src/polling.ts';
import { polled } from '../../../tools/polling-harness.ts';

const CONNECT = '{"id":1,"connect":{"token":"t"}}';
const CONNECTED = '{"id":1,"connect":{"client":"c","session":"s1","node":"n1","ping":25,"pong":true}}';

async function connected(url = 'ws://host/connection/websocket') {
  const made = await polled(centrifugoStream(), { url });
  expect(made.session.types).toEqual(['open']);
  expect(made.http.calls).toEqual([]);
  made.transport.send(CONNECT);
  await made.settle();
  const call = made.http.last();
  const body = call.begin();
  body.push(`${CONNECTED}\n`);
  await made.settle();
  return { ...made, call, body };
}

describe('http_stream of Centrifugo', () => {
  it('opens with the connect command, and hands on what comes line by line', async () => {
    const { session, call, body, settle } = await connected();
    expect(call.shown).toBe(`POST /connection/http_stream ${CONNECT}`);
    body.push('{}\n{"push":{"channel":"x","pub":{"data"');
    await settle();
    body.push(':1}}}\n');
    await settle();
    expect(session.messages).toEqual([CONNECTED, '{}', '{"push":{"channel":"x","pub":{"data":1}}}']);
  });

  it('sends beside it, with the names that the server gave', async () => {
    const { http, transport, settle } = await connected('ws://host/base/connection/http_stream');
    transport.send('{"id":2,"subscribe":{"channel":"x"}}');
    transport.send('{}');
    await settle();
    expect(http.last().shown).toBe(
      `POST /base/emulation ${JSON.stringify({ session: 's1', node: 'n1', data: '{"id":2,"subscribe":{"channel":"x"}}\n{}' })}`,
    );
  });

  it('sends nothing beside it before the server has named the session', async () => {
    const { http, transport, settle } = await polled(centrifugoStream(), {
      url: 'ws://host/connection/websocket',
    });
    transport.send(CONNECT);
    await settle();
    transport.send('{"id":2,"subscribe":{"channel":"x"}}');
    transport.close();
    await settle();
    const call = http.last();
    expect(call.shown).toBe(`POST /connection/http_stream ${CONNECT}`);
    call.begin().push(`${CONNECTED}\n`);
    await settle();
    expect(http.last().shown).toBe(
      `POST /emulation ${JSON.stringify({ session: 's1', node: 'n1', data: '{"id":2,"subscribe":{"channel":"x"}}' })}`,
    );
    expect(call.isAborted).toBe(false);
    http.last().answer();
    await settle();
    expect(call.isAborted).toBe(true);
  });

  it('is lost when the stream ends, and when a line is none', async () => {
    const made = await connected();
    made.body.end();
    await made.settle();
    await made.clock.advance(0);
    expect(made.session.told.at(-1)).toMatchObject({ closure: { error: { detail: 'session-gone' } } });
    const other = await connected();
    other.body.push('<html>\n');
    await other.settle();
    await other.clock.advance(0);
    expect(other.session.told.at(-1)).toMatchObject({ closure: { error: { detail: 'request-failed' } } });
  });

  it('is lost when the stream is silent for longer than the pings of the server', async () => {
    const { clock, session } = await connected();
    await clock.advance(44_999);
    expect(session.types.at(-1)).toBe('text');
    await clock.advance(2);
    expect(session.types.at(-1)).toBe('close');
  });
});
