/** Which test names which requirement: read from the titles in the test files. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import ts from 'typescript';

export interface Proof {
  /** The title as it stands in the file. */
  readonly title: string;
  /** The file, from the project's folder. */
  readonly path: string;
}

export interface Proofs {
  readonly requirements: ReadonlyMap<number, readonly Proof[]>;
  readonly attacks: ReadonlyMap<number, readonly Proof[]>;
}

/** The numbers in the brackets of a title: `(#3, #15-#19, attack 18)`, `(attacks 1, 2, 3)`. */
export function numbersIn(title: string): { requirements: number[]; attacks: number[] } {
  const requirements: number[] = [];
  const attacks: number[] = [];
  for (const [, inside = ''] of title.matchAll(/\(([^()]*)\)/g)) {
    for (const [, from, to] of inside.matchAll(/#(\d+)(?:-#(\d+))?/g)) {
      for (let number = Number(from); number <= Number(to ?? from); number++) requirements.push(number);
    }
    for (const [, list = ''] of inside.matchAll(/attacks? (\d+(?:, \d+\b(?!\.))*)/g)) {
      attacks.push(...list.split(', ').map(Number));
    }
  }
  return { requirements, attacks };
}

/** Every string of the source that names a number: titles of tests, and of the cases of a table of tests. */
export function titlesIn(source: string): string[] {
  if (!/\([^()]*(?:#\d|attacks? \d)/.test(source)) return [];
  const titles: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isStringLiteralLike(node)) titles.push(node.text);
    else if (ts.isTemplateExpression(node)) {
      titles.push([node.head.text, ...node.templateSpans.map((span) => span.literal.text)].join('…'));
    }
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile('test.tsx', source, ts.ScriptTarget.Latest, false));
  return titles.filter((title) => {
    const { requirements, attacks } = numbersIn(title);
    return requirements.length + attacks.length > 0;
  });
}

/** What all tests of the project prove. The tests of these tables are left out. */
export function collectProofs(): Proofs {
  const requirements = new Map<number, Proof[]>();
  const attacks = new Map<number, Proof[]>();
  const add = (map: Map<number, Proof[]>, number: number, proof: Proof): void => {
    map.set(number, [...(map.get(number) ?? []), proof]);
  };
  const paths = readdirSync('test', { recursive: true, encoding: 'utf8' })
    .map((path) => join('test', path).replaceAll(sep, '/'))
    .filter((path) => /\.tsx?$/.test(path) && !path.startsWith('test/docs/'))
    .sort();
  for (const path of paths) {
    for (const title of titlesIn(readFileSync(path, 'utf8'))) {
      const numbers = numbersIn(title);
      for (const number of new Set(numbers.requirements)) add(requirements, number, { title, path });
      for (const number of new Set(numbers.attacks)) add(attacks, number, { title, path });
    }
  }
  return { requirements, attacks };
}
