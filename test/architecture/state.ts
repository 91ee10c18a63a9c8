// Two copies of the package in one program must not disturb each other, and `sideEffects: false` must be true:
// a module's top level declares, it does not act and does not remember.
import ts from 'typescript';
import { at, type Tree, type Violation, walk } from './tree.ts';

/** Objects made with `new` at the top level that nothing can be stored in. */
const STATELESS = ['TextEncoder', 'TextDecoder', 'Error', 'TypeError', 'RangeError', 'RegExp', 'URL'];

/** Types that promise not to be written to. */
const READONLY_TYPE = /^(readonly\b|Readonly|ReadonlyMap\b|ReadonlySet\b|ReadonlyArray\b)/;

/** No `let`, no side effect, no collection that can grow at the top level of a module. */
export function noModuleState(tree: Tree): Violation[] {
  const wrong: Violation[] = [];
  for (const [path, file] of tree.files) {
    for (const statement of file.statements) {
      if (ts.isVariableStatement(statement)) wrong.push(...variableFaults(statement));
      else if (ts.isClassDeclaration(statement)) wrong.push(...staticFaults(statement));
      else if (!isDeclaration(statement) && path !== 'src/cli.ts') {
        wrong.push(`${at(statement)}: a module must not act when it is loaded.`);
      }
    }
    wrong.push(...writes(file));
  }
  return wrong;
}

function isDeclaration(statement: ts.Statement): boolean {
  return (
    ts.isImportDeclaration(statement) ||
    ts.isExportDeclaration(statement) ||
    ts.isFunctionDeclaration(statement) ||
    ts.isInterfaceDeclaration(statement) ||
    ts.isTypeAliasDeclaration(statement)
  );
}

function variableFaults(statement: ts.VariableStatement): Violation[] {
  if (statement.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.DeclareKeyword)) return [];
  if (!(statement.declarationList.flags & ts.NodeFlags.Const)) {
    return [`${at(statement)}: a module remembers nothing; put this into an object that someone creates.`];
  }
  return statement.declarationList.declarations.flatMap((declaration) => {
    const fault = declaration.initializer && valueFault(declaration.initializer, declaration.type);
    return fault ? [`${at(declaration)}: ${fault}`] : [];
  });
}

function staticFaults(node: ts.ClassDeclaration): Violation[] {
  return node.members.flatMap((member) => {
    if (ts.isClassStaticBlockDeclaration(member)) return [`${at(member)}: a static block acts on load.`];
    if (!ts.isPropertyDeclaration(member)) return [];
    const has = (kind: ts.SyntaxKind): boolean => member.modifiers?.some((m) => m.kind === kind) ?? false;
    if (!has(ts.SyntaxKind.StaticKeyword) || has(ts.SyntaxKind.DeclareKeyword)) return [];
    if (!has(ts.SyntaxKind.ReadonlyKeyword)) return [`${at(member)}: a static field must be readonly.`];
    const fault = member.initializer && valueFault(member.initializer, member.type);
    return fault ? [`${at(member)}: ${fault}`] : [];
  });
}

/** Why a constant's value is something that can be changed later; undefined when it is not. */
function valueFault(value: ts.Expression, type: ts.TypeNode | undefined): string | undefined {
  if (type && READONLY_TYPE.test(type.getText())) return undefined;
  if (ts.isParenthesizedExpression(value)) return valueFault(value.expression, type);
  if (ts.isAsExpression(value) || ts.isSatisfiesExpression(value)) {
    return value.type.getText() === 'const' ? undefined : valueFault(value.expression, value.type);
  }
  if (ts.isNewExpression(value)) {
    const name = value.expression.getText();
    const argument = value.arguments?.[0]?.getText() ?? '0';
    const holdsNothing = /Array$|^ArrayBuffer$/.test(name) && name !== 'Array' && argument === '0';
    return STATELESS.includes(name) || holdsNothing
      ? undefined
      : `new ${name} is state; if it is a table, give it a readonly type (ReadonlyMap, ReadonlySet, Readonly<…>).`;
  }
  if (ts.isArrayLiteralExpression(value)) {
    return 'an array can be written to; write `as const` or give it a readonly type.';
  }
  if (ts.isObjectLiteralExpression(value) && value.properties.length === 0) {
    return 'an empty object is there to be filled.';
  }
  return undefined;
}

/** Assignments to members of top-level constants, wherever they stand in the file. */
function writes(file: ts.SourceFile): Violation[] {
  const constants = new Set<string>();
  for (const statement of file.statements) {
    if (!ts.isVariableStatement(statement)) continue;
    for (const { name } of statement.declarationList.declarations) {
      if (ts.isIdentifier(name)) constants.add(name.text);
    }
  }
  const wrong: Violation[] = [];
  const isMember = (node: ts.Node): boolean => {
    let target = node;
    while (ts.isPropertyAccessExpression(target) || ts.isElementAccessExpression(target)) {
      target = target.expression;
    }
    return target !== node && ts.isIdentifier(target) && constants.has(target.text) && !isShadowed(target);
  };
  walk(file, (node) => {
    const written =
      (ts.isBinaryExpression(node) && isAssignment(node.operatorToken.kind) && isMember(node.left)) ||
      (ts.isDeleteExpression(node) && isMember(node.expression)) ||
      ((ts.isPrefixUnaryExpression(node) || ts.isPostfixUnaryExpression(node)) &&
        (node.operator === ts.SyntaxKind.PlusPlusToken || node.operator === ts.SyntaxKind.MinusMinusToken) &&
        isMember(node.operand));
    if (written) wrong.push(`${at(node)}: a constant of the module is written to.`);
  });
  return wrong;
}

const isAssignment = (kind: ts.SyntaxKind): boolean =>
  kind >= ts.SyntaxKind.FirstAssignment && kind <= ts.SyntaxKind.LastAssignment;

/** Whether a function between here and the top level has a parameter or variable of the same name. */
function isShadowed(use: ts.Identifier): boolean {
  for (let scope: ts.Node = use.parent; !ts.isSourceFile(scope); scope = scope.parent) {
    const locals = (scope as unknown as { locals?: ReadonlyMap<string, unknown> }).locals;
    if (locals?.has(use.text)) return true;
  }
  return false;
}
