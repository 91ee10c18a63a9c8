// Counters in the sources: an esbuild plugin that puts one into every branch of src/, so that whoever runs an input sees
// which ways it took, and how often. The counters are `globalThis.holdlineBranches`.
import { readFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import { transform } from 'esbuild';
import ts from 'typescript';
import { ROOT } from '../tools/run.mjs';

/** Branches that can be told apart; src/ has fewer. */
export const MOST_BRANCHES = 1 << 16;

const LOGICAL = new Set([
  ts.SyntaxKind.AmpersandAmpersandToken,
  ts.SyntaxKind.BarBarToken,
  ts.SyntaxKind.QuestionQuestionToken,
]);

/**
 * The plugin, and how many branches it has seen.
 * @returns {{ plugin: import('esbuild').Plugin, count: () => number }}
 */
export function branchCounters() {
  let count = 0;
  const next = () => {
    if (count === MOST_BRANCHES) throw new Error(`src/ has more than ${MOST_BRANCHES} branches.`);
    return `$b[${count++}]++`;
  };
  return {
    count: () => count,
    plugin: {
      name: 'branch-counters',
      setup({ onLoad }) {
        onLoad({ filter: /\.ts$/ }, async ({ path }) => {
          if (!path.startsWith(join(ROOT, 'src') + sep)) return undefined;
          const { code } = await transform(readFileSync(path, 'utf8'), { loader: 'ts', target: 'node20' });
          return { contents: withCounters(code, next), loader: 'js' };
        });
      },
    },
  };
}

/**
 * JavaScript with a counter in every function, every branch, every loop, and every right side of `&&`, `||` and `??`.
 * @param {string} code
 * @param {() => string} next the statement that counts one more branch
 */
export function withCounters(code, next) {
  const source = ts.createSourceFile('module.js', code, ts.ScriptTarget.Latest, false, ts.ScriptKind.JS);
  /** @type {{ at: number, text: string }[]} in the order in which texts at one place follow one another */
  const added = [];
  const add = (/** @type {number} */ at, /** @type {string} */ text) => added.push({ at, text });

  /** @param {ts.Node} node @param {ts.Node} child */
  const isExpressionBranch = (node, child) =>
    (ts.isConditionalExpression(node) && (child === node.whenTrue || child === node.whenFalse)) ||
    (ts.isBinaryExpression(node) && child === node.right && LOGICAL.has(node.operatorToken.kind)) ||
    (ts.isArrowFunction(node) && child === node.body && !ts.isBlock(child));

  /** @param {ts.Node} node @param {ts.Node} child */
  const isStatementBranch = (node, child) =>
    (ts.isIfStatement(node) && child !== node.expression) ||
    (ts.isIterationStatement(node, false) && child === node.statement);

  /** @param {ts.Node} node */
  const visit = (node) => {
    if (ts.isCaseOrDefaultClause(node)) {
      add(
        code.indexOf(':', ts.isCaseClause(node) ? node.expression.end : node.getStart(source)) + 1,
        `${next()};`,
      );
    }
    ts.forEachChild(node, (child) => {
      const start = child.getStart(source);
      const isBody = ts.isBlock(child) && (ts.isFunctionLike(node) || ts.isCatchClause(node));
      if (isExpressionBranch(node, child)) {
        add(start, `(${next()},`);
        visit(child);
        add(child.end, ')');
      } else if (isStatementBranch(node, child) && !ts.isBlock(child)) {
        add(start, `{${next()};`);
        visit(child);
        add(child.end, '}');
      } else {
        if (isBody || isStatementBranch(node, child)) add(start + 1, `${next()};`);
        visit(child);
      }
      // The way past an `if` is a way too.
      if (ts.isIfStatement(node) && child === node.thenStatement && node.elseStatement === undefined) {
        add(child.end, ` else {${next()};}`);
      }
    });
  };
  visit(source);

  let text = 'const $b = globalThis.holdlineBranches;';
  let from = 0;
  for (const { at, text: more } of added.map((one, order) => ({ ...one, order })).sort(byPlace)) {
    text += code.slice(from, at) + more;
    from = at;
  }
  return text + code.slice(from);
}

/** @param {{ at: number, order: number }} a @param {{ at: number, order: number }} b */
function byPlace(a, b) {
  return a.at - b.at || a.order - b.order;
}
