import { describe, expect, test } from 'vitest';
import * as real from '../../../src/node.ts';
import * as standIn from '../../../src/nodeless.ts';

describe('holdline/node in a browser', () => {
  test('has the names of the real one', () => {
    expect(Object.keys(standIn).sort()).toEqual(Object.keys(real).sort());
  });

  test.each(Object.entries(standIn))('%s says where it works and what to take instead', (_name, value) => {
    const told = expect.objectContaining({
      code: 'UNSUPPORTED',
      detail: 'node-only',
      message: expect.stringMatching(/Node, Bun or Deno.*createClient or connect/),
    });
    expect(() => value()).toThrow(told);
    expect(() => new (value as unknown as new () => unknown)()).toThrow(told);
  });
});
