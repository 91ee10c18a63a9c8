import { describe, expect, it } from 'vitest';
import { ConnectionError } from '../../src/base/errors.ts';
import { type ConnectionState, INITIAL_STATE } from '../../src/connection/states.ts';
import { type Findings, reachedPhase, summarize } from '../../src/connection/why.ts';
import type { Closure } from '../../src/protocol/closure.ts';
import { always, createHarness } from '../tools/connection-harness.ts';

/** A line that the server closed in order. */
const ENDED: Closure = {
  code: 1012,
  reason: '',
  wasClean: true,
  received: { code: 1012, reason: '' },
  sent: { code: 1012, reason: '' },
  error: undefined,
};

describe('the summary', () => {
  it.each<[Partial<Findings> & { state?: ConnectionState }, string]>([
    [{}, 'idle: created'],
    [
      {
        state: {
          ...INITIAL_STATE,
          status: 'waiting',
          reason: 'connection lost',
          attempt: 3,
          retryAt: 11_001,
        },
        rule: 'the server closed with 1012',
        lastError: new ConnectionError('CONNECTION_LOST', { message: 'gone' }),
        phase: 'ready',
      },
      'waiting, attempt 4 in 2 s: the server closed with 1012 (phase: ready). gone',
    ],
    [
      {
        state: { ...INITIAL_STATE, status: 'waiting', reason: 'connection lost', attempt: 3, retryAt: 9_000 },
      },
      'waiting, attempt 4 at once: connection lost',
    ],
    [
      {
        state: { ...INITIAL_STATE, status: 'waiting', reason: 'page was put away' },
        rule: 'the page was put away',
        phase: 'login',
      },
      'waiting: the page was put away (phase: login)',
    ],
    [
      {
        state: { ...INITIAL_STATE, status: 'closed', reason: 'gave up' },
        rule: 'the server refused with HTTP 404',
      },
      'closed: the server refused with HTTP 404',
    ],
    [
      {
        state: { ...INITIAL_STATE, status: 'ready', reason: 'login accepted' },
        rule: 'the connection was lost',
        lastError: new ConnectionError('CONNECTION_LOST', { message: 'gone' }),
        phase: 'ready',
      },
      'ready: login accepted',
    ],
    [{ state: { ...INITIAL_STATE, status: 'closed', reason: 'closed' }, phase: 'unknown' }, 'closed'],
    [
      {
        state: { ...INITIAL_STATE, status: 'connecting', reason: 'retry is due' },
        lastClosure: { ...ENDED, received: undefined },
        lastError: new ConnectionError('CONNECTION_LOST', { message: 'gone' }),
        phase: 'unknown',
      },
      'connecting: retry is due. gone',
    ],
    [
      {
        state: { ...INITIAL_STATE, status: 'waiting', reason: 'attempt failed' },
        rule: 'the attempt failed (CONNECTION_LOST)',
        lastError: new ConnectionError('CONNECTION_LOST', { message: 'gone' }),
        phase: 'tcp',
      },
      'waiting: the attempt failed (CONNECTION_LOST) (phase: tcp). gone',
    ],
    [
      {
        state: { ...INITIAL_STATE, status: 'waiting', reason: 'connection lost' },
        rule: 'the server closed with 1012',
        lastClosure: ENDED,
        lastError: new ConnectionError('CONNECTION_LOST', { message: 'of the line before' }),
        phase: 'ready',
      },
      'waiting: the server closed with 1012 (phase: ready)',
    ],
    [
      {
        state: { ...INITIAL_STATE, status: 'waiting', reason: 'connection lost' },
        rule: 'the connection was lost',
        lastClosure: { ...ENDED, error: new ConnectionError('CLOSE_TIMEOUT', { message: 'late' }) },
        lastError: new ConnectionError('CLOSE_TIMEOUT', { message: 'late' }),
        phase: 'ready',
      },
      'waiting: the connection was lost (phase: ready). late',
    ],
  ])('%#', ({ state = INITIAL_STATE, ...findings }, summary) => {
    expect(summarize({ isOver: false, ...findings }, state, 10_000)).toBe(summary);
  });

  it('says how far a line had come', () => {
    const phase = (status: ConnectionState['status']) => reachedPhase(undefined, status);
    expect([phase('authenticating'), phase('ready'), phase('connecting')]).toEqual([
      'login',
      'ready',
      'unknown',
    ]);
  });
});

describe('the diagnosis of a connection', () => {
  it('tells attempts, next retry, phase and rule', async () => {
    const harness = createHarness({ server: { onConnect: (end) => end.refuse(503) }, chance: always(0.5) });
    harness.connection.connect();
    await harness.clock.advance(2_500);
    const { diagnosis, state } = harness.connection;
    expect(diagnosis).toMatchObject({
      state,
      attempts: 2,
      retryAt: harness.clock.wallTime() + 2_000,
      phase: 'http',
      rule: 'HTTP 503 may pass',
      lastError: { code: 'HANDSHAKE_STATUS' },
      lastClosure: { code: 1006 },
      summary:
        'waiting, attempt 3 in 2 s: HTTP 503 may pass (phase: http). ' +
        'The server answered the WebSocket handshake with HTTP 503 instead of 101',
    });
    await harness.finish();
  });
});
