// What the server asks of us.
import { describe, expect, it } from 'vitest';
import { setUp } from '../client/set-up.ts';

const refusal = (code: number, message: string) => ({ jsonrpc: '2.0', id: 'q', error: { code, message } });
const result = (value: unknown) => ({ jsonrpc: '2.0', id: 'q', result: value });

async function open() {
  const bench = setUp();
  await bench.open();
  const { clock, server, received } = bench;
  /** Asks, and gives the answer. */
  const ask = async (method: string, params?: unknown): Promise<unknown> => {
    server.last.send(JSON.stringify({ jsonrpc: '2.0', id: 'q', method, params }));
    await clock.settle();
    return received().at(-1);
  };
  return { ...bench, ask };
}

describe('client.handle', () => {
  it('answers with what the handler returns', async () => {
    const { client, ask } = await open();
    client.handle('now', (n: unknown) => n);
    expect(await ask('now', 1)).toEqual(result(1));
  });

  it('answers with what the handler promises', async () => {
    const { client, ask } = await open();
    client.handle('later', async (n: unknown) => n);
    expect(await ask('later', 2)).toEqual(result(2));
  });

  it('answers null for a handler that returns nothing', async () => {
    const { client, ask } = await open();
    client.handle('nothing', () => {});
    expect(await ask('nothing')).toEqual(result(null));
  });

  it('keeps one handler a method: the last', async () => {
    const { client, ask } = await open();
    const removeOld = client.handle('x', () => 'old');
    client.handle('x', () => 'new');
    expect(await ask('x')).toEqual(result('new'));
    removeOld();
    expect(await ask('x')).toEqual(result('new'));
  });

  it('returns what removes the handler', async () => {
    const { client, ask } = await open();
    client.handle('x', () => 'x')();
    expect(await ask('x')).toEqual(refusal(-32_601, 'Method not found: x'));
  });
});

describe('a request of the server', () => {
  it.each(['toString', '__proto__', 'constructor'])('finds no method %s by itself', async (method) => {
    const { ask } = await open();
    expect(await ask(method)).toEqual(refusal(-32_601, `Method not found: ${method}`));
  });

  it.each([
    [
      'throws',
      () => {
        throw new Error('secret');
      },
    ],
    ['rejects', () => Promise.reject(new Error('secret'))],
  ])('learns nothing of why a handler %s', async (method, handler) => {
    const { client, of, ask } = await open();
    client.handle(method, handler);
    expect(await ask(method)).toEqual(refusal(-32_603, 'Internal error'));
    expect(of('error')).toMatchObject([{ code: 'HANDLER_FAILED', method, cause: { message: 'secret' } }]);
  });

  it('is refused when the handler made what cannot be sent', async () => {
    const { client, of, ask } = await open();
    client.handle('odd', () => 1n);
    expect(await ask('odd')).toEqual(refusal(-32_603, 'Internal error'));
    expect(of('error')).toMatchObject([{ code: 'HANDLER_FAILED', cause: { code: 'INVALID_DATA' } }]);
  });

  it('is answered on the connection that it came from, or not at all', async () => {
    const { client, clock, server } = await open();
    client.handle('slow', () => new Promise((resolve) => clock.setTimer(() => resolve('late'), 10_000)));
    server.last.send('{"id":"q","method":"slow"}');
    server.last.drop();
    await clock.advance(20_000);
    expect(client.state.status).toBe('ready');
    expect(server.connections.map(({ received }) => received)).toEqual([[], []]);
  });

  it('from a server that asks much and reads little is dropped, at the bounds of an outbox', async () => {
    const { client, clock, server } = await open();
    client.handle('ask', () => 1);
    server.last.bufferedAmount = 17 * 1024 * 1024;
    for (let id = 0; id < 1_500; id++) server.last.send(JSON.stringify({ id, method: 'ask' }));
    await clock.settle();
    server.last.drain();
    expect(server.last.received).toHaveLength(1_000);
  });

  it('does not hold back what waits for the user: nobody is told of an answer that was dropped', async () => {
    const { client, clock, server, of } = await open();
    client.handle('ask', () => 1);
    server.last.bufferedAmount = 17 * 1024 * 1024;
    server.last.send('{"id":1,"method":"ask"}');
    await clock.settle();
    server.last.drop();
    await clock.advance(6_000);
    expect(of('drop')).toEqual([]);
    expect(server.last.received).toEqual([]);
  });

  it('that the transport cannot answer is an error of ours, and the client goes on', async () => {
    const { client, of, server, ask } = await open();
    const cause = new Error('the tracer is at fault');
    client.handle('now', () => 1);
    const received = server.last.received as unknown[];
    received.push = () => {
      throw cause;
    };
    await ask('now');
    expect(of('error')).toEqual([expect.objectContaining({ code: 'HANDLER_FAILED', method: 'now', cause })]);
    delete (received as { push?: unknown }).push;
    expect(await ask('now')).toEqual(result(1));
  });
});
