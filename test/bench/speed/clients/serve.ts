/** The main loop of a client process: connects, then runs one round for every line of its standard input. */
import process from 'node:process';
import { createInterface } from 'node:readline';
import type { Answer, Job, Order, RoundResult } from '../job.ts';
import { type Program, programFor } from '../programs/index.ts';
import type { Adapter } from './adapter.ts';

const tell = (answer: Answer): void => {
  process.stdout.write(`${JSON.stringify(answer)}\n`);
};

function fail(error: unknown): never {
  tell({ error: error instanceof Error ? (error.stack ?? error.message) : String(error) });
  process.exit(1);
}

function runtimeName(): string {
  const { bun, deno } = process.versions as Record<string, string | undefined>;
  if (bun !== undefined) return `Bun ${bun}`;
  return deno === undefined ? `Node ${process.versions.node}` : `Deno ${deno}`;
}

/** One round, measured. */
async function measured(program: Program, n: number): Promise<RoundResult> {
  const begin = performance.now();
  const before = process.cpuUsage();
  const check = await program.round(n);
  const { user, system } = process.cpuUsage(before);
  const wall = (performance.now() - begin) * 1_000;
  return { n, cpu: user + system, wall, extra: check?.() ?? {} };
}

/** Serves rounds of a program that speaks to the socket by itself. */
export async function serveProgram(
  prepare: (job: Job) => Promise<{ program: Program; version: string }>,
): Promise<void> {
  process.on('uncaughtException', fail);
  process.on('unhandledRejection', fail);
  const { program, version } = await prepare(JSON.parse(process.argv[2] as string) as Job);
  tell({ ready: true, runtime: runtimeName(), library: version });
  for await (const line of createInterface({ input: process.stdin })) {
    const { n } = JSON.parse(line) as Order;
    tell(await measured(program, n));
  }
  process.exit(0);
}

/** Serves rounds of the job's program with the client that `create` makes. */
export function serve(create: (job: Job) => Adapter | Promise<Adapter>): Promise<void> {
  return serveProgram(async (job) => {
    const adapter = await create(job);
    return { program: await programFor(job, adapter), version: adapter.version };
  });
}
