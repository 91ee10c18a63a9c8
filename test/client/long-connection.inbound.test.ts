import { describe, expect, it, vi } from 'vitest';
import { setUp } from './set-up.ts';

const open = async (...given: Parameters<typeof setUp>) => {
  const bench = setUp(...given);
  await bench.open();
  bench.told.length = 0;
  return bench;
};

describe('what the server sends', () => {
  it('goes to whoever it is for', async () => {
    const { client, clock, server, told } = await open();
    const listener = vi.fn();
    client.onEvent('news', listener);
    client.handle('ask', () => 42);
    const reply = client.request('sum');
    server.last.send(
      '[{"method":"news","params":1},{"id":9,"method":"ask"},{"id":1,"result":3},{"id":8,"result":4}]',
    );
    server.last.send('"plain"');
    expect(await reply).toBe(3);
    await clock.settle();
    expect(listener.mock.calls).toEqual([[1]]);
    expect(told).toEqual([
      ['message', { method: 'news', params: 1 }],
      ['lateReply', { key: 8 }],
      ['message', 'plain'],
    ]);
    expect(JSON.parse(server.last.received.at(-1) as string)).toEqual({ jsonrpc: '2.0', id: 9, result: 42 });
    expect(client.stats().received).toBe(2);
    void client.close();
  });

  it('that cannot be read is an error, and the line goes on', async () => {
    const { client, server, told } = await open();
    server.last.send('{');
    server.last.send('1');
    expect(told).toMatchObject([
      ['error', { code: 'BAD_MESSAGE' }],
      ['message', 1],
    ]);
    void client.close();
  });

  it('is told no more once a listener has closed the client', async () => {
    const { client, server, told } = await open();
    client.once('message', () => void client.close());
    server.last.send('[1,2]');
    expect(told.filter(([name]) => name === 'message')).toEqual([['message', 1]]);
  });

  it('a handler that fails is an error of ours, not of the server', async () => {
    const { client, clock, server, told } = await open();
    client.handle('ask', () => {
      throw new Error('mine');
    });
    server.last.send('{"id":9,"method":"ask"}');
    await clock.settle();
    expect(told).toMatchObject([['error', { code: 'HANDLER_FAILED', cause: { message: 'mine' } }]]);
    expect(JSON.parse(server.last.received[0] as string)).toMatchObject({ id: 9, error: { code: -32_603 } });
    void client.close();
  });
});
