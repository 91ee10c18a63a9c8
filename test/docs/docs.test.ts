import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { generatedBlocks } from './generated.ts';
import { blockNames, fillBlocks, localLinks, markdownFiles, typedSnippets } from './markdown.ts';

const blocks = generatedBlocks();
const files = markdownFiles();

// `npm run docs` writes what the tests then expect.
if (process.env.HOLDLINE_WRITE_DOCS === '1') {
  for (const path of files) writeFileSync(path, fillBlocks(readFileSync(path, 'utf8'), blocks));
}

describe('the documentation', () => {
  it.each(files)('%s holds what the code says (else: npm run docs)', (path) => {
    const text = readFileSync(path, 'utf8');
    expect(text).toBe(fillBlocks(text, blocks));
  });

  it('shows every generated block somewhere', () => {
    const shown = new Set(files.flatMap((path) => blockNames(readFileSync(path, 'utf8'))));
    expect([...blocks.keys()].filter((name) => !shown.has(name))).toEqual([]);
  });

  it.each(files)('%s links to files that exist', (path) => {
    const links = localLinks(readFileSync(path, 'utf8'));
    expect(links.filter((link) => !existsSync(join(dirname(path), link)))).toEqual([]);
  });

  it('notices a block that is out of date and one that nothing generates', () => {
    const stale = '<!-- generated: defaults-outbox -->\nold\n<!-- /generated -->';
    expect(fillBlocks(stale, blocks)).not.toBe(stale);
    expect(() => fillBlocks(stale.replace('outbox', 'nothing'), blocks)).toThrow('Nothing generates');
  });

  it('marks every TypeScript example, so that it is compiled', () => {
    const unmarked = files.filter((path) => {
      const examples = readFileSync(path, 'utf8').match(/^```tsx?$/gm) ?? [];
      return examples.length !== typedSnippets(path).length;
    });
    expect(unmarked).toEqual([]);
  });

  it('lists every decision page on the index of decisions', () => {
    const index = readFileSync('docs/decisions/README.md', 'utf8');
    const pages = files.filter((path) => /^docs\/decisions\/\d/.test(path));
    expect(pages.length).toBeGreaterThan(0);
    expect(pages.filter((path) => !index.includes(path.replace('docs/decisions/', '')))).toEqual([]);
  });
});

describe('docs/reference/errors.md', () => {
  const source = readFileSync('src/base/error-codes.ts', 'utf8');
  const unions = source.slice(
    source.indexOf('export type ErrorCode'),
    source.indexOf('export interface Evidence'),
  );
  const codes = [...unions.matchAll(/'([A-Z_]+)'/g)].map((match) => match[1] as string).sort();
  const page = readFileSync('docs/reference/errors.md', 'utf8');
  const headings = [...page.matchAll(/^### ([A-Z_]+)$/gm)].map((match) => match[1] as string).sort();

  it('has one heading for every code, and no other', () => {
    expect(codes.length).toBeGreaterThan(40);
    expect(headings).toEqual(codes);
  });

  it('knows no code that nothing throws', () => {
    const files = readdirSync('src', { recursive: true, encoding: 'utf8' }).filter((path) =>
      path.endsWith('.ts'),
    );
    const lists = [join('base', 'error-codes.ts'), join('base', 'error-texts.ts')];
    const elsewhere = files.filter((path) => !lists.includes(path));
    const text = elsewhere.map((path) => readFileSync(join('src', path), 'utf8')).join('');
    expect(codes.filter((code) => !text.includes(`'${code}'`))).toEqual([]);
  });
});
