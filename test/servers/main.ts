/**
 * `npm run test:servers [-- --write] [words]`: envelopes and recipes with the servers that they are for. Installs what is
 * missing, or names it; starts and stops each server; ends with a table. Words choose files by a part of their name.
 * `--write` keeps what was proven in test/servers/results.json, for docs/reference/protocols.md.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { parseArgs } from 'node:util';
import { ensure } from '../tools/prerequisites.mjs';
import { PEERS } from './peers.ts';
import { FEATURES, featuresOf, RESULTS, readResults, type ServerResult } from './results.ts';

/** What each file needs of the machine. */
const NEEDS: Readonly<Record<string, string>> = {
  'action-cable': 'actioncable',
  jupyter: 'jupyter',
  mqtt: 'rabbitmq',
  obs: 'obs',
  stomp: 'rabbitmq',
};

interface Report {
  readonly testResults: readonly {
    readonly name: string;
    readonly assertionResults: readonly { readonly title: string; readonly status: string }[];
  }[];
}

const { values, positionals } = parseArgs({
  options: { write: { type: 'boolean', default: false } },
  allowPositionals: true,
});

const files = readdirSync('test/servers')
  .filter((name) => name.endsWith('.test.ts'))
  .filter((name) => positionals.length === 0 || positionals.some((word) => name.includes(word)));
if (files.length === 0)
  throw new Error(`No file of test/servers has such a name: ${positionals.join(', ')}.`);

const needs = [...new Set(files.flatMap((name) => NEEDS[name.replace('.test.ts', '')] ?? []))];
if (!ensure(needs)) process.exit(1);
PEERS.install((line) => console.log(line));

const scratch = mkdtempSync(join(tmpdir(), 'holdline-servers-'));
process.once('exit', () => rmSync(scratch, { recursive: true, force: true }));
const [report, servers] = [join(scratch, 'report.json'), join(scratch, 'servers')];
writeFileSync(servers, '');
const begin = performance.now();
const code = await new Promise<number>((resolve, reject) => {
  const args = [
    'run',
    '--project',
    'servers',
    '--reporter=tree',
    '--reporter=json',
    `--outputFile.json=${report}`,
  ];
  const env = { ...process.env, HOLDLINE_SERVERS_FILE: servers };
  const paths = files.map((name) => `test/servers/${name}`);
  const child = spawn('node_modules/.bin/vitest', [...args, ...paths], { stdio: 'inherit', env });
  child.once('error', reject);
  child.once('exit', (status) => resolve(status ?? 1));
});

const started = readFileSync(servers, 'utf8')
  .split('\n')
  .filter((line) => line !== '')
  .map((line) => JSON.parse(line) as { file: string; name: string; version: string });
const { testResults } = JSON.parse(readFileSync(report, 'utf8')) as Report;
const results = testResults.map(({ name, assertionResults }) => {
  const file = relative(process.cwd(), name);
  const titles = (status: string): string[] =>
    assertionResults.filter((one) => one.status === status).map(({ title }) => title);
  const ran = started.find((one) => relative(process.cwd(), one.file) === file);
  return {
    file,
    server: ran?.name ?? `${file} did not start`,
    version: ran?.version ?? '',
    passed: titles('passed'),
    failed: assertionResults.filter(({ status }) => status !== 'passed').map(({ title }) => title),
  };
});

const mark = (passed: readonly string[], failed: readonly string[], feature: string): string => {
  const is = (title: string): boolean => featuresOf(title).includes(feature);
  if (failed.some(is)) return 'FAILED';
  return passed.some(is) ? 'yes' : '–';
};
const rows = results.map(({ server, version, passed, failed }) => [
  `${server} ${version}`,
  ...FEATURES.map((feature) => mark(passed, failed, feature)),
]);
const table = [['server', ...FEATURES], ...rows];
const widths = FEATURES.map((name) => Math.max(name.length, 'FAILED'.length));
const first = Math.max(...table.map(([name = '']) => name.length));
console.log();
for (const [name = '', ...cells] of table)
  console.log([name.padEnd(first), ...cells.map((cell, at) => cell.padEnd(widths[at] ?? 0))].join('  '));
const failed = results.flatMap((one) => one.failed.map((title) => `${one.file}: ${title}`));
console.log(
  `\n${results.length} servers, ${failed.length} failures, ${((performance.now() - begin) / 1_000).toFixed(0)} s`,
);

if (values.write && failed.length === 0 && code === 0) {
  const proven = new Map<string, ServerResult>(
    [...(positionals.length === 0 ? [] : readResults()), ...results].map(
      ({ file, server, version, passed }) => [file, { file, server, version, passed }],
    ),
  );
  const sorted = [...proven.values()].sort((a, b) => (a.file < b.file ? -1 : 1));
  writeFileSync(RESULTS, `${JSON.stringify(sorted, undefined, 2)}\n`);
  console.log(`written: ${relative(process.cwd(), RESULTS)}`);
}
process.exit(code === 0 && failed.length === 0 ? 0 : 1);
