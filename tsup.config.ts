import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { defineConfig, type Options } from 'tsup';

type Plugin = NonNullable<Options['esbuildPlugins']>[number];

// package.json's `exports` and `bin` are the only list of entries: dist/NAME.js is built from src/NAME.ts.
const manifest = readFileSync('package.json', 'utf8');
const listed = [...new Set([...manifest.matchAll(/"\.?\/?dist\/([\w.]+)\.js"/g)].map((match) => match[1]!))];
const sourceOf = (name: string): string => `src/${name}.ts`;
const names = listed.filter((name) => existsSync(sourceOf(name)));
// A build without them is of use while they are being written; publint refuses the package.
const missing = listed.filter((name) => !names.includes(name));
if (missing.length > 0) console.warn(`package.json names entries without a source: ${missing.join(', ')}`);
const entries = (wanted: (name: string) => boolean): Record<string, string> =>
  Object.fromEntries(names.filter(wanted).map((name) => [name, sourceOf(name)]));
const react = entries((name) => name === 'react');

/**
 * A file of its own in the ES modules, for the sake of bundles: eventemitter3 does not say that it has no side effects, so
 * whoever uses anything of the file that imports it carries it.
 */
const apart = { 'chunk-emitter': 'src/base/emitter.ts' };

/**
 * The error classes are one file for all builds of ES modules, so that what `instanceof` asks for is the same class in
 * each. package.json's `imports` choose it: all texts for Node, those that a page can meet for browsers, none under the
 * condition `production`. See docs/decisions/0023-production.md.
 */
const ERRORS = /\/base\/errors\.ts$/;

const resolved = (name: string, filter: RegExp, path: string, external = true): Plugin => ({
  name,
  setup({ onResolve }) {
    onResolve({ filter }, () => ({ path, external, sideEffects: false }));
  },
});

/** What a browser may get: `imports` decide when it is bundled. */
const chosenErrors = resolved('chosen-errors', ERRORS, '#errors');
/** What runs in Node alone names the file: one look-up less. */
const nodeErrors = resolved('node-errors', ERRORS, './chunk-errors.js');

/** Texts that no page shows stay out of builds for browsers. */
const withoutNodeTexts: Plugin = {
  name: 'without-node-texts',
  setup({ onLoad }) {
    onLoad({ filter: /\/error-texts\.node\.ts$/ }, () => ({ contents: 'export const NODE_TEXTS = {};' }));
  },
};

const withoutTexts = resolved(
  'without-texts',
  /\/error-texts\.ts$/,
  join(process.cwd(), 'src/base/error-texts.production.ts'),
  false,
);

/** The errors by themselves, once for each answer of package.json's `imports`. */
const errorBuilds: Options[] = (
  [
    ['chunk-errors', []],
    ['chunk-errors.browser', [withoutNodeTexts]],
    ['chunk-errors.production', [withoutTexts]],
  ] as const
).map(([name, esbuildPlugins]) => ({
  ...common(),
  name,
  entry: { [name]: 'src/base/errors.ts' },
  format: ['esm', 'cjs'],
  splitting: false,
  esbuildPlugins: [...esbuildPlugins],
}));

function common(): Options {
  return {
    target: 'es2022',
    // Browser code comes through unchanged; for CommonJS this adds the list of names that Node's `import` needs.
    platform: 'node',
    // tsup would turn `node:net` into `net`, which Deno, workerd and bundlers do not know.
    removeNodeProtocol: false,
    external: [/^node:/, 'eventemitter3', 'react'],
    sourcemap: true,
    silent: true,
    outDir: 'dist',
    outExtension: ({ format }) => ({ js: format === 'cjs' ? '.cjs' : '.js' }),
  };
}

/**
 * What runs in Node alone has a graph of its own: every file of a graph costs an import half a millisecond, and bundles for
 * browsers need many small ones. See docs/decisions/0022-import-cost.md.
 */
const isForNode = (name: string): boolean => ['index.node', 'node'].includes(name);

/** eventemitter3's ES module is a wrapper around its CommonJS one, and either is a package to be found: 3 ms and more. */
const withEmitter = { noExternal: ['eventemitter3'] };

const config: ReturnType<typeof defineConfig> = defineConfig([
  // One ES module graph: what two entries share is one chunk, so a class is the same class in both.
  {
    ...common(),
    name: 'esm',
    entry: { ...entries((name) => !['react', 'cli'].includes(name) && !isForNode(name)), ...apart },
    format: 'esm',
    splitting: true,
    esbuildPlugins: [chosenErrors],
  },
  ...errorBuilds,
  {
    ...common(),
    name: 'esm-node',
    entry: entries(isForNode),
    format: 'esm',
    splitting: true,
    ...withEmitter,
    esbuildPlugins: [nodeErrors],
  },
  // The command shares nothing with a program: one file more for it, one fewer for all others.
  {
    ...common(),
    ...withEmitter,
    name: 'cli',
    entry: entries((name) => name === 'cli'),
    format: 'esm',
    splitting: false,
    esbuildPlugins: [nodeErrors],
  },
  // CommonJS entries stand alone: esbuild splits ES modules only, and what tsup does instead is fragile.
  {
    ...common(),
    name: 'cjs',
    entry: entries((name) => name !== 'react' && name !== 'cli' && !isForNode(name)),
    format: 'cjs',
    splitting: false,
    esbuildPlugins: [chosenErrors],
  },
  {
    ...common(),
    ...withEmitter,
    name: 'cjs-node',
    entry: entries(isForNode),
    format: 'cjs',
    splitting: false,
  },
  // Splitting or tree shaking would lose the 'use client' line.
  ...(Object.keys(react).length > 0
    ? [
        {
          ...common(),
          name: 'react',
          entry: react,
          format: ['esm', 'cjs'],
          splitting: false,
          treeshake: false,
          esbuildPlugins: [chosenErrors],
          banner: { js: "'use client';" },
        } satisfies Options,
      ]
    : []),
  // All declarations in one run: a type that two entries name stays one type.
  {
    ...common(),
    name: 'types',
    entry: entries((name) => name !== 'cli'),
    format: ['esm', 'cjs'],
    // `await using` needs Symbol.asyncDispose, which no default set of libraries names; TypeScript has it from 5.2 on.
    dts: { only: true, banner: '/// <reference lib="esnext.disposable" />' },
  },
]);

export default config;
