import { describe, expect, it } from 'vitest';
import { DeliveryError, RequestError } from '../../src/base/errors.ts';
import { countingSignal, setUp, watch } from '../client/set-up.ts';

const failure = (code: string, outcome: string) => expect.objectContaining({ code, outcome });

describe('a request and its reply', () => {
  it('goes out with a growing id and resolves with the result, in any order', async () => {
    const { client, clock, server, received, open } = setUp();
    await open();
    const [first, second] = [client.request('sum', [1, 2]), client.request('now')];
    await clock.settle();
    expect(received()).toEqual([
      { jsonrpc: '2.0', id: 1, method: 'sum', params: [1, 2] },
      { jsonrpc: '2.0', id: 2, method: 'now' },
    ]);
    server.last.send('{"id":2,"result":"noon"}');
    server.last.send('{"id":1,"result":3}');
    expect(await Promise.all([first, second])).toEqual([3, 'noon']);
    expect(client.stats().pending).toBe(0);
    void client.close();
    await clock.advance(0);
    expect(clock.pendingTimers).toBe(0);
  });

  it('rejects with what the server said', async () => {
    const { client, clock, server, open } = setUp();
    await open();
    const fate = watch(client.request('sum', ['secret']));
    await clock.settle();
    server.last.send('{"id":1,"error":{"code":-32602,"message":"bad params","data":[1]}}');
    await clock.settle();
    expect(fate.value).toBeInstanceOf(RequestError);
    expect(fate.value).toMatchObject({
      code: 'REQUEST_REJECTED',
      method: 'sum',
      remoteCode: -32_602,
      remoteMessage: 'bad params',
      data: [1],
      message: 'The server refused the request "sum": bad params (-32602).',
    });
    expect(String(fate.value)).not.toContain('secret');
  });

  it.each([
    ['a line of a log', 'no\n2026-01-01 INFO login ok', 'no\\u{a}2026-01-01 INFO login ok'],
    ['a word to the terminal', '\u001b]0;pwned\u0007', '\\u{1b}]0;pwned\\u{7}'],
    ['what cannot be seen', 'a\u202eb\u200b', 'a\\u{202e}b\\u{200b}'],
    ['half a character', '\ud800', '\\u{d800}'],
    ['any language', 'Größe 太大', 'Größe 太大'],
    ['megabytes', 'B'.repeat(8_000_000), `${'B'.repeat(300)}...`],
  ])(
    'tells %s of the server’s as readable text, and has it as it was (attack 39)',
    async (_what, said, told) => {
      const { client, clock, server, open } = setUp();
      await open();
      const fate = watch(client.request('sum'));
      await clock.settle();
      server.last.send(JSON.stringify({ id: 1, error: { code: said, message: said } }));
      await clock.settle();
      expect(fate.value).toMatchObject({
        remoteMessage: said,
        remoteCode: said,
        message: `The server refused the request "sum": ${told} (${told}).`,
      });
    },
  );

  it('settles the requests of a batch', async () => {
    const { client, clock, server, open } = setUp();
    await open();
    const fates = ['a', 'b'].map((method) => watch(client.request(method)));
    await clock.settle();
    server.last.send('[{"id":2,"result":"B"},{"id":1,"error":{"message":"A"}}]');
    await clock.settle();
    expect(fates[0]?.value).toMatchObject({ remoteMessage: 'A' });
    expect(fates[0]?.value).toMatchObject({ remoteCode: undefined });
    expect(fates[1]?.value).toBe('B');
  });

  it('holds 10,000 at once', async () => {
    const { client, clock, server, open } = setUp();
    await open();
    const all = Array.from({ length: 10_000 }, (_, at) => client.request('echo', [at]));
    await clock.settle();
    expect(client.stats().pending).toBe(10_000);
    const replies = server.last.received.map((data) => {
      const { id, params } = JSON.parse(data as string);
      return { id, result: params[0] };
    });
    replies.reverse();
    while (replies.length > 0) server.last.send(JSON.stringify(replies.splice(0, 1_000)));
    expect(await Promise.all(all)).toEqual(all.map((_, at) => at));
    expect(client.stats().pending).toBe(0);
    void client.close();
    await clock.advance(0);
    expect(clock.pendingTimers).toBe(0);
  }, 30_000);
});

describe('replies to nothing', () => {
  it('tells of late, repeated and forged ones, and ignores them', async () => {
    const { client, clock, server, of, open } = setUp();
    await open();
    const late = watch(client.request('slow', undefined, { timeout: 10 }));
    const good = watch(client.request('good'));
    await clock.advance(10);
    for (const text of [
      '{"id":1,"result":1}',
      '{"id":2,"result":2}',
      '{"id":2,"result":3}',
      '{"id":"2","error":{"message":"x"}}',
      '{"id":"__proto__","result":4}',
    ]) {
      server.last.send(text);
    }
    await clock.settle();
    expect(late.settled).toBe(1);
    expect(good.settled).toBe(1);
    expect(good.value).toBe(2);
    expect(of('lateReply')).toEqual([{ key: 1 }, { key: 2 }, { key: 2 }, { key: '__proto__' }]);
    expect(of('message')).toEqual([]);
  });

  it('does not believe a reply to a request that has not been sent', async () => {
    const { client, clock, server, of, open } = setUp();
    await open();
    server.last.bufferedAmount = 17 * 1024 * 1024;
    const fate = watch(client.request('sum'));
    await clock.settle();
    server.last.send('{"id":1,"result":"forged"}');
    server.last.send('{"id":1,"error":{"message":"forged"}}');
    await clock.settle();
    expect(fate.value).toBe('pending');
    expect(of('lateReply')).toEqual([{ key: 1 }, { key: 1 }]);
    server.last.drain();
    server.last.send('{"id":1,"result":"true"}');
    await clock.settle();
    expect(fate.value).toBe('true');
  });
});

describe('a request without a reply', () => {
  it('is unknown once it was sent and the time is up', async () => {
    const { client, clock, open } = setUp({ requestTimeout: 100 });
    await open();
    const fate = watch(client.request('sum'));
    await clock.advance(99);
    expect(fate.value).toBe('pending');
    await clock.advance(1);
    expect(fate.value).toEqual(failure('REQUEST_TIMEOUT', 'unknown'));
    expect((fate.value as Error).message).toBe(
      'Within 100 ms the request "sum" was sent and not answered; the server may have acted on it.',
    );
  });

  it('is not-sent if there was no line within its time, and never goes out', async () => {
    const { client, clock, server, open } = setUp({}, { onConnect: () => {} });
    const fate = watch(client.request('sum', [1], { timeout: 100 }));
    await clock.advance(100);
    expect(fate.value).toEqual(failure('REQUEST_TIMEOUT', 'not-sent'));
    expect((fate.value as { message: string }).message).toMatch(
      /no ready connection\. Ask why\(\) of the client/,
    );
    server.last.accept();
    await open();
    expect(server.last.received).toEqual([]);
  });

  it('is unknown when the line is lost', async () => {
    const { client, clock, server, open } = setUp();
    await open();
    const fate = watch(client.request('pay'));
    await clock.settle();
    server.last.drop();
    await clock.settle();
    expect(fate.value).toBeInstanceOf(DeliveryError);
    expect(fate.value).toEqual(failure('REPLY_LOST', 'unknown'));
    await clock.advance(10_000);
    expect(server.connections.length).toBe(2);
    expect(server.last.received).toEqual([]);
  });

  it('stays in the outbox when the line is lost before it was sent', async () => {
    const { client, clock, server, received, open } = setUp();
    await open();
    server.last.bufferedAmount = 17 * 1024 * 1024;
    const fate = watch(client.request('pay'));
    await clock.settle();
    server.last.drop();
    await clock.advance(10_000);
    expect(received()).toEqual([{ jsonrpc: '2.0', id: 1, method: 'pay' }]);
    server.last.send('{"id":1,"result":"paid"}');
    await clock.settle();
    expect(fate.value).toBe('paid');
  });

  it('is unknown or not-sent when the client is closed', async () => {
    const { client, clock, server, open } = setUp();
    await open();
    const sent = watch(client.request('a'));
    await clock.settle();
    server.last.bufferedAmount = 17 * 1024 * 1024;
    const waiting = watch(client.request('b'));
    await clock.settle();
    void client.close({ flush: false });
    await clock.advance(0);
    expect(sent.value).toEqual(failure('CLIENT_CLOSED', 'unknown'));
    expect(waiting.value).toEqual(failure('CLIENT_CLOSED', 'not-sent'));
    const later = watch(client.request('c'));
    await clock.settle();
    expect(later.value).toEqual(failure('CLIENT_CLOSED', 'not-sent'));
    expect(client.stats().pending).toBe(0);
    expect(clock.pendingTimers).toBe(0);
  });

  it('is refused at once when it was not to wait', async () => {
    const { client, clock } = setUp();
    const fate = watch(client.request('a', [], { whenOffline: 'reject' }));
    await clock.settle();
    expect(fate.value).toEqual(failure('NOT_CONNECTED', 'not-sent'));
    expect(client.state.status).toBe('idle');
  });

  it('is not-sent when the outbox is full', async () => {
    const { client, clock, of } = setUp({ outbox: { maxMessages: 1 } }, { onConnect: () => {} });
    const fates = [watch(client.request('a')), watch(client.request('b'))];
    await clock.settle();
    expect(fates.map(({ value }) => value)).toEqual(['pending', failure('OUTBOX_FULL', 'not-sent')]);
    expect(of('drop')).toEqual([fates[1]?.value]);
  });
});

describe('an idempotent request', () => {
  it('is sent again under the same id until it is answered', async () => {
    const { client, clock, server, received, open } = setUp();
    await open();
    const fate = watch(client.request('get', [1], { idempotent: true, timeout: 90_000 }));
    const other = watch(client.request('put', [1]));
    const asked = { jsonrpc: '2.0', id: 1, method: 'get', params: [1] };
    for (let line = 0; line < 3; line++) {
      await clock.settle();
      expect(received().filter(({ id }: any) => id === 1)).toEqual([asked]);
      server.last.drop();
      await clock.advance(20_000);
    }
    expect(received()).toEqual([asked]);
    server.last.send('{"id":1,"result":"got"}');
    await clock.settle();
    expect(fate.value).toBe('got');
    expect(fate.settled).toBe(1);
    expect(other.value).toEqual(failure('REPLY_LOST', 'unknown'));
  });

  it('is unknown in every ending after it was sent once', async () => {
    for (const ending of ['timeout', 'abort', 'close'] as const) {
      const { client, clock, server, open } = setUp();
      await open();
      const controller = new AbortController();
      const fate = watch(
        client.request('get', [], { idempotent: true, timeout: 1_000, signal: controller.signal }),
      );
      await clock.settle();
      server.last.drop();
      await clock.settle();
      expect(fate.value).toBe('pending');
      expect(client.stats().queued).toBe(1);
      if (ending === 'timeout') await clock.advance(1_000);
      if (ending === 'abort') controller.abort();
      if (ending === 'close') await client.close();
      await clock.settle();
      expect(fate.value).toMatchObject({ outcome: 'unknown' });
      expect(client.stats()).toMatchObject({ queued: 0, pending: 0 });
    }
  });

  it('is told as unknown by the drop event too, when the outbox has no room for it', async () => {
    const { client, clock, server, of, open } = setUp({ outbox: { maxMessages: 0 } });
    await open();
    const fate = watch(client.request('get', [], { idempotent: true }));
    await clock.settle();
    server.last.drop();
    await clock.settle();
    expect(fate.value).toEqual(failure('OUTBOX_FULL', 'unknown'));
    expect(of('drop')).toEqual([fate.value]);
  });
});

describe('an aborted request', () => {
  it('is not-sent before, unknown after it went out; no listener is left', async () => {
    const { client, clock, server } = setUp({}, { onConnect: () => {} });
    const early = countingSignal();
    const fate = watch(client.request('a', [], { signal: early.signal }));
    await clock.advance(0);
    expect(early.listeners()).toBe(1);
    early.controller.abort('why');
    await clock.settle();
    expect(fate.value).toEqual(failure('ABORTED', 'not-sent'));
    expect((fate.value as Error).cause).toBe('why');
    server.last.accept();
    expect(server.last.received).toEqual([]);
    expect(client.stats().pending).toBe(0);
    const late = countingSignal();
    const second = watch(client.request('b', [], { signal: late.signal }));
    await clock.settle();
    late.controller.abort();
    await clock.settle();
    expect(second.value).toEqual(failure('ABORTED', 'unknown'));
    expect(early.listeners()).toBe(0);
    expect(late.listeners()).toBe(0);
  });

  it('leaves no listener behind when it is answered, and a later abort changes nothing', async () => {
    const { client, clock, server, open } = setUp();
    await open();
    const { controller, signal, listeners } = countingSignal();
    const fate = watch(client.request('a', [], { signal }));
    await clock.settle();
    server.last.send('{"id":1,"result":1}');
    await clock.settle();
    expect(listeners()).toBe(0);
    controller.abort();
    await clock.settle();
    expect(fate.value).toBe(1);
    expect(fate.settled).toBe(1);
  });

  it('is not even begun with a signal that is aborted already', async () => {
    const { client, clock } = setUp();
    const fate = watch(client.request('a', [], { signal: AbortSignal.abort('no') }));
    await clock.settle();
    expect(fate.value).toEqual(failure('ABORTED', 'not-sent'));
    expect(client.state.status).toBe('idle');
    expect(clock.pendingTimers).toBe(0);
  });

  it('never goes out when aborted by a listener of the very connecting that it set off', async () => {
    const { client, clock, server } = setUp();
    const controller = new AbortController();
    client.once('state', () => controller.abort());
    const fate = watch(client.request('a', [], { signal: controller.signal }));
    await clock.advance(0);
    expect(client.state.status).toBe('ready');
    expect(fate.value).toEqual(failure('ABORTED', 'not-sent'));
    expect(server.last.received).toEqual([]);
  });
});

describe('bad arguments', () => {
  it.each([-1, Number.NaN, '5' as unknown as number])('refuses the timeout %s by name', async (timeout) => {
    const { client } = setUp();
    await expect(client.request('a', [], { timeout })).rejects.toMatchObject({
      code: 'INVALID_OPTION',
      message: expect.stringContaining('The option timeout of request must be a number, 0 or more.'),
    });
    expect(client.stats().pending).toBe(0);
  });

  it('refuses params that the codec cannot carry', async () => {
    const { client } = setUp();
    await expect(client.request('a', [1n])).rejects.toMatchObject({ code: 'INVALID_DATA' });
    expect(client.stats()).toMatchObject({ pending: 0, queued: 0 });
  });

  it('refuses another word for whenOffline, and leaves nothing', async () => {
    const { client, clock } = setUp();
    await expect(client.request('a', [], { whenOffline: 'wait' as 'queue' })).rejects.toMatchObject({
      code: 'INVALID_OPTION',
      message: 'The option whenOffline of request must be "queue" or "reject". It is "wait".',
    });
    expect(client.stats().pending).toBe(0);
    expect(clock.pendingTimers).toBe(0);
  });
});

describe('a wrong signal', () => {
  const wrong = [{}, 'x', 5, null, new EventTarget()];

  it.each(wrong)('%j is refused before anything is begun', async (value) => {
    const { client, clock, open } = setUp();
    await open();
    const options = { signal: value as unknown as AbortSignal };
    const calls = [
      () => client.request('sum', [1], options),
      () => client.send(1, options),
      () => client.notify('sum', [1], options),
      () => client.ready(options),
    ];
    const fates = calls.map((call) => watch(call()));
    await clock.advance(60_000);
    const refused = expect.objectContaining({
      code: 'INVALID_OPTION',
      message: expect.stringMatching(/^The option signal of \w+ must be an AbortSignal\./),
    });
    expect(fates.map(({ value }) => value)).toEqual(Array(4).fill(refused));
    expect(client.stats()).toMatchObject({ pending: 0, queued: 0, sent: 0 });
    expect(clock.pendingTimers).toBe(0);
  });

  it('and options that are none are refused as a rejection', async () => {
    const { client, clock } = setUp();
    const none = null as unknown as object;
    const fates = [
      watch(client.request('sum', [1], none)),
      watch(client.send(1, none)),
      watch(client.notify('sum', [1], none)),
      watch(client.ready(none)),
    ];
    await clock.settle();
    const refused = expect.objectContaining({ name: 'UsageError', code: 'INVALID_OPTION' });
    expect(fates.map(({ value }) => value)).toEqual(Array(4).fill(refused));
    expect(client.state.status).toBe('idle');
  });
});

describe('a signal', () => {
  it('that is aborted while the message is made takes it back', async () => {
    const { client, clock, open, received } = setUp();
    await open();
    const aborting = (controller: AbortController) => ({ toJSON: () => controller.abort('now') });
    const [one, two] = [new AbortController(), new AbortController()];
    const asked = watch(client.request('sum', { p: aborting(one) }, { signal: one.signal }));
    const sent = watch(client.send({ p: aborting(two) }, { signal: two.signal }));
    await clock.settle();
    expect([asked.value, sent.value]).toEqual(Array(2).fill(failure('ABORTED', 'not-sent')));
    expect(received()).toEqual([]);
    expect(client.stats().pending).toBe(0);
    expect(clock.pendingTimers).toBe(0);
  });

  it('shared by many gets one listener, and loses it', async () => {
    const { client, clock, server, open } = setUp();
    const { signal, listeners } = countingSignal();
    const asked = Array.from({ length: 20 }, (_, at) => client.request('echo', [at], { signal }));
    const ready = Array.from({ length: 20 }, () => client.ready({ signal }));
    expect(listeners()).toBe(1);
    await open();
    await Promise.all(ready);
    server.last.send(JSON.stringify(asked.map((_, at) => ({ id: at + 1, result: at }))));
    await Promise.all(asked);
    await clock.settle();
    expect(listeners()).toBe(0);
  });
});

describe('a transport that throws', () => {
  it('leaves no request behind', async () => {
    const fault = new Error('the tracer is at fault');
    const { client, clock, server, open } = setUp();
    await open();
    (server.last.received as unknown[]).push = () => {
      throw fault;
    };
    const fate = watch(client.request('sum', [1]));
    await clock.settle();
    expect(fate.value).toEqual(fault);
    expect(client.stats().pending).toBe(0);
    void client.close();
    await clock.advance(0);
    expect(clock.pendingTimers).toBe(0);
  });
});
