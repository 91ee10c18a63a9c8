#!/usr/bin/env node
// `npm run simulate:mutants [-- NAME…]`: makes each mistake of mutants.mjs and looks for the first seed that notices it.
// With `--write` the table that docs/reference/simulation.md shows is written down.
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { ROOT } from '../tools/run.mjs';
import { bundleSeeds } from './bundle.mjs';
import { MUTANTS } from './mutants.mjs';

/** Within so many seeds each must be noticed. */
const MOST_SEEDS = 1_000;

/** Where the table is kept. */
export const RESULTS = join(ROOT, 'test/simulation/mutants.json');

/** A seed that needs longer hangs: that is noticed too, but by nobody's rule. Milliseconds. */
const PATIENCE_MS = 180_000;

/**
 * @typedef {object} Catch
 * @property {string} name
 * @property {number} seed the first that noticed it; 0 if none did
 * @property {string} rule by which promise
 */

/**
 * Plays seeds with a mistake in the sources, up to the first that notices it.
 * @param {import('./mutants.mjs').Mutant} mutant
 * @param {number} [most]
 * @returns {Promise<Catch>}
 */
export async function hunt(mutant, most = MOST_SEEDS) {
  const program = await bundleSeeds(mutant);
  const child = spawn(process.execPath, [program, '1', String(most), 'first'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const timer = setTimeout(() => child.kill(), PATIENCE_MS);
  /** @type {Catch} */
  let found = { name: mutant.name, seed: 0, rule: '' };
  for await (const line of createInterface({ input: child.stdout })) {
    const told = JSON.parse(line);
    if (told.failed !== undefined) found = { ...found, seed: told.failed, rule: told.rules ?? told.rule };
  }
  clearTimeout(timer);
  return found;
}

async function main() {
  const words = process.argv.slice(2);
  const names = words.filter((word) => !word.startsWith('--'));
  const wanted = MUTANTS.filter(({ name }) => names.length === 0 || names.includes(name));
  const queue = [...wanted];
  /** @type {Catch[]} */
  const found = [];
  await Promise.all(
    Array.from({ length: availableParallelism() }, async () => {
      for (let mutant = queue.shift(); mutant !== undefined; mutant = queue.shift()) {
        const one = await hunt(mutant);
        found.push(one);
        const expected = one.rule.split(' ').includes(mutant.rule) ? '' : ` (expected ${mutant.rule})`;
        console.log(
          one.seed === 0
            ? `${one.name}: NOT NOTICED`
            : `${one.name}: seed ${one.seed}, ${one.rule}${expected}`,
        );
      }
    }),
  );
  const missed = found.filter(({ seed }) => seed === 0);
  console.log(`${found.length - missed.length} of ${found.length} noticed within ${MOST_SEEDS} seeds`);
  if (words.includes('--write')) {
    const table = wanted.map(({ name }) => found.find((one) => one.name === name));
    writeFileSync(RESULTS, `${JSON.stringify(table, null, 2)}\n`);
  }
  process.exitCode = missed.length > 0 ? 1 : 0;
}

if (process.argv[1]?.endsWith('campaign.mjs')) await main();
