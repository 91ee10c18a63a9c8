import { describe, expect, it } from 'vitest';
import {
  CONNECTION_STATES,
  INITIAL_STATE,
  nextStatus,
  type Status,
  type Step,
} from '../../src/connection/states.ts';

const STEPS: readonly Step[] = [
  'connect',
  'open',
  'ready',
  'lose',
  'stop',
  'close',
  'end',
  'handover',
  'takeOver',
];

/** Written out by hand: where each of STEPS leads, in their order. */
const TABLE: Record<Status, readonly (Status | undefined)[]> = {
  idle: ['connecting', undefined, undefined, undefined, undefined, 'closed', undefined, undefined, undefined],
  connecting: [
    undefined,
    'authenticating',
    'ready',
    'waiting',
    'closed',
    'closing',
    undefined,
    undefined,
    undefined,
  ],
  authenticating: [
    undefined,
    undefined,
    'ready',
    'waiting',
    'closed',
    'closing',
    undefined,
    undefined,
    undefined,
  ],
  ready: [undefined, undefined, undefined, 'waiting', 'closed', 'closing', undefined, 'ready', 'connecting'],
  waiting: [
    'connecting',
    undefined,
    undefined,
    undefined,
    undefined,
    'closed',
    undefined,
    undefined,
    undefined,
  ],
  closing: [undefined, undefined, undefined, undefined, undefined, undefined, 'closed', undefined, undefined],
  closed: [
    'connecting',
    undefined,
    undefined,
    undefined,
    undefined,
    undefined,
    undefined,
    undefined,
    undefined,
  ],
};

const PAIRS = Object.entries(TABLE).flatMap(([status, row]) =>
  STEPS.map((step, index) => [status as Status, step, row[index]] as const),
);

describe('the table of states', () => {
  it('has exactly these states', () => {
    expect(Object.keys(CONNECTION_STATES)).toEqual(Object.keys(TABLE));
  });

  it.each(PAIRS)('%s + %s -> %s', (status, step, next) => {
    if (next !== undefined) {
      expect(nextStatus(status, step)).toBe(next);
    } else {
      const message = `${status} has no step ${step}.`;
      expect(() => nextStatus(status, step)).toThrow(new Error(message));
    }
  });

  it('says what is true in each state', () => {
    const that = (fact: 'hasLine' | 'terminal'): string[] =>
      Object.keys(CONNECTION_STATES).filter((status) => CONNECTION_STATES[status as Status][fact]);
    expect(that('hasLine')).toEqual(['connecting', 'authenticating', 'ready', 'closing']);
    expect(that('terminal')).toEqual(['closed']);
  });

  it('cannot be changed, nor can the first state', () => {
    expect([Object.isFrozen(CONNECTION_STATES), Object.isFrozen(INITIAL_STATE)]).toEqual([true, true]);
    expect(INITIAL_STATE).toEqual({
      status: 'idle',
      reason: 'created',
      epoch: 0,
      attempt: 0,
      retryAt: undefined,
      rtt: undefined,
      smoothedRtt: undefined,
    });
  });
});
