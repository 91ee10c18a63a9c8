// Classes that a reader can keep in mind: few fields that change, methods that do something, short parameter lists.
import ts from 'typescript';
import { at, type Tree, type Violation, walk } from './tree.ts';

/** Most fields of a class that can be written to after its constructor. */
export const MAX_MUTABLE_FIELDS = 8;

/** Most parameters of a function, method, constructor or function type. */
export const MAX_PARAMETERS = 4;

/** A class with more fields says at its head why: `Hot path: …`, and a sentence. */
const HOT_PATH = /\bHot path: \S+ \S+ \S+/;

/** Few fields change. A class that needs more for its speed says so in the comment at its head. */
export function slimClasses(tree: Tree): Violation[] {
  const wrong: Violation[] = [];
  for (const file of tree.files.values()) {
    walk(file, (node) => {
      if (!ts.isClassLike(node)) return;
      const { length } = mutableFields(node);
      if (length <= MAX_MUTABLE_FIELDS || HOT_PATH.test(headOf(node))) return;
      const name = node.name?.text ?? 'a class';
      wrong.push(
        `${at(node)}: ${name} has ${length} fields that change, at most ${MAX_MUTABLE_FIELDS}: what belongs together ` +
          'is one object, what excludes each other one state.',
      );
    });
  }
  return wrong;
}

/** Fields without `readonly`, parameters of the constructor that are fields among them. Statics belong to state.ts. */
function mutableFields(node: ts.ClassLikeDeclaration): ts.Node[] {
  const isMutable = (member: ts.PropertyDeclaration | ts.ParameterDeclaration): boolean =>
    !has(member, ts.SyntaxKind.ReadonlyKeyword) && !has(member, ts.SyntaxKind.StaticKeyword);
  return node.members.flatMap((member): ts.Node[] => {
    if (ts.isPropertyDeclaration(member)) return isMutable(member) ? [member] : [];
    if (!ts.isConstructorDeclaration(member)) return [];
    return member.parameters.filter(
      (parameter) => ts.isParameterPropertyDeclaration(parameter, member) && isMutable(parameter),
    );
  });
}

/** The comments right above a declaration. */
function headOf(node: ts.Node): string {
  const { text } = node.getSourceFile();
  const comments = ts.getLeadingCommentRanges(text, node.getFullStart()) ?? [];
  // A comment is broken into lines anywhere.
  return comments.map(({ pos, end }) => text.slice(pos, end).replace(/\s*\n\s*\*?\s*/g, ' ')).join(' ');
}

const has = (node: ts.Node, kind: ts.SyntaxKind): boolean =>
  ts.canHaveModifiers(node) && (ts.getModifiers(node)?.some((modifier) => modifier.kind === kind) ?? false);

/**
 * More parameters than a caller can keep in order are an object with names. A type without a body counts where it is
 * exported: others describe functions that are not ours.
 */
export function fewParameters(tree: Tree): Violation[] {
  const wrong: Violation[] = [];
  for (const file of tree.files.values()) {
    walk(file, (node) => {
      if (!ts.isFunctionLike(node)) return;
      if (!('body' in node && node.body) && !isInsideExport(node)) return;
      const count = node.parameters.filter(({ name }) => name.getText() !== 'this').length;
      if (count > MAX_PARAMETERS) {
        wrong.push(`${at(node)}: ${count} parameters, at most ${MAX_PARAMETERS}: pass an object with names.`);
      }
    });
  }
  return wrong;
}

function isInsideExport(node: ts.Node): boolean {
  for (let outer: ts.Node = node; !ts.isSourceFile(outer); outer = outer.parent) {
    if (has(outer, ts.SyntaxKind.ExportKeyword)) return true;
  }
  return false;
}

/**
 * No method whose whole body is one call of the method of the same name, with the same arguments, of a field that holds a
 * machine of ours: a class, or an interface with methods. No getter that reads the same name of one. Whoever calls it can
 * be given the field. A wrapper around a Map, an array or a package is no such thing: it narrows what can be done.
 *
 * An adapter may: a member of an interface that the class implements, which is answered by a field of another kind. A
 * field that implements the same interface may not: two machines are stacked there for a reader to climb. Unless the
 * class says that this is what it is for: "Wraps …" at the head of its comment.
 */
export function noPassThrough(tree: Tree): Violation[] {
  const wrong: Violation[] = [];
  for (const file of tree.files.values()) {
    walk(file, (node) => {
      if (!ts.isMethodDeclaration(node) && !ts.isGetAccessorDeclaration(node)) return;
      const field = passedTo(node);
      if (field === undefined) return;
      const machine = tree.checker.getTypeAtLocation(field);
      if (!isMachine(machine) || isAdapter(node, machine, tree.checker) || isOfWrapper(node)) return;
      wrong.push(`${at(node)}: ${node.name.getText()} only hands on to ${field.getText()}.`);
    });
  }
  return wrong;
}

/** A member of a class whose comment begins with "Wraps". */
function isOfWrapper(member: ts.Node): boolean {
  const text = member.getSourceFile().text;
  const [comment] = (ts.getLeadingCommentRanges(text, member.parent.pos) ?? []).slice(-1);
  return comment !== undefined && /^\/\*\*\s*(\* )?Wraps /.test(text.slice(comment.pos, comment.end));
}

/** A class of ours, or an interface of ours that others may use and that has methods. */
function isMachine(type: ts.Type): boolean {
  if (type.isUnion()) return type.types.some(isMachine);
  return (type.symbol?.declarations ?? []).some(
    (declaration) =>
      ts.isClassLike(declaration) ||
      (ts.isInterfaceDeclaration(declaration) &&
        has(declaration, ts.SyntaxKind.ExportKeyword) &&
        declaration.members.some(ts.isMethodSignature)),
  );
}

/** The field `this.x` or `this.#x` that a member does nothing but hand on to. */
function passedTo(member: ts.MethodDeclaration | ts.GetAccessorDeclaration): ts.Expression | undefined {
  const [statement, ...more] = member.body?.statements ?? [];
  if (statement === undefined || more.length > 0) return undefined;
  let value: ts.Expression | undefined;
  if (ts.isReturnStatement(statement)) value = statement.expression;
  else if (ts.isExpressionStatement(statement)) value = statement.expression;
  while (value && (ts.isAwaitExpression(value) || ts.isVoidExpression(value))) value = value.expression;
  if (value === undefined) return undefined;
  if (ts.isMethodDeclaration(member)) {
    if (!ts.isCallExpression(value) || value.questionDotToken || !hasSameArguments(member, value))
      return undefined;
    value = value.expression;
  }
  if (!ts.isPropertyAccessExpression(value) || value.questionDotToken) return undefined;
  const field = unwrapped(value.expression);
  if (!ts.isPropertyAccessExpression(field) || field.expression.kind !== ts.SyntaxKind.ThisKeyword)
    return undefined;
  return bare(member.name.getText()) === bare(value.name.text) ? field : undefined;
}

function hasSameArguments(method: ts.MethodDeclaration, call: ts.CallExpression): boolean {
  const given = call.arguments.map((argument) => argument.getText());
  const taken = method.parameters.map(
    ({ dotDotDotToken, name }) => `${dotDotDotToken ? '...' : ''}${name.getText()}`,
  );
  return given.length === taken.length && given.every((argument, index) => argument === taken[index]);
}

/** Whether an interface of the member's class asks for it, and the field's type does not offer the same interface. */
function isAdapter(
  member: ts.MethodDeclaration | ts.GetAccessorDeclaration,
  machine: ts.Type,
  checker: ts.TypeChecker,
): boolean {
  const owner = member.parent;
  if (!ts.isClassLike(owner) || ts.isPrivateIdentifier(member.name)) return false;
  const name = member.name.getText();
  for (const promised of implementedBy(owner, checker)) {
    if (promised.getProperty(name) === undefined) continue;
    return !offers(machine, promised, checker);
  }
  return false;
}

function implementedBy(owner: ts.ClassLikeDeclaration, checker: ts.TypeChecker): ts.Type[] {
  return (owner.heritageClauses ?? [])
    .filter(({ token }) => token === ts.SyntaxKind.ImplementsKeyword)
    .flatMap(({ types }) => types.map((type) => checker.getTypeFromTypeNode(type)));
}

function offers(type: ts.Type, promised: ts.Type, checker: ts.TypeChecker): boolean {
  if (type.isUnion()) return type.types.some((one) => offers(one, promised, checker));
  if (type.symbol === promised.symbol) return true;
  return (type.symbol?.declarations ?? []).some(
    (declaration) =>
      ts.isClassLike(declaration) &&
      implementedBy(declaration, checker).some(({ symbol }) => symbol === promised.symbol),
  );
}

function unwrapped(value: ts.Expression): ts.Expression {
  let inner = value;
  while (ts.isParenthesizedExpression(inner) || ts.isAsExpression(inner) || ts.isNonNullExpression(inner)) {
    inner = inner.expression;
  }
  return inner;
}

const bare = (name: string): string => name.replace(/^#/, '');
