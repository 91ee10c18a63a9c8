// Frames as the documentation of Binance and Kraken has them.
import { describe, expect, it } from 'vitest';
import { binance } from '../../docs/recipes/binance.ts';
import { kraken } from '../../docs/recipes/kraken.ts';
import { watch } from '../client/set-up.ts';
import { begin, survives, type Talk } from './talk.ts';

describe('binance', () => {
  const trade = (t: number) => ({ stream: 'btcusdt@trade', data: { e: 'trade', t } });

  it('subscribes to a stream once for all, hears, leaves, and asks again', async () => {
    const { client, say, received, server, clock } = await begin({ envelope: binance() });
    const heard: unknown[] = [];
    const [one, two] = [client.subscribe('btcusdt@trade'), client.subscribe('btcusdt@trade')];
    one.on((event) => heard.push(event));
    expect(received()).toEqual([{ id: 1, method: 'SUBSCRIBE', params: ['btcusdt@trade'] }]);
    await say({ result: null, id: 1 }, trade(1), { stream: 'other', data: {} });
    expect([heard, one.status, two.status]).toEqual([[{ e: 'trade', t: 1 }], 'active', 'active']);
    server.last.drop();
    await clock.advance(6_000);
    const [{ id }] = received() as [{ id: number }];
    expect(received()).toEqual([{ id, method: 'SUBSCRIBE', params: ['btcusdt@trade'] }]);
    await say({ result: null, id });
    one.unsubscribe();
    two.unsubscribe();
    expect(received()[1]).toEqual({ id: id + 1, method: 'UNSUBSCRIBE', params: ['btcusdt@trade'] });
    void client.close();
  });

  it('answers, and refuses with a code, or without saying what', async () => {
    const { client, say, of } = await begin({ envelope: binance() });
    const [list, placed, wrong] = ['LIST_SUBSCRIPTIONS', 'order.place', 'nope'].map((name) =>
      watch(client.request(name)),
    );
    await say(
      { result: ['btcusdt@trade'], id: 1 },
      {
        id: 2,
        status: 400,
        error: { code: -2010, msg: 'Account has insufficient balance.' },
        rateLimits: [],
      },
      { code: 2, msg: 'Invalid request', id: 3 },
      { code: 3, msg: 'Invalid JSON' },
    );
    expect(list?.value).toEqual(['btcusdt@trade']);
    expect(placed?.value).toMatchObject({ remoteCode: -2010, data: { status: 400 } });
    expect(wrong?.value).toMatchObject({ remoteCode: 2, remoteMessage: 'Invalid request' });
    expect(of('error')).toMatchObject([{ code: 'SERVER_ERROR', remoteMessage: 'Invalid JSON' }]);
    void client.close();
  });

  it('tells of a user’s account, and of its own end', async () => {
    const { client, say } = await begin({ envelope: binance() });
    const heard: unknown[] = [];
    client.onEvent('executionReport', (one) => heard.push(one));
    await say({ subscriptionId: 0, event: { e: 'executionReport', c: 'x' } });
    expect(heard).toEqual([{ e: 'executionReport', c: 'x' }]);
    await say({ e: 'serverShutdown', E: 1 });
    expect(client.state.status).toBe('waiting');
    void client.close();
  });

  it('survives whatever comes', () =>
    survives(binance(), [
      ...[trade(1), { result: null, id: 1 }, { code: 2, msg: 'x', id: 1 }, { e: 'serverShutdown' }],
      ...[{ id: 2, status: 400, error: { code: 1, msg: 'x' } }, { event: { e: 'x' } }],
    ]));
});

describe('kraken', () => {
  const STATUS = { channel: 'status', type: 'update', data: [{ system: 'online', api_version: 'v2' }] };
  const tick = (type: string, ...symbols: readonly string[]) => ({
    channel: 'ticker',
    type,
    data: symbols.map((symbol) => ({ symbol, last: 1 })),
  });

  async function open(): Promise<Talk> {
    const talk = await begin({ envelope: kraken() });
    await talk.say(STATUS);
    expect(talk.client.state.status).toBe('ready');
    return talk;
  }

  it('is not ready while the exchange is not', async () => {
    const talk = await begin({ envelope: kraken() });
    await talk.say({ ...STATUS, data: [{ system: 'maintenance' }] });
    expect(talk.client.state.status).toBe('waiting');
    void talk.client.close();
  });

  it('subscribes for each symbol, and tells each its own', async () => {
    const { client, say, received } = await open();
    const heard: unknown[] = [];
    const symbols = ['BTC/USD', 'ETH/USD'];
    const [btc, eth] = symbols.map((symbol) => client.subscribe('ticker', { symbol, snapshot: true }));
    btc?.on((one) => heard.push(one));
    expect(received()).toEqual(
      symbols.map((symbol, at) => ({
        method: 'subscribe',
        params: { channel: 'ticker', symbol: [symbol], snapshot: true },
        req_id: at + 1,
      })),
    );
    const reply = (req_id: number, symbol: string) => ({
      method: 'subscribe',
      req_id,
      result: { channel: 'ticker', symbol },
      success: true,
    });
    await say(reply(1, 'BTC/USD'), { method: 'subscribe', req_id: 2, error: 'no such pair', success: false });
    expect(await eth?.closed).toMatchObject({ code: 'REQUEST_REJECTED', remoteMessage: 'no such pair' });
    await say(tick('snapshot', 'BTC/USD'), tick('update', 'ETH/USD', 'BTC/USD'), { channel: 'heartbeat' });
    const data = [{ symbol: 'BTC/USD', last: 1 }];
    expect(heard).toEqual([
      { type: 'snapshot', data },
      { type: 'update', data },
    ]);
    btc?.unsubscribe();
    expect(received().at(-1)).toEqual({
      method: 'unsubscribe',
      params: { channel: 'ticker', symbol: ['BTC/USD'] },
      req_id: 3,
    });
    void client.close();
  });

  it('answers and refuses, and pings where the transport cannot', async () => {
    const { client, say, received } = await open();
    const [placed, wrong] = [watch(client.request('add_order', { token: 't' })), watch(client.request('x'))];
    expect(received()[0]).toEqual({ method: 'add_order', params: { token: 't' }, req_id: 1 });
    await say({ method: 'add_order', req_id: 1, success: true, result: { order_id: 'o' } });
    await say({ error: 'Unsupported', req_id: 2, success: false }, { error: 'of nobody', success: false });
    expect(placed.value).toEqual({ order_id: 'o' });
    expect(wrong.value).toMatchObject({ remoteMessage: 'Unsupported' });
    void client.close();
    const talk = await begin({ envelope: kraken(), heartbeat: { interval: 10_000, timeout: 5_000 } });
    await talk.say(STATUS);
    await talk.clock.advance(10_000);
    expect(talk.received()).toEqual([{ method: 'ping' }]);
    await talk.say({ method: 'pong', time_in: '…' });
    expect([talk.of('rtt').length, talk.of('message')]).toEqual([1, []]);
    void talk.client.close();
  });

  it('survives whatever comes', () =>
    survives(kraken(), [
      ...[
        STATUS,
        tick('update', 'BTC/USD', 'ETH/USD'),
        { channel: 'heartbeat' },
        { method: 'pong', req_id: 2 },
      ],
      ...[
        { method: 'subscribe', req_id: 1, success: true, result: {} },
        { error: 'x', success: false },
      ],
    ]));
});
