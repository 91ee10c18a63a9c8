/** `npm run bench`: ours beside other clients, in CPU per message. `npm run bench -- help` tells the words it takes. */
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, release, type } from 'node:os';
import { join, resolve } from 'node:path';
import { ensure } from '../../tools/prerequisites.mjs';
import { type Choice, chooseFrom, isChosen, USAGE } from './arguments.ts';
import { blockCountOf, ensureBlock } from './blocks.ts';
import { ClientProcess } from './client-process.ts';
import { canPin } from './cores.ts';
import { type Peer, peerOf, usualPeers } from './peers.ts';
import { type Effort, jobOf, type Racer, race } from './race.ts';
import { workloadLines } from './report.ts';
import type { Results, WorkloadResult } from './results.ts';
import { findRuntimes, type Runtime } from './runtimes.ts';
import { type Server, startServer } from './server.ts';
import { buildClients, buildPackage, buildServer, cacheFolder, writeCertificate } from './tools.ts';
import { WORKLOADS, type Workload } from './workloads.ts';

const EFFORT: Readonly<Record<Choice['mode'], Effort>> = {
  quick: { rounds: 5, roundMs: 120, patience: 20_000 },
  full: { rounds: 9, roundMs: 250, patience: 60_000 },
};

/** Everything that a race needs beside its workload. */
interface Stage {
  readonly folder: string;
  readonly dist: string;
  readonly base: string | undefined;
  readonly blocks: string;
  readonly cert: string;
  readonly certPath: string;
  readonly server: Server;
  readonly runtimes: ReadonlyMap<Peer['runtime'], Runtime>;
}

async function prepareStage(
  folder: string,
  choice: Choice,
  peers: readonly Peer[],
): Promise<Stage & { missing: string[] }> {
  const dist = await buildPackage(folder);
  if (choice.keep !== undefined) cpSync(dist, choice.keep, { recursive: true });
  await buildClients(folder);
  const blocks = join(cacheFolder(), 'blocks');
  const certificate = writeCertificate(folder);
  const server = await startServer({ program: buildServer(), blocks, ...certificate });
  const { found, missing } = await findRuntimes(peers.map(({ runtime }) => runtime));
  return {
    ...certificate,
    folder,
    dist,
    base: choice.base && resolve(choice.base),
    blocks,
    server,
    runtimes: found,
    missing: [...missing].map(([name, why]) => `${name}: ${why}`),
  };
}

const nameOf = ({ id }: Peer): string => id.split('@')[0] as string;

function takesPart(peer: Peer, { without = [], only }: Workload): boolean {
  return !without.includes(nameOf(peer)) && (only === undefined || only.includes(nameOf(peer)));
}

async function runWorkload(
  workload: Workload,
  peers: readonly Peer[],
  stage: Stage,
  effort: Effort,
): Promise<WorkloadResult> {
  const { payload, deflate = false } = workload;
  const [path, query] = workload.mode.split('?');
  const words = [query, deflate ? 'deflate=1' : ''];
  if (path === 'source') words.push(`block=${await ensureBlock(stage.blocks, payload, deflate)}`);
  const url = `${workload.secure ? stage.server.secure : stage.server.plain}/${path}?${words.filter(Boolean).join('&')}`;
  const racers = peers
    .filter((peer) => takesPart(peer, workload))
    .flatMap((peer): Racer[] => {
      const runtime = stage.runtimes.get(peer.runtime);
      if (runtime === undefined) return [];
      const place = {
        url,
        ca: workload.secure ? stage.cert : undefined,
        dist: peer.id.startsWith('base') && stage.base ? stage.base : stage.dist,
        variant: peer.variant,
        blockCount: blockCountOf(payload),
      };
      const env = { ...peer.env, ...(workload.secure ? runtime.trust(stage.certPath) : {}) };
      const script = join(stage.folder, `${peer.client}.mjs`);
      const job = jobOf(workload, place);
      const { command } = runtime;
      return [{ peer, start: (patience) => new ClientProcess({ command, script, env, job, patience }) }];
    });
  return race(workload, racers, () => stage.server.cpu(), effort);
}

function choosePeers({ mode, peers, base }: Choice): Peer[] {
  const chosen = peers.length > 0 ? peers.map(peerOf) : usualPeers(mode);
  return base === undefined || chosen.some(({ id }) => id.startsWith('base'))
    ? chosen
    : [...chosen, peerOf('base')];
}

async function main(choice: Choice): Promise<void> {
  if (!ensure(['bench'])) throw new Error('The benchmark needs a C compiler and the headers of OpenSSL.');
  const peers = choosePeers(choice);
  const workloads = WORKLOADS.filter(({ id }) => isChosen(id, choice.only));
  const effort = {
    ...EFFORT[choice.mode],
    ...(choice.rounds === undefined ? {} : { rounds: choice.rounds }),
  };
  const folder = mkdtempSync(join(cacheFolder(), 'run-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
  const stage = await prepareStage(folder, choice, peers);
  const done: WorkloadResult[] = [];
  const results = (): Results => ({
    date: new Date().toISOString(),
    mode: choice.mode,
    machine: {
      cpu: cpus()[0]?.model ?? '',
      cores: cpus().length,
      system: `${type()} ${release()}`,
      pinned: canPin(),
    },
    workloads: done,
    missing: stage.missing,
  });
  for (const line of stage.missing) console.log(`left out: ${line}`);
  const begin = performance.now();
  try {
    for (const [index, workload] of workloads.entries()) {
      const result = await runWorkload(workload, peers, stage, effort);
      done.push(result);
      const passed = ((performance.now() - begin) / 60_000).toFixed(1);
      console.log(
        `\n[${index + 1}/${workloads.length}, ${passed} min] ${workloadLines(workload, result).join('\n')}`,
      );
      if (choice.json !== undefined) writeFileSync(choice.json, `${JSON.stringify(results(), null, 1)}\n`);
    }
  } finally {
    await stage.server.stop();
  }
}

if (process.argv.includes('help')) console.log(USAGE);
else {
  await main(chooseFrom(process.argv.slice(2))).catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  });
}
