/** `npm run bench`: ours beside other clients, in CPU per message. `npm run bench -- help` tells the words it takes. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, release, type } from 'node:os';
import { join } from 'node:path';
import { ensure } from '../../tools/prerequisites.mjs';
import { type Choice, chooseFrom, isChosen, USAGE } from './arguments.ts';
import { saveCommitted, writePage } from './committed.ts';
import { type Contest, contestsOf } from './contests.ts';
import { canPin } from './cores.ts';
import { workloadLines } from './report.ts';
import type { Results, WorkloadResult } from './results.ts';
import { prepareStage, type Stage } from './stage.ts';
import { cacheFolder } from './tools.ts';

async function main(choice: Choice): Promise<void> {
  if (!ensure(['bench'])) throw new Error('The benchmark needs a C compiler and the headers of OpenSSL.');
  const folder = mkdtempSync(join(cacheFolder(), 'run-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
  const stage = await prepareStage(folder, choice);
  for (const line of stage.missing) console.log(`left out: ${line}`);
  try {
    await runAll(choice, stage);
  } finally {
    await stage.server.stop();
  }
}

async function runAll(choice: Choice, stage: Stage): Promise<void> {
  const contests = contestsOf(stage, choice).filter(
    ({ id, isLong }) =>
      isChosen(id, choice.only) && !(isLong && choice.mode === 'quick' && choice.only.length === 0),
  );
  const done: WorkloadResult[] = [];
  const begin = performance.now();
  for (const [index, contest] of contests.entries()) {
    const result = { ...(await attempt(contest)), date: new Date().toISOString() };
    done.push(result);
    const passed = ((performance.now() - begin) / 60_000).toFixed(1);
    const place = `[${index + 1}/${contests.length}, ${passed} min]`;
    console.log(`\n${place} ${workloadLines(contest, result).join('\n')}`);
    // What is done is kept, whatever happens to the rest.
    const results = resultsOf(choice, stage, done);
    if (choice.json !== undefined) save(choice.json, results);
    if (choice.write) saveCommitted(results);
  }
  if (choice.write) writePage();
}

/** A workload that cannot be run at all is no reason not to run the others. */
async function attempt(contest: Contest): Promise<WorkloadResult> {
  try {
    return await contest.run();
  } catch (error) {
    return { id: contest.id, peers: [], error: error instanceof Error ? error.message : String(error) };
  }
}

function resultsOf(choice: Choice, stage: Stage, workloads: readonly WorkloadResult[]): Results {
  return {
    date: new Date().toISOString(),
    mode: choice.mode,
    machine: {
      cpu: cpus()[0]?.model ?? '',
      cores: cpus().length,
      system: `${type()} ${release()}`,
      pinned: canPin(),
    },
    workloads,
    missing: stage.missing,
  };
}

function save(path: string, results: Results): void {
  writeFileSync(path, `${JSON.stringify(results, null, 1)}\n`);
}

if (process.argv.includes('help')) console.log(USAGE);
else if (process.argv.includes('page')) writePage();
else {
  await main(chooseFrom(process.argv.slice(2))).catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  });
}
