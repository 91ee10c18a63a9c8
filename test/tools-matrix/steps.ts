// How each kind of tool is used on a project: throws where it does not work, with what the tool said.
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { command, type Ended } from './kits.ts';
import { openPage } from './page.ts';
import {
  commonJsTest,
  DECLARATIONS,
  MISTAKES,
  nodeModule,
  pageProgram,
  pageWithoutBundler,
  WORKS,
} from './programs.ts';
import type { Servers } from './server.ts';

/** A project that has installed holdline, and where its tools are. */
export interface Place {
  /** The folder of the project. */
  readonly folder: string;
  /** The `node_modules` that has the tools. */
  readonly tools: string;
  readonly servers: Servers;
  /** The program of Node. Default: the one that runs this. */
  readonly node?: string | undefined;
}

/** Writes files of a project. */
export function write(folder: string, files: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
}

/** Throws unless the program ended well and said what it was to say. */
export function expectWorks({ code, output }: Ended, word: string = WORKS): void {
  if (code !== 0 || !output.includes(word)) throw new Error(`it ended with ${code}:\n${output.slice(-4000)}`);
}

/** Throws unless a page said that it works. */
export function expectTold(told: string): void {
  if (told !== WORKS) throw new Error(`the page said: ${told}`);
}

/**
 * A project of its own with holdline, away from any `node_modules`: Jest finds no tests below one, and a compiler takes what
 * lies there for a package.
 */
async function inOwnFolder({ folder }: Place, run: (own: string) => Promise<void>): Promise<void> {
  const own = mkdtempSync(join(tmpdir(), 'holdline-tool-'));
  try {
    cpSync(join(folder, 'node_modules/holdline'), join(own, 'node_modules/holdline'), { recursive: true });
    await run(own);
  } finally {
    rmSync(own, { recursive: true, force: true });
  }
}

/** Jest in its default, CommonJS in a `vm.Script`. */
export function runJest(place: Place, environment: 'node' | 'jsdom'): Promise<void> {
  const { tools, servers, node = process.execPath } = place;
  return inOwnFolder(place, async (own) => {
    write(own, {
      'holdline.test.js': commonJsTest(servers, environment === 'node'),
      'jest.config.json': JSON.stringify({
        testEnvironment: environment === 'node' ? 'node' : join(tools, 'jest-environment-jsdom'),
        transform: {},
      }),
      'package.json': '{ "private": true }',
    });
    const flags = ['--rootDir', '.', '--ci', '--no-cache', '--watchman=false', '--runInBand'];
    expectWorks(
      await command(node, [join(tools, 'jest/bin/jest.js'), ...flags], own, {}, 60_000),
      '1 passed',
    );
  });
}

/** Where each is loaded from. */
const WEBPACKS = { webpack: 'webpack/lib/index.js', '@rspack/core': '@rspack/core/dist/index.js' } as const;

/** webpack, or Rspack, which takes the same settings. */
export async function runWebpack(
  place: Place,
  target: 'node' | 'web',
  name: keyof typeof WEBPACKS = 'webpack',
): Promise<void> {
  const { folder, tools, servers, node = process.execPath } = place;
  const own = `${name.replace(/\W/g, '')}-${target}`;
  write(folder, {
    [`${own}/src/index.mjs`]: target === 'node' ? nodeModule(servers) : pageProgram(servers),
    [`${own}/index.html`]: '<!doctype html><script src="out/main.cjs"></script>',
    [`${own}/build.mjs`]: `
import * as tool from ${JSON.stringify(`file://${join(tools, WEBPACKS[name])}`)};
(tool.rspack ?? tool.default)({
  mode: 'production', target: '${target}', context: process.cwd(), entry: './src/index.mjs',
  output: { path: process.cwd() + '/out', filename: 'main.cjs' },
  // Pages are minified. Programs for Node are not, as a rule, and it is most of the work.
  optimization: { minimize: ${target === 'web'} },
}, (error, stats) => {
  if (error) throw error;
  console.log(stats.toString({ all: false, errors: true, warnings: true }));
  process.exitCode = stats.hasErrors() || stats.hasWarnings() ? 1 : 0;
});`,
  });
  expectWorks(await command(node, ['build.mjs'], join(folder, own)), '');
  if (target === 'web') expectTold(await openPage(join(folder, own)));
  else expectWorks(await command(node, ['out/main.cjs'], join(folder, own)));
}

/** The declarations of a user, written by a compiler, and mistakes that it must find; with `types` as they are by default. */
export function runTypeScript(place: Place, compiler: string): Promise<void> {
  const { tools } = place;
  return inOwnFolder(place, async (own) => {
    for (const name of ['@types/node', 'undici-types', '@types/react', 'csstype']) {
      cpSync(join(tools, name), join(own, 'node_modules', name), { recursive: true });
    }
    const imports =
      "import { connect, createClient } from 'holdline';\nimport { WebSocket } from 'holdline/node';\n";
    write(own, {
      'package.json': '{ "type": "module", "dependencies": { "@types/react": "*", "holdline": "*" } }',
      'user.ts': DECLARATIONS,
      'wrong.ts': `${imports}${MISTAKES.join('\n')}\n`,
      // Neither the DOM nor types of a platform are named.
      'tsconfig.json': JSON.stringify({
        compilerOptions: {
          ...{ strict: true, target: 'es2022', lib: ['es2023'], skipLibCheck: true, jsx: 'react-jsx' },
          ...{ module: 'nodenext', declaration: true, emitDeclarationOnly: true, outDir: 'out' },
        },
        files: ['user.ts', 'wrong.ts'],
      }),
    });
    const args = [join(compiler, 'bin/tsc'), '--project', 'tsconfig.json', '--pretty', 'false'];
    const { output } = await command(process.execPath, args, own);
    // Nothing is wrong but what is meant to be, and the declarations are written.
    const others = output.split('\n').filter((line) => /^\S/.test(line) && !line.startsWith('wrong.ts('));
    if (others.length > 0 || !existsSync(join(own, 'out/user.d.ts'))) throw new Error(output.slice(-4000));
    const found = new Set([...output.matchAll(/^wrong\.ts\((\d+),/gm)].map(([, line]) => Number(line) - 2));
    const missed = MISTAKES.filter((_, at) => !found.has(at + 1));
    if (missed.length > 0) throw new Error(`mistakes that were not found: ${missed.join(' ')}\n${output}`);
  });
}

/** A page without a bundler: `<script type="module">` and an import map. */
export function runBarePage(place: Place): Promise<void> {
  return inOwnFolder(place, async (own) => {
    write(own, { 'index.html': pageWithoutBundler(place.servers) });
    expectTold(await openPage(own));
  });
}
