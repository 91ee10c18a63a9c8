/** Starts the processes in which work is counted: the server, and one for each load. */
import { type ChildProcess, fork } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';

/** Bytes for each message. */
export interface Allocations {
  /** Objects of JavaScript. */
  readonly heap: number;
  /** Memory of ArrayBuffers. */
  readonly buffers: number;
}

/** Bytes for each message that a function allocated. */
export interface Site {
  readonly site: string;
  readonly bytes: number;
}

/** Bytes that are held at rest. */
export interface Held {
  /** Objects of JavaScript. */
  readonly heap: number;
  /** Memory of ArrayBuffers. */
  readonly buffers: number;
  /** All memory outside of the heap that Node knows of, ArrayBuffers among it. */
  readonly external: number;
}

/** What an idle connection holds. */
export interface Idle extends Held {
  readonly timers: number;
  /** Of the socket, Node's own among them. */
  readonly listeners: number;
  readonly connections: number;
}

/** The addresses of the server: `ws://127.0.0.1:port`, `wss://…`. */
export interface Addresses {
  readonly plain: string;
  readonly secure: string;
}

/** The code as it is shipped, bundled, and a server to talk to. */
export interface Workplace {
  /** Runs a program of this folder to its report. */
  run<Report>(program: string, args: readonly string[], flags?: readonly string[]): Promise<Report>;
  close(): void;
}

/** The young generation is larger than all that is allocated while it is counted: nothing is collected then. */
export const NO_COLLECTION: readonly string[] = [
  '--expose-gc',
  '--min-semi-space-size=256',
  '--max-semi-space-size=256',
  '--no-memory-reducer',
];

const PROGRAMS = ['server-program', 'work-program', 'memory-program', 'copies-program'];

export async function openWorkplace(): Promise<Workplace> {
  const folder = mkdtempSync(join(tmpdir(), 'holdline-guard-'));
  await build({
    entryPoints: PROGRAMS.map((name) => join(import.meta.dirname, `${name}.ts`)),
    outdir: folder,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    mainFields: ['module', 'main'],
    sourcemap: 'inline',
    // CommonJS packages (ws) find the `require` that they ask for.
    banner: { js: "import { createRequire as $r } from 'node:module'; const require = $r(import.meta.url);" },
    outExtension: { '.js': '.mjs' },
  });
  const start = (program: string, args: readonly string[], flags: readonly string[]): ChildProcess =>
    fork(join(folder, `${program}.mjs`), [...args], {
      execArgv: [...flags],
      stdio: ['ignore', 'inherit', 'pipe', 'ipc'],
    });
  const server = start('server-program', [], []);
  const { plain, secure } = await report<Addresses>(server);
  return {
    run: (program, args, flags = []) => report(start(program, [plain, secure, ...args], flags)),
    close: () => {
      server.kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** The one message that a program sends. */
function report<Report>(program: ChildProcess): Promise<Report> {
  return new Promise((resolve, reject) => {
    let errors = '';
    program.stderr?.setEncoding('utf8').on('data', (text: string) => {
      errors += text;
    });
    program.once('message', (message) => resolve(message as Report));
    program.once('close', (code) =>
      reject(new Error(`The program ended with ${code} and no report:\n${errors}`)),
    );
  });
}
