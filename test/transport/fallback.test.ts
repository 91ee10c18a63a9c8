import { beforeEach, describe, expect, it } from 'vitest';
import { HandshakeError, UsageError } from '../../src/base/errors.ts';
import type { Closure } from '../../src/protocol/closure.ts';
import { createVirtualClock, type VirtualClock } from '../../src/testing/virtual-clock.ts';
import { DEFAULT_FALLBACK, fallback } from '../../src/transport/fallback.ts';
import type { Transport, TransportFactory, TransportSink } from '../../src/transport/transport.ts';
import { Session } from './conformance/session.ts';

/** One transport that was made, and is driven by hand. */
interface Made {
  readonly name: string;
  readonly sink: TransportSink;
  readonly calls: string[];
}

let clock: VirtualClock;
let made: Made[];
let session: Session;

function wire(name: string, changes: Partial<Transport> = {}): TransportFactory {
  return (_request, sink) => {
    const one: Made = { name, sink, calls: [] };
    made.push(one);
    const call =
      (method: string, result?: unknown) =>
      (...given: unknown[]): never => {
        one.calls.push([method, ...given].join(' ').trim());
        return result as never;
      };
    return {
      features: { ping: true, pause: true, headers: true },
      bufferedAmount: 5,
      bytesReceived: 6,
      heardAt: 7,
      bytesSent: 8,
      send: call('send', true),
      ping: call('ping'),
      close: call('close'),
      abandon: call('abandon'),
      pause: call('pause'),
      resume: call('resume'),
      ref: call('ref'),
      unref: call('unref'),
      ...changes,
    };
  };
}

const missing: TransportFactory = () => {
  throw new UsageError('UNSUPPORTED', { detail: 'no-websocket' });
};

function start(transport: TransportFactory): Transport {
  session = new Session(transport, 'ws://host/', { clock });
  return session.transport;
}

const last = (): Made => made.at(-1)!;
const names = (): string[] => made.map(({ name }) => name);

function refused(code: ConstructorParameters<typeof HandshakeError>[0], evidence = {}): Closure {
  const error = new HandshakeError(code, { phase: 'http', ...evidence });
  return { code: 1006, reason: '', wasClean: false, error };
}

const open = (): void => last().sink.open({ protocol: '', extensions: '' });

beforeEach(() => {
  clock = createVirtualClock();
  made = [];
});

describe('fallback: the next wire', () => {
  const two = (options = {}): TransportFactory =>
    fallback([wire('polling', { wire: 'polling' })], options).wrap(wire('websocket'));

  it('is not tried when the first one opens', async () => {
    const transport = start(two());
    open();
    await clock.advance(60_000);
    expect(names()).toEqual(['websocket']);
    expect([session.types, transport.wire, clock.pendingTimers]).toEqual([['open'], undefined, 0]);
  });

  it('is tried when the first one has not opened in time, and that one is dropped', async () => {
    const transport = start(two({ after: 3_000 }));
    await clock.advance(2_999);
    expect(names()).toEqual(['websocket']);
    await clock.advance(1);
    expect(names()).toEqual(['websocket', 'polling']);
    expect(made[0]?.calls).toEqual(['abandon']);
    // What is told of it now is of no interest.
    made[0]?.sink.close(refused('HANDSHAKE_ABORTED'));
    open();
    expect(session.types).toEqual(['open']);
    expect(transport.wire).toBe('polling: nothing opened within 3000 ms');
  });

  it.each([
    ['HANDSHAKE_OPAQUE', {}],
    ['HANDSHAKE_CLOSED', {}],
    ['HANDSHAKE_UPGRADE', {}],
    ['TIMEOUT', {}],
    ['PROXY', { status: 403 }],
    ...[200, 400, 403, 404, 405, 426, 501, 502, 503].map(
      (status) => ['HANDSHAKE_STATUS', { status }] as const,
    ),
  ] as const)('is tried after %s %j, as a proxy may refuse', (code, evidence) => {
    const transport = start(two());
    made[0]?.sink.close(refused(code, evidence));
    expect(names()).toEqual(['websocket', 'polling']);
    open();
    expect(session.types).toEqual(['open']);
    expect(transport.wire).toContain(`polling: the WebSocket was refused (${code}`);
  });

  it.each([
    ['HANDSHAKE_STATUS', { status: 401 }],
    ['HANDSHAKE_STATUS', { status: 429 }],
    ['HANDSHAKE_STATUS', { status: 503, retryAfter: 3_000 }],
    ['DNS', {}],
    ['CONNECT', {}],
    ['TLS', {}],
    ['HANDSHAKE_PROTOCOL', {}],
  ] as const)('is not tried after %s %j: no proxy said that', (code, evidence) => {
    start(two());
    made[0]?.sink.close(refused(code, evidence));
    expect(names()).toEqual(['websocket']);
    expect(session.types).toEqual(['close']);
    expect(clock.pendingTimers).toBe(0);
  });

  it('tells the end of the last one, where none opens', async () => {
    start(two());
    made[0]?.sink.close(refused('HANDSHAKE_OPAQUE'));
    made[1]?.sink.close(refused('HANDSHAKE_STATUS', { status: 404 }));
    expect((await session.closed()).error).toMatchObject({ status: 404 });
    expect(clock.pendingTimers).toBe(0);
  });

  it.each(['close', 'abandon'] as const)('is not tried once this side has called %s', (verb) => {
    const transport = start(two());
    transport[verb]();
    made[0]?.sink.close(refused('HANDSHAKE_OPAQUE'));
    expect(names()).toEqual(['websocket']);
    expect(session.types).toEqual(['close']);
    expect(clock.pendingTimers).toBe(0);
  });

  it('is not tried for a connection that was open and is lost', () => {
    start(two());
    open();
    made[0]?.sink.close(refused('HANDSHAKE_OPAQUE'));
    expect(names()).toEqual(['websocket']);
    expect(session.types).toEqual(['open', 'close']);
  });

  it('is the first where the platform has no WebSocket', () => {
    const transport = start(fallback([wire('polling', { wire: 'polling' })]).wrap(missing));
    open();
    expect(transport.wire).toBe('polling: this platform has no WebSocket');
    expect(() => start(fallback([missing]).wrap(missing))).toThrow('no WebSocket');
  });

  it('that cannot take the arguments says so in the cause, where the client looks for it', async () => {
    const wrong = new UsageError('UNSUPPORTED', { detail: 'polling-protocols' });
    const broken: TransportFactory = () => {
      throw wrong;
    };
    start(fallback([broken]).wrap(wire('websocket')));
    made[0]?.sink.close(refused('HANDSHAKE_OPAQUE'));
    expect((await session.closed()).error).toMatchObject({ code: 'CONNECT', cause: wrong });
    expect(() => start(fallback([wire('polling')]).wrap(broken))).toThrow(wrong);
    expect(clock.pendingTimers).toBe(0); // nothing is given up later that was never made
  });

  it('that is the last has as long as it takes, also where the first is no wire of this platform', async () => {
    start(fallback([wire('polling')], { after: 1_000 }).wrap(missing));
    expect(clock.pendingTimers).toBe(0);
    await clock.advance(60_000);
    expect(last().calls).toEqual([]);
    open();
    expect(session.types).toEqual(['open']);
  });
});

describe('fallback: the wire in use', () => {
  it('is asked and told everything', () => {
    const transport = start(fallback([wire('other')]).wrap(wire('websocket')));
    const held: boolean[] = [];
    open();
    const { sink } = last();
    sink.text('a');
    sink.binary(new Uint8Array([1]));
    sink.ping();
    sink.pong(new Uint8Array(0));
    sink.drain();
    expect(sink.hold).toBeUndefined();
    expect(session.types).toEqual(['open', 'text', 'binary', 'pong', 'drain']);
    expect(session.pings).toBe(1);
    expect(transport).toMatchObject({ bufferedAmount: 5, bytesReceived: 6, heardAt: 7, bytesSent: 8 });
    expect(transport.features.pause).toBe(true);
    expect(transport.send('x', { compress: false })).toBe(true);
    transport.ping(new Uint8Array([1]));
    transport.pause();
    transport.resume();
    transport.ref?.();
    transport.unref?.();
    transport.close(1000, 'bye');
    expect(last().calls).toEqual([
      'send x [object Object]',
      'ping 1',
      'pause',
      'resume',
      'ref',
      'unref',
      'close 1000 bye',
    ]);
    const holding = { ...sink, hold: (_: () => void, isEnd: boolean) => held.push(isEnd) };
    fallback([wire('other')]).wrap(wire('websocket'))({ clock } as never, holding as never);
    last().sink.hold?.(() => {}, true);
    expect(held).toEqual([true]);
  });

  it('may be one that knows no name, and has no ref', () => {
    const transport = start(
      fallback([wire('other', { ref: undefined, unref: undefined } as never)]).wrap(wire('websocket')),
    );
    made[0]?.sink.close(refused('HANDSHAKE_OPAQUE'));
    transport.ref?.();
    transport.unref?.();
    expect(transport.wire).toBe('another transport: the WebSocket was refused (HANDSHAKE_OPAQUE)');
  });
});

describe('fallback: what is remembered', () => {
  it('the wire that worked is used first, until its time is over', async () => {
    const factory = fallback([wire('polling')], { remember: 60_000 }).wrap(wire('websocket'));
    start(factory);
    made[0]?.sink.close(refused('HANDSHAKE_OPAQUE'));
    open();
    await clock.advance(59_999);
    start(factory);
    expect(last().name).toBe('polling');
    expect(session.transport.wire).toContain('HANDSHAKE_OPAQUE');
    await clock.advance(1);
    start(factory);
    expect(last().name).toBe('websocket');
    open();
    start(factory);
    expect(last().name).toBe('websocket');
  });

  it('one that never opened is not remembered', () => {
    const factory = fallback([wire('polling')]).wrap(wire('websocket'));
    start(factory);
    made[0]?.sink.close(refused('HANDSHAKE_OPAQUE'));
    made[1]?.sink.close(refused('HANDSHAKE_OPAQUE'));
    start(factory);
    expect(last().name).toBe('websocket');
  });
});

describe('fallback: the way back', () => {
  function client(handover?: { begin(): Promise<unknown> }) {
    const options = { transport: wire('websocket') };
    fallback([wire('polling')], { remember: 60_000 })({ connection: { options }, handover });
    const factory = options.transport;
    start(factory);
    made[0]?.sink.close(refused('HANDSHAKE_OPAQUE'));
    open();
    return factory;
  }

  it('is looked for beside the connection in use, with the better wire alone, again and again', async () => {
    let handovers = 0;
    const factory = client({
      begin: async () => {
        handovers++;
        const before = made.length;
        const other = new Session(factory, 'ws://host/', { clock });
        expect(made.slice(before).map(({ name }) => name)).toEqual(['websocket']);
        last().sink.close(refused('HANDSHAKE_OPAQUE'));
        expect(made).toHaveLength(before + 1);
        expect(other.types).toEqual(['close']);
        throw new Error('no new connection');
      },
    });
    await clock.advance(59_999);
    expect(handovers).toBe(0);
    await clock.advance(1);
    await clock.advance(60_000);
    expect(handovers).toBe(2);
    // The polling connection, which was never touched, ends.
    made[1]?.sink.close(refused('HANDSHAKE_OPAQUE'));
    await clock.advance(600_000);
    expect([handovers, clock.pendingTimers]).toEqual([2, 0]);
  });

  it('once it is found, no other is looked for', async () => {
    let handovers = 0;
    const factory = client({
      begin: async () => {
        handovers++;
        const old = made[1] as Made;
        new Session(factory, 'ws://host/', { clock });
        open();
        old.sink.close({ code: 1000, reason: '', wasClean: true });
      },
    });
    await clock.advance(60_000);
    await clock.advance(600_000);
    expect([handovers, last().name, clock.pendingTimers]).toEqual([1, 'websocket', 0]);
  });

  it('waits for the next attempt where the client has no handover, or shall not look', async () => {
    client();
    expect(clock.pendingTimers).toBe(0);
    const options = { transport: wire('websocket') };
    fallback([wire('polling')], { remember: Number.POSITIVE_INFINITY })({
      connection: { options },
      handover: { begin: () => Promise.reject(new Error('not asked for')) },
    });
    start(options.transport);
    last().sink.close(refused('HANDSHAKE_OPAQUE'));
    open();
    expect(clock.pendingTimers).toBe(0);
  });
});

describe('fallback: options', () => {
  it.each([
    [[], {}, 'others'],
    ['polling', {}, 'others'],
    [[wire('a')], { after: 0 }, 'after'],
    [[wire('a')], { remember: -1 }, 'remember'],
    [[wire('a')], { often: 1 }, 'often'],
  ])('refuses %j %j', (others, options, option) => {
    expect(() => fallback(others as never, options as object)).toThrow(
      expect.objectContaining({ code: 'INVALID_OPTION', option }),
    );
  });

  it('has defaults that a user waits for, and a proxy does not change in', () => {
    expect(DEFAULT_FALLBACK).toEqual({ after: 5_000, remember: 600_000 });
  });
});
