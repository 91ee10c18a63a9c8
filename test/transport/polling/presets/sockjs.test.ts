import { describe, expect, it } from 'vitest';
import { sockjs } from '../../../../src/polling.ts';
import { createScriptedRandom } from '../../../../src/testing/scripted-random.ts';
import { type Polled, polled } from '../../../tools/polling-harness.ts';

const NAME = '07'.repeat(16);

const started = (url = 'ws://host/echo?a=1'): Promise<Polled> =>
  polled(sockjs(), { url, random: createScriptedRandom({ bytes: Array(16).fill(7), numbers: [0.0425] }) });

async function opened(): Promise<Polled> {
  const made = await started();
  await made.answer('o\n');
  return made;
}

describe('SockJS over xhr (sockjs-node 0.3.24)', () => {
  it.each(['ws://host/echo?a=1', 'ws://host/echo/?a=1', 'ws://host/echo/websocket?a=1'])(
    'opens below the service %s',
    async (url) => {
      const { http, session, answer } = await started(url);
      expect(http.last().shown).toBe(`POST /echo/042/${NAME}/xhr?a=1`);
      await answer('o\n');
      expect(session.types).toEqual(['open']);
      expect(http.last().shown).toBe(`POST /echo/042/${NAME}/xhr?a=1`);
    },
  );

  it('reads arrays of messages, and says nothing of heartbeats', async () => {
    const { session, answer, clock } = await opened();
    await answer('a["x","ü \\u2028"]\n');
    await answer('m"one"\n');
    await clock.advance(25_000);
    await answer('h\n');
    await answer('a["y"]\n');
    expect(session.messages).toEqual(['x', 'ü \u2028', 'one', 'y']);
  });

  it('sends a list of texts', async () => {
    const { http, transport, settle } = await opened();
    transport.send('a');
    transport.send('"b"');
    await settle();
    expect(http.last().shown).toBe(`POST /echo/042/${NAME}/xhr_send?a=1 ["a","\\"b\\""]`);
    expect(() => transport.send(new Uint8Array(1))).toThrow(expect.objectContaining({ detail: 'polling' }));
  });

  it.each([
    ['c[3000,"Go away!"]\n', 3000, 'Go away!'],
    ['c[2010,"Another connection still open"]\n', 2010, 'Another connection still open'],
  ])('ends with %j', async (frame, code, reason) => {
    const made = await opened();
    await made.answer(frame);
    await made.clock.advance(0);
    expect(made.closure).toMatchObject({ code, reason, received: { code, reason } });
  });

  it('is over before it is open when the first answer is the end', async () => {
    const made = await started();
    await made.answer('c[3000,"Go away!"]\n');
    await made.clock.advance(0);
    expect(made.session.types).toEqual(['open', 'close']);
  });

  it('is lost when the server opens it once more: it has forgotten the first, and what that held', async () => {
    const made = await opened();
    await made.answer('o\n');
    await made.clock.advance(0);
    expect(made.closure?.error).toMatchObject({ code: 'CONNECTION_LOST', detail: 'session-gone' });
  });

  it('an answer that would take too much memory is not parsed', async () => {
    const made = await opened();
    await made.answer(`a[${'[],'.repeat(2_000_000)}[]]`);
    await made.clock.advance(0);
    expect(made.closure?.error).toMatchObject({
      cause: {
        code: 'HANDSHAKE_MALFORMED',
        cause: { message: expect.stringContaining('bytes when it is parsed') },
      },
    });
  });

  it('keeps no more of a reason than a Close frame could hold', async () => {
    const made = await opened();
    await made.answer(`c[3000,"${'x'.repeat(65_000)}"]\n`);
    await made.clock.advance(0);
    expect(made.closure?.reason).toBe('x'.repeat(123));
  });

  it.each([
    ...['', 'x', 'a{}', 'a["x"', 'c1', 'z[]', '<html>', 'c[]', 'c["x","y"]', 'c[99999,"y"]'],
    ...['c[-1,"y"]', 'c[1000.5,"y"]', 'c[3000,{}]', 'c[3000]'],
  ])('is lost over %j', async (frame) => {
    const made = await opened();
    await made.answer(frame);
    await made.clock.advance(0);
    expect(made.closure?.error).toMatchObject({ cause: { code: 'HANDSHAKE_MALFORMED' } });
  });

  it('is lost when the session is unknown (404), to either lane', async () => {
    const made = await opened();
    made.transport.send('a');
    await made.settle();
    made.http.last().answer('', { status: 404 });
    await made.settle();
    await made.clock.advance(0);
    expect(made.closure?.error).toMatchObject({ detail: 'session-gone' });
  });

  it('does not repeat a poll that failed: what was in its answer is not said again', async () => {
    const made = await opened();
    made.http.last().fail(new TypeError('Failed to fetch'));
    await made.settle();
    await made.clock.advance(5_000);
    expect(made.http.calls).toHaveLength(2);
    expect(made.closure?.error).toMatchObject({ code: 'CONNECTION_LOST' });
  });
});
