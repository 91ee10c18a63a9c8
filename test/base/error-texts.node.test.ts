import { describe, expect, it } from 'vitest';
import { NODE_TEXTS } from '../../src/base/error-texts.node.ts';
import { ERROR_TEXTS, errorText } from '../../src/base/error-texts.ts';

describe('what to do about an answer that is no 101', () => {
  const advice = (status: number, facts = {}): string =>
    errorText('HANDSHAKE_STATUS', { status, ...facts }).replace(/^.*?101\. /, '');

  it.each([
    [200, 'It speaks plain HTTP there: check the path of the URL.'],
    [401, 'Check the credentials and the origin.'],
    [404, 'Check the path of the URL.'],
    [429, 'The server is busy or broken: try again later.'],
    [418, 'Its "body" and "headers" may say why.'],
    [302, 'Its "body" and "headers" may say why.'],
  ])('%i', (status, text) => {
    expect(advice(status)).toBe(text);
  });

  it('of another version', () => {
    expect(advice(426, { versions: '8' })).toBe('It speaks WebSocket version 8; this client speaks 13 only.');
  });
});

it('no text stands in both tables', () => {
  const names = (table: object): string[] =>
    Object.entries(table).flatMap(([code, texts]) =>
      typeof texts === 'object' ? Object.keys(texts).map((detail) => `${code} ${detail}`) : [code],
    );
  expect(names(NODE_TEXTS).filter((name) => names(ERROR_TEXTS).includes(name))).toEqual([]);
});
