// Bundlers for pages: a program is built with each, and run in Chromium.
import { join } from 'node:path';
import { command } from './kits.ts';
import { openPage } from './page.ts';
import { pageProgram } from './programs.ts';
import { expectTold, expectWorks, type Place, write } from './steps.ts';

/** The text of a program that builds `src/index.js` into `out/main.js`; `tool(name)` is the path of a package. */
type Build = (tool: (name: string) => string) => string;

const vite =
  (name: string): Build =>
  (tool) =>
    `
import { build } from ${tool(`${name}/dist/node/index.js`)};
await build({ root: import.meta.dirname ?? process.cwd(), configFile: false, logLevel: 'warn', build: {
  outDir: 'out', emptyOutDir: false, rollupOptions: { input: 'src/index.js', output: { entryFileNames: 'main.js' } } } });`;

/** What builds a page with each. */
export const BUILDS: Readonly<Record<string, Build>> = {
  esbuild: (tool) => `
import { build } from ${tool('esbuild/lib/main.js')};
await build({ entryPoints: ['src/index.js'], bundle: true, format: 'esm', minify: true, outfile: 'out/main.js' });`,
  // Only what finds packages, nothing for CommonJS.
  rollup: (tool) => `
import { rollup } from ${tool('rollup/dist/es/rollup.js')};
import resolve from ${tool('@rollup/plugin-node-resolve/dist/es/index.js')};
const onwarn = (warning) => { throw new Error(warning.message); };
const made = await rollup({ input: 'src/index.js', plugins: [resolve({ browser: true })], onwarn });
await made.write({ file: 'out/main.js', format: 'es' });`,
  vite7: vite('vite7'),
  vite8: vite('vite8'),
};

/** Builds a page with one of them and opens it. `node/` in its program is bundled too, and must say that it is not for pages. */
export async function runBundler({ folder, tools, servers, node }: Place, name: string): Promise<void> {
  const own = join(folder, `page-${name}`);
  const tool = (path: string): string => JSON.stringify(`file://${join(tools, path)}`);
  write(own, {
    'package.json': '{ "type": "module", "private": true }',
    'src/index.js': `import { tcpTransport } from 'holdline/node';\n${pageProgram(servers, 'let said; try { tcpTransport(); } catch ({ code }) { said = code; } globalThis.told = said === "UNSUPPORTED" &&')}`,
    'index.html': '<!doctype html><script type="module" src="out/main.js"></script>',
    'build.js': (BUILDS[name] as Build)(tool),
  });
  expectWorks(await command(node ?? process.execPath, ['build.js'], own), '');
  expectTold(await openPage(own));
}

/** `bun build`. */
export async function runBunBuild({ folder, servers }: Place, bun: string): Promise<void> {
  const own = join(folder, 'page-bun');
  write(own, {
    'index.js': pageProgram(servers),
    'index.html': '<!doctype html><script type="module" src="out/index.js"></script>',
  });
  expectWorks(await command(bun, ['build', 'index.js', '--outdir', 'out', '--target', 'browser'], own), '');
  expectTold(await openPage(own));
}

/** Parcel, told to read `exports` and `imports` of packages, which it does not by itself. */
export async function runParcel({ folder, tools, servers, node }: Place): Promise<void> {
  const own = join(folder, 'page-parcel');
  write(own, {
    'package.json': JSON.stringify({ '@parcel/resolver-default': { packageExports: true } }),
    // It takes its settings from the root of the project: the folder with the lockfile.
    'yarn.lock': '',
    'src/index.js': `import { jsonRpc } from 'holdline/envelopes';
if (!jsonRpc) throw new Error('no subpath');
${pageProgram(servers)}`,
    'src/index.html': '<!doctype html><script type="module" src="index.js"></script>',
  });
  const args = ['build', 'src/index.html', '--dist-dir', 'out', '--no-cache', '--public-url', './'];
  expectWorks(await command(node ?? process.execPath, [join(tools, 'parcel/lib/bin.js'), ...args], own), '');
  expectTold(await openPage(join(own, 'out')));
}

/** Workers of a page, as modules and as one file, and a service worker. */
export async function runWorker(
  { folder, tools, servers, node }: Place,
  kind: 'worker' | 'service worker',
): Promise<void> {
  const own = join(folder, `page-${kind.replace(' ', '-')}`);
  const tell = kind === 'worker' ? 'self.postMessage' : 'new BroadcastChannel("told").postMessage';
  const page =
    kind === 'worker'
      ? "new Worker('out/main.js', { type: 'module' }).onmessage = ({ data }) => { globalThis.told = data; };"
      : "new BroadcastChannel('told').onmessage = ({ data }) => { globalThis.told = data; };\nnavigator.serviceWorker.register('out/main.js');";
  write(own, {
    'src/index.js': pageProgram(servers, tell),
    'index.html': `<!doctype html><script>${page}</script>`,
    'build.mjs': (BUILDS.esbuild as Build)((path) => JSON.stringify(`file://${join(tools, path)}`)),
  });
  expectWorks(await command(node ?? process.execPath, ['build.mjs'], own), '');
  expectTold(await openPage(own, { 'Service-Worker-Allowed': '/' }));
}

/** A page whose policy forbids to make code out of text. */
export async function runStrictPage({ folder, tools, servers, node }: Place): Promise<void> {
  const own = join(folder, 'page-strict');
  write(own, {
    'src/index.js': pageProgram(servers),
    'index.html': '<!doctype html><script type="module" src="out/main.js"></script>',
    'build.mjs': (BUILDS.esbuild as Build)((path) => JSON.stringify(`file://${join(tools, path)}`)),
  });
  expectWorks(await command(node ?? process.execPath, ['build.mjs'], own), '');
  expectTold(await openPage(own, { 'Content-Security-Policy': "script-src 'self'" }));
}
