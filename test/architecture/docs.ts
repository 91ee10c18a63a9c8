// A reader of the types alone can use the library: whatever an entry leads to says what it is.
import ts from 'typescript';
import { at, room, type Tree, type Violation, walk } from './tree.ts';

/** Every export of an entry, every type that its signatures name, and every public member has a doc comment. */
export function publicNamesAreDocumented(tree: Tree): Violation[] {
  const seen = new Set<ts.Symbol>();
  const queue: ts.Symbol[] = [];
  const reach = (symbol: ts.Symbol | undefined): void => {
    if (!symbol) return;
    const target = symbol.flags & ts.SymbolFlags.Alias ? tree.checker.getAliasedSymbol(symbol) : symbol;
    if (seen.has(target)) return;
    seen.add(target);
    queue.push(target);
  };

  for (const [path, file] of tree.files) {
    const module = room(path) === '' && tree.checker.getSymbolAtLocation(file);
    if (module) for (const name of tree.checker.getExportsOfModule(module)) reach(name);
  }

  const wrong: Violation[] = [];
  for (let symbol = queue.shift(); symbol; symbol = queue.shift()) {
    const declarations = (symbol.declarations ?? []).filter((node) => !ts.isTypeParameterDeclaration(node));
    const first = declarations[0];
    if (!first) continue;
    if (!hasDoc(symbol, tree)) wrong.push(`${at(first)}: ${symbol.name} has no doc comment.`);
    for (const declaration of declarations) {
      for (const member of publicMembers(declaration)) {
        const named = member.name && tree.checker.getSymbolAtLocation(member.name);
        const documented = named ? hasDoc(named, tree) : ownDoc(member);
        if (!documented) {
          const name = member.name?.getText() ?? member.getText().slice(0, 30);
          wrong.push(`${at(member)}: ${symbol.name}.${name} has no doc comment.`);
        }
      }
      for (const reference of typeReferences(declaration)) reach(tree.checker.getSymbolAtLocation(reference));
    }
  }
  return wrong;
}

/** Has a text of its own, or inherits one from the interface or class above. */
function hasDoc(symbol: ts.Symbol, tree: Tree): boolean {
  if (symbol.getDocumentationComment(tree.checker).some(({ text }) => text.trim() !== '')) return true;
  return (symbol.declarations ?? []).some(ownDoc);
}

function ownDoc(node: ts.Node): boolean {
  return ts.getJSDocCommentsAndTags(node).some((doc) => {
    if (!ts.isJSDoc(doc)) return false;
    return (ts.getTextOfJSDocComment(doc.comment) ?? '').trim() !== '' || (doc.tags?.length ?? 0) > 0;
  });
}

/** Members that a user sees: not private, protected, #private; not constructors; not overrides. */
function publicMembers(declaration: ts.Node): readonly (ts.ClassElement | ts.TypeElement)[] {
  const members: (ts.ClassElement | ts.TypeElement)[] = [];
  if (ts.isClassDeclaration(declaration)) members.push(...declaration.members);
  if (ts.isInterfaceDeclaration(declaration)) members.push(...declaration.members);
  if (ts.isTypeAliasDeclaration(declaration)) {
    // Members of object types inside an alias: unions of states, intersections of options.
    const visit = (node: ts.Node): void => {
      if (ts.isTypeLiteralNode(node)) members.push(...node.members);
      else if (ts.isUnionTypeNode(node) || ts.isIntersectionTypeNode(node)) node.types.forEach(visit);
      else if (ts.isParenthesizedTypeNode(node)) visit(node.type);
      else if (ts.isTypeReferenceNode(node)) node.typeArguments?.forEach(visit);
    };
    visit(declaration.type);
  }
  return members.filter((member) => !isHidden(member));
}

function isHidden(member: ts.ClassElement | ts.TypeElement): boolean {
  if (ts.isConstructorDeclaration(member) || ts.isClassStaticBlockDeclaration(member)) return true;
  if (ts.isSemicolonClassElement(member)) return true;
  if (ts.isCallSignatureDeclaration(member) || ts.isConstructSignatureDeclaration(member)) return true;
  if (member.name && ts.isPrivateIdentifier(member.name)) return true;
  // `never` and literal tags of a union (`status: 'ready'`) say all there is.
  const type = (member as { type?: ts.TypeNode }).type;
  if (type && (ts.isLiteralTypeNode(type) || type.kind === ts.SyntaxKind.NeverKeyword)) return true;
  const hidden = [
    ts.SyntaxKind.PrivateKeyword,
    ts.SyntaxKind.ProtectedKeyword,
    ts.SyntaxKind.OverrideKeyword,
  ];
  const modifiers = (member as { modifiers?: ts.NodeArray<ts.ModifierLike> }).modifiers;
  return modifiers?.some(({ kind }) => hidden.includes(kind)) ?? false;
}

/** The names of types that a declaration shows: in its signatures, not in the bodies of its functions. */
function typeReferences(declaration: ts.Node): ts.Node[] {
  const found: ts.Node[] = [];
  walk(declaration, (node) => {
    if (ts.isBlock(node)) return false;
    if (ts.isClassElement(node) && isHidden(node) && !ts.isConstructorDeclaration(node)) return false;
    if (ts.isTypeReferenceNode(node)) found.push(node.typeName);
    if (ts.isExpressionWithTypeArguments(node)) found.push(node.expression);
    return true;
  });
  return found;
}
