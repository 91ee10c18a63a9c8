import { describe, expect, it } from 'vitest';
import { HandshakeError } from '../../src/base/errors.ts';
import type { Closure } from '../../src/protocol/closure.ts';
import { DEFAULT_LIMITS } from '../../src/protocol/limits.ts';
import { createScriptedRandom } from '../../src/testing/scripted-random.ts';
import { createScriptedServer, type ScriptedServerOptions } from '../../src/testing/scripted-server.ts';
import { createVirtualClock } from '../../src/testing/virtual-clock.ts';
import type { TransportRequest } from '../../src/transport/transport.ts';

function dial(options: ScriptedServerOptions = {}, changes: Partial<TransportRequest> = {}) {
  const clock = createVirtualClock();
  const server = createScriptedServer(options);
  const told: unknown[] = [];
  const closures: Closure[] = [];
  const dialOnce = () =>
    server.transport(
      {
        url: 'ws://server/',
        protocols: ['a', 'b'],
        headers: [],
        handshakeTimeout: 1_000,
        closeTimeout: 500,
        limits: DEFAULT_LIMITS,
        clock,
        random: createScriptedRandom({}),
        ...changes,
      },
      {
        open: (info) => told.push(['open', info.protocol]),
        text: (message) => told.push(message),
        binary: (message) => told.push([...message]),
        ping: () => told.push('ping'),
        pong: (payload) => told.push(['pong', ...payload]),
        drain: () => told.push('drain'),
        close: (closure) => {
          closures.push(closure);
          told.push(`close ${closure.code}`);
        },
      },
    );
  const client = dialOnce();
  return { clock, server, told, closures, client, dialOnce, end: server.last };
}

async function open(options: ScriptedServerOptions = {}, changes: Partial<TransportRequest> = {}) {
  const parts = dial(options, changes);
  await parts.clock.advance(0);
  expect(parts.told.splice(0)).toEqual([['open', '']]);
  expect(parts.clock.pendingTimers).toBe(0);
  return parts;
}

describe('opening', () => {
  it('accepts in a later task, and keeps every attempt', async () => {
    const { server, told, clock, dialOnce, end } = dial();
    expect([told, end.state, end.request.url]).toEqual([[], 'connecting', 'ws://server/']);
    await clock.advance(0);
    expect([told, end.state, clock.pendingTimers]).toEqual([[['open', '']], 'open', 0]);
    dialOnce();
    expect([server.connections.length, server.connections[0], server.last === end]).toEqual([2, end, false]);
  });

  it('has no last attempt before the first', () => {
    const { last } = Object.getOwnPropertyDescriptors(createScriptedServer());
    expect(() => last?.get?.call(undefined)).toThrow(expect.objectContaining({ code: 'INVALID_STATE' }));
  });

  it('chooses a subprotocol; one that was not offered fails', async () => {
    const good = dial({ onConnect: (end) => end.accept('b') });
    await good.clock.advance(0);
    expect(good.told).toEqual([['open', 'b']]);
    const bad = dial({ onConnect: (end) => end.accept('c') });
    await bad.clock.advance(0);
    expect(bad.closures[0]?.error).toMatchObject({
      code: 'HANDSHAKE_PROTOCOL',
      received: 'c',
      expected: 'a, b',
    });
    expect(bad.clock.pendingTimers).toBe(0);
  });

  it('refuses with a status and more evidence, once', async () => {
    const { clock, closures, told, end } = dial({ onConnect: (end) => end.refuse(503, { retryAfter: 7 }) });
    await clock.advance(0);
    for (const act of [() => end.refuse(404), () => end.accept(), () => end.drop()]) act();
    expect(told).toEqual(['close 1006']);
    expect(closures[0]).toMatchObject({ reason: '', wasClean: false });
    expect(closures[0]?.error).toBeInstanceOf(HandshakeError);
    expect(closures[0]?.error).toMatchObject({
      code: 'HANDSHAKE_STATUS',
      status: 503,
      retryAfter: 7,
      phase: 'http',
    });
    expect(clock.pendingTimers).toBe(0);
  });

  it.each([
    ['drop', (end: ReturnType<typeof dial>['end']) => end.drop(), 'HANDSHAKE_CLOSED', 0],
    ['say nothing', () => {}, 'TIMEOUT', 1_000],
  ] as const)('may %s', async (_name, onConnect, code, at) => {
    const { clock, closures } = dial({ onConnect });
    if (at > 0) await clock.advance(at - 1);
    expect(closures).toEqual([]);
    await clock.advance(at > 0 ? 1 : 0);
    expect(closures).toMatchObject([{ error: { code } }]);
    expect(clock.pendingTimers).toBe(0);
  });

  it('waits for ever where the deadline is switched off', async () => {
    const { clock, told } = dial({ onConnect: () => {} }, { handshakeTimeout: 0 });
    await clock.advance(3_600_000);
    expect([told, clock.pendingTimers]).toEqual([[], 0]);
  });

  it('refuses before anything happens what a real transport refuses', () => {
    const refusal = (options: ScriptedServerOptions, changes: Partial<TransportRequest>) => () =>
      dial(options, changes);
    expect(refusal({}, { url: 'ftp://x/' })).toThrow(expect.objectContaining({ code: 'INVALID_URL' }));
    expect(refusal({}, { protocols: ['a', 'a'] })).toThrow(
      expect.objectContaining({ code: 'INVALID_SUBPROTOCOL' }),
    );
    const headers = [['X-A', '1']] as const;
    expect(refusal({ features: { headers: false } }, { headers })).toThrow(
      expect.objectContaining({ code: 'UNSUPPORTED' }),
    );
    expect(refusal({}, { headers })).not.toThrow();
  });

  it.each(['close', 'abandon'] as const)('is given up by %s() in a later task', async (how) => {
    for (const wait of [false, true]) {
      const { clock, client, told, closures, end } = dial({ onConnect: () => {} });
      if (wait) await clock.advance(0);
      client[how]();
      client[how]();
      expect([told, end.state]).toEqual([[], 'closing']);
      end.accept();
      end.close();
      await clock.advance(0);
      expect(told).toEqual(['close 1006']);
      expect(closures).toMatchObject([{ error: { code: 'HANDSHAKE_ABORTED' } }]);
      expect(clock.pendingTimers).toBe(0);
    }
  });
});

describe('messages', () => {
  it('go both ways, each side with memory of its own', async () => {
    const { client, end, told, clock } = await open({
      onMessage: (end, message) => end.send(message),
    });
    const bytes = new Uint8Array([0, 1, 2, 3]);
    const blob = new Blob(['b']);
    expect([client.send('hi'), client.send(bytes.subarray(1, 3)), client.send(bytes.buffer)]).toEqual([
      true,
      true,
      true,
    ]);
    bytes.fill(9);
    await clock.advance(0);
    expect(told[0]).toBe('hi');
    expect(told[1]).toEqual([1, 2]);
    expect(end.received.slice(0, 2)).toEqual(['hi', new Uint8Array([1, 2])]);
    expect([told[2], end.received[2]]).toEqual([[0, 1, 2, 3], new Uint8Array([0, 1, 2, 3])]);
    const own = new Uint8Array([7]);
    end.send(own);
    own[0] = 8;
    expect(told.at(-1)).toEqual([7]);
    const quiet = await open();
    expect([quiet.client.send(blob), quiet.end.received]).toEqual([true, [blob]]);
    expect(() => quiet.end.send(blob)).toThrow(expect.objectContaining({ code: 'UNSUPPORTED' }));
    expect(() => client.send(5 as never)).toThrow(expect.objectContaining({ code: 'INVALID_DATA' }));
  });

  it('are taken only while open', async () => {
    const { client, end, told } = dial();
    expect(client.send('early')).toBe(false);
    client.ping();
    end.send('early');
    end.ping();
    end.pong();
    end.drain();
    end.close(1000);
    expect([told, end.received, end.pings]).toEqual([[], [], 0]);
  });

  it('may be Pings of the server, told as such', async () => {
    const { client, end, told } = await open();
    const before = client.bytesReceived;
    end.ping();
    expect([told.at(-1), client.bytesReceived]).toEqual(['ping', before + 2]);
  });

  it('count as bytes, an empty one and a Pong too', async () => {
    const { client, end } = await open();
    const counts = [client.bytesReceived];
    for (const act of [
      () => end.send('abc'),
      () => end.send(''),
      () => end.pong(),
      () => end.pong(new Uint8Array(4)),
    ]) {
      act();
      counts.push(client.bytesReceived);
    }
    expect(counts).toEqual([0, 5, 7, 9, 15]);
  });

  it('wait while the client does not read, and come in order in a later task', async () => {
    const { client, end, told, clock } = await open();
    client.pause();
    expect(end.paused).toBe(true);
    end.send('one');
    end.send('two');
    end.close(1000);
    expect([told, client.bytesReceived]).toEqual([[], 0]);
    client.resume();
    client.resume();
    end.send('too late');
    expect([told, end.paused]).toEqual([[], false]);
    await clock.advance(0);
    expect(told).toEqual(['one', 'two', 'close 1000']);
  });

  it('wait again where the client stops in the middle, and those sent meanwhile line up behind', async () => {
    const { client, end, told, clock } = await open();
    client.pause();
    end.send('one');
    end.send('two');
    client.resume();
    client.pause();
    await clock.advance(0);
    expect(told).toEqual([]);
    client.resume();
    end.send('three');
    await clock.advance(0);
    expect(told).toEqual(['one', 'two', 'three']);
    end.send('four');
    expect(told.at(-1)).toBe('four');
  });

  it('do not wait for a client that cannot stop reading', async () => {
    const { client, end, told } = await open({ features: { pause: false } });
    client.pause();
    end.send('one');
    expect([told, end.paused, client.features]).toEqual([
      ['one'],
      false,
      { ping: true, pause: false, headers: true },
    ]);
  });

  it('are buffered by a slow network until it drains', async () => {
    const { client, end, told } = await open();
    end.bufferedAmount = 99;
    expect(client.bufferedAmount).toBe(99);
    end.drain();
    expect([client.bufferedAmount, told]).toEqual([0, ['drain']]);
  });
});

describe('pings', () => {
  it('are answered with their payload in a later task', async () => {
    const { client, end, told, clock } = await open();
    client.ping();
    const payload = new Uint8Array([1, 2]);
    client.ping(payload);
    payload.fill(0);
    expect([end.pings, told]).toEqual([2, []]);
    await clock.advance(0);
    expect(told).toEqual([['pong'], ['pong', 1, 2]]);
  });

  it('are answered by hand with the payload of the newest, unless another is given', async () => {
    const { client, end, told, clock } = await open({ answerPings: false });
    client.ping(new Uint8Array([1]));
    client.ping(new Uint8Array([2]));
    await clock.advance(0);
    end.pong();
    end.pong(new Uint8Array([3]));
    expect(told).toEqual([
      ['pong', 2],
      ['pong', 3],
    ]);
  });

  it.each([
    [{ answerPings: false }, 1],
    [{ features: { ping: false } }, 0],
  ])('are not answered with %j', async (options, pings) => {
    const { client, end, told, clock } = await open(options);
    client.ping();
    await clock.advance(0);
    expect([end.pings, told, clock.pendingTimers]).toEqual([pings, [], 0]);
  });
});

describe('the end', () => {
  it.each([
    [[], { code: 1005, reason: '' }],
    [[1000], { code: 1000, reason: '' }],
    [[4000, 'bye'], { code: 4000, reason: 'bye' }],
  ])('close(%j) of the client is answered', async (given, sent) => {
    const { client, end, told, closures, clock } = await open();
    client.close(...(given as [number, string]));
    expect(end.state).toBe('closing');
    client.close();
    end.send('late');
    expect(client.send('late')).toBe(false);
    await clock.advance(0);
    const { code } = sent;
    expect(told).toEqual([`close ${code}`]);
    expect(closures).toEqual([{ code, reason: '', wasClean: true, sent, received: { code, reason: '' } }]);
    expect([end.state, clock.pendingTimers]).toEqual(['closed', 0]);
  });

  it('refuses a close that cannot be sent', async () => {
    const { client, end } = await open();
    expect(() => client.close(1001)).toThrow(expect.objectContaining({ code: 'INVALID_CLOSE' }));
    expect(end.state).toBe('open');
  });

  it('comes by closeTimeout where the Close is not answered', async () => {
    const { client, told, closures, clock } = await open({ answerClose: false });
    client.close(1000);
    await clock.advance(499);
    expect(told).toEqual([]);
    await clock.advance(1);
    expect(closures).toMatchObject([{ code: 1006, wasClean: false, error: { code: 'CLOSE_TIMEOUT' } }]);
    expect(closures[0]?.sent).toEqual({ code: 1000, reason: '' });
  });

  it('may be scripted: a late answer of its own, or a cut', async () => {
    const late = await open({ answerClose: false });
    late.client.close(1000, 'bye');
    late.end.close(4001, 'mine');
    expect(late.closures).toMatchObject([
      { code: 4001, reason: 'mine', wasClean: true, sent: { code: 1000, reason: 'bye' } },
    ]);
    const cut = await open();
    cut.client.close(1000);
    cut.end.drop();
    expect(cut.closures).toMatchObject([
      { code: 1006, sent: { code: 1000 }, error: { code: 'CONNECTION_LOST' } },
    ]);
    for (const { clock, closures } of [late, cut]) {
      await clock.advance(1_000);
      expect([closures.length, clock.pendingTimers]).toEqual([1, 0]);
    }
  });

  it.each([
    [[], { code: 1005, reason: '' }, 1005],
    [[1011, 'oops'], { code: 1011, reason: 'oops' }, 1011],
  ])('close(%j) of the server is answered by the client', async (given, received, code) => {
    const { end, closures } = await open();
    end.close(...(given as [number, string]));
    expect(closures).toEqual([{ ...received, wasClean: true, received, sent: { code, reason: '' } }]);
  });

  it('drop() cuts the line; what was under way is gone', async () => {
    const { client, end, told, closures, clock } = await open({ onMessage: () => told.push('handled') });
    client.send('x');
    client.ping();
    end.drop();
    end.drop();
    await clock.advance(1_000);
    expect([told, clock.pendingTimers]).toEqual([['close 1006'], 0]);
    expect(closures[0]).toMatchObject({
      wasClean: false,
      sent: undefined,
      error: { code: 'CONNECTION_LOST' },
    });
  });

  it('abandon() ends in a later task; nothing is told or taken before', async () => {
    const { client, end, told, clock } = await open({ answerClose: false });
    client.close();
    client.abandon();
    end.send('late');
    expect([told, client.send('late')]).toEqual([[], false]);
    await clock.advance(0);
    expect([told, clock.pendingTimers]).toEqual([['close 1006'], 0]);
    client.abandon();
    expect(clock.pendingTimers).toBe(0);
  });

  it('throws away what a paused client had not read', async () => {
    const { client, end, told, clock } = await open();
    client.pause();
    end.send('one');
    client.resume();
    client.abandon();
    await clock.advance(0);
    expect(told).toEqual(['close 1006']);
  });
});

describe('a wrong script', () => {
  it.each([
    [{ onconnect: () => {} }, 'Did you mean onConnect?'],
    [{ onMessage: 'echo' }, 'onMessage of createScriptedServer must be a function. It is "echo".'],
    [{ features: { pings: false } }, 'Did you mean features.ping?'],
  ])('%j is refused', (options, message) => {
    expect(() => createScriptedServer(options as object)).toThrow(message);
  });
});
