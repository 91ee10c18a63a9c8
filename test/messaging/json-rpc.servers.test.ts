// JSON-RPC as servers speak it.
import { describe, expect, it, vi } from 'vitest';
import { jsonRpc } from '../../src/messaging/json-rpc.ts';
import { setUp, watch } from '../client/set-up.ts';

async function open(options: Parameters<typeof jsonRpc>[0] = {}) {
  const bench = setUp({ envelope: jsonRpc(options) });
  await bench.open();
  const say = (message: unknown): void => bench.server.last.send(JSON.stringify(message));
  return { ...bench, say };
}

describe('what we send', () => {
  it('has no version where the server does not know it', async () => {
    const { client, received, say, clock } = await open({ version: false, cancel: 'stop' });
    const controller = new AbortController();
    void client.request('a', [1], { signal: controller.signal }).catch(() => {});
    void client.notify('b');
    client.subscribe('c');
    client.handle('d', () => 4);
    controller.abort();
    say({ id: 'x', method: 'd' });
    say({ id: 'y', method: 'e' });
    await clock.settle();
    expect(received()).toEqual([
      { id: 1, method: 'a', params: [1] },
      { method: 'b' },
      { id: 2, method: 'subscribe', params: ['c'] },
      { method: 'stop', params: { id: 1 } },
      { id: 'y', error: { code: -32_601, message: 'Method not found: e' } },
      { id: 'x', result: 4 },
    ]);
    void client.close();
  });

  it('has the members that the server wants beside', async () => {
    const { client, received } = await open({ version: false, members: { sessionId: 's' } });
    void client.request('a', 1).catch(() => {});
    void client.notify('b');
    client.subscribe('c');
    expect(received()).toEqual([
      { id: 1, method: 'a', params: 1, sessionId: 's' },
      { method: 'b', sessionId: 's' },
      { id: 2, method: 'subscribe', params: ['c'], sessionId: 's' },
    ]);
    void client.close();
  });

  it('has the members that a function makes for it', async () => {
    const { client, received } = await open({ members: (method, params) => ({ of: `${method} ${params}` }) });
    void client.request('a', 1).catch(() => {});
    expect(received()).toEqual([{ jsonrpc: '2.0', id: 1, method: 'a', params: 1, of: 'a 1' }]);
    void client.close();
  });

  it.each([{ version: 1 }, { members: 'x' }, { cancel: 1 }, { sessionid: 1 }])(
    'is refused for a wrong option: %j',
    (options) => {
      expect(() => jsonRpc(options as never)).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }));
    },
  );
});

describe('a reply', () => {
  it.each([
    [{ jsonrpc: '2.0', id: 1 }, {}],
    [{ id: 1 }, {}],
    [{ id: 1, error: null }, {}],
    [{ id: 1, sessionId: 's' }, { version: false }],
  ])('without a result is undefined: %j', async (reply, options) => {
    const { client, clock, say } = await open(options);
    const fate = watch(client.request('a'));
    say(reply);
    await clock.settle();
    expect(fate).toEqual({ value: undefined, settled: 1 });
  });

  it('is none where a message has an id and something else', async () => {
    const { client, say, of } = await open();
    void client.request('a').catch(() => {});
    say({ id: 1, text: 'hello' });
    expect(of('message')).toEqual([{ id: 1, text: 'hello' }]);
    void client.close();
  });

  it('may have our number as a text, and so may a refusal', async () => {
    const { client, clock, say } = await open();
    const fates = [watch(client.request('a')), watch(client.request('b'))];
    say({ jsonrpc: '2.0', id: '1', result: 'fine' });
    say({ jsonrpc: '2.0', id: '2', error: { code: 5, message: 'no' } });
    await clock.settle();
    expect(fates.map(({ value }) => value)).toMatchObject(['fine', { code: 'REQUEST_REJECTED' }]);
  });

  it('to a request of the server keeps its text', async () => {
    const { client, clock, received, say } = await open();
    client.handle('a', () => 1);
    say({ id: '7', method: 'a' });
    await clock.settle();
    expect(received()).toEqual([{ jsonrpc: '2.0', id: '7', result: 1 }]);
  });
});

describe('an error that names no request', () => {
  it.each([
    { jsonrpc: '2.0', id: null, error: { code: -32_700, message: 'Parse error', data: 1 } },
    { jsonrpc: '2.0', error: { code: -32_700, message: 'Parse error', data: 1 } },
    { error: { code: -32_700, message: 'Parse error', data: 1 } },
  ])('is an error event, and the cause of the timeout that follows: %j', async (message) => {
    const { client, clock, say, of } = await open();
    const fate = watch(client.request('a', undefined, { timeout: 1_000 }));
    say(message);
    const told = { code: 'SERVER_ERROR', remoteCode: -32_700, remoteMessage: 'Parse error', data: 1 };
    expect(of('error')).toMatchObject([told]);
    expect((of('error')[0] as Error).message).toContain('Parse error (-32700)');
    const later = watch(client.request('b', undefined, { timeout: 1_000 }));
    await clock.advance(1_000);
    expect(fate.value).toMatchObject({ code: 'REQUEST_TIMEOUT', reason: 'SERVER_ERROR', cause: told });
    expect((fate.value as Error).message).toContain('The cause: SERVER_ERROR.');
    expect(later.value).toMatchObject({ code: 'REQUEST_TIMEOUT' });
    expect(later.value).not.toHaveProperty('cause');
  });

  it('is not even made where nobody hears of it, and nothing is asked: a server may say a million', async () => {
    const { say, forget } = await open();
    forget('error');
    const made = vi.spyOn(Error as { captureStackTrace: (error: object) => void }, 'captureStackTrace');
    for (let count = 0; count < 10; count++) say({ error: { message: '' } });
    expect(made).not.toHaveBeenCalled();
  });

  it('without a code of its own is told too', async () => {
    const { say, of } = await open();
    say({ jsonrpc: '2.0', error: 'no' });
    expect((of('error')[0] as Error).message).toContain('what: no. A request');
  });

  it.each([{ type: 'x', error: { message: 'y' } }, { error: 'y' }, { id: {}, error: { message: 'y' } }])(
    'is an ordinary message where it may be another protocol: %j',
    async (message) => {
      const { say, of } = await open();
      say(message);
      expect(of('message')).toEqual([message]);
      expect(of('error')).toEqual([]);
    },
  );
});
