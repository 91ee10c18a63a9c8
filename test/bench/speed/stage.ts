/** Everything that races need: the server, our build, the client programs, the runtimes. */
import { cpSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Choice } from './arguments.ts';
import { blockCountOf, ensureBlock } from './blocks.ts';
import { ClientProcess } from './client-process.ts';
import { jobOf } from './job-of.ts';
import { type Peer, peerOf, REFERENCE, usualPeers } from './peers.ts';
import { type Effort, type Racer, race } from './race.ts';
import type { WorkloadResult } from './results.ts';
import { findRuntimes, type Runtime } from './runtimes.ts';
import { type Server, startServer } from './server.ts';
import { buildClients, buildPackage, buildServer, cacheFolder, writeCertificate } from './tools.ts';
import type { Workload } from './workloads.ts';

export interface Stage {
  readonly folder: string;
  readonly dist: string;
  /** Another build of ours. */
  readonly base: string | undefined;
  readonly blocks: string;
  readonly ca: string;
  readonly caPath: string;
  readonly server: Server;
  readonly peers: readonly Peer[];
  readonly runtimes: ReadonlyMap<Peer['runtime'], Runtime>;
  /** Runtimes that cannot be had, and why. */
  readonly missing: readonly string[];
}

export async function prepareStage(folder: string, choice: Choice): Promise<Stage> {
  const peers = choosePeers(choice);
  const dist = await buildPackage(folder);
  if (choice.keep !== undefined) cpSync(dist, choice.keep, { recursive: true });
  await buildClients(folder);
  const blocks = join(cacheFolder(), 'blocks');
  const certificate = writeCertificate(folder);
  const { found, missing } = await findRuntimes(peers.map(({ runtime }) => runtime));
  return {
    ...certificate,
    folder,
    dist,
    base: choice.base && resolve(choice.base),
    blocks,
    server: await startServer({ program: buildServer(), blocks, ...certificate }),
    peers,
    runtimes: found,
    missing: [...missing].map(([name, why]) => `${name}: ${why}`),
  };
}

function choosePeers({ mode, peers, base }: Choice): Peer[] {
  const chosen = peers.length > 0 ? peers.map(peerOf) : usualPeers(mode);
  const names = base !== undefined && !chosen.some(isBase) ? [...chosen, peerOf('base')] : chosen;
  return names;
}

const nameOf = ({ id }: Peer): string => id.split('@')[0] as string;
const isBase = (peer: Peer): boolean => nameOf(peer) === 'base';

/** Who takes part: those of the run who can, and those whom the workload is about. */
function peersOf({ by = [], isClosed = false, without = [] }: Workload, peers: readonly Peer[]): Peer[] {
  const usual = peers.filter(
    (peer) => (!isClosed || peer.id === REFERENCE || by.includes(peer.id)) && !without.includes(nameOf(peer)),
  );
  const added = by.filter((id) => !usual.some((peer) => peer.id === id)).map(peerOf);
  return [...added, ...usual];
}

/** Runs one workload with all its peers. */
export async function runWorkload(workload: Workload, stage: Stage, effort: Effort): Promise<WorkloadResult> {
  const { payload, deflate = false } = workload;
  const [path, query] = workload.mode.split('?');
  const words = [query, deflate ? 'deflate=1' : ''];
  if (path === 'source') words.push(`block=${await ensureBlock(stage.blocks, payload, deflate)}`);
  const { plain, secure } = stage.server;
  const url = `${workload.secure ? secure : plain}/${path}?${words.filter(Boolean).join('&')}`;
  const racers = peersOf(workload, stage.peers).flatMap((peer): Racer[] => {
    const runtime = stage.runtimes.get(peer.runtime);
    return runtime === undefined ? [] : [racerOf(peer, runtime, workload, url, stage)];
  });
  return race(workload, racers, () => stage.server.cpu(), effort);
}

function racerOf(peer: Peer, runtime: Runtime, workload: Workload, url: string, stage: Stage): Racer {
  const job = jobOf(workload, {
    url,
    ca: workload.secure ? stage.ca : undefined,
    dist: isBase(peer) && stage.base !== undefined ? stage.base : stage.dist,
    variant: peer.variant,
    blockCount: blockCountOf(workload.payload),
  });
  const env = { ...peer.env, ...(workload.secure ? runtime.trust(stage.caPath) : {}) };
  const script = join(stage.folder, `${peer.client}.mjs`);
  const { command } = runtime;
  return { peer, start: (patience) => new ClientProcess({ command, script, env, job, patience }) };
}
