import { expect, it } from 'vitest';
import {
  type ConnectionState,
  isBeforeOpen,
  nextState,
} from '../../../src/transport/tcp/connection-state.ts';

const STATES: readonly ConnectionState[] = ['opening', 'redirected', 'open', 'closing', 'ended'];

it('a connection that has ended stays so', () => {
  for (const to of STATES) expect(() => nextState('ended', to)).toThrow(`from "ended" to "${to}"`);
});

it.each(STATES.slice(0, -1))('%s may end', (from) => {
  expect(nextState(from, 'ended')).toBe('ended');
});

it('only a redirect leads back to the opening', () => {
  expect(nextState('redirected', 'opening')).toBe('opening');
  expect(() => nextState('open', 'opening')).toThrow('from "open" to "opening"');
});

it('nothing is open again once it closes', () => {
  expect(() => nextState('closing', 'open')).toThrow('from "closing" to "open"');
});

it('what is not open yet is on its way, by a redirect too', () => {
  expect(STATES.filter(isBeforeOpen)).toEqual(['opening', 'redirected']);
});
