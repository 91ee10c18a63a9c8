// Compiles a program against the built declarations with the settings of a user's project.
import { join } from 'node:path';
import ts from 'typescript';
import { ROOT } from '../architecture/tree.ts';
import { IN_FULL } from '../tools/campaign.ts';

/** `moduleResolution`. `node10` is what old projects have: `node`. */
export type Resolution = 'nodenext' | 'node16' | 'bundler' | 'node10';

/** What each takes for `module`, and what TypeScript calls it. */
const RESOLUTIONS: Readonly<Record<Resolution, readonly [ts.ModuleKind, ts.ModuleResolutionKind]>> = {
  nodenext: [ts.ModuleKind.NodeNext, ts.ModuleResolutionKind.NodeNext],
  node16: [ts.ModuleKind.Node16, ts.ModuleResolutionKind.Node16],
  bundler: [ts.ModuleKind.ESNext, ts.ModuleResolutionKind.Bundler],
  node10: [ts.ModuleKind.CommonJS, ts.ModuleResolutionKind.Node10],
};

/** What a user's tsconfig.json says. */
export interface Settings {
  readonly lib: readonly string[];
  readonly types: readonly string[];
  readonly resolution: Resolution;
  /** Export conditions beside `import`, `require` and `types`. */
  readonly conditions?: readonly string[];
  /** Whether the declarations of other packages are checked too. Default: with the long campaigns alone. */
  readonly others?: boolean;
}

const parsed = new Map<string, ts.SourceFile | undefined>();

/** A program of the given files. */
export function program(files: readonly string[], settings: Settings): ts.Program {
  const [module, moduleResolution] = RESOLUTIONS[settings.resolution];
  const options: ts.CompilerOptions = {
    target: ts.ScriptTarget.ES2022,
    lib: settings.lib.map((name) => `lib.${name}.d.ts`),
    types: [...settings.types],
    module,
    moduleResolution,
    // TypeScript 6 says so of node10, which is what many projects still have.
    ignoreDeprecations: '6.0',
    strict: true,
    exactOptionalPropertyTypes: true,
    jsx: ts.JsxEmit.ReactJSX,
    noEmit: true,
    // Ours in dist/ are declarations too; which of the others are checked, isDue() says. TypeScript's own are taken as right.
    skipLibCheck: false,
    skipDefaultLibCheck: true,
  };
  if (settings.conditions) options.customConditions = [...settings.conditions];
  const host = ts.createCompilerHost(options);
  const read = host.getSourceFile.bind(host);
  // Libraries are parsed once for all programs. How a module is bound depends on what takes its name apart: Node or a bundler.
  const mode = settings.resolution === 'nodenext' ? 'node16' : settings.resolution;
  host.getSourceFile = (name, target, ...rest) => {
    const key = `${name} ${mode}`;
    if (!parsed.has(key)) parsed.set(key, read(name, target, ...rest));
    return parsed.get(key);
  };
  return ts.createProgram({ rootNames: files.map((file) => join(ROOT, file)), options, host });
}

/** Declarations of others that were checked already, by what their program has of the platform's types. */
const checked = new Set<string>();

/**
 * Whether a file is to be checked in this program. Ours are in each. Those of others make nine tenths of the work, and none
 * of ours changes what they say: one program of all that ours import (`others`) has them in `npm test`, and the long
 * campaign every program, once for each platform, since how modules are found changes nothing in them.
 */
function isDue({ fileName }: ts.SourceFile, { lib, types, others = IN_FULL }: Settings): boolean {
  if (!fileName.includes('/node_modules/')) return true;
  if (!others) return false;
  const key = JSON.stringify([fileName, lib, types]);
  const isNew = !checked.has(key);
  checked.add(key);
  return isNew;
}

/** Every complaint of the compiler, one a line. */
export function complaints(files: readonly string[], settings: Settings): string[] {
  const built = program(files, settings);
  const due = built.getSourceFiles().filter((file) => isDue(file, settings));
  const diagnostics = [
    ...built.getOptionsDiagnostics(),
    ...built.getSyntacticDiagnostics(),
    ...built.getGlobalDiagnostics(),
    ...due.flatMap((file) => built.getSemanticDiagnostics(file)),
  ];
  return ts.sortAndDeduplicateDiagnostics(diagnostics).map((diagnostic) => {
    const text = ts.flattenDiagnosticMessageText(diagnostic.messageText, ' ');
    const { file, start } = diagnostic;
    if (!file) return text;
    const { line } = file.getLineAndCharacterOfPosition(start ?? 0);
    return `${file.fileName.replace(ROOT, '')}:${line + 1}: ${text}`;
  });
}
