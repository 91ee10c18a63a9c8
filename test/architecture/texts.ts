// Sentences of errors stand in one table: who throws names a code and gives the evidence.
import ts from 'typescript';
import { at, type Tree, type Violation, walk } from './tree.ts';

/** Where the sentences are. */
const TEXTS = /^src\/base\/error-texts(\.\w+)?\.ts$/;

/** Errors of the language and of the platform: their texts belong to the rule they follow. */
const NOT_OURS = ['Error', 'TypeError', 'RangeError', 'SyntaxError', 'AggregateError'];

/** Words, and the full stop behind them. */
const SENTENCE = /\S \S[\s\S]*\.(\s|$)/;

/** No `new SomeError(…)` with a sentence in its arguments, wherever in them. */
export function sentencesOnlyInTheTable(tree: Tree): Violation[] {
  const wrong: Violation[] = [];
  for (const [path, file] of tree.files) {
    if (TEXTS.test(path)) continue;
    walk(file, (node) => {
      if (!ts.isNewExpression(node)) return;
      const name = node.expression.getText();
      if (!name.endsWith('Error') || NOT_OURS.includes(name)) return;
      if ((node.arguments ?? []).some(holdsSentence)) {
        wrong.push(`${at(node)}: a sentence outside base/error-texts: give a code and the evidence.`);
      }
    });
  }
  return wrong;
}

/** Whether there is a sentence in a text below `node`, put together or not. */
function holdsSentence(node: ts.Node): boolean {
  if (SENTENCE.test(textOf(node))) return true;
  return ts.forEachChild(node, (child) => holdsSentence(child) || undefined) === true;
}

/** What a string or a template says, with nothing where a value is put in. */
function textOf(node: ts.Node): string {
  if (ts.isStringLiteralLike(node)) return node.text;
  if (!ts.isTemplateExpression(node)) return '';
  return [node.head, ...node.templateSpans.map(({ literal }) => literal)].map(({ text }) => text).join('x');
}
