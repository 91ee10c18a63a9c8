// Compiles a program against the built declarations with the settings of a user's project.
import { join } from 'node:path';
import ts from 'typescript';
import { ROOT } from '../architecture/tree.ts';

/** What a user's tsconfig.json says. */
export interface Settings {
  readonly lib: readonly string[];
  readonly types: readonly string[];
  readonly resolution: 'node16' | 'bundler';
  /** Export conditions beside `import`, `require` and `types`. */
  readonly conditions?: readonly string[];
}

const parsed = new Map<string, ts.SourceFile | undefined>();

/** A program of the given files; declarations of packages are checked too. */
export function program(files: readonly string[], settings: Settings): ts.Program {
  const node = settings.resolution === 'node16';
  const options: ts.CompilerOptions = {
    target: ts.ScriptTarget.ES2022,
    lib: settings.lib.map((name) => `lib.${name}.d.ts`),
    types: [...settings.types],
    module: node ? ts.ModuleKind.Node16 : ts.ModuleKind.ESNext,
    moduleResolution: node ? ts.ModuleResolutionKind.Node16 : ts.ModuleResolutionKind.Bundler,
    strict: true,
    exactOptionalPropertyTypes: true,
    jsx: ts.JsxEmit.ReactJSX,
    noEmit: true,
    // The declarations of packages are checked, ours and those that ours need; only TypeScript's own are taken as right.
    skipLibCheck: false,
    skipDefaultLibCheck: true,
  };
  if (settings.conditions) options.customConditions = [...settings.conditions];
  const host = ts.createCompilerHost(options);
  const read = host.getSourceFile.bind(host);
  // Libraries are parsed once for all programs. How a module is bound depends on the resolution mode.
  host.getSourceFile = (name, target, ...rest) => {
    const key = `${name} ${settings.resolution}`;
    if (!parsed.has(key)) parsed.set(key, read(name, target, ...rest));
    return parsed.get(key);
  };
  return ts.createProgram({ rootNames: files.map((file) => join(ROOT, file)), options, host });
}

/** Every complaint of the compiler, one a line. */
export function complaints(files: readonly string[], settings: Settings): string[] {
  return ts.getPreEmitDiagnostics(program(files, settings)).map((diagnostic) => {
    const text = ts.flattenDiagnosticMessageText(diagnostic.messageText, ' ');
    const { file, start } = diagnostic;
    if (!file) return text;
    const { line } = file.getLineAndCharacterOfPosition(start ?? 0);
    return `${file.fileName.replace(ROOT, '')}:${line + 1}: ${text}`;
  });
}
