import { readFileSync } from 'node:fs';
import ts from 'typescript';
import { expect, it } from 'vitest';

// A bundle for production has a file in place of each, whose functions do nothing (tsup.config.ts).
it.each(['src/base/checks.ts', 'src/client/checks.ts', 'src/transport/native/native-checks.ts'])(
  '%s exports nothing but refusals',
  (path) => {
    const tree = ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.Latest, true);
    const exported = tree.statements.filter(
      (node) =>
        ts.canHaveModifiers(node) &&
        ts.getModifiers(node)?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword) === true,
    );
    expect(exported.length).toBeGreaterThan(1);
    const returns = exported.map((node) =>
      ts.isFunctionDeclaration(node) ? node.type?.getText() : node.getText(),
    );
    expect(returns).toEqual(exported.map(() => 'void'));
  },
);
