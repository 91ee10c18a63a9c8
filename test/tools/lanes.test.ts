import { expect, test } from 'vitest';
import { runLanes, type Step } from './lanes.mjs';
import { HANG_MS } from './patience.ts';

/** A step that runs this program text. */
const step = (what: string, text: string): Step => ({ what, command: [process.execPath, '--eval', text] });

/** What was shown, without the lines around each step, and how it ended. */
async function run(...lanes: Step[][]): Promise<{ code: number; shown: string[]; all: string }> {
  let all = '';
  const code = await runLanes(lanes, (text) => {
    all += text;
  });
  return { code, shown: all.split('\n').filter((line) => line !== '' && !line.startsWith('> ')), all };
}

const TALK = (name: string): string =>
  `let left = 5; const timer = setInterval(() => { console.log('${name}'); if (--left === 0) clearInterval(timer); }, 20)`;

test('steps of several lanes run at the same time, and what each prints is kept together', async () => {
  const { code, shown, all } = await run(
    [step('one', TALK('a'))],
    [step('two', TALK('b')), step('three', TALK('c'))],
  );
  expect(code).toBe(0);
  expect(shown).toEqual([...'aaaaabbbbbccccc']);
  expect(all.match(/^> .*(?=: ok)/gm)).toEqual(['> one', '> two', '> three']);
});

test('the first step that fails is shown, ends the others, and gives the exit code', async () => {
  const begin = performance.now();
  const forEver = step('for ever', `console.log('I go on'); setInterval(() => {}, 1000)`);
  const failing = step('bad', `console.log('what was wrong'); process.exitCode = 3`);
  const { code, shown } = await run([forEver], [failing, step('never', `console.log('too late')`)]);
  expect(code).toBe(3);
  expect(shown.filter((line) => line !== 'I go on')).toEqual([
    'what was wrong',
    expect.stringMatching(/^FAILED: bad \(exit code 3, /),
  ]);
  expect(performance.now() - begin).toBeLessThan(HANG_MS / 2);
});

test('a program that is not there is a failure', async () => {
  const { code, all } = await run([{ what: 'nothing', command: ['no-such-program-of-ours'] }]);
  expect(code).toBe(1);
  expect(all).toContain('no-such-program-of-ours');
  expect(all).toContain('FAILED: nothing');
});
