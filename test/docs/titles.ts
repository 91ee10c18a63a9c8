/** Which test names which requirement: read from the titles in the test files. */
import { readFileSync } from 'node:fs';
import ts from 'typescript';
import { listFiles } from '../architecture/tree.ts';

export interface Proof {
  /** The title, with those of the groups around it in front. */
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

/** A string that names a number. */
export interface Title {
  /** As it stands in the file. */
  readonly own: string;
  /** With the titles around it in front, for readers. */
  readonly full: string;
}

/** What stands around a string: the titles of its `describe`s, and that of the test whose case it is. */
interface Around {
  readonly groups: readonly string[];
  /** The title of the test. `undefined`: no test of its own, such as a row of a table. */
  readonly test?: string | undefined;
}

const GROUP = 'describe';
const TESTS: readonly string[] = ['it', 'test'];

/** What stands for a value of a case: `%s`, `%j`, `$name`. */
const PLACEHOLDER = /%[sdifjoOp#$]|\$[a-zA-Z_][\w.]*/;

/** Every string of the source that names a number: titles of tests, and of the cases of a table of tests. */
export function titlesIn(source: string): Title[] {
  if (!/\([^()]*(?:#\d|attacks? \d)/.test(source)) return [];
  const titles: Title[] = [];
  const visit = (node: ts.Node, around: Around): void => {
    const own = textOf(node);
    if (own !== undefined && isNumbered(own)) titles.push({ own, full: fullTitle(own, around) });
    const title = ts.isCallExpression(node) ? textOf(node.arguments[0]) : undefined;
    if (!ts.isCallExpression(node) || title === undefined) {
      ts.forEachChild(node, (child) => visit(child, around));
      return;
    }
    const name = calledName(node.expression) ?? '';
    const test = TESTS.includes(name) ? title : around.test;
    // The title itself, and the cases: it.each(cases)(title, body).
    visit(node.expression, { ...around, test });
    const inside = name === GROUP ? { groups: [...around.groups, title] } : around;
    node.arguments.forEach((child, index) => {
      visit(child, index === 0 ? { ...around, test: name === GROUP ? '' : test } : inside);
    });
  };
  visit(ts.createSourceFile('test.tsx', source, ts.ScriptTarget.Latest, false), { groups: [] });
  return titles;
}

/** The text of a string or a template, whose values become `…`. */
function textOf(node: ts.Node | undefined): string | undefined {
  if (node === undefined) return undefined;
  if (ts.isStringLiteralLike(node)) return node.text;
  if (!ts.isTemplateExpression(node)) return undefined;
  return [node.head.text, ...node.templateSpans.map((span) => span.literal.text)].join('…');
}

/** `it` of `it`, `it.skipIf(x)` and `it.each(cases)`. */
function calledName(callee: ts.Expression): string | undefined {
  if (ts.isIdentifier(callee)) return callee.text;
  const isDeeper = ts.isPropertyAccessExpression(callee) || ts.isCallExpression(callee);
  return isDeeper ? calledName(callee.expression) : undefined;
}

function isNumbered(title: string): boolean {
  const { requirements, attacks } = numbersIn(title);
  return requirements.length + attacks.length > 0;
}

/** Groups that are nothing but a value of a case say nothing. A test goes on with the sentence of its group. */
function fullTitle(own: string, { groups, test }: Around): string {
  const group = groups
    .map(withoutPlaceholders)
    .filter((part) => part !== '…')
    .join(' ');
  const goesOn = test !== undefined && /^(?:[a-z]|$)/.test(test);
  const title = withoutPlaceholders(test === undefined || test === '' ? own : caseTitle(own, test));
  return group === '' ? title : `${group}${goesOn ? ' ' : ': '}${title}`;
}

/** The title of a test with the case put in its place. */
function caseTitle(own: string, test: string): string {
  if (own === test) return own;
  return PLACEHOLDER.test(test) ? test.replace(PLACEHOLDER, () => own) : `${test}: ${own}`;
}

function withoutPlaceholders(title: string): string {
  return title.replace(new RegExp(PLACEHOLDER, 'g'), '…');
}

/** What all tests of the project prove. The tests of these tables are left out. */
export function collectProofs(): Proofs {
  const requirements = new Map<number, Proof[]>();
  const attacks = new Map<number, Proof[]>();
  const add = (map: Map<number, Proof[]>, number: number, proof: Proof): void => {
    map.set(number, [...(map.get(number) ?? []), proof]);
  };
  const paths = listFiles('test').filter((path) => /\.tsx?$/.test(path) && !path.startsWith('test/docs/'));
  for (const path of paths) {
    for (const { own, full: title } of titlesIn(readFileSync(path, 'utf8'))) {
      const numbers = numbersIn(own);
      for (const number of new Set(numbers.requirements)) add(requirements, number, { title, path });
      for (const number of new Set(numbers.attacks)) add(attacks, number, { title, path });
    }
  }
  return { requirements, attacks };
}
