/**
 * `npm run bench:storm`: the storm for 100,000 and 1,000,000 clients, as tables; `--write` puts the tables and the
 * picture into docs/reference/storm.md. `--clients N`, `--seed N`.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { stormPicture } from './picture.ts';
import { POLICIES } from './policies/index.ts';
import { SCENE } from './server.ts';
import { simulateStorm } from './simulation.ts';
import { formulaTable, type StormRow, stormTable } from './table.ts';

const PAGE = 'docs/reference/storm.md';
const PICTURE = 'docs/reference/storm.svg';

const { values } = parseArgs({
  options: {
    clients: { type: 'string', multiple: true },
    seed: { type: 'string', default: '1' },
    write: { type: 'boolean', default: false },
  },
});
const seed = Number(values.seed);
const sizes = (values.clients ?? ['100000', '1000000']).map(Number);

const blocks = new Map([['storm-formulas', formulaTable(POLICIES)]]);
for (const clients of sizes) {
  const begin = performance.now();
  const rows = POLICIES.map((policy): StormRow => {
    const against = (server: 'shed' | 'queue') => simulateStorm({ policy, server, clients, seed });
    return { policy, shed: against('shed'), queue: against('queue') };
  });
  const table = stormTable(rows, clients);
  blocks.set(`storm-${clients}`, table);
  const took = ((performance.now() - begin) / 1_000).toFixed(1);
  console.log(`\n${clients.toLocaleString('en')} clients, seed ${seed} (simulated in ${took} s)\n\n${table}`);
  if (values.write && clients === 100_000) writeFileSync(PICTURE, stormPicture(rows, clients, SCENE));
}

if (values.write) {
  let page = readFileSync(PAGE, 'utf8');
  for (const [name, text] of blocks) {
    const [begin, end] = [`<!-- measured: ${name} -->`, '<!-- /measured -->'];
    const from = page.indexOf(begin);
    const to = page.indexOf(end, from);
    if (from < 0 || to < 0) throw new Error(`${PAGE} has no place for ${name}.`);
    page = `${page.slice(0, from + begin.length)}\n${text}\n${page.slice(to)}`;
  }
  writeFileSync(PAGE, page);
  console.log(`\nwritten: ${PAGE}, ${PICTURE}`);
}
