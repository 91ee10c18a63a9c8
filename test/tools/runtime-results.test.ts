import { expect, test } from 'vitest';
import { type Event, filesNotRun, type Gap, outcomeOf, report, unfinished } from './runtime-results.mjs';

const end = (file: string, states: Record<string, string>, error?: string): Event => ({
  kind: 'end',
  file,
  tests: Object.entries(states).map(([name, state]) => ({ name, state, error: `${name} is wrong` })),
  ...(error === undefined ? {} : { error }),
});

const gap: Gap = { on: ['bun'], file: 'a.test.ts', test: 'lies', why: 'Bun lies.' };

test('files that were begun and did not end are told from those that were never begun', () => {
  const events: Event[] = [
    { kind: 'run', files: ['a', 'b', 'c', 'd'] },
    { kind: 'start', file: 'a' },
    end('a', {}),
    { kind: 'start', file: 'b' },
  ];
  expect(unfinished(events)).toEqual({ begun: ['b'], left: ['c', 'd'] });
});

test('a file that is known not to end there is no failure', () => {
  const known: Gap = { on: ['bun'], file: 'c.test.ts', why: 'It does not end.' };
  expect(outcomeOf([], [known], 'bun', ['c.test.ts']).failures).toEqual([]);
  expect(outcomeOf([], [known], 'deno', ['c.test.ts']).failures).toEqual(['c.test.ts: did not end']);
});

test('passed, failed and skipped tests are counted, and what failed outside of tests', () => {
  const events: Event[] = [
    end('a.test.ts', { one: 'passed', two: 'failed', three: 'skipped' }),
    end('b.test.ts', {}, 'no such module'),
    { kind: 'finish', errors: ['TypeError: oh'] },
  ];
  expect(outcomeOf(events, [], 'bun', ['c.test.ts'])).toEqual({
    passed: 1,
    gaps: 0,
    notRun: ['a.test.ts > three'],
    failures: [
      'c.test.ts: did not end',
      'a.test.ts > two: two is wrong',
      'b.test.ts: no such module',
      'uncaught: TypeError: oh',
    ],
  });
});

test('a gap is a test that fails, on its runtime and in its file only', () => {
  const failing = [end('a.test.ts', { 'it lies': 'failed' })];
  expect(outcomeOf(failing, [gap], 'bun')).toMatchObject({ gaps: 1, failures: [] });
  expect(outcomeOf(failing, [gap], 'deno').failures).toHaveLength(1);
  expect(outcomeOf([end('b.test.ts', { 'it lies': 'failed' })], [gap], 'bun').failures).toHaveLength(1);
});

test('a gap that is none any more is a failure, unless it is one now and then', () => {
  const passing = [end('a.test.ts', { 'it lies': 'passed' })];
  expect(outcomeOf(passing, [gap], 'bun').failures).toEqual([
    "a.test.ts: the gap 'lies' is closed; take it from the list",
  ]);
  expect(outcomeOf(passing, [{ ...gap, sometimes: true }], 'bun')).toMatchObject({ passed: 1, failures: [] });
});

test('a gap without a test keeps the whole file away', () => {
  const whole: Gap = { on: ['deno'], file: 'b.test.ts', why: 'It never ends.' };
  expect(filesNotRun([gap, whole], 'deno')).toEqual([whole]);
  expect(filesNotRun([gap, whole], 'bun')).toEqual([]);
});

test('the table has a row a suite and a column a runtime, and the reasons below', () => {
  const unit = { passed: 10, failures: ['x'], gaps: 2, notRun: ['y'] };
  const results = {
    node22: { version: '22.1.0', suites: { unit: { ...unit, failures: [], gaps: 0, notRun: [] } } },
    bun: { version: '1.2.3', suites: { unit, dom: 'no DOM.' } },
  };
  const gaps: Gap[] = [
    gap,
    { on: ['bun'], file: 'test/c.test.ts', why: 'It never ends.' },
    { ...gap, file: 'b.test.ts', test: 'cheats', sometimes: true },
  ];
  expect(report(results, gaps, ['unit', 'dom'])).toBe(
    [
      '| suite | Node 22.1.0 | Bun 1.2.3 |',
      '| --- | --- | --- |',
      '| unit | 10 passed | 10 passed, **1 failed**, 2 known gaps, 1 not run |',
      '| dom | not measured | not run: no DOM. |',
      '',
      '### Bun',
      '',
      '- Bun lies. (`a.test.ts`: *lies*; `b.test.ts`: *cheats*, sometimes)',
      '- It never ends. (`c.test.ts` is not run)',
      '',
    ].join('\n'),
  );
});
