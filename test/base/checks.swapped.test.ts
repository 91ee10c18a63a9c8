import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { expect, it } from 'vitest';

const ALL = 'src/client/all-checks.ts';

/** The files of refusals, as the one that names them all does. */
const CHECKS = [...readFileSync(ALL, 'utf8').matchAll(/^export \* from '(.*)';$/gm)].map(([, path]) =>
  join('src/client', path as string),
);

it('every file of refusals is in the one that a bundle for production has another in place of', () => {
  const files = readdirSync('src', { recursive: true, encoding: 'utf8' });
  const found = files.filter((name) => /(^|[/-])checks\.ts$/.test(name)).map((name) => join('src', name));
  expect(found.sort()).toEqual([...CHECKS, ALL].sort());
});

it('no two refusals have the same name, for one would be lost', () => {
  const names = CHECKS.flatMap((path) =>
    [...readFileSync(path, 'utf8').matchAll(/^export function (\w+)/gm)].map(([, name]) => name),
  );
  expect(names).toEqual([...new Set(names)]);
});

// A bundle for production has a file in place of each, whose functions do nothing (tsup.config.ts).
it.each(CHECKS)('%s exports nothing but refusals, and types', (path) => {
  const tree = ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.Latest, true);
  const exported = tree.statements.filter(
    (node) =>
      !ts.isInterfaceDeclaration(node) &&
      !ts.isTypeAliasDeclaration(node) &&
      ts.canHaveModifiers(node) &&
      ts.getModifiers(node)?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword) === true,
  );
  expect(exported.length).toBeGreaterThan(1);
  const returns = exported.map((node) =>
    ts.isFunctionDeclaration(node) ? node.type?.getText() : node.getText(),
  );
  expect(returns).toEqual(exported.map(() => 'void'));
});
