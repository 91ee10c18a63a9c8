// Imports go down, or stay in the folder; leaves do not know each other; entries only pass names on; no cycles.
import ts from 'typescript';
import { allImports, at, type Import, importsOf, room, type Tree, type Violation } from './tree.ts';

/** The floors of the house, from the ground up. Those at the top are leaves: they do not know each other. */
export const FLOORS: Readonly<Record<string, number>> = {
  base: 0,
  protocol: 1,
  transport: 2,
  connection: 3,
  messaging: 4,
  auth: 5,
  envelopes: 6,
  client: 7,
  react: 8,
  query: 8,
  vue: 8,
  svelte: 8,
  tabs: 8,
  devtools: 8,
  testing: 8,
  otel: 8,
  cli: 8,
};

/** Two rooms of one folder that must not know each other: which of them runs is the entry's choice. */
const STRANGERS = [
  ['src/transport/native/', 'src/transport/tcp/'],
  ['src/transport/native/', 'src/transport/polling/'],
  ['src/transport/polling/', 'src/transport/tcp/'],
] as const;

/** Entries that run where there is no Node. */
const BROWSER_ENTRIES = [
  ...['index', 'protocol', 'envelopes', 'polling', 'otel', 'react', 'query', 'vue', 'svelte'],
  ...['tabs', 'devtools'],
].map((name) => `src/${name}.ts`);

/** Every import goes to the same folder or to a lower floor. */
export function importsGoDown(tree: Tree): Violation[] {
  const wrong: Violation[] = [];
  for (const path of tree.files.keys()) {
    const name = room(path);
    if (name !== '' && FLOORS[name] === undefined) wrong.push(`${path}: the house has no room "${name}".`);
  }
  for (const link of allImports(tree)) {
    const fault = linkFault(link);
    if (fault) wrong.push(`${at(link.node)}: ${fault}`);
  }
  return wrong;
}

function linkFault({ from, target, specifier }: Import): string | undefined {
  if (target === undefined) return undefined;
  const here = room(from);
  const there = room(target);
  if (here === '') return undefined; // an entry passes on names from every floor
  if (there === '') return `${here}/ imports the entry ${specifier}.`;
  for (const [one, other] of STRANGERS) {
    const meet = (a: string, b: string): boolean => from.startsWith(a) && target.startsWith(b);
    if (meet(one, other) || meet(other, one)) return `${from} and ${target} must not know each other.`;
  }
  if (here === there) return undefined;
  const [from_, to] = [FLOORS[here] ?? -1, FLOORS[there] ?? 99];
  if (from_ > to) return undefined;
  return from_ === to
    ? `${here}/ imports the leaf ${there}/.`
    : `${here}/ (floor ${from_}) imports ${there}/ (floor ${to}).`;
}

/** Entry files hold names alone. The command line's entry may also call the one function that it imports. */
export function entriesAreNamesOnly(tree: Tree): Violation[] {
  const wrong: Violation[] = [];
  for (const [path, file] of tree.files) {
    if (room(path) !== '') continue;
    const logic = file.statements.filter(
      (statement) => !ts.isImportDeclaration(statement) && !ts.isExportDeclaration(statement),
    );
    const allowed = path === 'src/cli.ts' ? 1 : 0;
    for (const statement of logic.slice(allowed)) wrong.push(`${at(statement)}: an entry holds names only.`);
  }
  return wrong;
}

/** No file imports itself by a round trip; type imports count. */
export function noCycles(tree: Tree): Violation[] {
  const wrong: Violation[] = [];
  const done = new Set<string>();
  const trail: string[] = [];
  const visit = (path: string): void => {
    const start = trail.indexOf(path);
    if (start >= 0) {
      wrong.push(`cycle: ${[...trail.slice(start), path].join(' -> ')}`);
      return;
    }
    const file = tree.files.get(path);
    if (done.has(path) || !file) return;
    trail.push(path);
    for (const { target } of importsOf(path, file)) if (target) visit(target);
    trail.pop();
    done.add(path);
  };
  for (const path of tree.files.keys()) visit(path);
  return wrong;
}

/** Nothing that a browser's entry loads, however indirectly, needs Node. */
export function browserEntriesNeedNoNode(tree: Tree): Violation[] {
  const wrong: Violation[] = [];
  for (const entry of BROWSER_ENTRIES) {
    const seen = new Set<string>();
    const visit = (path: string): void => {
      const file = tree.files.get(path);
      if (seen.has(path) || !file) return;
      seen.add(path);
      for (const { specifier, target, node } of importsOf(path, file)) {
        if (specifier.startsWith('node:')) wrong.push(`${at(node)}: ${entry} must not load ${specifier}.`);
        if (target) visit(target);
      }
    };
    visit(entry);
  }
  return wrong;
}

/** A relative import names a file that is there. */
export function importsExist(tree: Tree): Violation[] {
  return allImports(tree)
    .filter(({ target }) => target !== undefined && !tree.files.has(target))
    .map(({ node, specifier }) => `${at(node)}: there is no ${specifier}.`);
}
