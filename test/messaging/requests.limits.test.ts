// What a server that answers nothing, everything twice, or nonsense can do to the requests under way.
import { describe, expect, it } from 'vitest';
import { deferred } from '../../src/base/deferred.ts';
import { handover } from '../../src/connection/handover.ts';
import { jsonRpc } from '../../src/messaging/json-rpc.ts';
import { type Bench, setUp, watch } from '../client/set-up.ts';

const failure = (code: string, outcome: string) => expect.objectContaining({ code, outcome });

describe('requests that are never answered (attack 24)', () => {
  it('are bounded: one more is refused at once, and says what to do', async () => {
    const { client, clock, server, open } = setUp({ outbox: { maxPending: 2 } });
    await open();
    const fates = ['a', 'b', 'c'].map((method) => watch(client.request(method)));
    await clock.settle();
    expect(fates.map(({ value }) => value)).toEqual([
      'pending',
      'pending',
      failure('TOO_MANY_REQUESTS', 'not-sent'),
    ]);
    expect(String(fates[2]?.value)).toContain(
      'There are 2 requests under way already. Await some of them first, or raise outbox.maxPending.',
    );
    expect(server.last.received.length).toBe(2);
    expect(client.stats().pending).toBe(2);
    server.last.send('{"id":1,"result":1}');
    const next = watch(client.request('d'));
    await clock.settle();
    expect(server.last.received.length).toBe(3);
    expect(next.value).toBe('pending');
  });

  it('are at most 10,000 unless told otherwise, those without a line included', async () => {
    const { client, clock } = setUp({ outbox: { maxMessages: 20_000 } }, { onConnect: () => {} });
    const fates = Array.from({ length: 10_001 }, () => watch(client.request('a', [], { timeout: 1_000 })));
    await clock.settle();
    expect(client.stats().pending).toBe(10_000);
    expect(fates.filter(({ settled }) => settled > 0).length).toBe(1);
    await clock.advance(1_000);
    expect(client.stats().pending).toBe(0);
    expect(fates.every(({ settled }) => settled === 1)).toBe(true);
  }, 30_000);
});

describe('JSON from a hostile server (attack 24)', () => {
  it('with __proto__ keys, ids and methods changes nobody', async () => {
    const { client, clock, server, of, open } = setUp();
    await open();
    const fate = watch(client.request('sum'));
    await clock.settle();
    for (const text of [
      '{"__proto__":{"id":1,"result":"forged"}}',
      '{"id":"__proto__","result":1}',
      '{"id":"constructor","error":{"message":"x","__proto__":{"code":1}}}',
      '{"method":"__proto__","params":{"__proto__":{"polluted":true}}}',
      '{"id":1,"method":"__proto__"}',
      '{"id":{"toString":1},"result":1}',
      '{"id":null,"error":{"message":"parse error"}}',
    ]) {
      server.last.send(text);
    }
    await clock.settle();
    expect(fate.value).toBe('pending');
    expect(of('error')).toEqual([expect.objectContaining({ code: 'SERVER_ERROR' })]);
    expect(of('lateReply')).toEqual([{ key: '__proto__' }, { key: 'constructor' }]);
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
    server.last.send('{"id":1,"result":"good"}');
    await clock.settle();
    expect(fate.value).toBe('good');
  });

  it.each(['[', '{"a":'])(
    'nested a hundred thousand deep with %s ends in nothing worse than an error',
    async (open) => {
      const { client, clock, server, of, open: begin } = setUp();
      await begin();
      const depth = 100_000;
      const close = open === '[' ? ']' : '}';
      server.last.send(`${open.repeat(depth)}1${close.repeat(depth)}`);
      server.last.send(`${open.repeat(depth)}`);
      server.last.send('"still here"');
      await clock.settle();
      expect(of('message').at(-1)).toBe('still here');
      expect(of('error')).toEqual([expect.objectContaining({ code: 'BAD_MESSAGE' })]);
      expect(client.state.status).toBe('ready');
    },
  );

  it('a value of ours that is nested too deep is refused, not sent', async () => {
    const { client } = setUp();
    // Not arrays in arrays: the JSON.stringify of Node 26 needs no stack for those.
    const overflow = (): unknown => [overflow()];
    const deep = { toJSON: overflow };
    await expect(client.send(deep)).rejects.toMatchObject({ code: 'INVALID_DATA' });
    expect(client.state.status).toBe('idle');
  });
});

describe('a request that nobody waits for any more', () => {
  const begin = async (cancel: NonNullable<Parameters<typeof jsonRpc>[0]>['cancel']) => {
    const bench = setUp({ envelope: jsonRpc({ cancel }), requestTimeout: 100 });
    await bench.open();
    const controller = new AbortController();
    const fate = watch(bench.client.request('slow', [1], { signal: controller.signal }));
    await bench.clock.settle();
    return { ...bench, controller, fate };
  };
  const cancelled = { jsonrpc: '2.0', method: '$/cancelRequest', params: { id: 1 } };

  it('is cancelled on the wire when it is aborted, once', async () => {
    const { controller, clock, received, fate, of, server } = await begin('$/cancelRequest');
    controller.abort();
    await clock.advance(1_000);
    expect(received().slice(1)).toEqual([cancelled]);
    expect(fate.value).toEqual(failure('ABORTED', 'unknown'));
    server.last.send('{"id":1,"result":1}');
    expect(of('lateReply')).toEqual([{ key: 1 }]);
  });

  it('is cancelled when its time is up', async () => {
    const { clock, received, fate } = await begin((id) => ({ method: 'stop', params: [id] }));
    await clock.advance(100);
    expect(received().slice(1)).toEqual([{ jsonrpc: '2.0', method: 'stop', params: [1] }]);
    expect(fate.value).toEqual(failure('REQUEST_TIMEOUT', 'unknown'));
  });

  it('is not, where the protocol has no word for it, or when it was answered', async () => {
    const { controller, clock, received } = await begin(undefined);
    controller.abort();
    await clock.settle();
    expect(received()).toHaveLength(1);
    const answered = await begin('$/cancelRequest');
    answered.server.last.send('{"id":1,"result":1}');
    await answered.clock.settle();
    answered.controller.abort();
    await answered.clock.advance(100);
    expect(answered.received()).toHaveLength(1);
  });

  it('is not told to the server that never got it', async () => {
    const { client, clock, server } = setUp(
      { envelope: jsonRpc({ cancel: 'stop' }) },
      { onConnect: () => {} },
    );
    const controller = new AbortController();
    const fate = watch(client.request('slow', [], { signal: controller.signal }));
    await clock.advance(0);
    controller.abort();
    server.last.accept();
    await clock.settle();
    expect(fate.value).toEqual(failure('ABORTED', 'not-sent'));
    expect(server.last.received).toEqual([]);
  });

  it('is told so even if the message for the server cannot be made', async () => {
    const { controller, clock, fate, received, of } = await begin(() => {
      throw new Error('no word for it');
    });
    controller.abort();
    await clock.settle();
    expect(fate.value).toEqual(failure('ABORTED', 'unknown'));
    expect(received().length).toBe(1);
    expect(of('error')).toEqual([]);
  });
});

describe('questions of the server’s without end (attack 31)', () => {
  const ask = (server: Bench['server'], from: number, count: number): void => {
    for (let id = from; id < from + count; id++) server.last.send(JSON.stringify({ id, method: 'confirm' }));
  };

  it('reach 1,000 handlers at once; those beyond are told of an internal error', async () => {
    const { client, clock, server, received, open } = setUp();
    let running = 0;
    client.handle('confirm', () => {
      running++;
      return new Promise(() => {});
    });
    await open();
    ask(server, 1, 1_005);
    await clock.settle();
    expect(running).toBe(1_000);
    expect(received().map((reply) => (reply as { id: number }).id)).toEqual([1001, 1002, 1003, 1004, 1005]);
    expect(received()[0]).toMatchObject({ error: { code: -32_603 } });
  });

  it('are answered again when others have been', async () => {
    const { client, clock, server, received, open } = setUp();
    const waiting: ((answer: string) => void)[] = [];
    client.handle('confirm', () => new Promise((resolve) => waiting.push(resolve)));
    await open();
    ask(server, 1, 1_000);
    await clock.settle();
    waiting[0]?.('yes');
    await clock.settle();
    ask(server, 2_000, 2);
    await clock.settle();
    expect(received()).toMatchObject([
      { id: 1, result: 'yes' },
      { id: 2_001, error: { code: -32_603 } },
    ]);
    expect(waiting).toHaveLength(1_001);
  });

  it('of one connection leave those of the next their own share, also while both are there', async () => {
    const { client, clock, server, received, open } = setUp({
      limits: { maxHandlers: 2 },
      use: [handover()],
    });
    client.handle('confirm', () => new Promise(() => {}));
    await open();
    ask(server, 1, 2);
    await clock.settle();
    void client.handover();
    await clock.advance(10);
    expect(server.connections.map(({ state }) => state)).toEqual(['open', 'open']);
    ask(server, 10, 3);
    await clock.settle();
    expect(received()).toMatchObject([{ id: 12, error: { code: -32_603 } }]);
  });

  it('that are refused are told of once a connection', async () => {
    const { client, clock, server, of, open } = setUp({ limits: { maxHandlers: 2 } });
    client.handle('confirm', () => new Promise(() => {}));
    await open();
    ask(server, 1, 10);
    await clock.settle();
    expect(of('error')).toEqual([
      expect.objectContaining({
        code: 'HANDLER_FAILED',
        detail: 'refused',
        message: expect.stringMatching(/^"confirm" of the server was refused: handlers are busy with 2 of/),
      }),
    ]);
  });

  it('leave with their connection: the next has room, and the handlers are told', async () => {
    const limits = { maxHandlers: 2, maxHeldBytes: 5_000 };
    const { client, clock, server, received, of, open } = setUp({ limits });
    const signals: AbortSignal[] = [];
    const settle: ((answer: unknown) => void)[] = [];
    client.handle('confirm', (_params, { signal }) => {
      signals.push(signal);
      return new Promise((resolve) => settle.push(resolve));
    });
    await open();
    const params = 'x'.repeat(2_000);
    for (const id of [1, 2, 3]) server.last.send(JSON.stringify({ id, method: 'confirm', params }));
    await clock.settle();
    expect([signals.length, signals.map(({ aborted }) => aborted)]).toEqual([2, [false, false]]);
    server.last.drop();
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, true]);
    await clock.advance(6_000);
    for (const id of [4, 5, 6]) server.last.send(JSON.stringify({ id, method: 'confirm', params }));
    await clock.settle();
    expect(received()).toMatchObject([{ id: 6, error: { code: -32_603 } }]);
    // Those of the old connection come to an end, and give back nothing that is not theirs.
    for (const done of settle.slice(0, 2)) done('late');
    await clock.settle();
    server.last.send(JSON.stringify({ id: 7, method: 'confirm', params }));
    await clock.settle();
    expect(received()).toMatchObject([{ id: 6 }, { id: 7, error: { code: -32_603 } }]);
    settle[2]?.('yes');
    await clock.settle();
    server.last.send(JSON.stringify({ id: 8, method: 'confirm', params }));
    await clock.settle();
    expect(received().slice(2)).toMatchObject([{ id: 4, result: 'yes' }]);
    expect(signals).toHaveLength(5);
    // Refused, once on each.
    expect(of('error').filter((error) => (error as Error).name === 'HoldlineError')).toHaveLength(2);
  });

  it('that heed their signal are no failures; what fails by itself is', async () => {
    const { client, clock, server, of, open } = setUp();
    client.handle('confirm', (_params, { signal }) => {
      const { promise, reject } = deferred<unknown>();
      signal.addEventListener('abort', () => reject(signal.reason));
      return promise;
    });
    const fault = new Error('oh');
    client.handle('fail', (_params, { signal }) => {
      const { promise, reject } = deferred<unknown>();
      signal.addEventListener('abort', () => reject(fault));
      return promise;
    });
    await open();
    ask(server, 1, 10);
    server.last.send('{"id":11,"method":"fail"}');
    await clock.settle();
    server.last.drop();
    await clock.settle();
    expect(of('error').slice(1)).toEqual([expect.objectContaining({ code: 'HANDLER_FAILED', cause: fault })]);
  });
});
