import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import type { ErrorCode } from '../../src/base/error-codes.ts';
import { ERROR_TEXTS, errorText } from '../../src/base/error-texts.ts';
import { errorSamples } from '../docs/errors.ts';

const TABLE = join('base', 'error-texts.ts');
const sources = readdirSync('src', { recursive: true, encoding: 'utf8' })
  .filter((path) => /\.tsx?$/.test(path) && path !== TABLE && path !== join('base', 'error-codes.ts'))
  .map((path) => {
    const text = readFileSync(join('src', path), 'utf8');
    return { path, text, tree: ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true) };
  });

const detailsOf = (code: string): readonly string[] => {
  const texts = ERROR_TEXTS[code as ErrorCode];
  return typeof texts === 'object' ? Object.keys(texts) : [''];
};

/** Errors made with a code, and perhaps a detail, that stand there as literals. */
function throwSites(): { where: string; code: string; detail: string | undefined }[] {
  const found: { where: string; code: string; detail: string | undefined }[] = [];
  for (const { path, tree } of sources) {
    const visit = (node: ts.Node): void => {
      ts.forEachChild(node, visit);
      if (!ts.isNewExpression(node) || !/^\w*Error$/.test(node.expression.getText())) return;
      const [code, evidence] = node.arguments ?? [];
      if (code === undefined || !ts.isStringLiteral(code)) return;
      const properties =
        evidence !== undefined && ts.isObjectLiteralExpression(evidence) ? evidence.properties : [];
      if (properties.some((one) => ts.isSpreadAssignment(one) || one.name?.getText() === 'message')) return;
      const detail = properties.find((one) => one.name?.getText() === 'detail');
      if (
        detail !== undefined &&
        !(ts.isPropertyAssignment(detail) && ts.isStringLiteral(detail.initializer))
      )
        return;
      const literal =
        detail === undefined ? '' : ((detail as ts.PropertyAssignment).initializer as ts.StringLiteral).text;
      const { line } = tree.getLineAndCharacterOfPosition(node.getStart());
      found.push({ where: `${path}:${line + 1}`, code: code.text, detail: literal });
    };
    visit(tree);
  }
  return found;
}

describe('the texts of errors', () => {
  it.each(errorSamples())('say all of $code $detail', ({ text }) => {
    expect(text).not.toMatch(/(?<!for |or )undefined|\[object|NaN/);
    expect(text).toMatch(/^\S.*[.?…]$/s);
  });

  it('are there for every error that is thrown', () => {
    const known = throwSites().filter(({ code }) => Object.hasOwn(ERROR_TEXTS, code));
    expect(known.length).toBeGreaterThan(60);
    const missing = known.filter(({ code, detail }) => !detailsOf(code).includes(detail ?? ''));
    expect(missing).toEqual([]);
  });

  it('are all thrown by something', () => {
    const isNamed = (name: string): boolean => sources.some(({ text }) => text.includes(`'${name}'`));
    const unused = Object.keys(ERROR_TEXTS).flatMap((code) =>
      isNamed(code) ? detailsOf(code).filter((detail) => detail !== '' && !isNamed(detail)) : [code],
    );
    expect(unused).toEqual([]);
  });

  it('stand nowhere else', () => {
    const sentences = sources.flatMap(({ path, text }) =>
      /new (?:Holdline|Handshake|Protocol|Connection|Delivery|Usage|Auth)Error\(\s*(?:'[A-Z_]+',\s*)?['`][A-Z][a-z]/.test(
        text,
      )
        ? [path]
        : [],
    );
    expect(sentences).toEqual([]);
  });
});

describe('errorText', () => {
  it('takes the text of the code', () => {
    expect(errorText('OUTBOX_REPLACED', {})).toBe(
      'The message was replaced, before it was sent, by a newer one with its key.',
    );
  });

  it('takes the text of the detail, filled with the evidence', () => {
    expect(errorText('CLOSE_TIMEOUT', { detail: 'server', timeout: 7 })).toBe(
      'The server did not finish closing within 7 ms; the connection was dropped.',
    );
  });

  it('takes a message of the evidence before all', () => {
    expect(errorText('CLOSE_TIMEOUT', { detail: 'server', message: 'my own' })).toBe('my own');
  });

  it('says the code and detail where there is no text', () => {
    expect([errorText('CLOSE_TIMEOUT', {}), errorText('CLOSE_TIMEOUT', { detail: 'x' })]).toEqual([
      'CLOSE_TIMEOUT',
      'CLOSE_TIMEOUT (x)',
    ]);
  });
});

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
