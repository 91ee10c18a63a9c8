// What a contract costs whoever compiles it, beside its schemas alone: instantiations of types, which grow with the number of
// names (measured at 50, 100 and 500 of each).
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { ROOT } from '../architecture/tree.ts';

const COUNT = 100;

/** The goal is 2. Measured: 2.8 at 100 + 100 names. */
const MOST = 2.9;

const schemas = `import { z } from 'zod';
export const parts = {
  requests: { ${Array.from(
    { length: COUNT },
    (_, at) =>
      `m${at}: { params: z.object({ a${at}: z.number() }), result: z.object({ b${at}: z.string() }) }`,
  )} },
  events: { ${Array.from({ length: COUNT }, (_, at) => `e${at}: z.object({ c${at}: z.coerce.date() })`)} },
};
`;
const used = `import { createClient } from '${ROOT}/src/client/create-client.node.ts';
import { defineContract } from '${ROOT}/src/messaging/contract.ts';
import { parts } from './schemas.ts';
const client = createClient({ url: 'ws://test', contract: defineContract(parts) });
${Array.from(
  { length: COUNT },
  (_, at) =>
    `client.request('m${at}', { a${at}: 1 }).then(({ b${at}: text }) => text.length);
client.onEvent('e${at}', ({ c${at}: at }) => at.getTime());`,
).join('\n')}
client.onAnyEvent((event) => { if (event.name === 'e7') event.payload.c7.getTime(); });
`;
/** As much of the library, and of the schemas' types, as {@link used} reads. */
const alone = `import { createClient } from '${ROOT}/src/client/create-client.node.ts';
import { z } from 'zod';
import { parts } from './schemas.ts';
createClient({ url: 'ws://test' });
${Array.from(
  { length: COUNT },
  (_, at) =>
    `{ const a: z.input<typeof parts.requests.m${at}.params> = { a${at}: 1 }; const b = {} as z.output<typeof parts.requests.m${at}.result>; b.b${at}.length; a;
const c = {} as z.output<typeof parts.events.e${at}>; c.c${at}.getTime(); }`,
).join('\n')}
export {};
`;

const options: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2022,
  lib: ['lib.es2023.d.ts', 'lib.esnext.disposable.d.ts', 'lib.dom.d.ts'],
  types: ['node'],
  typeRoots: [join(ROOT, 'node_modules/@types')],
  module: ts.ModuleKind.ESNext,
  moduleResolution: ts.ModuleResolutionKind.Bundler,
  allowImportingTsExtensions: true,
  noEmit: true,
  strict: true,
  skipLibCheck: true,
};
// What both programs read is parsed once; each counts with a checker of its own.
const host = ts.createCompilerHost(options);
const read = host.getSourceFile.bind(host);
const parsed = new Map<string, ts.SourceFile | undefined>();
host.getSourceFile = (name, ...rest) => {
  if (!parsed.has(name)) parsed.set(name, read(name, ...rest));
  return parsed.get(name);
};

function instantiations(folder: string, file: string): number {
  const program = ts.createProgram([join(folder, file)], options, host);
  const found = program.getSemanticDiagnostics(program.getSourceFile(join(folder, file)));
  expect(found.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'))).toEqual([]);
  return (program as unknown as { getInstantiationCount(): number }).getInstantiationCount();
}

describe('a contract of 100 requests and 100 events', () => {
  it('costs little more than its schemas alone', {
    timeout: 120_000,
  }, () => {
    const folder = mkdtempSync(join(ROOT, 'node_modules/.contract-'));
    try {
      writeFileSync(join(folder, 'schemas.ts'), schemas);
      writeFileSync(join(folder, 'used.ts'), used);
      writeFileSync(join(folder, 'alone.ts'), alone);
      const [whole, part] = [instantiations(folder, 'used.ts'), instantiations(folder, 'alone.ts')];
      expect(whole).toBeLessThanOrEqual(MOST * part);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
