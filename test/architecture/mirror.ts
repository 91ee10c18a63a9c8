// test/ mirrors src/: what has logic has its own test file, and a test file says what it tests by its place.
import ts from 'typescript';
import { FLOORS } from './floors.ts';
import { room, type Tree, type Violation, walk } from './tree.ts';

/** 'test/connection/backoff.test.ts' and its kin: where it runs (.dom, .browser) and an aspect may stand between. */
const TEST_FILE = /^test\/(.+?)\.test\.tsx?$/;

/** The source files that a test file may be the mirror of, without the extension. */
function mirrored(testPath: string): string[] {
  const stem = TEST_FILE.exec(testPath)?.[1];
  if (stem === undefined) return [];
  // 'protocol/engine.splits.dom' can be the mirror of engine.splits.dom, engine.splits or engine.
  const folder = stem.slice(0, stem.lastIndexOf('/') + 1);
  const parts = stem.slice(folder.length).split('.');
  return parts.map((_, index) => `src/${folder}${parts.slice(0, parts.length - index).join('.')}`);
}

/** Every source file with logic has a test file at the same place in test/. */
export function sourcesHaveTests(tree: Tree, tests: readonly string[]): Violation[] {
  const covered = new Set(tests.flatMap((path) => mirrored(path)));
  return [...tree.files]
    .filter(([path, file]) => room(path) !== '' && hasLogic(file))
    .map(([path]) => path.replace(/\.tsx?$/, ''))
    .filter((stem) => !covered.has(stem))
    .map(
      (stem) => `${stem} has no ${stem.replace(/^src/, 'test')}.test.ts (or .dom.test.tsx, .browser.test.ts)`,
    );
}

/**
 * Every test file in a folder that mirrors one of src/ has its source. A folder `conformance/` holds the suite that
 * runs on every implementation of an interface: its files are named after the implementations and the places they run in.
 */
export function testsHaveSources(tree: Tree, tests: readonly string[]): Violation[] {
  const sources = new Set([...tree.files.keys()].map((path) => path.replace(/\.tsx?$/, '')));
  return tests
    .filter((path) => TEST_FILE.test(path) && FLOORS[room(path)] !== undefined)
    .filter((path) => !path.includes('/conformance/'))
    .filter((path) => !mirrored(path).some((stem) => sources.has(stem)))
    .map((path) => `${path} tests a file that is not there`);
}

/** Has a function or a class: types and constants alone need no test of their own. */
function hasLogic(file: ts.SourceFile): boolean {
  let found = false;
  walk(file, (node) => {
    if (ts.isFunctionLike(node) && 'body' in node && node.body) found = true;
    return !found && !ts.isTypeNode(node);
  });
  return found;
}
