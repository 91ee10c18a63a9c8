import { describe, expect, it } from 'vitest';
import { engineIo } from '../../../../src/polling.ts';
import { type Polled, polled } from '../../../tools/polling-harness.ts';

const HELLO =
  '0{"sid":"lv_VI97HAXpY6yYWAAAC","upgrades":["websocket"],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}';
const AT = '/socket.io/?EIO=4&transport=polling&sid=lv_VI97HAXpY6yYWAAAC';

async function opened(): Promise<Polled> {
  const made = await polled(engineIo(), { url: 'ws://host/socket.io/?EIO=4&transport=websocket' });
  expect(made.http.last().shown).toBe('GET /socket.io/?EIO=4&transport=polling');
  await made.answer(HELLO);
  return made;
}

describe('Engine.IO 4 over polling (socket.io 4.8.4)', () => {
  it('opens, and hands the opening packet on, as a WebSocket does', async () => {
    const { session, http } = await opened();
    expect(session.messages).toEqual([HELLO]);
    expect(http.last().shown).toBe(`GET ${AT}`);
  });

  it('takes packets apart, bytes included, leaves out noop', async () => {
    const { session, answer } = await opened();
    await answer('40{"sid":"x"}\x1e2\x1ebAQID\x1e6');
    await answer('6');
    expect(session.messages.slice(1)).toEqual(['40{"sid":"x"}', '2', new Uint8Array([1, 2, 3])]);
  });

  it('sends packets in one request, bytes as base64', async () => {
    const { http, transport, settle } = await opened();
    transport.send('3');
    transport.send('451-["bin",{"_placeholder":true,"num":0}]');
    transport.send(new Uint8Array([1, 2, 3]));
    await settle();
    expect(http.last().shown).toBe(`POST ${AT} 3\x1e451-["bin",{"_placeholder":true,"num":0}]\x1ebAQID`);
  });

  it('never has two requests of a kind under way: the server would end the session', async () => {
    const { http, transport, settle } = await opened();
    for (let time = 0; time < 5; time++) {
      transport.send('3');
      await settle();
    }
    expect(http.open.map(({ method }) => method)).toEqual(['GET', 'POST']);
  });

  it('refuses a packet that would be two', async () => {
    const { transport } = await opened();
    expect(() => transport.send('42["a"]\x1e41')).toThrow(expect.objectContaining({ detail: 'polling' }));
  });

  it('waits for as long as the server may be silent', async () => {
    const made = await opened();
    await made.clock.advance(25_000 + 20_000 + 9_999);
    expect(made.closure).toBeUndefined();
    await made.clock.advance(2);
    expect(made.closure?.error).toMatchObject({ cause: { code: 'TIMEOUT' } });
  });

  it('the server ends with packet 1, behind its messages', async () => {
    const made = await opened();
    await made.answer('42["bye"]\x1e1');
    await made.clock.advance(0);
    expect(made.session.messages.at(-1)).toBe('42["bye"]');
    expect(made.closure).toMatchObject({ code: 1005, wasClean: true });
  });

  it('we end with packet 1, behind ours', async () => {
    const { http, transport, settle } = await opened();
    transport.send('41');
    transport.close();
    await settle();
    http.last().answer('ok');
    await settle();
    expect(http.calls.slice(-2).map(({ shown }) => shown)).toEqual([`POST ${AT} 41`, `POST ${AT} 1`]);
  });

  it('400 is a session that is gone', async () => {
    const made = await opened();
    await made.answer('{"code":1,"message":"Session ID unknown"}', { status: 400 });
    await made.clock.advance(0);
    expect(made.closure?.error).toMatchObject({ detail: 'session-gone', cause: { status: 400 } });
  });

  const times = (interval: unknown, timeout: unknown): string =>
    `0${JSON.stringify({ sid: 'a', pingInterval: interval, pingTimeout: timeout })}`;

  it.each([
    ...['1', '0{}', '0[]', '0{"sid":5}', '<html>', '', '0{"sid":"a"}'],
    ...[times(1e308, 1e308), times(-5, 1), times('x', 1), times(600_000, 1)],
  ])('an opening of %j is none', async (text) => {
    const made = await polled(engineIo());
    await made.answer(text);
    expect(made.closure?.error).toMatchObject({ code: 'HANDSHAKE_MALFORMED' });
  });

  it('more packets than fit into any answer of a server are not looked at', async () => {
    const made = await opened();
    await made.answer('4\u001e'.repeat(100_001));
    await made.clock.advance(0);
    expect(made.closure?.error).toMatchObject({ cause: { code: 'HANDSHAKE_MALFORMED' } });
  });

  it.each(['<html>', 'b%%'])('an answer of %j cannot be read', async (text) => {
    const made = await opened();
    await made.answer(text);
    await made.clock.advance(0);
    expect(made.closure?.error).toMatchObject({ cause: { code: 'HANDSHAKE_MALFORMED' } });
  });
});
