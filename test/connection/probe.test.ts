import { describe, expect, it } from 'vitest';
import { HandshakeError } from '../../src/base/errors.ts';
import { learnRefusal, PROBE_TIMEOUT_MS, type Probe, probedUrl } from '../../src/connection/probe.ts';
import { createScriptedServer } from '../../src/testing/scripted-server.ts';
import type { TransportFactory } from '../../src/transport/transport.ts';
import { createHarness, type Harness, type HarnessSetup } from '../tools/connection-harness.ts';

/** Refuses as a browser tells of it: without a word. */
const opaque: TransportFactory = (request, sink) => {
  const error = new HandshakeError('HANDSHAKE_OPAQUE', { message: 'no reason given', phase: 'unknown' });
  request.clock.setTimer(() => sink.close({ code: 1006, reason: '', wasClean: false, error }), 0);
  return createScriptedServer({ onConnect: () => {} }).transport({ ...request, handshakeTimeout: 0 }, sink);
};

async function start(probe: Probe, server?: HarnessSetup['server']): Promise<Harness> {
  const options = server === undefined ? { transport: opaque } : {};
  const harness = createHarness({ ...(server && { server }), options, reconnect: { probe } });
  harness.connection.connect();
  await harness.clock.advance(0);
  return harness;
}

describe('a probe', () => {
  it('finds out what a refusal was: the policy decides by it', async () => {
    const urls: string[] = [];
    const harness = await start(async (url) => {
      urls.push(url);
      return { status: 503, retryAfter: 60_000 };
    });
    expect(urls).toEqual(['http://server/']);
    expect(harness.connection.diagnosis).toMatchObject({
      rule: 'Retry-After of HTTP 503',
      lastError: {
        code: 'HANDSHAKE_STATUS',
        status: 503,
        retryAfter: 60_000,
        cause: { code: 'HANDSHAKE_OPAQUE' },
      },
      phase: 'unknown',
    });
    expect(harness.connection.state.retryAt).toBe(harness.clock.wallTime() + 66_000);
    await harness.finish();
  });

  it('stops the client where the server has said no', async () => {
    const harness = await start(() => ({ status: 403 }));
    expect(harness.ends).toMatchObject([{ code: 'HANDSHAKE_STATUS', status: 403 }]);
    await harness.finish();
  });

  it.each<[string, Probe]>([
    ['finds nothing', () => undefined],
    [
      'throws',
      () => {
        throw new Error('offline');
      },
    ],
    ['rejects', () => Promise.reject(new Error('CORS'))],
    ['gives no status', () => ({}) as never],
  ])('that %s changes nothing', async (_name, probe) => {
    const harness = await start(probe);
    expect(harness.closures[0]?.error).toMatchObject({ code: 'HANDSHAKE_OPAQUE' });
    expect([harness.connection.state.status, harness.clock.pendingTimers]).toEqual(['waiting', 1]);
    await harness.finish();
  });

  it('has 5 s, and is told when they are over', async () => {
    let signal: AbortSignal | undefined;
    const harness = await start((_url, options) => {
      signal = options.signal;
      return new Promise(() => {});
    });
    await harness.clock.advance(PROBE_TIMEOUT_MS - 1);
    expect([harness.connection.state.status, signal?.aborted]).toEqual(['connecting', false]);
    await harness.clock.advance(1);
    expect([harness.connection.state.status, signal?.aborted]).toEqual(['waiting', true]);
    await harness.finish();
  });

  it('is called off by close(), and may answer late', async () => {
    let answer: ((found: { status: number }) => void) | undefined;
    const harness = await start(
      () =>
        new Promise((resolve) => {
          answer = resolve;
        }),
    );
    void harness.connection.close();
    answer?.({ status: 403 });
    await harness.clock.settle();
    expect(harness.statuses).toEqual(['connecting', 'closing', 'closed']);
    expect(harness.closures.length).toBe(1);
    await harness.finish();
  });

  it('is not made where the refusal says what it was, nor after a line that was open', async () => {
    const probe = (): never => expect.unreachable();
    const refused = await start(probe, { onConnect: (end) => end.refuse(500) });
    await refused.finish();
    const lost = await start(probe, {
      onConnect: (end) => {
        end.accept();
        end.drop();
      },
    });
    await lost.finish();
  });
});

describe('what a probe gives', () => {
  const closure = { code: 1006, reason: '', wasClean: false };

  it.each([
    undefined,
    null,
    'x',
    {},
    { status: '403' },
    { status: Number.NaN },
    { status: 200 },
    { status: 426 },
  ])('tells nothing: %j', (answer) => {
    expect(learnRefusal(closure, answer)).toBe(closure);
  });

  it('is asked at the address of the handshake', () => {
    expect(['ws://a/b?c', 'wss://a/', 'WSS://a/ws://'].map(probedUrl)).toEqual([
      'http://a/b?c',
      'https://a/',
      'httpS://a/ws://',
    ]);
  });
});
