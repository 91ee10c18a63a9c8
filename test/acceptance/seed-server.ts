/** Starts the Python servers of the tutorials that this project grew from, each in a process of its own. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { HANG_MS } from '../tools/patience.ts';
import { PYTHON } from '../tools/prerequisites.mjs';

/** The folder with the programs, and the working directory of each. */
const FOLDER = fileURLToPath(new URL('./seed-servers/', import.meta.url));

/** How long Flask may take to start on a busy machine. */
const START_TIMEOUT_MS = HANG_MS / 2;

/** How long a test waits for a line of the server's output, unless it says otherwise. */
const OUTPUT_TIMEOUT_MS = HANG_MS / 2;

/** How often to look whether the server listens. */
const LOOK_EVERY_MS = 20;

/** A port that was free a moment ago may be taken when Python asks for it: then another one is tried. */
const MAX_STARTS = 5;

/** State "LISTEN" in /proc/net/tcp. */
const LISTEN = '0A';

export interface SeedServer extends AsyncDisposable {
  readonly port: number;
  /** Everything that the server has printed, errors included. */
  readonly output: string;
  /** `ws://127.0.0.1:port` and the path. */
  url(path?: string): string;
  /** Waits until `found` says that the output holds what the test looks for; returns the output then. */
  prints(found: RegExp | ((output: string) => boolean), timeout?: number): Promise<string>;
  /** Resolves when the process has ended, by itself or by `stop`. */
  readonly exited: Promise<void>;
  /** `SIGSTOP` freezes the server with its connections open: the way in which a machine dies. */
  signal(name: 'SIGSTOP' | 'SIGCONT' | 'SIGKILL'): void;
  stop(): Promise<void>;
}

/**
 * Starts a program of seed-servers/ and waits until it listens. Nothing is connected for that: the raw servers serve
 * one connection and end.
 *
 * @param args what Python is to run, `PORT` standing for the port
 */
export async function startSeedServer(...args: readonly string[]): Promise<SeedServer> {
  for (let start = 1; ; start++) {
    const port = await freePort();
    const server = new PythonServer(
      port,
      args.map((arg) => (arg === 'PORT' ? String(port) : arg)),
    );
    try {
      await server.listening();
      return server;
    } catch (error) {
      await server.stop();
      if (start === MAX_STARTS || !/address already in use/i.test(server.output)) throw error;
    }
  }
}

class PythonServer implements SeedServer {
  readonly port: number;
  readonly exited: Promise<void>;
  readonly #child: ChildProcess;
  readonly #watchers = new Set<() => void>();
  readonly #killAtExit = (): void => void this.#child.kill('SIGKILL');
  #output = '';
  #hasExited = false;

  constructor(port: number, args: readonly string[]) {
    this.port = port;
    this.#child = spawn(PYTHON, ['-u', ...args], {
      cwd: FOLDER,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, PYTHONUTF8: '1', PYTHONDONTWRITEBYTECODE: '1' },
    });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => this.#print(text));
    }
    this.exited = new Promise((resolve) => {
      const over = (): void => {
        this.#hasExited = true;
        process.off('exit', this.#killAtExit);
        this.#print('');
        resolve();
      };
      this.#child.once('error', (error) => {
        this.#print(`${PYTHON} could not be started: ${error.message}\n`);
        over();
      });
      this.#child.once('close', over);
    });
    process.once('exit', this.#killAtExit);
  }

  get output(): string {
    return this.#output;
  }

  url(path = '/'): string {
    return `ws://127.0.0.1:${this.port}${path}`;
  }

  async listening(): Promise<void> {
    const giveUpAt = Date.now() + START_TIMEOUT_MS;
    while (!listens(this.#child.pid, this.port)) {
      if (this.#hasExited)
        throw new Error(`The server ended before it listened. It printed:\n${this.#output}`);
      if (Date.now() > giveUpAt) {
        throw new Error(
          `The server did not listen within ${START_TIMEOUT_MS} ms. It printed:\n${this.#output}`,
        );
      }
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
    }
  }

  prints(found: RegExp | ((output: string) => boolean), timeout = OUTPUT_TIMEOUT_MS): Promise<string> {
    const isThere = (): boolean => (found instanceof RegExp ? found.test(this.#output) : found(this.#output));
    return new Promise((resolve, reject) => {
      const settle = (end: () => void): void => {
        clearTimeout(timer);
        this.#watchers.delete(look);
        end();
      };
      const fail = (why: string): void =>
        settle(() =>
          reject(new Error(`The server ${why} without printing ${found}. It printed:\n${this.#output}`)),
        );
      const look = (): void => {
        if (isThere()) settle(() => resolve(this.#output));
        else if (this.#hasExited) fail('ended');
      };
      const timer = setTimeout(() => fail(`ran for ${timeout} ms`), timeout);
      this.#watchers.add(look);
      look();
    });
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }

  async stop(): Promise<void> {
    // None of these programs has anything to tidy up, and a frozen one hears nothing else.
    if (!this.#hasExited) this.#child.kill('SIGKILL');
    await this.exited;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  #print(text: string): void {
    this.#output += text;
    for (const look of [...this.#watchers]) look();
  }
}

/** Whether this very process listens on the port. */
function listens(pid: number | undefined, port: number): boolean {
  if (pid === undefined) return false;
  return process.platform === 'linux' ? listensByProc(pid, port) : listensByLsof(pid, port);
}

// "sl local_address rem_address st tx:rx tr:tm retrnsmt uid timeout inode", numbers in hexadecimal (proc(5))
function listensByProc(pid: number, port: number): boolean {
  const localPort = port.toString(16).toUpperCase().padStart(4, '0');
  try {
    const inodes = readFileSync(`/proc/${pid}/net/tcp`, 'utf8')
      .split('\n')
      .map((line) => line.trim().split(/\s+/))
      .filter(([, local, , state]) => local?.endsWith(`:${localPort}`) === true && state === LISTEN)
      .map((columns) => `socket:[${columns[9]}]`);
    if (inodes.length === 0) return false;
    return readdirSync(`/proc/${pid}/fd`).some((fd) => inodes.includes(linkOf(`/proc/${pid}/fd/${fd}`)));
  } catch {
    return false; // the process has ended: its exit tells
  }
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return ''; // closed meanwhile
  }
}

function listensByLsof(pid: number, port: number): boolean {
  try {
    const args = ['-nP', '-a', '-p', String(pid), `-iTCP:${port}`, '-sTCP:LISTEN', '-t'];
    return (
      execFileSync('lsof', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim() !== ''
    );
  } catch {
    return false;
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => {
        if (typeof address === 'object' && address !== null) resolve(address.port);
        else reject(new Error('No free port on 127.0.0.1.'));
      });
    });
  });
}
