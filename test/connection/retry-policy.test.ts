import { describe, expect, it } from 'vitest';
import {
  ConnectionError,
  HandshakeError,
  type HandshakeErrorCode,
  type HandshakeEvidence,
  ProtocolError,
  type ProtocolErrorCode,
} from '../../src/base/errors.ts';
import {
  DEPLOY_MS,
  defaultRetryPolicy,
  NO_PAST,
  type RetryDecision,
  type RetryPast,
} from '../../src/connection/retry-policy.ts';
import type { Closure } from '../../src/protocol/closure.ts';
import { createScriptedRandom } from '../../src/testing/scripted-random.ts';

/** Half of every range; throws if more than one number of chance is taken. */
const decide = (closure: Partial<Closure>, chance = 0.5, past?: RetryPast): RetryDecision =>
  defaultRetryPolicy(
    { code: 1006, reason: '', wasClean: false, ...closure },
    createScriptedRandom({ numbers: [chance] }),
    past,
  );

const closedWith = (code: number, reason = '', chance?: number): RetryDecision =>
  decide({ code, reason, wasClean: true, received: { code, reason } }, chance);

const refusedWith = (code: HandshakeErrorCode, evidence: Partial<HandshakeEvidence> = {}): RetryDecision =>
  decide({ error: new HandshakeError(code, { message: 'no', phase: 'http', ...evidence }) });

const range = (first: number, last: number): number[] =>
  Array.from({ length: last - first + 1 }, (_, index) => first + index);

describe('after a request that was refused in the middle of a connection (polling)', () => {
  const lostBy = (status: number, evidence: Partial<HandshakeEvidence> = {}): RetryDecision => {
    const cause = new HandshakeError('HANDSHAKE_STATUS', { phase: 'http', status, ...evidence });
    return decide({ error: new ConnectionError('CONNECTION_LOST', { detail: 'request-failed', cause }) });
  };

  it('the answer is judged as one to a handshake', () => {
    expect(lostBy(401)).toMatchObject({ action: 'renew' });
    expect(lostBy(403)).toMatchObject({ action: 'stop' });
    expect(lostBy(503)).toMatchObject({ action: 'retry', rule: 'HTTP 503 may pass' });
    expect(lostBy(429, { retryAfter: 3_000 })).toMatchObject({ action: 'retry', delay: 3_500 });
  });

  it('a session that was forgotten is a lost connection, whatever the status', () => {
    const cause = new HandshakeError('HANDSHAKE_STATUS', { phase: 'http', status: 410 });
    const error = new ConnectionError('CONNECTION_LOST', { detail: 'session-gone', cause });
    expect(decide({ error })).toEqual({ action: 'retry', rule: 'the connection was lost' });
  });
});

describe('after a refused handshake', () => {
  const RETRIED = [408, 425, 429, 500, 502, 503, 504];

  it.each(RETRIED)('HTTP %i may pass', (status) => {
    expect(refusedWith('HANDSHAKE_STATUS', { status })).toEqual({
      action: 'retry',
      rule: `HTTP ${status} may pass`,
    });
  });

  it('every other 4xx stops, every other 5xx may pass', () => {
    for (const status of range(400, 599).filter((status) => status !== 401 && !RETRIED.includes(status))) {
      expect(refusedWith('HANDSHAKE_STATUS', { status, retryAfter: status < 500 ? 1 : undefined })).toEqual(
        status < 500
          ? { action: 'stop', rule: `the server refused with HTTP ${status}` }
          : { action: 'retry', rule: `HTTP ${status} may pass` },
      );
    }
  });

  it('401 asks for new credentials, once', () => {
    expect(refusedWith('HANDSHAKE_STATUS', { status: 401, retryAfter: 1 })).toEqual({
      action: 'renew',
      rule: 'the server refused with HTTP 401',
    });
  });

  it.each(RETRIED)('Retry-After of HTTP %i is the least to wait, spread by a fifth', (status) => {
    expect(refusedWith('HANDSHAKE_STATUS', { status, retryAfter: 60_000 })).toEqual({
      action: 'retry',
      rule: `Retry-After of HTTP ${status}`,
      delay: 66_000,
    });
  });

  it.each([
    [0, 500],
    [1_000, 1_500],
    [5_000, 5_500],
    [10_000, 11_000],
  ])('Retry-After of %i ms is spread over a second at least: %i ms', (retryAfter, delay) => {
    expect(refusedWith('HANDSHAKE_STATUS', { status: 503, retryAfter })).toMatchObject({ delay });
  });

  it.each(['HANDSHAKE_PROTOCOL', 'HANDSHAKE_EXTENSION', 'PERMISSION'] as const)('%s stops', (code) => {
    expect(refusedWith(code, { status: 101 })).toEqual({
      action: 'stop',
      rule: `the handshake cannot succeed (${code})`,
    });
  });

  it.each([
    'URL_SOURCE',
    'DNS',
    'CONNECT',
    'PROXY',
    'TLS',
    'TIMEOUT',
    'HANDSHAKE_REDIRECT',
    'HANDSHAKE_MALFORMED',
    'HANDSHAKE_HEADERS_TOO_LARGE',
    'HANDSHAKE_UPGRADE',
    'HANDSHAKE_CONNECTION',
    'HANDSHAKE_ACCEPT',
    'HANDSHAKE_CLOSED',
    'HANDSHAKE_OPAQUE',
    'HANDSHAKE_ABORTED',
  ] as const)('%s is retried', (code) => {
    expect(refusedWith(code)).toEqual({ action: 'retry', rule: `the attempt failed (${code})` });
  });

  it.each([400, 401, 403, 404, 502])('a proxy that refuses with HTTP %i is asked again', (status) => {
    expect(refusedWith('PROXY', { phase: 'proxy', status })).toEqual({
      action: 'retry',
      rule: 'the attempt failed (PROXY)',
    });
  });

  it('a proxy that wants user and password is not, and one that names a wait gets it', () => {
    expect(refusedWith('PROXY', { phase: 'proxy', status: 407 }).action).toBe('stop');
    const busy = { phase: 'proxy', status: 503, retryAfter: 10_000 } as const;
    expect(refusedWith('PROXY', busy)).toMatchObject({
      rule: 'Retry-After of HTTP 503',
      delay: 11_000,
    });
  });

  it('a page instead of a WebSocket (HTTP 200) is retried', () => {
    expect(refusedWith('HANDSHAKE_STATUS', { status: 200 })).toEqual({
      action: 'retry',
      rule: 'the attempt failed (HANDSHAKE_STATUS)',
    });
  });
});

describe('after a connection was lost', () => {
  it('without a Close frame: retried', () => {
    const error = new ConnectionError('CONNECTION_LOST', { message: 'gone' });
    expect([decide({ error }), decide({})]).toEqual(
      Array(2).fill({ action: 'retry', rule: 'the connection was lost' }),
    );
  });

  it.each<ProtocolErrorCode>(['PROTOCOL', 'INVALID_PAYLOAD', 'MESSAGE_TOO_BIG', 'TOO_MANY_FRAGMENTS'])(
    'because the server broke the protocol (%s): stops',
    (code) => {
      expect(decide({ error: new ProtocolError(code, { message: 'no', closeCode: 1002 }) })).toEqual({
        action: 'stop',
        rule: `the server broke the protocol (${code})`,
      });
    },
  );
});

describe('after a Close frame', () => {
  const STOPS = new Set([1002, 1003, 1007, 1009, 1010, ...range(3500, 3999), ...range(4400, 4999)]);
  for (const notNow of [4408, 4425, 4429, 4499, 4502, 4503, 4504]) STOPS.delete(notNow);
  const NAMED_WAIT = [1012, 1013];

  it('every code from 1000 to 4999 follows the table', () => {
    for (const code of range(1000, 4999).filter((code) => !NAMED_WAIT.includes(code))) {
      const action = code === 4401 ? 'renew' : STOPS.has(code) ? 'stop' : 'retry';
      expect(closedWith(code)).toEqual({ action, rule: `the server closed with ${code}` });
    }
  });

  it.each([
    [1012, 0, 5_000],
    [1012, 0.5, 17_500],
    [1012, 0.96, 29_000],
    [1013, 0, 10_000],
    [1013, 0.5, 35_000],
    [1013, 0.98, 59_000],
  ])('%i names a wait: chance %f gives %i ms', (code, chance, delay) => {
    expect(closedWith(code, '', chance)).toEqual({
      action: 'retry',
      rule: `the server closed with ${code}`,
      delay,
    });
  });

  it.each([1000, 1012, 3000, 4000])('with { "reconnect": false } stops, whatever the code: %i', (code) => {
    expect(closedWith(code, '{ "reconnect": false }')).toEqual({
      action: 'stop',
      rule: 'the server said not to reconnect',
    });
  });

  it.each([1000, 1012, 1002, 4401, 4999])(
    'with { "retryAfter": ms } waits, whatever the code: %i',
    (code) => {
      expect(closedWith(code, '{"retryAfter":20000}')).toEqual({
        action: 'retry',
        rule: 'the server named the wait',
        delay: 22_000,
      });
    },
  );

  it.each(['1e20', '86400001'])('with a wait of more than a day (%s) waits a day', (wait) => {
    expect(closedWith(1000, `{"retryAfter":${wait}}`, 0)).toMatchObject({ delay: 86_400_000 });
    expect(refusedWith('HANDSHAKE_STATUS', { status: 503, retryAfter: Number(wait) })).toMatchObject({
      delay: expect.closeTo(86_400_000 * 1.1),
    });
  });

  it('with a wait of nothing is still spread over a second', () => {
    expect(closedWith(1000, '{"retryAfter":0}', 0.999)).toMatchObject({ delay: 999 });
  });

  it.each([
    'bye',
    '{',
    '{}',
    '{"reconnect":true}',
    '{"reconnect":"false"}',
    '{"retryAfter":"20000"}',
    '{"retryAfter":-1}',
    '{"retryAfter":null}',
    '{"retryAfter":1e999}',
    '[{"reconnect":false}]',
    ' {"reconnect":false}',
  ])('with a reason that is no advice goes by the code: %s', (reason) => {
    expect(closedWith(1001, reason)).toEqual({ action: 'retry', rule: 'the server closed with 1001' });
    expect(closedWith(4500, reason)).toEqual({ action: 'stop', rule: 'the server closed with 4500' });
  });

  it('that was not answered cleanly goes by the code too', () => {
    const received = { code: 4400, reason: '' };
    const error = new ConnectionError('CONNECTION_LOST', { message: 'gone', received });
    expect(decide({ code: 4400, received, error })).toEqual({
      action: 'stop',
      rule: 'the server closed with 4400',
    });
  });
});

describe('what came before counts', () => {
  const status = (status: number, past: Partial<RetryPast>): RetryDecision =>
    decide({ error: new HandshakeError('HANDSHAKE_STATUS', { message: 'no', phase: 'http', status }) }, 0, {
      ...NO_PAST,
      ...past,
    });
  const close = (code: number, past: Partial<RetryPast>): RetryDecision =>
    decide({ code, received: { code, reason: '' } }, 0, { ...NO_PAST, ...past });

  it.each([400, 403, 404])('HTTP %i where it was ready before is a deployment, for some minutes', (code) => {
    const rule = `HTTP ${code} where it was ready before may be a deployment`;
    expect(status(code, { wasReady: true, refusedFor: DEPLOY_MS - 1 })).toEqual({ action: 'retry', rule });
    expect(status(code, { wasReady: true, refusedFor: DEPLOY_MS })).toMatchObject({ action: 'stop' });
    expect(status(410, { wasReady: true })).toMatchObject({ action: 'stop' });
  });

  it('HTTP 403 renews once, where that can be; then it may be a deployment', () => {
    const rule = 'HTTP 403 may mean an expired token';
    expect(status(403, { wasReady: true, renewal: 'possible' })).toEqual({ action: 'renew', rule });
    expect(status(403, { wasReady: true, renewal: 'spent' })).toMatchObject({ action: 'retry' });
    expect(status(403, { renewal: 'spent' })).toEqual({
      action: 'renew',
      rule: 'the server refused with HTTP 403',
    });
  });

  it.each([1008, 4003, 4403])('the close code %i renews once, where that can be', (code) => {
    const rule = `the server closed with ${code}: maybe an expired token`;
    expect(close(code, { renewal: 'possible' })).toEqual({ action: 'renew', rule });
    const spent = code === 4403 ? 'renew' : 'retry';
    expect(close(code, { renewal: 'spent' })).toEqual({
      action: spent,
      rule: `the server closed with ${code}`,
    });
  });

  it('a server that wants one connection may close one of two, and the client goes on', () => {
    expect(close(4409, { isHandingOver: true })).toEqual({
      action: 'retry',
      rule: 'the server closed with 4409 on a handover: it may allow one connection',
    });
    expect(close(1002, { isHandingOver: true })).toMatchObject({ action: 'stop' });
  });
});
