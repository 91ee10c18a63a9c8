// The sources as syntax trees, bound but without any library: a name that nothing in src/ declares stays
// unresolved, so it is a global. Rules take a Tree, which is the real src/ or a few lines that break the rule.
import { readdirSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

/** The folder of package.json. */
export const ROOT: string = fileURLToPath(new URL('../../', import.meta.url));

/** What breaks a rule: a place and a sentence. */
export type Violation = string;

/** Parsed and bound files by their path from the project's folder: 'src/base/clock.ts'. */
export interface Tree {
  readonly files: ReadonlyMap<string, ts.SourceFile>;
  readonly checker: ts.TypeChecker;
}

/** One `import`, `export … from`, `import()` or `import('…')` type. */
export interface Import {
  readonly from: string;
  /** As written. */
  readonly specifier: string;
  /** Path from the project's folder when the specifier is relative. */
  readonly target: string | undefined;
  readonly typeOnly: boolean;
  readonly node: ts.Node;
}

/**
 * All paths of files below `folder`, from the project's folder, sorted, with `/` between names. No link is followed: a test
 * that runs at the same time may have one to all of the project, and take it away.
 */
export function listFiles(folder: string): string[] {
  const entries = readdirSync(join(ROOT, folder), { withFileTypes: true, recursive: true });
  return (
    entries
      // Folders and files with a point are those that tests make for themselves, and take away: they may be gone by now.
      .filter(
        (entry) => entry.isFile() && !/[\\/]\./.test(`${entry.parentPath}/${entry.name}`.slice(ROOT.length)),
      )
      .map((entry) =>
        posix
          .join(folder, entry.parentPath.slice(join(ROOT, folder).length), entry.name)
          .replaceAll('\\', '/'),
      )
      .sort()
  );
}

/** The real sources. */
export function readSources(): Tree {
  const paths = listFiles('src').filter((path) => /\.tsx?$/.test(path));
  return parse(Object.fromEntries(paths.map((path) => [path, readFileSync(join(ROOT, path), 'utf8')])));
}

/** Parses texts by path. */
export function parse(texts: Record<string, string>): Tree {
  const options: ts.CompilerOptions = {
    noLib: true,
    types: [],
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    allowImportingTsExtensions: true,
    noEmit: true,
    jsx: ts.JsxEmit.Preserve,
  };
  const absolute = (path: string): string => `/${path}`;
  const files = new Map<string, ts.SourceFile>();
  for (const [path, text] of Object.entries(texts)) {
    files.set(path, ts.createSourceFile(absolute(path), text, ts.ScriptTarget.ES2022, true));
  }
  const host: ts.CompilerHost = {
    fileExists: (name) => files.has(name.slice(1)),
    readFile: (name) => texts[name.slice(1)],
    getSourceFile: (name) => files.get(name.slice(1)),
    getDefaultLibFileName: () => '/none.d.ts',
    getCurrentDirectory: () => '/',
    getCanonicalFileName: (name) => name,
    useCaseSensitiveFileNames: () => true,
    getNewLine: () => '\n',
    writeFile: () => {},
  };
  const program = ts.createProgram({ rootNames: [...files.keys()].map(absolute), options, host });
  return { files, checker: program.getTypeChecker() };
}

/** 'src/base/clock.ts:12', for messages. */
export function at(node: ts.Node): string {
  const file = node.getSourceFile();
  const { line } = file.getLineAndCharacterOfPosition(node.getStart(file));
  return `${file.fileName.slice(1)}:${line + 1}`;
}

/** Calls `visit` on every node below `node`; when it answers false, not on what is inside. */
export function walk(node: ts.Node, visit: (node: ts.Node) => unknown): void {
  ts.forEachChild(node, (child) => {
    if (visit(child) !== false) walk(child, visit);
  });
}

/** Every import of a file, type imports too. */
export function importsOf(path: string, file: ts.SourceFile): Import[] {
  const found: Import[] = [];
  const add = (specifier: ts.Node | undefined, typeOnly: boolean, node: ts.Node): void => {
    if (!specifier || !ts.isStringLiteralLike(specifier)) return;
    const relative = specifier.text.startsWith('.');
    const target = relative ? resolve(path, specifier.text) : undefined;
    found.push({ from: path, specifier: specifier.text, target, typeOnly, node });
  };
  walk(file, (node) => {
    if (ts.isImportDeclaration(node)) {
      add(node.moduleSpecifier, isTypeOnlyImport(node), node);
    } else if (ts.isExportDeclaration(node)) {
      add(node.moduleSpecifier, node.isTypeOnly, node);
    } else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) {
      add(node.argument.literal, true, node);
    } else if (ts.isCallExpression(node)) {
      const callee = node.expression;
      const loads = callee.kind === ts.SyntaxKind.ImportKeyword || callee.getText(file) === 'require';
      if (loads) add(node.arguments[0], false, node);
    }
  });
  return found;
}

function isTypeOnlyImport(node: ts.ImportDeclaration): boolean {
  const clause = node.importClause;
  if (!clause) return false;
  if (clause.isTypeOnly) return true;
  const bindings = clause.namedBindings;
  if (clause.name || !bindings || !ts.isNamedImports(bindings)) return false;
  return bindings.elements.every((element) => element.isTypeOnly);
}

function resolve(from: string, specifier: string): string {
  const path = posix.join(posix.dirname(from), specifier);
  return /\.tsx?$/.test(path) ? path : `${path}.ts`;
}

/** All imports of all files. */
export function allImports(tree: Tree): Import[] {
  return [...tree.files].flatMap(([path, file]) => importsOf(path, file));
}

/** Every use of a global value (not of a type) in a file: the identifier that names it. */
export function globalsOf(file: ts.SourceFile, checker: ts.TypeChecker): ts.Identifier[] {
  const found: ts.Identifier[] = [];
  const visit = (node: ts.Node): boolean => {
    if (ts.isHeritageClause(node)) {
      if (node.token === ts.SyntaxKind.ExtendsKeyword && ts.isClassLike(node.parent)) {
        for (const base of node.types) {
          if (ts.isIdentifier(base.expression)) note(base.expression);
          else walk(base.expression, visit);
        }
      }
      return false;
    }
    if (ts.isTypeNode(node) || ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node))
      return false;
    if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) return false;
    if (ts.isIdentifier(node) && isValueUse(node)) note(node);
    return true;
  };
  const note = (node: ts.Identifier): void => {
    const symbol = ts.isShorthandPropertyAssignment(node.parent)
      ? checker.getShorthandAssignmentValueSymbol(node.parent)
      : checker.getSymbolAtLocation(node);
    const declared = symbol?.declarations?.some((declaration) => ts.isSourceFile(declaration) === false);
    if (!declared && node.text !== 'undefined' && node.text !== 'arguments') found.push(node);
  };
  walk(file, visit);
  return found;
}

/** False where an identifier is a name being given or a member being asked for. */
function isValueUse(node: ts.Identifier): boolean {
  const { parent } = node;
  if (ts.isPropertyAccessExpression(parent)) return parent.expression === node;
  if (ts.isQualifiedName(parent) || ts.isMetaProperty(parent) || ts.isJsxAttribute(parent)) return false;
  if (ts.isShorthandPropertyAssignment(parent)) return true;
  if (ts.isBindingElement(parent)) return parent.initializer === node;
  if (ts.isLabeledStatement(parent) || ts.isBreakOrContinueStatement(parent)) return false;
  const named = parent as { name?: ts.Node };
  return named.name !== node;
}

/** The first folder below src/, or '' for an entry file. */
export function room(path: string): string {
  const parts = path.split('/');
  return parts.length > 2 ? (parts[1] ?? '') : '';
}
