/**
 * `npm run chaos -- --minutes N [--client TEXT] [--scene NAME] [--write]`: real clients, real servers, real connections that
 * break. `--write` puts the tables into docs/reference/chaos.md.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, type } from 'node:os';
import { parseArgs } from 'node:util';
import { chanceOf } from '../fuzz/mutate.mjs';
import { type Contestant, contestants } from './clients.ts';
import { SCENES } from './faults.ts';
import { openNamespace, whyNoNamespace } from './namespace.ts';
import { installPeers } from './peers.ts';
import { type Running, SERVERS, type ServerName } from './servers.ts';
import { fatesTable, type Row, timesTable } from './table.ts';
import { measure, type Outcome, runTrial } from './trial.ts';

const PAGE = 'docs/reference/chaos.md';

/** A client that is not back by then is not back. Milliseconds. */
const LONGEST_MS = 90_000;

/** All trials of a round begin within so many milliseconds of one another. */
const SPREAD_MS = 5_000;

/** The scene of the network of its own, and how long that swallows everything. */
const SWALLOWED = 'swallowed';
const SWALLOW_MS = 60_000;

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '60' },
    client: { type: 'string', default: '' },
    scene: { type: 'string', multiple: true },
    seed: { type: 'string', default: '1' },
    write: { type: 'boolean', default: false },
  },
});

installPeers((line) => console.log(line));
const noNamespace = whyNoNamespace();
if (noNamespace !== undefined) console.log(`without the scene "${SWALLOWED}": it ${noNamespace}`);
const scenes = [...Object.keys(SCENES), ...(noNamespace === undefined ? [SWALLOWED] : [])].filter(
  (name) => values.scene === undefined || values.scene.includes(name),
);
const everybody = contestants().filter(({ name }) => name.includes(values.client));
const chance = chanceOf(Number(values.seed));
const dice = (): number => chance(2 ** 30) / 2 ** 30;

const servers = new Map<ServerName, Running>();
for (const { server } of everybody) if (!servers.has(server)) servers.set(server, await SERVERS[server]());
const portOf = ({ server }: Contestant): number => (servers.get(server) as Running).port;

const rows = new Map<string, Row & { outcomes: Outcome[] }>();
const note = ({ name: client, server }: Contestant, scene: string, outcome: Outcome): void => {
  const key = `${client}, ${server}, ${scene}`;
  const row = rows.get(key) ?? { client, server, scene, outcomes: [] };
  row.outcomes.push(outcome);
  rows.set(key, row);
};

/** A trial that cannot be played is told, and counts for nothing. */
async function record(
  one: Contestant,
  scene: string,
  trial: Promise<Outcome>,
  failed?: () => Promise<void>,
): Promise<void> {
  try {
    note(one, scene, await trial);
  } catch (error) {
    console.log(`not played: ${one.name}, ${scene}: ${String(error)}`);
    await failed?.();
  }
}

/** All at once: one network for all of them. */
async function playSwallowed(): Promise<void> {
  const namespace = await openNamespace([...servers.values()].map(({ port }) => port));
  let waiting = everybody.length;
  let open: () => void = () => {};
  const all = new Promise<void>((resolve) => {
    open = resolve;
  });
  const healed = all.then(async () => {
    namespace.swallow();
    await pause(SWALLOW_MS);
    namespace.heal();
  });
  const breakIt = async (broken: () => void): Promise<void> => {
    waiting--;
    if (waiting === 0) open();
    await all;
    broken();
    await healed;
  };
  try {
    await Promise.all(
      everybody.map(async (one) => {
        const connect = (lost: () => void) => one.connect(portOf(one), namespace.host, lost);
        const played = measure({ connect, breakIt, breaks: true, longest: LONGEST_MS });
        await record(one, SWALLOWED, played, () => breakIt(() => {}));
      }),
    );
  } finally {
    await namespace.close();
  }
}

// What one of them lets fall is no end of the campaign.
process.on('unhandledRejection', (reason) => console.log(`nobody awaited: ${String(reason)}`));
const begin = performance.now();
const minutes = (): number => (performance.now() - begin) / 60_000;
let rounds = 0;
do {
  const trials = everybody.flatMap((one) =>
    Object.entries(SCENES)
      .filter(([name]) => scenes.includes(name))
      .map(async ([name, scene]) => {
        await pause(dice() * SPREAD_MS);
        await record(one, name, runTrial(one, portOf(one), scene, { dice, longest: LONGEST_MS }));
      }),
  );
  if (scenes.includes(SWALLOWED))
    trials.push(playSwallowed().catch((error) => console.log(`not played: ${SWALLOWED}: ${String(error)}`)));
  await Promise.all(trials);
  rounds++;
  console.log(`round ${rounds}, ${minutes().toFixed(1)} min`);
} while (minutes() < Number(values.minutes));
const took = minutes();
for (const { stop } of servers.values()) await stop();

const all = everybody.flatMap(({ name, server }) =>
  [...rows.values()].filter((row) => row.client === name && row.server === server),
);
const trials = all.reduce((sum, { outcomes }) => sum + outcomes.length, 0);
const [times, fates] = [timesTable(all, scenes), fatesTable(all, scenes)];
const model = cpus()[0]?.model.trim();
// Of its own the campaign needs a part of one core.
const busy = (loadavg()[0] ?? 0) > cpus().length ? ', with other work beside it' : '';
const story = `${new Date().toISOString().slice(0, 10)}, \`npm run chaos -- --minutes ${values.minutes}\`: ${rounds} rounds, ${trials} trials in ${took.toFixed(0)} min. Node ${process.version}, ${type()}, ${cpus().length} cores (${model})${busy}.`;
console.log(`\n${story}\n\n${times}\n\n${fates}`);

if (values.write) {
  let page = readFileSync(PAGE, 'utf8');
  for (const [name, text] of [
    ['chaos-run', story],
    ['chaos-times', times],
    ['chaos-fates', fates],
  ] as const) {
    const [from, to] = [`<!-- measured: ${name} -->`, '<!-- /measured -->'];
    const start = page.indexOf(from);
    const end = page.indexOf(to, start);
    if (start < 0 || end < 0) throw new Error(`${PAGE} has no place for ${name}.`);
    page = `${page.slice(0, start + from.length)}\n${text}\n${page.slice(end)}`;
  }
  writeFileSync(PAGE, page);
  console.log(`\nwritten: ${PAGE}`);
}
process.exit(0);
