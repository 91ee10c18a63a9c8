// Things that fit on a screen, and types that say something.
import ts from 'typescript';
import { at, type Tree, type Violation, walk } from './tree.ts';

/** Columns of a line that is a comment alone. */
const MAX_COMMENT_COLUMNS = 131;

/** A file with more lines says at its head why it is one file. */
export const MAX_FILE_LINES = 450;

/** How it says so: `This file is long because …`. */
const LONG_BECAUSE = /\blong because \S+ \S+ \S+/;

/** Longest function, in lines from its name to its closing brace. A class body is not a function. */
export const MAX_FUNCTION_LINES = 60;

/** `any` turns the compiler off: `unknown` asks for a check instead. */
export function noAny(tree: Tree): Violation[] {
  const wrong: Violation[] = [];
  for (const file of tree.files.values()) {
    walk(file, (node) => {
      if (node.kind === ts.SyntaxKind.AnyKeyword) wrong.push(`${at(node)}: \`any\``);
    });
  }
  return wrong;
}

/** Comments that turn the compiler or the linter off. */
export function noSilencedChecks(tree: Tree): Violation[] {
  const wrong: Violation[] = [];
  for (const [path, file] of tree.files) {
    for (const [index, line] of file.text.split('\n').entries()) {
      if (/@ts-(ignore|nocheck)/.test(line))
        wrong.push(`${path}:${index + 1}: use @ts-expect-error, with why`);
      if (/biome-ignore-all/.test(line)) wrong.push(`${path}:${index + 1}: ignore one line, with why`);
    }
  }
  return wrong;
}

/** Comments fit beside the code: no formatter breaks their lines. */
export function narrowComments(tree: Tree): Violation[] {
  return [...tree.files].flatMap(([path, file]) =>
    file.text
      .split('\n')
      .flatMap((line, index) =>
        /^\s*(?:\/\/|\/?\*)/.test(line) && line.length > MAX_COMMENT_COLUMNS
          ? [`${path}:${index + 1}: a comment of ${line.length} columns, over ${MAX_COMMENT_COLUMNS}`]
          : [],
      ),
  );
}

/** A long file says why in the comment at its head. */
export function longFilesSayWhy(tree: Tree): Violation[] {
  return [...tree.files].flatMap(([path, file]) => {
    const lines = file.text.trimEnd().split('\n').length;
    if (lines <= MAX_FILE_LINES || LONG_BECAUSE.test(headOf(file))) return [];
    return [
      `${path}: ${lines} lines, over ${MAX_FILE_LINES}, and its head does not say why ("long because …")`,
    ];
  });
}

/** The comment that a file begins with. */
function headOf(file: ts.SourceFile): string {
  const [head] = ts.getLeadingCommentRanges(file.text, 0) ?? [];
  return head === undefined ? '' : file.text.slice(head.pos, head.end).replace(/\s*\n\s*\*?\s*/g, ' ');
}

/** Functions fit on a screen. */
export function shortFunctions(tree: Tree): Violation[] {
  const wrong: Violation[] = [];
  for (const file of tree.files.values()) {
    const line = (position: number): number => file.getLineAndCharacterOfPosition(position).line;
    walk(file, (node) => {
      if (!ts.isFunctionLike(node) || !('body' in node) || !node.body) return;
      const lines = line(node.getEnd()) - line(node.getStart(file)) + 1;
      if (lines > MAX_FUNCTION_LINES) {
        wrong.push(`${at(node)}: a function of ${lines} lines, at most ${MAX_FUNCTION_LINES}`);
      }
    });
  }
  return wrong;
}
