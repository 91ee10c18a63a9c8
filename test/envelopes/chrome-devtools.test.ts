// Frames as Chromium 156 sent them.
import { describe, expect, it } from 'vitest';
import { chromeDevTools } from '../../src/envelopes/chrome-devtools.ts';
import { type Bench, setUp, watch } from '../client/set-up.ts';
import { PROPERTY_TIMEOUT } from '../tools/property-runs.ts';
import { survives } from './hostile.ts';

interface CdpBench extends Bench {
  say(...frames: readonly object[]): void;
}

async function open(options: Parameters<typeof setUp>[0] = {}): Promise<CdpBench> {
  const bench = setUp({ envelope: chromeDevTools(), ...options });
  await bench.open();
  return {
    ...bench,
    say: (...frames) => frames.forEach((one) => void bench.server.last.send(JSON.stringify(one))),
  };
}

const detached = { method: 'Target.detachedFromTarget', params: { sessionId: 'S', targetId: 'T' } };

describe('commands', () => {
  it('are numbered, without the member jsonrpc, and say their session', async () => {
    const { client, clock, received, say } = await open();
    const made = watch(client.request('Target.createTarget', { url: 'about:blank' }));
    const enabled = watch(client.request('Runtime.enable', undefined, { meta: { sessionId: 'S' } }));
    expect(received()).toStrictEqual([
      { id: 1, method: 'Target.createTarget', params: { url: 'about:blank' } },
      { id: 2, method: 'Runtime.enable', sessionId: 'S' },
    ]);
    say({ id: 2, result: {}, sessionId: 'S' }, { id: 1, result: { targetId: 'T' } });
    await clock.settle();
    expect([made.value, enabled.value]).toEqual([{ targetId: 'T' }, {}]);
    void client.close();
  });

  it('are refused with the code of the browser', async () => {
    const { client, clock, say } = await open();
    const wrong = watch(client.request('X.y', undefined, { meta: { sessionId: 'S' } }));
    say({ id: 1, error: { code: -32_601, message: "'X.y' wasn't found" }, sessionId: 'S' });
    await clock.settle();
    expect(wrong.value).toMatchObject({ code: 'REQUEST_REJECTED', remoteCode: -32_601, method: 'X.y' });
    void client.close();
  });

  it('that nobody waits for have an integer too, and their answers are told to nobody', async () => {
    const { client, received, say, of } = await open();
    await client.notify('Page.bringToFront', undefined, { meta: { sessionId: 'S' } });
    expect(received()).toStrictEqual([{ id: 0, method: 'Page.bringToFront', sessionId: 'S' }]);
    say({ id: 0, result: {}, sessionId: 'S' });
    expect([of('lateReply'), of('message'), of('error')]).toEqual([[], [], []]);
    say({ id: 0, error: { code: -32_000, message: 'no page' } });
    expect(of('error')).toMatchObject([{ code: 'SERVER_ERROR', remoteMessage: 'no page' }]);
    void client.close();
  });

  it('that the browser cannot tell apart are refused without an id', async () => {
    const { client, say, of } = await open();
    say({ error: { code: -32_600, message: "Message must have integer 'id' property" } });
    expect(of('error')).toMatchObject([{ code: 'SERVER_ERROR', remoteCode: -32_600 }]);
    void client.close();
  });

  it('may be answered late, twice, or under a key of nobody', async () => {
    const { client, clock, say, of } = await open();
    const slow = watch(client.request('Page.enable', undefined, { timeout: 1_000 }));
    await clock.advance(1_000);
    expect(slow.value).toMatchObject({ code: 'REQUEST_TIMEOUT' });
    say({ id: 1, result: {} }, { id: 9, result: {} }, { id: '1', result: {} });
    expect(of('lateReply')).toEqual([{ key: 1 }, { key: 9 }, { key: 1 }]);
    void client.close();
  });
});

describe('sessions', () => {
  it('come back with their events, which may come before the reply', async () => {
    const { client, say } = await open();
    const told: unknown[] = [];
    client.onEvent('Runtime.executionContextCreated', (...all: unknown[]) => told.push(all));
    void client.request('Runtime.enable', undefined, { meta: { sessionId: 'S' } }).catch(() => {});
    say(
      { method: 'Runtime.executionContextCreated', params: { context: { id: 1 } }, sessionId: 'S' },
      { method: 'Runtime.executionContextCreated', params: { context: { id: 2 } } },
      { id: 1, result: {}, sessionId: 'S' },
    );
    expect(told).toEqual([[{ context: { id: 1 } }, { sessionId: 'S' }], [{ context: { id: 2 } }]]);
    void client.close();
  });

  it('that are detached reject their commands, and no others', async () => {
    const { client, clock, say } = await open();
    const told: unknown[] = [];
    client.onEvent('Target.detachedFromTarget', (event) => told.push(event));
    const [mine, other, root] = [{ sessionId: 'S' }, { sessionId: 'S2' }, undefined].map((meta) =>
      watch(client.request('Runtime.evaluate', { expression: 'debugger' }, { meta })),
    );
    say(detached);
    await clock.settle();
    expect(mine?.value).toMatchObject({
      code: 'REQUEST_REJECTED',
      remoteCode: -32_001,
      remoteMessage: 'session detached',
    });
    expect([other?.settled, root?.settled, told]).toEqual([0, 0, [detached.params]]);
    say({ method: 'Inspector.detached', params: { reason: 'Render process gone.' }, sessionId: 'S2' });
    await clock.settle();
    expect([other?.settled, root?.settled]).toEqual([1, 0]);
    say({ id: 3, result: {} });
    await clock.settle();
    expect(root?.value).toEqual({});
    void client.close();
  });

  it('keep nothing of commands that are over', async () => {
    const { client, clock, say } = await open();
    const first = watch(client.request('A.a', undefined, { meta: { sessionId: 'S' } }));
    say({ id: 1, result: {}, sessionId: 'S' });
    await clock.settle();
    const envelope = chromeDevTools()();
    envelope.rpc?.request(1, 'A.a', undefined, { sessionId: 'S' });
    const abandons = (): boolean | undefined =>
      envelope.reader(undefined).classify(detached).also?.abandons?.match(1);
    expect(abandons()).toBe(true);
    envelope.rpc?.forget?.(1);
    expect([abandons(), first.value]).toEqual([false, {}]);
    void client.close();
  });
});

describe('the rest', () => {
  it('asks for a sign of life where the transport cannot ping', async () => {
    const bench = setUp(
      { envelope: chromeDevTools(), heartbeat: { interval: 10_000, timeout: 5_000 } },
      { features: { ping: false } },
    );
    await bench.open();
    await bench.clock.advance(10_000);
    expect(bench.received()).toEqual([{ id: 1, method: 'Browser.getVersion' }]);
    await bench.clock.advance(5_000);
    expect(bench.of('error')).toMatchObject([{ code: 'HEARTBEAT_TIMEOUT' }]);
    void bench.client.close();
  });

  it('has no subscriptions and no requests of the browser’s', async () => {
    const { client, say, of } = await open();
    expect(() => client.subscribe('x')).toThrow(expect.objectContaining({ code: 'UNSUPPORTED' }));
    say({ id: 5, method: 'who' });
    expect(of('message')).toEqual([{ id: 5, method: 'who' }]);
    void client.close();
  });

  it('goes on with higher numbers than those of an earlier life', () => {
    const rpc = chromeDevTools()().rpc;
    rpc?.numberAbove?.(41);
    expect(rpc?.allocate()).toBe(42);
  });

  it('survives whatever comes', { timeout: PROPERTY_TIMEOUT }, () => {
    survives(chromeDevTools(), [
      { id: 1, result: { sessionId: 'S' } },
      { id: 4, error: { code: -32_601, message: "'X.y' wasn't found" }, sessionId: 'S' },
      { id: 0, error: { code: -32_000, message: 'no' } },
      detached,
      { method: 'Inspector.detached', params: { reason: 'x' }, sessionId: 'S' },
      {
        method: 'Target.attachedToTarget',
        params: { sessionId: 'S', targetInfo: {}, waitingForDebugger: false },
      },
    ]);
  });
});
