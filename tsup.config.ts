import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { defineConfig, type Options } from 'tsup';

type Plugin = NonNullable<Options['esbuildPlugins']>[number];

// package.json's `exports` and `bin` are the only list of entries: dist/NAME.js is built from src/NAME.ts, and the same
// for CommonJS from that (test/tools/build.mjs).
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

/** Wherever a file is imported: this one in its place, but not in files `except`. The entry of a build stays what it is. */
function inPlaceOf(filter: RegExp, path: string, external: boolean, except = /^$/): Plugin {
  return {
    name: `in-place-of-${filter}`,
    setup({ onResolve }) {
      onResolve({ filter }, ({ kind, importer }) =>
        kind === 'entry-point' || except.test(importer) ? undefined : { path, external, sideEffects: false },
      );
    },
  };
}

/** What a file is read as. */
function readAs(filter: RegExp, contents: (path: string) => string): Plugin {
  return {
    name: `read-as-${filter}`,
    setup({ onLoad }) {
      onLoad({ filter }, ({ path }) => ({ contents: contents(path) }));
    },
  };
}

/** Files of refusals. */
const CHECKS = /\/(native-|all-)?checks\.ts$/;

/** All of them, as one: every file takes what it refuses from there. */
const ALL_CHECKS = 'src/client/all-checks.ts';

/**
 * What depends on who imports the package has a name in package.json's `imports`: the errors, which are one file for all
 * builds, so that what `instanceof` asks for is the same class in each; and the refusals of wrong options. Node has all of
 * it, browsers have the texts that a page can meet, and bundles for production neither texts nor refusals. See
 * docs/decisions/0023-production-texts.md.
 */
const chosenByImports = [
  inPlaceOf(/\/errors\.ts$/, '#errors', true),
  inPlaceOf(CHECKS, '#checks', true, CHECKS),
];

/** What runs in Node alone names the file: no look-up. */
const nodeErrors = inPlaceOf(/\/errors\.ts$/, './chunk-errors.js', true);

const withoutNodeTexts = readAs(/\/error-texts\.node\.ts$/, () => 'export const NODE_TEXTS = {};');
const withoutTexts = inPlaceOf(
  /\/error-texts\.ts$/,
  join(process.cwd(), 'src/base/error-texts.production.ts'),
  false,
);
/** The same functions, each of which does nothing. */
const withoutChecks = readAs(/\/(native-)?checks\.ts$/, (path) =>
  [...readFileSync(path, 'utf8').matchAll(/^export function (\w+)/gm)]
    .map(([, name]) => `export function ${name}() {}`)
    .join('\n'),
);

/** What the command takes from `holdline` itself, and from `holdline/node`. */
const publicEntry: Plugin = {
  name: 'public-entry',
  setup({ onResolve }) {
    const filter = /\/(client\/(create-client\.node|console-trace|records\/lines)|messaging\/json-rpc)\.ts$/;
    onResolve({ filter }, () => ({ path: './index.node.js', external: true }));
    onResolve({ filter: /\/tcp-transport\.ts$/ }, () => ({ path: './node.js', external: true }));
  },
};

const common: Options = {
  target: 'es2022',
  // Browser code comes through unchanged.
  platform: 'node',
  // tsup would turn `node:net` into `net`, which Deno, workerd and bundlers do not know.
  removeNodeProtocol: false,
  external: [/^node:/, 'eventemitter3', 'react'],
  sourcemap: true,
  silent: true,
  outDir: 'dist',
  outExtension: ({ format }) => ({ js: format === 'cjs' ? '.cjs' : '.js' }),
};

/**
 * What runs in Node alone has a graph of its own: every file of a graph costs an import half a millisecond, and bundles for
 * browsers need many small ones. See docs/decisions/0022-import-cost.md.
 */
const isForNode = (name: string): boolean => ['index.node', 'node'].includes(name);

/** eventemitter3's ES module is a wrapper around its CommonJS one, and either is a package to be found: 3 ms and more. */
const withEmitter = { noExternal: ['eventemitter3'] };

/** Bundles for browsers would carry what turns its CommonJS into a module; pages without a bundler could not load it. */
const emitterAsModule = readAs(/\/eventemitter3\/index\.js$/, (path) =>
  readFileSync(path, 'utf8').replace(
    /if \('undefined' !== typeof module\) \{[^}]*\}/,
    'export default EventEmitter;',
  ),
);

/** A file that shares nothing with others. Only the full one has a map: the others are not what anybody debugs. */
function alone(name: string, file: string, esbuildPlugins: Plugin[]): Options {
  const sourcemap = esbuildPlugins.length === 0;
  return {
    ...common,
    sourcemap,
    name,
    entry: { [name]: file },
    format: 'esm',
    splitting: false,
    esbuildPlugins,
  };
}

const config: ReturnType<typeof defineConfig> = defineConfig([
  // One ES module graph: what two entries share is one chunk, so a class is the same class in both.
  {
    ...common,
    name: 'esm',
    entry: {
      ...entries((name) => !['react', 'cli'].includes(name) && !isForNode(name)),
      ...apart,
      'chunk-checks': ALL_CHECKS,
    },
    format: 'esm',
    splitting: true,
    ...withEmitter,
    esbuildPlugins: [...chosenByImports, emitterAsModule],
  },
  alone('chunk-errors', 'src/base/errors.ts', []),
  alone('chunk-errors.browser', 'src/base/errors.ts', [withoutNodeTexts]),
  alone('chunk-errors.production', 'src/base/errors.ts', [withoutTexts]),
  alone('chunk-checks.production', ALL_CHECKS, [withoutChecks]),
  {
    ...common,
    name: 'esm-node',
    entry: entries(isForNode),
    format: 'esm',
    splitting: true,
    ...withEmitter,
    esbuildPlugins: [nodeErrors],
  },
  // The command takes what it can from the entry for Node; in one graph with it, programs would load more files.
  {
    ...common,
    ...withEmitter,
    name: 'cli',
    entry: entries((name) => name === 'cli'),
    format: 'esm',
    splitting: false,
    esbuildPlugins: [nodeErrors, publicEntry],
  },
  // Splitting or tree shaking would lose the 'use client' line.
  ...(Object.keys(react).length > 0
    ? [
        {
          ...common,
          name: 'react',
          entry: react,
          format: 'esm',
          splitting: false,
          treeshake: false,
          esbuildPlugins: chosenByImports,
          banner: { js: "'use client';" },
        } satisfies Options,
      ]
    : []),
  // All declarations in one run: a type that two entries name stays one type.
  {
    ...common,
    name: 'types',
    entry: entries((name) => !['cli', 'nodeless'].includes(name)),
    format: 'cjs',
    // `await using` needs Symbol.asyncDispose, which no default set of libraries names; TypeScript has it from 5.2 on.
    dts: { only: true, banner: '/// <reference lib="esnext.disposable" />' },
  },
]);

export default config;
