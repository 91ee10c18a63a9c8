import { describe, expect, it } from 'vitest';
import {
  ENGINE_TRANSITIONS,
  type EngineEvent,
  type EngineState,
  nextState,
} from '../../src/protocol/engine-state.ts';

const STATES = Object.keys(ENGINE_TRANSITIONS) as EngineState[];
const EVENTS: EngineEvent[] = ['accept', 'refuse', 'hold', 'proceed', 'send close', 'receive close', 'fail'];

// Written down once more, by hand: a change of the table is a change of behaviour.
const EXPECTED = [
  'opening + accept = open',
  'opening + refuse = refused',
  'opening + fail = closed',
  'refused + fail = closed',
  'open + send close = closing',
  'open + receive close = closed',
  'open + fail = closed',
  'open + hold = held',
  'held + proceed = open',
  'held + send close = closing',
  'held + fail = closed',
  'closing + receive close = closed',
  'closing + fail = closed',
];

describe('the states of the engine', () => {
  it('follow each other as drawn, and in no other way', () => {
    const found: string[] = [];
    for (const state of STATES) {
      for (const event of EVENTS) {
        const next = ENGINE_TRANSITIONS[state][event];
        if (next !== undefined) found.push(`${state} + ${event} = ${next}`);
      }
    }
    expect(found.sort()).toEqual([...EXPECTED].sort());
    expect(Object.isFrozen(ENGINE_TRANSITIONS)).toBe(true);
  });

  it('are given by nextState, which throws for every other pair', () => {
    for (const state of STATES) {
      for (const event of EVENTS) {
        const next = ENGINE_TRANSITIONS[state][event];
        if (next !== undefined) expect(nextState(state, event)).toBe(next);
        else expect(() => nextState(state, event)).toThrow(`cannot take "${event}" in the state "${state}"`);
      }
    }
  });

  it('all end in closed, which nothing leaves', () => {
    expect(ENGINE_TRANSITIONS.closed).toEqual({});
    for (const state of STATES.filter((name) => name !== 'closed')) {
      expect(nextState(state, 'fail')).toBe('closed');
    }
  });
});
