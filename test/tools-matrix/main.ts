// `npm run test:tools`: holdline, packed, in the tools that its users have. Installs what it needs into node_modules/.cache,
// prints a table, and writes it to the documentation when all rows were run.
//
//   npm run test:tools                       all rows
//   npm run test:tools -- jest bundlers      rows with one of these words in their group, tool, kit or what they do
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { findChromium } from '../tools/prerequisites.mjs';
import { ensureRuntimes, versionOf } from '../tools/runtimes.mjs';
import { command, ensureKit, folderOf, putHoldline, ROOT } from './kits.ts';
import { closeBrowser } from './page.ts';
import { NOT_HERE, ROWS, type Row } from './rows.ts';
import { versionIn } from './runners.ts';
import { startServers } from './server.ts';

const PAGE = join(ROOT, 'docs', 'reference', 'tools.md');
const [BEGIN, END] = ['<!-- table: npm run test:tools -->', '<!-- end of table -->'];

interface Result {
  readonly row: Row;
  readonly version: string;
  readonly fault: string | undefined;
}

const words = process.argv.slice(2).map((word) => word.toLowerCase());
const isWanted = ({ group, what, kit, tool, runtime = '' }: Row): boolean =>
  words.length === 0 ||
  words.some((word) => `${group} ${what} ${kit} ${tool} ${runtime}`.toLowerCase().includes(word));
const rows = ROWS.filter(isWanted);
const say = (line: string): void => console.log(line);

/** What `npm pack` makes, unpacked. */
async function packed(into: string): Promise<string> {
  const run = async (program: string, args: readonly string[]): Promise<void> => {
    const { code, output } = await command(program, args, ROOT);
    if (code !== 0) throw new Error(output);
  };
  await run('npm', ['pack', '--silent', '--pack-destination', into]);
  const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string };
  await run('tar', ['-xzf', join(into, `holdline-${version}.tgz`), '-C', into]);
  return join(into, 'package');
}

async function runtimesFor(chosen: readonly Row[]): Promise<Record<string, string>> {
  const names = new Set(chosen.map(({ runtime }) => runtime).filter((name) => name !== undefined));
  const isOld = names.delete('node-20.0');
  const found: Record<string, string> = await ensureRuntimes([...names]);
  if (isOld) found['node-20.0'] = join(folderOf('node-20.0'), 'node_modules/runtime/bin/node');
  return found;
}

function versionFor({ kit, tool }: Row, program: string): string {
  if (tool === 'chromium') return versionOf(findChromium() as string);
  return ['node', 'bun', 'deno'].includes(tool)
    ? versionOf(program)
    : versionIn(join(folderOf(kit), 'node_modules'), tool);
}

async function main(scratch: string): Promise<Result[]> {
  const from = await packed(scratch);
  for (const kit of new Set([...rows.map(({ kit }) => kit), 'bundlers'])) {
    await ensureKit(kit, say);
    putHoldline(join(folderOf(kit), 'node_modules'), from);
  }
  const runtimes = await runtimesFor(rows);
  const servers = await startServers();
  const results: Result[] = [];
  for (const [at, row] of rows.entries()) {
    const folder = folderOf(row.kit);
    const node = row.runtime === undefined ? process.execPath : (runtimes[row.runtime] as string);
    const begin = performance.now();
    let fault: string | undefined;
    try {
      await row.run({ folder, tools: join(folder, 'node_modules'), servers, node, runtimes });
    } catch (error) {
      fault = error instanceof Error ? error.message : String(error);
    }
    const version = versionFor(row, node);
    results.push({ row, version, fault });
    const seconds = ((performance.now() - begin) / 1000).toFixed(1);
    say(
      `${at + 1}/${rows.length} ${row.group}: ${nameOf(row)} ${version}, ${row.what}: ${resultOf(row, fault)} (${seconds} s)`,
    );
    if (fault !== undefined) say(fault);
  }
  servers.close();
  await closeBrowser();
  return results;
}

const NAMES: Readonly<Record<string, string>> = {
  '@cloudflare/workerd-linux-64': 'workerd',
  '@rspack/core': 'Rspack',
  '@sveltejs/kit': 'SvelteKit',
  '@react-router/dev': 'React Router',
  '@angular/build': 'Angular',
  'jest-environment-jsdom': 'Jest, jsdom',
  node: 'Node',
  bun: 'Bun',
  deno: 'Deno',
  chromium: 'Chromium',
};

/** As people call it: `typescript-5.9` and `vite8` are names of a kit. */
function nameOf({ tool }: Row): string {
  const name = NAMES[tool] ?? tool.replace(/-?\d[\d.]*$/, '');
  return name === 'typescript' ? 'TypeScript' : name.charAt(0).toUpperCase() + name.slice(1);
}

function resultOf({ awkward }: Row, fault: string | undefined): string {
  if (fault !== undefined) return 'fail';
  return awkward === undefined ? 'pass' : 'awkward';
}

function tableOf(results: readonly Result[]): string {
  const lines = results.map(({ row, version, fault }) => {
    const [note, link] = row.awkward ?? ['', ''];
    const result = resultOf(row, fault);
    const shown = result === 'awkward' ? `awkward: [${note}](${link})` : result;
    return `| ${row.group} | ${nameOf(row)} ${version} | ${row.what.replaceAll('<', '\\<')} | ${shown} |`;
  });
  return ['| | tool | use | result |', '| --- | --- | --- | --- |', ...lines].join('\n');
}

const scratch = mkdtempSync(join(tmpdir(), 'holdline-pack-'));
try {
  const results = await main(scratch);
  const date = new Date().toISOString().slice(0, 10);
  const count = (result: string): number =>
    results.filter(({ row, fault }) => resultOf(row, fault) === result).length;
  const sum = `${date}: ${count('pass')} pass, ${count('awkward')} awkward, ${count('fail')} fail.`;
  const missing = NOT_HERE.map(([what, why]) => `- ${what}: ${why}.`).join('\n');
  const table = `${sum}\n\n${tableOf(results)}\n\nNot tried, and not counted:\n\n${missing}`;
  say(`\n${table}`);
  if (words.length === 0) {
    const page = readFileSync(PAGE, 'utf8');
    const [before, rest] = page.split(BEGIN);
    const after = rest?.split(END)[1];
    if (after === undefined) throw new Error(`${PAGE} has no place for the table.`);
    writeFileSync(PAGE, `${before}${BEGIN}\n\n${table}\n\n${END}${after}`);
  }
  process.exitCode = results.some(({ fault }) => fault !== undefined) ? 1 : 0;
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
