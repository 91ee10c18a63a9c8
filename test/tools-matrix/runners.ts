// Runtimes and test runners: programs that a Node, or what stands for one, runs as they are.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { command } from './kits.ts';
import { commonJsTest, nodeCommonJs, nodeModule, USE, WORKS } from './programs.ts';
import { expectWorks, type Place, write } from './steps.ts';

/** A program in either module system, by a runtime with its flags. */
export async function runProgram(
  { folder, servers, node = process.execPath }: Place,
  kind: 'esm' | 'cjs',
  flags: readonly string[] = [],
): Promise<void> {
  const file = kind === 'esm' ? 'program.mjs' : 'program.cjs';
  write(folder, { [file]: kind === 'esm' ? nodeModule(servers) : nodeCommonJs(servers) });
  expectWorks(await command(node, [...flags, file], folder, {}, 60_000));
}

/** A program that may not use the network: it must be told so, once. */
export async function runForbidden(
  { folder, node = process.execPath }: Place,
  flags: readonly string[],
): Promise<void> {
  write(folder, {
    'forbidden.mjs': `
import { createClient } from 'holdline';
const client = createClient({ url: 'ws://127.0.0.1:9' });
const error = await client.ready().catch((reason) => reason);
const { code } = error.code === 'PERMISSION' ? error : (error.cause ?? error);
if (code !== 'PERMISSION' || client.state.status !== 'closed') throw new Error(client.state.status + ' ' + error);
console.log('${WORKS}');`,
  });
  expectWorks(await command(node, [...flags, 'forbidden.mjs'], folder, {}, 60_000));
}

/** workerd: a bundle, and its own runner of tests. */
export async function runWorkerd(
  { folder, tools, servers, node = process.execPath }: Place,
  esbuild: string,
): Promise<void> {
  const own = join(folder, 'worker');
  write(own, {
    'index.js': `
import { connect, createClient } from 'holdline';
${USE}
export default {
  async test() {
    const said = await use({ connect, createClient }, '${servers.ws}');
    if (said !== '${WORKS}') throw new Error(said);
    console.log(said);
  },
};`,
    'build.mjs': `
import { build } from ${JSON.stringify(`file://${join(esbuild, 'esbuild/lib/main.js')}`)};
await build({ entryPoints: ['index.js'], bundle: true, format: 'esm', conditions: ['workerd', 'browser'], outfile: 'main.js' });`,
    'config.capnp': `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (services = [
  (name = "main", worker = .main),
  (name = "internet", network = (allow = ["private"])),
]);
const main :Workerd.Worker = (
  modules = [(name = "main.js", esModule = embed "main.js")],
  compatibilityDate = "2026-01-01",
);
`,
  });
  expectWorks(await command(node, ['build.mjs'], own), '');
  const program = join(tools, '@cloudflare/workerd-linux-64/bin/workerd');
  const ended = await command(program, ['test', 'config.capnp'], own, {}, 60_000);
  expectWorks(ended, 'PASS');
}

/** mocha and node:test. */
export async function runPlainRunner(
  { folder, tools, servers, node = process.execPath }: Place,
  which: 'mocha' | 'node:test',
): Promise<void> {
  const file = join(`runner-${which.replace(':', '-')}`, 'holdline.test.cjs');
  const own =
    which === 'mocha' ? 'const { it: test } = require("mocha");' : 'const test = require("node:test");';
  write(folder, { [file]: `${own}\n${commonJsTest(servers, true)}` });
  const ended =
    which === 'mocha'
      ? await command(node, [join(tools, 'mocha/bin/mocha.js'), file], folder)
      : await command(node, ['--test', '--test-reporter=spec', file], folder);
  expectWorks(ended, which === 'mocha' ? '1 passing' : 'pass 1');
}

/** vitest, in one of its environments; \`config\` is what a user adds, \`test\` the body of a test. */
export async function runVitest(
  { folder, tools, node = process.execPath }: Place,
  name: string,
  config: string,
  test: string,
): Promise<void> {
  const own = join(folder, `vitest-${name}`);
  write(own, {
    'package.json': '{ "type": "module", "private": true }',
    'vitest.config.js': `export default { ${config} };`,
    'holdline.test.js': `
import { expect, test, vi } from 'vitest';
import { connect, createClient, nativeTransport } from 'holdline';
${USE}
${test}`,
  });
  expectWorks(await command(node, [join(tools, 'vitest/vitest.mjs'), 'run'], own), '1 passed');
}

/** The version of a package in a folder of modules. */
export function versionIn(modules: string, name: string): string {
  return (JSON.parse(readFileSync(join(modules, name, 'package.json'), 'utf8')) as { version: string })
    .version;
}
