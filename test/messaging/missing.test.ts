import { describe, expect, it } from 'vitest';
import { jsonRpc } from '../../src/messaging/json-rpc.ts';
import { raw } from '../../src/messaging/raw.ts';
import { requests } from '../../src/messaging/requests.ts';
import { subscriptions } from '../../src/messaging/subscriptions.ts';
import { awaitReply } from '../../src/transport/pacing.ts';
import { setUp, watch } from '../client/set-up.ts';

const refusal = { code: 'UNSUPPORTED', message: expect.stringContaining('use: [requests()]') };

describe('a slim client with requests()', () => {
  it('asks, and answers the server', async () => {
    const { client, server, clock, received, open } = setUp(
      { envelope: jsonRpc(), use: [requests()] },
      {},
      true,
    );
    client.handle('time', () => 7);
    await open();
    const sum = watch(client.request('sum', [1, 2]));
    expect(client.stats().pending).toBe(1);
    server.last.send('{"jsonrpc":"2.0","id":1,"result":3}');
    server.last.send('{"jsonrpc":"2.0","id":"a","method":"time"}');
    await clock.settle();
    expect(sum.value).toBe(3);
    expect(received()[1]).toEqual({ jsonrpc: '2.0', id: 'a', result: 7 });
  });

  it('and an envelope without them cannot ask', async () => {
    const { client } = setUp({ envelope: raw(), use: [requests()] }, {}, true);
    await expect(client.request('sum')).rejects.toMatchObject(refusal);
  });
});

describe('a slim client without requests()', () => {
  it('sends and hears plain messages, by default as they are', async () => {
    const { client, server, of, open } = setUp({}, {}, true);
    const early = client.send('early');
    await open();
    await early;
    await client.send(new Uint8Array([1]));
    server.last.send('Hello');
    expect(server.last.received).toEqual(['early', new Uint8Array([1])]);
    expect(of('message')).toEqual(['Hello']);
    expect(client.stats()).toMatchObject({ sent: 2, received: 1, pending: 0 });
    server.last.drop();
    expect(of('lost')).toHaveLength(1);
  });

  it('says what to pass in', async () => {
    const { client } = setUp({ envelope: jsonRpc() }, {}, true);
    await expect(client.request('sum')).rejects.toMatchObject(refusal);
    expect(() => client.handle('sum', () => 1)).toThrow(expect.objectContaining(refusal));
  });

  it('has them by subscriptions(), which ask too', async () => {
    const options = { envelope: jsonRpc(), use: [subscriptions()] };
    const { client, server, clock, open } = setUp(options, {}, true);
    await open();
    const sum = watch(client.request('sum', [1, 2]));
    client.subscribe('ticks');
    server.last.send('{"jsonrpc":"2.0","id":1,"result":3}');
    await clock.settle();
    expect([sum.value, client.stats().pending]).toEqual([3, 1]);
  });

  it('still speaks its envelope: it notifies, and tells what the server asks or answers', async () => {
    const { client, server, of, received, open } = setUp({ envelope: jsonRpc() }, {}, true);
    await open();
    await client.notify('seen', [1]);
    expect(received()).toEqual([{ jsonrpc: '2.0', method: 'seen', params: [1] }]);
    const question = { jsonrpc: '2.0', id: 1, method: 'time' };
    server.last.send(JSON.stringify(question));
    server.last.send('{"jsonrpc":"2.0","id":1,"result":3}');
    server.last.send('{"jsonrpc":"2.0","id":2,"error":{"message":"no"}}');
    expect(of('message')).toEqual([question]);
    expect(of('lateReply')).toEqual([{ key: 1 }, { key: 2 }]);
  });

  it('can be paced: nothing is ever awaited', async () => {
    const { client, clock, server, open } = setUp({ use: [awaitReply({ timeout: 500 })] }, {}, true);
    await open();
    const both = [client.send('1'), client.send('2')].map(watch);
    await clock.settle();
    expect(server.last.received).toEqual(['1']);
    server.last.send('ok');
    await clock.settle();
    expect(server.last.received).toEqual(['1', '2']);
    expect(both.map(({ settled }) => settled)).toEqual([1, 1]);
  });
});
