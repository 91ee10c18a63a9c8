/** Programs of others, each in a process of its own, on this machine only. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HANG_MS } from '../tools/patience.ts';
import { findProgram, PYTHON } from '../tools/prerequisites.mjs';

/** How long a program may take to start on a busy machine. */
const START_TIMEOUT_MS = HANG_MS / 2;

/** How often to look whether it listens. */
const LOOK_EVERY_MS = 10;

export interface Program {
  /** Everything that it has printed. */
  readonly output: string;
  /** Waits for a line that it prints. */
  prints(line: RegExp): Promise<RegExpExecArray>;
  /** Waits until it accepts connections. */
  listens(port: number): Promise<void>;
  /** Sends it a signal: `SIGSTOP` makes it silent, `SIGCONT` lets it go on. */
  signal(name: NodeJS.Signals): void;
  /** Ends it; by another signal than `SIGKILL` it takes its time, and says goodbye to its clients. */
  stop(by?: NodeJS.Signals): Promise<void>;
}

export interface ProgramOptions {
  /** Added to the environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** The folder that it starts in. */
  readonly cwd?: string;
  /** It starts programs of its own: all of them end with it. Default false. */
  readonly group?: boolean;
  /** How long it may take to start, in milliseconds. */
  readonly patience?: number;
}

/** Starts a program by its name in PATH, or by its path. */
export function startProgram(
  name: string,
  args: readonly string[],
  { env, cwd, group: detached = false, patience = START_TIMEOUT_MS }: ProgramOptions = {},
): Program {
  const path = name.startsWith('/') ? name : findProgram(name);
  if (path === undefined)
    throw new Error(`${name} is not installed. Run: node test/tools/prerequisites.mjs middlemen`);
  const child = spawn(path, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
    cwd,
    detached,
  });
  const signal = (by: NodeJS.Signals): void => {
    if (detached && child.pid !== undefined) signalGroup(child.pid, by);
    else child.kill(by);
  };
  const kill = (): void => signal('SIGKILL');
  process.once('exit', kill);
  child.once('exit', () => process.off('exit', kill));
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  const until = async <T>(what: string, look: () => Promise<T | undefined> | T | undefined): Promise<T> => {
    const giveUpAt = Date.now() + patience;
    for (;;) {
      const found = await look();
      if (found !== undefined) return found;
      if (child.exitCode !== null || Date.now() > giveUpAt)
        throw new Error(`${name} ${what}. It printed:\n${output}`);
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
    }
  };
  return {
    get output() {
      return output;
    },
    prints: (line) => until(`did not print ${line}`, () => line.exec(output) ?? undefined),
    listens: async (port) => {
      await until(`does not listen on ${port}`, () => accepts(port));
    },
    signal,
    stop: (by = 'SIGKILL') => stopped(child, () => signal(by)),
  };
}

/** Starts a Python program of peer-servers/ and waits for the port that it prints. */
export async function startPython(
  file: string,
  ...args: readonly string[]
): Promise<{ port: number; stop(): Promise<void> }> {
  const program = startProgram(PYTHON, ['-u', '-B', file, ...args]);
  try {
    const [, port] = await program.prints(/^port (\d+)$/m);
    return { port: Number(port), stop: program.stop };
  } catch (error) {
    await program.stop();
    throw error;
  }
}

/** A folder for one program, with one file in it. */
export function configFolder(fileName: string, text: (folder: string) => string): ConfigFolder {
  const folder = mkdtempSync(join(tmpdir(), 'holdline-interop-'));
  const file = join(folder, fileName);
  writeFileSync(file, text(folder));
  const add = (name: string, content: string): void => writeFileSync(join(folder, name), content);
  return { folder, file, add, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

export interface ConfigFolder {
  readonly folder: string;
  readonly file: string;
  /** Writes another file beside it. */
  add(name: string, content: string): void;
  remove(): void;
}

/** A port on which nobody listens at the moment. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

function accepts(port: number): Promise<true | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' });
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(undefined));
  });
}

/** Those that it has started, too. It may be gone already, and they not. */
function signalGroup(leader: number, by: NodeJS.Signals): void {
  try {
    process.kill(-leader, by);
  } catch {
    // Nobody is left.
  }
}

async function stopped(child: ChildProcess, kill: () => void): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return kill();
  const over = new Promise((resolve) => child.once('exit', resolve));
  kill();
  await over;
}
