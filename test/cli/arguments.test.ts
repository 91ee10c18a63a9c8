import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { HELP, parseArguments } from '../../src/cli/arguments.ts';

const folder = mkdtempSync(join(tmpdir(), 'holdline-cli-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('parseArguments', () => {
  test('fills in the defaults', () => {
    expect(parseArguments(['wss://host/path'])).toEqual({
      url: 'wss://host/path',
      protocols: [],
      headers: [],
      wait: 1000,
      trace: false,
      json: false,
      record: undefined,
    });
  });

  test('reads every option, short and long', () => {
    const args = ['-p', 'a', '--protocol', 'b', '-H', 'X-One: 1', '--header', 'X-Two:a:b', '-w', 'Infinity'];
    expect(parseArguments([...args, '--trace', '--json', '--record', 'a.jsonl', 'ws://host'])).toEqual({
      url: 'ws://host',
      protocols: ['a', 'b'],
      headers: [
        ['X-One', '1'],
        ['X-Two', 'a:b'],
      ],
      wait: Number.POSITIVE_INFINITY,
      trace: true,
      json: true,
      record: 'a.jsonl',
    });
    expect(parseArguments(['ws://host', '--wait', '0'])).toMatchObject({ wait: 0 });
  });

  test('infer reads a file', () => {
    expect(parseArguments(['infer', 'a.jsonl'])).toEqual({ infer: 'a.jsonl', tests: false });
    expect(parseArguments(['infer', 'a.jsonl', '--tests'])).toEqual({ infer: 'a.jsonl', tests: true });
  });

  test('help and version come before everything else', () => {
    expect(parseArguments(['--help'])).toBe('help');
    expect(parseArguments(['-v', 'one', 'two'])).toBe('version');
    expect(HELP).toMatch(/^holdline /);
  });

  test.each([
    [[], 'INVALID_URL', 'Which server?'],
    [['ws://a', 'ws://b'], 'INVALID_OPTION', 'one URL'],
    [['infer'], 'INVALID_OPTION', 'Give one file'],
    [['infer', 'a', 'b'], 'INVALID_OPTION', 'Give one file'],
    [['ws://a', '--colour'], 'INVALID_OPTION', '--colour'],
    [['ws://a', '--header'], 'INVALID_OPTION', '--header'],
    [['ws://a', '--wait', '-1'], 'INVALID_OPTION', '--wait'],
    [['ws://a', '--wait', 'long'], 'INVALID_OPTION', '--wait'],
    [['ws://a', '--wait', ' '], 'INVALID_OPTION', '--wait'],
  ])('%j is refused with advice', (args, code, text) => {
    expect(() => parseArguments(args)).toThrow(
      expect.objectContaining({ name: 'UsageError', code, message: expect.stringContaining(text) }),
    );
  });

  test('the headers in a file are taken, so that no secret stands on the command line (attack 44)', () => {
    const file = join(folder, 'headers');
    writeFileSync(file, 'Authorization: Bearer secret\r\n\nX-Two: b\n');
    expect(parseArguments(['ws://a', '-H', 'X-One: a', '-H', `@${file}`])).toMatchObject({
      headers: [
        ['X-One', 'a'],
        ['Authorization', 'Bearer secret'],
        ['X-Two', 'b'],
      ],
    });
  });

  test('a file of headers that cannot be read is named', () => {
    const missing = join(folder, 'missing');
    expect(() => parseArguments(['ws://a', '-H', `@${missing}`])).toThrow(
      expect.objectContaining({ code: 'INVALID_HEADER', message: expect.stringContaining(missing) }),
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
