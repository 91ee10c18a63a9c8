import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { errorText } from '../../src/base/error-texts.ts';
import { errorSamples } from '../docs/errors.ts';

const TABLES = ['error-texts.ts', 'error-texts.node.ts', 'error-codes.ts'].map((name) => join('base', name));
const sources = readdirSync('src', { recursive: true, encoding: 'utf8' })
  .filter((path) => /\.tsx?$/.test(path) && !TABLES.includes(path))
  .map((path) => {
    const text = readFileSync(join('src', path), 'utf8');
    return { path, text, tree: ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true) };
  });

const samples = errorSamples();
const codes = [...new Set(samples.map(({ code }) => code))];
const detailsOf = (code: string): readonly string[] =>
  samples.filter((sample) => sample.code === code).map(({ detail }) => detail);

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
      if (evidence !== undefined && !ts.isObjectLiteralExpression(evidence)) return;
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
  it.each(samples)('say all of $code $detail', ({ text }) => {
    expect(text).not.toMatch(/(?<!for |or )undefined|\[object|NaN/);
    expect(text).toMatch(/^\S.*[.?…]$/s);
  });

  it('are there for every error that is thrown', () => {
    const known = throwSites().filter(({ code }) => codes.includes(code));
    expect(known.length).toBeGreaterThan(60);
    const missing = known.filter(({ code, detail }) => !detailsOf(code).includes(detail ?? ''));
    expect(missing).toEqual([]);
  });

  it('are all thrown by something', () => {
    const isNamed = (name: string): boolean => sources.some(({ text }) => text.includes(`'${name}'`));
    const unused = codes.flatMap((code) =>
      isNamed(code) ? detailsOf(code).filter((detail) => detail !== '' && !isNamed(detail)) : [code],
    );
    expect(unused).toEqual([]);
  });

  it('stand nowhere else', () => {
    const sentences = sources.flatMap(({ path, text }) =>
      /new (?:Holdline|Handshake|Protocol|Connection|Delivery|Usage)Error\(\s*(?:'[A-Z_]+',\s*)?['`][A-Z][a-z]/.test(
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

  it('says code and evidence where there is no text', () => {
    expect(errorText('CLOSE_TIMEOUT', { detail: 'x', timeout: 7 })).toBe(
      'CLOSE_TIMEOUT (x): {"timeout":7}. See docs/reference/errors.md#close_timeout of holdline.',
    );
  });
});
