/** The C server as a process: started, pinned to the first core, watched for the CPU that it uses. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { pinned, SERVER_CORE } from './cores.ts';

export interface Server {
  readonly plain: string;
  readonly secure: string;
  /** Microseconds of CPU since it was started. Undefined where the system does not tell. */
  cpu(): number | undefined;
  stop(): Promise<void>;
}

interface ServerFiles {
  readonly program: string;
  readonly blocks: string;
  readonly certPath: string;
  readonly keyPath: string;
}

/** Resolves when it listens. */
export async function startServer({ program, blocks, certPath, keyPath }: ServerFiles): Promise<Server> {
  const [command, ...words] = pinned(SERVER_CORE, [program, blocks, certPath, keyPath]);
  const child = spawn(command as string, words, { stdio: ['pipe', 'pipe', 'inherit'] });
  const line = await firstLine(child);
  const [port, securePort] = line.split(' ');
  return {
    plain: `ws://127.0.0.1:${port}`,
    secure: `wss://127.0.0.1:${securePort}`,
    cpu: () => cpuOf(child.pid as number),
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const exited = once(child, 'exit');
      child.kill();
      await exited;
    },
  };
}

async function firstLine(child: ChildProcess): Promise<string> {
  const ended = once(child, 'exit').then(() => {
    throw new Error('The server has ended before it listened.');
  });
  const stdout = child.stdout as NonNullable<ChildProcess['stdout']>;
  stdout.setEncoding('utf8');
  const read = (async () => {
    let text = '';
    for await (const part of stdout) {
      text += part;
      if (text.includes('\n')) break;
    }
    return text.trim();
  })();
  return Promise.race([read, ended]);
}

/** proc(5), /proc/PID/schedstat: the first number is the time on the processor, in nanoseconds. */
function cpuOf(pid: number): number | undefined {
  try {
    return Number(readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ')[0]) / 1_000;
  } catch {
    return undefined;
  }
}
