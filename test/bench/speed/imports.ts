/** What it costs to load a client: CPU of a whole process that does nothing else, beside that of an empty one. */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Contest } from './contests.ts';
import { CLIENT_CORE, pinned } from './cores.ts';
import type { PeerResult, WorkloadResult } from './results.ts';
import { IMPORT_ROWS } from './rows.ts';
import type { Stage } from './stage.ts';

type Format = 'esm' | 'cjs';

/** Peer -> what it imports. */
const PACKAGES: Readonly<Record<string, string>> = {
  ws: 'ws',
  undici: 'undici',
  websocket: 'websocket',
  'faye-websocket': 'faye-websocket',
  'rpc-websockets': 'rpc-websockets',
  'graphql-ws': 'graphql-ws/client',
  partysocket: 'partysocket',
};

export function importContests(stage: Stage, rounds: number): Contest[] {
  return (['esm', 'cjs'] as const).map((format) => ({
    ...IMPORT_ROWS[format],
    run: async () => runImports(IMPORT_ROWS[format].id, stage, format, rounds),
  }));
}

/** Programs that load one thing each, by the name of who is loaded. */
function writePrograms(stage: Stage, format: Format): Map<string, string> {
  const extension = format === 'esm' ? 'js' : 'cjs';
  const ours = (name: string): string => join(stage.dist, `${name}.${extension}`);
  const sources = new Map<string, string | undefined>([
    ['nothing', undefined],
    ['holdline', ours('index.node')],
    ['holdline/node', ours('node')],
    ...Object.entries(PACKAGES),
  ]);
  const paths = new Map<string, string>();
  for (const [name, source] of sources) {
    const path = join(stage.folder, `import-${name.replace('/', '-')}.${format === 'esm' ? 'mjs' : 'cjs'}`);
    const text = JSON.stringify(source);
    const load = source === undefined ? '' : format === 'esm' ? `import ${text};` : `require(${text});`;
    writeFileSync(path, `${load}\nprocess.stdout.write(JSON.stringify(process.cpuUsage()));\n`);
    paths.set(name, path);
  }
  return paths;
}

function runImports(id: string, stage: Stage, format: Format, rounds: number): WorkloadResult {
  const programs = [...writePrograms(stage, format)];
  const runtime = `Node ${process.versions.node}`;
  const peers = programs.map(([name]): PeerResult & { error?: string } => ({
    ...{ id: name, runtime, library: '', n: 1, cpu: [], wall: [], server: [], extra: {} },
  }));
  // The first round fills the system's cache of files.
  for (let round = 0; round <= rounds; round++) {
    for (const [index, [, path]] of programs.entries()) {
      const peer = peers[index] as PeerResult & { error?: string };
      const [command, ...words] = pinned(CLIENT_CORE, [process.execPath, path]);
      const { stdout, stderr, status } = spawnSync(command as string, words, { encoding: 'utf8' });
      if (status !== 0) peer.error = stderr.trim().slice(-500);
      else if (round > 0) {
        const { user, system } = JSON.parse(stdout) as NodeJS.CpuUsage;
        peer.cpu.push(user + system);
      }
    }
  }
  return { id, peers };
}
