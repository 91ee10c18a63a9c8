/** What an envelope adds to the bundle of a page that has `createClient` anyway: minified, gzip, condition `production`. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
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

async function sizeOf(contents: string, ...plugins: readonly Plugin[]): Promise<number> {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: ROOT, loader: 'ts' },
    write: false,
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    platform: 'browser',
    tsconfigRaw: {},
    plugins: [forProduction, ...plugins],
  });
  return gzipSync(outputFiles[0]?.contents ?? '', { level: 9 }).length;
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

/** The bytes that each adds, and under the name `parts` those of what they share. */
export async function measureSizes(names: readonly string[]): Promise<Readonly<Record<string, Added>>> {
  const client = "export { createClient } from './src/index.ts';";
  const withNames = (given: string): string => `${client}\nexport { ${given} } from './src/envelopes.ts';`;
  const [base, parts] = await Promise.all([sizeOf(client), sizeOf(withNames(PARTS))]);
  const sizes = names.map(async (name): Promise<[string, Added]> => {
    if (name === 'jsonRpc') {
      const own = base - (await sizeOf(client, withoutJsonRpc));
      return [name, { own, whole: 0 }];
    }
    const [own, whole] = await Promise.all([sizeOf(withNames(`${PARTS}, ${name}`)), sizeOf(withNames(name))]);
    return [name, { own: own - parts, whole: whole - base }];
  });
  const shared = { own: parts - base, whole: parts - base };
  return Object.fromEntries([['parts', shared], ...(await Promise.all(sizes))]);
}

/** As they were measured last. */
export function writtenSizes(): Readonly<Record<string, Added>> {
  return JSON.parse(readFileSync(FILE, 'utf8')) as Record<string, Added>;
}

/** Writes them down. */
export function writeSizes(sizes: Readonly<Record<string, Added>>): void {
  writeFileSync(FILE, `${JSON.stringify(sizes, undefined, 2)}\n`);
}
