import { describe, expect, test } from 'vitest';
import { HELP, parseArguments } from '../../src/cli/arguments.ts';

describe('parseArguments', () => {
  test('fills in the defaults', () => {
    expect(parseArguments(['wss://host/path'])).toEqual({
      url: 'wss://host/path',
      protocols: [],
      headers: [],
      wait: 1000,
      trace: false,
      json: false,
    });
  });

  test('reads every option, short and long', () => {
    const args = ['-p', 'a', '--protocol', 'b', '-H', 'X-One: 1', '--header', 'X-Two:a:b', '-w', 'Infinity'];
    expect(parseArguments([...args, '--trace', '--json', 'ws://host'])).toEqual({
      url: 'ws://host',
      protocols: ['a', 'b'],
      headers: [
        ['X-One', '1'],
        ['X-Two', 'a:b'],
      ],
      wait: Number.POSITIVE_INFINITY,
      trace: true,
      json: true,
    });
    expect(parseArguments(['ws://host', '--wait', '0'])).toMatchObject({ wait: 0 });
  });

  test('help and version come before everything else', () => {
    expect(parseArguments(['--help'])).toBe('help');
    expect(parseArguments(['-v', 'one', 'two'])).toBe('version');
    expect(HELP).toMatch(/^holdline /);
  });

  test.each([
    [[], 'INVALID_URL', 'Which server?'],
    [['ws://a', 'ws://b'], 'INVALID_OPTION', 'one URL'],
    [['ws://a', '--colour'], 'INVALID_OPTION', "'--colour'"],
    [['ws://a', '--header'], 'INVALID_OPTION', '--header'],
    [['ws://a', '--wait', '-1'], 'INVALID_OPTION', '--wait'],
    [['ws://a', '--wait', 'long'], 'INVALID_OPTION', '--wait'],
    [['ws://a', '--wait', ' '], 'INVALID_OPTION', '--wait'],
  ])('%j is refused with advice', (args, code, text) => {
    expect(() => parseArguments(args)).toThrow(
      expect.objectContaining({ name: 'UsageError', code, message: expect.stringContaining(text) }),
    );
  });

  test('a wrong header is not repeated in the error: it may be a secret', () => {
    expect(() => parseArguments(['ws://a', '-H', 'Bearer s3cret'])).toThrow(
      expect.objectContaining({
        code: 'INVALID_HEADER',
        message: expect.not.stringContaining('s3cret'),
      }),
    );
  });
});
