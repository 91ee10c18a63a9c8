#!/usr/bin/env node
// `npm run simulate:mutants [-- NAME…]`: makes each mistake of mutants.mjs and looks for the first seed that notices it.
// With `--write` the table that docs/reference/simulation.md shows is written down. With `--sample N` only so many are made,
// others after every change of src/, each from the seed on that has noticed it: what `npm test` does.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { ROOT } from '../tools/run.mjs';
import { bundleSeeds } from './bundle.mjs';
import { MUTANTS } from './mutants.mjs';

/** Within so many seeds each must be noticed. */
const MOST_SEEDS = 1_000;

/** Where the table is kept. */
const RESULTS = join(ROOT, 'test/simulation/mutants.json');

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
 * @param {number} [from]
 * @returns {Promise<Catch>}
 */
async function hunt(mutant, from = 1) {
  const program = await bundleSeeds(mutant);
  const child = spawn(process.execPath, [program, String(from), String(MOST_SEEDS), 'first'], {
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

/**
 * Mutants by chance, which the text of src/ decides: the same sources, the same sample.
 * @param {number} size
 */
function sample(size) {
  const hash = createHash('sha256');
  for (const path of readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' }).sort()) {
    if (/\.tsx?$/.test(path)) hash.update(readFileSync(join(ROOT, 'src', path)));
  }
  const first = hash.digest().readUInt32BE(0) % MUTANTS.length;
  return [...MUTANTS, ...MUTANTS].slice(first, first + size);
}

const { values, positionals: names } = parseArgs({
  allowPositionals: true,
  options: { write: { type: 'boolean', default: false }, sample: { type: 'string' } },
});
const isSample = values.sample !== undefined;
const wanted = isSample
  ? sample(Number(values.sample))
  : MUTANTS.filter(({ name }) => names.length === 0 || names.includes(name));
/** @type {Map<string, number>} the seeds that have noticed them before */
const known = new Map();
if (isSample) {
  for (const { name, seed } of JSON.parse(readFileSync(RESULTS, 'utf8'))) known.set(name, seed);
}
const queue = [...wanted];
/** @type {Catch[]} */
const found = [];
await Promise.all(
  Array.from({ length: availableParallelism() }, async () => {
    for (let mutant = queue.shift(); mutant !== undefined; mutant = queue.shift()) {
      const one = await hunt(mutant, known.get(mutant.name));
      found.push(one);
      const expected = one.rule.split(' ').includes(mutant.rule) ? '' : ` (expected ${mutant.rule})`;
      console.log(
        one.seed === 0 ? `${one.name}: NOT NOTICED` : `${one.name}: seed ${one.seed}, ${one.rule}${expected}`,
      );
    }
  }),
);
const missed = found.filter(({ seed }) => seed === 0);
console.log(`${found.length - missed.length} of ${found.length} noticed within ${MOST_SEEDS} seeds`);
if (values.write) {
  const table = wanted.map(({ name }) => found.find((one) => one.name === name));
  writeFileSync(RESULTS, `${JSON.stringify(table, null, 2)}\n`);
}
process.exitCode = missed.length > 0 ? 1 : 0;
