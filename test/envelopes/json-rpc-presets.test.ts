import { describe, expect, it } from 'vitest';
import { ethereum, lsp, mcp, solana } from '../../src/envelopes/json-rpc-presets.ts';
import type { EnvelopeFactory } from '../../src/messaging/envelope.ts';
import { type Bench, setUp, watch } from '../client/set-up.ts';
import { PROPERTY_TIMEOUT } from '../tools/property-runs.ts';
import { survives } from './hostile.ts';

interface RpcBench extends Bench {
  /** As JSON-RPC has it. */
  say(...frames: readonly object[]): void;
}

async function open(envelope: EnvelopeFactory, options = {}): Promise<RpcBench> {
  const bench = setUp({ envelope, ...options }, { onConnect: (end) => end.accept(end.request.protocols[0]) });
  await bench.open();
  const say = (...frames: readonly object[]): void => {
    for (const one of frames) bench.server.last.send(JSON.stringify({ jsonrpc: '2.0', ...one }));
  };
  return { ...bench, say };
}

/** What was sent, without what all have. */
const sent = ({ received }: Bench): unknown[] => received().map(({ jsonrpc: _, ...rest }: any) => rest);

describe('ethereum()', () => {
  it('subscribes, hears what came before the reply, unsubscribes, and asks again on the next line', async () => {
    const bench = await open(ethereum());
    const { client, clock, server, say } = bench;
    const heard: unknown[] = [];
    const heads = client.subscribe('newHeads');
    heads.on((head) => heard.push(head));
    const logs = client.subscribe('logs', { address: '0xa', topics: [] });
    expect(sent(bench)).toEqual([
      { id: 1, method: 'eth_subscribe', params: ['newHeads'] },
      { id: 2, method: 'eth_subscribe', params: ['logs', { address: '0xa', topics: [] }] },
    ]);
    const event = (subscription: string, result: unknown) => ({
      method: 'eth_subscription',
      params: { subscription, result },
    });
    say(
      event('0x1', { number: '0x5' }),
      { id: 1, result: '0x1' },
      { id: 2, result: '0x2' },
      event('0x1', { number: '0x6' }),
    );
    expect(heard).toEqual([{ number: '0x5' }, { number: '0x6' }]);
    logs.unsubscribe();
    expect(sent(bench)[2]).toEqual({ id: 3, method: 'eth_unsubscribe', params: ['0x2'] });
    // Anvil: twice is false, and no error.
    say({ id: 3, result: false });
    server.last.drop();
    await clock.advance(6_000);
    expect(sent(bench)).toEqual([{ id: 4, method: 'eth_subscribe', params: ['newHeads'] }]);
    bench.say({ id: 4, result: '0x1' }, event('0x1', { number: '0x9' }));
    expect(heard.at(-1)).toEqual({ number: '0x9' });
    expect(bench.of('gap')).toMatchObject([{ recovered: false }]);
    void client.close();
  });

  it('is told of what nobody can tell apart', async () => {
    const { client, say, of } = await open(ethereum());
    say({ id: null, error: { code: -32_600, message: 'Invalid request' } });
    expect(of('error')).toMatchObject([{ code: 'SERVER_ERROR', remoteCode: -32_600 }]);
    void client.close();
  });

  it.each([
    [ethereum(), 'eth_chainId'],
    [solana(), 'getHealth'],
    [lsp(), 'rpc.ping'],
    [
      mcp({
        initialize: { protocolVersion: 'x', capabilities: {}, clientInfo: { name: 'n', version: '1' } },
      }),
      'ping',
    ],
  ])('each asks for a sign of life by a method of its protocol', (envelope, method) => {
    expect(envelope().rpc?.question?.(7)).toEqual({ jsonrpc: '2.0', id: 7, method });
  });
});

describe('solana()', () => {
  it('has a method for each kind, and numbers as ids', async () => {
    const bench = await open(solana());
    const { client, say } = bench;
    const heard: unknown[] = [];
    const account = client.subscribe('account', ['CM78…', { encoding: 'base64' }]);
    account.on((event) => heard.push(event));
    client.subscribe('slot');
    expect(sent(bench)).toStrictEqual([
      { id: 1, method: 'accountSubscribe', params: ['CM78…', { encoding: 'base64' }] },
      { id: 2, method: 'slotSubscribe' },
    ]);
    say(
      { id: 1, result: 23_784 },
      { id: 2, result: 0 },
      {
        method: 'accountNotification',
        params: { subscription: 23_784, result: { context: { slot: 5 }, value: {} } },
      },
    );
    expect(heard).toEqual([{ context: { slot: 5 }, value: {} }]);
    account.unsubscribe();
    expect(sent(bench)[2]).toEqual({ id: 3, method: 'accountUnsubscribe', params: [23_784] });
    void client.close();
  });

  it('ends a signature after its event, as the node does: nothing is asked again', async () => {
    const bench = await open(solana());
    const { client, clock, server, say } = bench;
    const heard: unknown[] = [];
    const signature = client.subscribe('signature', ['2EanS…', { enableReceivedNotification: true }]);
    signature.on((event) => heard.push(event));
    const told = (value: unknown) => ({
      method: 'signatureNotification',
      params: { subscription: 5, result: { context: { slot: 1 }, value } },
    });
    say({ id: 1, result: 5 }, told('receivedSignature'));
    expect(signature.status).toBe('active');
    say(told({ err: null }));
    expect(heard).toMatchObject([{ value: 'receivedSignature' }, { value: { err: null } }]);
    expect(await signature.closed).toBe(undefined);
    server.last.drop();
    await clock.advance(6_000);
    expect(sent(bench)).toEqual([]);
    void client.close();
  });
});

describe('lsp()', () => {
  it('begins every connection with initialize and initialized, ahead of what waits', async () => {
    const told: unknown[] = [];
    const bench = await open(
      lsp({ initialize: { processId: null, capabilities: {} }, initialized: (result) => told.push(result) }),
    );
    const { client, clock, server, say } = bench;
    void client.notify('textDocument/didOpen', {});
    expect(sent(bench)).toEqual([
      { id: 1, method: 'initialize', params: { processId: null, capabilities: {} } },
    ]);
    say({ id: 1, result: { capabilities: { hoverProvider: true } } });
    await clock.settle();
    expect(sent(bench).slice(1)).toEqual([
      { method: 'initialized', params: {} },
      { method: 'textDocument/didOpen', params: {} },
    ]);
    server.last.drop();
    await clock.advance(6_000);
    say({ id: 2, result: {} });
    await clock.settle();
    expect(sent(bench).map(({ method }: any) => method)).toEqual(['initialize', 'initialized']);
    expect(told).toEqual([{ capabilities: { hoverProvider: true } }, {}]);
    void client.close();
  });

  it('says nothing by itself without initialize', async () => {
    const bench = await open(lsp());
    expect([bench.client.state.status, sent(bench)]).toEqual(['ready', []]);
    void bench.client.close();
  });

  it('is tried again where initialize is refused, or not answered', async () => {
    const bench = await open(lsp({ initialize: {} }));
    bench.say({ id: 1, error: { code: -32_603, message: 'busy' } });
    await bench.clock.settle();
    expect(bench.of('error')).toMatchObject([{ code: 'LOGIN_FAILED', cause: { remoteMessage: 'busy' } }]);
    await bench.clock.advance(6_000);
    expect(bench.client.state.status).toBe('authenticating');
    await bench.clock.advance(10_000);
    expect(bench.of('error')[1]).toMatchObject({ code: 'LOGIN_FAILED', detail: 'no-answer' });
    void bench.client.close();
  });

  it('cancels what is aborted, and refuses what nobody handles', async () => {
    const bench = await open(lsp());
    const { client, clock, say } = bench;
    const abort = new AbortController();
    watch(client.request('textDocument/hover', {}, { signal: abort.signal }));
    abort.abort();
    say({ id: 's1', method: 'workspace/configuration', params: {} });
    await clock.settle();
    expect(sent(bench).slice(1)).toEqual([
      { method: '$/cancelRequest', params: { id: 1 } },
      { id: 's1', error: { code: -32_601, message: 'Method not found: workspace/configuration' } },
    ]);
    void client.close();
  });
});

describe('mcp()', () => {
  const initialize = {
    protocolVersion: '2025-06-18',
    capabilities: {},
    clientInfo: { name: 'mine', version: '1.0' },
  };

  async function ready(): Promise<RpcBench> {
    const bench = await open(mcp({ initialize }));
    bench.say({ id: 1, result: { protocolVersion: '2025-06-18', capabilities: {}, serverInfo: {} } });
    await bench.clock.settle();
    return bench;
  }

  it('initializes over its subprotocol', async () => {
    const bench = await ready();
    expect(bench.server.last.request.protocols).toEqual(['mcp']);
    expect(sent(bench)).toEqual([
      { id: 1, method: 'initialize', params: initialize },
      { method: 'notifications/initialized', params: {} },
    ]);
    expect(bench.client.state.status).toBe('ready');
    void bench.client.close();
  });

  it('asks for progress where there is a meta, and tells it to its request', async () => {
    const bench = await ready();
    const { client, clock, say } = bench;
    const told: unknown[] = [];
    const events: unknown[] = [];
    client.onEvent('notifications/progress', (event) => events.push(event));
    const report = watch(
      client.request(
        'tools/call',
        { name: 'report' },
        { meta: { trace: 'x' }, progress: (...all) => told.push(all) },
      ),
    );
    watch(client.request('tools/list'));
    expect(sent(bench).slice(2)).toStrictEqual([
      { id: 2, method: 'tools/call', params: { name: 'report', _meta: { trace: 'x', progressToken: 2 } } },
      { id: 3, method: 'tools/list' },
    ]);
    const progress = (progressToken: unknown, done: number) => ({
      method: 'notifications/progress',
      params: { progressToken, progress: done, total: 2 },
    });
    say(progress(2, 1), progress(99, 1), progress({}, 1), { id: 2, result: { content: [] } }, progress(2, 2));
    await clock.settle();
    expect(told).toEqual([[{ progressToken: 2, progress: 1, total: 2 }, 2]]);
    expect(report.value).toEqual({ content: [] });
    expect(events).toEqual([{ progressToken: {}, progress: 1, total: 2 }]);
    void client.close();
  });

  it('cancels by the id of the request, and answers a ping at once', async () => {
    const bench = await ready();
    const { client, clock, say, of } = bench;
    watch(client.request('tools/call', {}, { timeout: 1_000 }));
    await clock.advance(1_000);
    say({ id: 'p1', method: 'ping' });
    expect(sent(bench).slice(3)).toEqual([
      { method: 'notifications/cancelled', params: { requestId: 2, reason: 'not waited for' } },
      { id: 'p1', result: {} },
    ]);
    say({ id: 's1', method: 'sampling/createMessage', params: {} });
    await clock.settle();
    expect(sent(bench).at(-1)).toMatchObject({ id: 's1', error: { code: -32_601 } });
    expect(of('error')).toEqual([]);
    void client.close();
  });

  it('wants to be told how to begin', () => {
    expect(() => mcp({} as never)).toThrow(/initialize of mcp must be an object/);
    expect(() => lsp({ initialise: {} } as never)).toThrow(/Did you mean initialize/);
  });
});

describe('all of them', () => {
  const frames = [
    { jsonrpc: '2.0', id: 1, result: '0x1' },
    { jsonrpc: '2.0', id: 1, error: { code: -32_601, message: 'no', data: {} } },
    { jsonrpc: '2.0', method: 'eth_subscription', params: { subscription: '0x1', result: {} } },
    {
      jsonrpc: '2.0',
      method: 'signatureNotification',
      params: { subscription: 5, result: { context: {}, value: {} } },
    },
    { jsonrpc: '2.0', method: 'notifications/progress', params: { progressToken: 1, progress: 1, total: 2 } },
    { jsonrpc: '2.0', id: 1, method: 'ping' },
  ];
  const clientInfo = { name: 'n', version: '1' };
  it.each([
    ['ethereum', ethereum()],
    ['solana', solana()],
    ['lsp', lsp()],
    ['mcp', mcp({ initialize: { protocolVersion: 'x', capabilities: {}, clientInfo } })],
  ])('survive whatever comes: %s', { timeout: PROPERTY_TIMEOUT }, (_, envelope) => {
    survives(envelope, frames);
  });
});
