/** What an envelope adds to the bundle of a page that has `createClient` anyway: minified, gzip, condition `production`. */
import { readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build, type Plugin } from 'esbuild';
import { ROOT } from '../architecture/tree.ts';

/** Written by `npm run docs`, for what compresses differs by some bytes from one Node to the next. */
const FILE = join(ROOT, 'test/docs/bundle-sizes.json');

/** As the build makes it for production: no texts of errors, no checks of options. */
const forProduction: Plugin = {
  name: 'for-production',
  setup({ onLoad, onResolve }) {
    onResolve({ filter: /\/error-texts\.ts$/ }, () => ({
      path: join(ROOT, 'src/base/error-texts.production.ts'),
      sideEffects: false,
    }));
    onLoad({ filter: /\/(native-)?checks\.ts$/ }, ({ path }) => ({
      contents: [...readFileSync(path, 'utf8').matchAll(/^export function (\w+)/gm)]
        .map(([, name]) => `export function ${name}() {}`)
        .join('\n'),
    }));
  },
};

/** The envelope that every client has unless another is given: its codec alone, which others have too. */
const withoutJsonRpc: Plugin = {
  name: 'without-json-rpc',
  setup({ onLoad }) {
    onLoad({ filter: /\/json-rpc\.ts$/ }, () => ({
      contents: "import { json } from './codec.ts'; export const jsonRpc = () => () => ({ codec: json() });",
      resolveDir: join(ROOT, 'src/messaging'),
    }));
  },
};

/** The bytes of several bundles, each from what it exports. One build: files are read once for all. */
async function sizesOf(
  bundles: Readonly<Record<string, string>>,
  ...plugins: readonly Plugin[]
): Promise<Readonly<Record<string, number>>> {
  const entries: Plugin = {
    name: 'entries',
    setup({ onLoad, onResolve }) {
      onResolve({ filter: /^entry:/ }, ({ path }) => ({ path, namespace: 'entry' }));
      onLoad({ filter: /./, namespace: 'entry' }, ({ path }) => ({
        contents: bundles[path.slice('entry:'.length)] ?? '',
        resolveDir: ROOT,
        loader: 'ts',
      }));
    },
  };
  const { outputFiles } = await build({
    entryPoints: Object.keys(bundles).map((name) => ({ in: `entry:${name}`, out: name })),
    outdir: ROOT,
    write: false,
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    platform: 'browser',
    tsconfigRaw: {},
    plugins: [entries, forProduction, ...plugins],
  });
  const sizes = outputFiles.map(({ path, contents }): [string, number] => [
    basename(path, '.js'),
    gzipSync(contents, { level: 9 }).length,
  ]);
  return Object.fromEntries(sizes);
}

/** What most envelopes are made of, and any client with `login()` or `serverPings()` has in part. */
const PARTS =
  'protocolAddress, protocolCredentials, protocolHeartbeat, protocolLogin, closeCodes, subprotocols';

/** What one adds to a page. */
export interface Added {
  /** To one whose client logs in by messages and hears pings of the server's: the envelope itself. */
  readonly own: number;
  /** To one that has `createClient` alone. */
  readonly whole: number;
}

const client = "export { createClient } from './src/index.ts';";
const withNames = (given: string): string => `${client}\nexport { ${given} } from './src/envelopes.ts';`;

/** The bytes that each adds, and under the name `parts` those of what they share. */
export async function measureSizes(names: readonly string[]): Promise<Readonly<Record<string, Added>>> {
  const [sizes, { client: without = 0 }] = await Promise.all([
    sizesOf({
      client,
      parts: withNames(PARTS),
      ...Object.fromEntries(
        names.flatMap((name) => [
          [`own-${name}`, withNames(`${PARTS}, ${name}`)],
          [`whole-${name}`, withNames(name)],
        ]),
      ),
    }),
    sizesOf({ client }, withoutJsonRpc),
  ]);
  const { client: base = 0, parts = 0 } = sizes;
  const added = names.map((name): [string, Added] => {
    if (name === 'jsonRpc') return [name, { own: base - without, whole: 0 }];
    return [name, { own: (sizes[`own-${name}`] ?? 0) - parts, whole: (sizes[`whole-${name}`] ?? 0) - base }];
  });
  return Object.fromEntries([['parts', { own: parts - base, whole: parts - base }], ...added]);
}

/** As they were measured last. */
export function writtenSizes(): Readonly<Record<string, Added>> {
  return JSON.parse(readFileSync(FILE, 'utf8')) as Record<string, Added>;
}

/** Writes them down. */
export function writeSizes(sizes: Readonly<Record<string, Added>>): void {
  writeFileSync(FILE, `${JSON.stringify(sizes, undefined, 2)}\n`);
}
