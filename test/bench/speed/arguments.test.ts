import { expect, test } from 'vitest';
import { chooseFrom, isChosen } from './arguments.ts';

test('without words everything is run', () => {
  expect(chooseFrom([])).toMatchObject({
    mode: 'full',
    only: [],
    peers: [],
    rounds: undefined,
    write: false,
  });
});

test('words choose mode, workloads and peers', () => {
  const words = ['quick', '--only', 'send,=echo-32', '--peers', 'holdline,native@bun', '--rounds', '3'];
  expect(chooseFrom(words)).toMatchObject({
    mode: 'quick',
    only: ['send', '=echo-32'],
    peers: ['holdline', 'native@bun'],
    rounds: 3,
  });
});

test('a word that means nothing is an error that tells the words there are', () => {
  expect(() => chooseFrom(['fast'])).toThrow('npm run bench -- quick');
  expect(() => chooseFrom(['--all'])).toThrow('--all');
  expect(() => chooseFrom(['--rounds', 'many'])).toThrow('--rounds');
});

test('a workload is chosen by a part of its name, or by all of it', () => {
  expect(isChosen('send-32', [])).toBe(true);
  expect(isChosen('wss-send-32', ['send'])).toBe(true);
  expect(isChosen('wss-send-32', ['=send-32'])).toBe(false);
  expect(isChosen('send-32', ['receive', '=send-32'])).toBe(true);
});
