/** One client process: started, asked for rounds, given up when it fails or hangs. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { CLIENT_CORE, pinned } from './cores.ts';
import type { Answer, Job, Ready, RoundResult } from './job.ts';

const KEPT_OUTPUT = 2_000;

export interface ClientCommand {
  /** The runtime's program, with its own words. */
  readonly command: readonly string[];
  readonly script: string;
  readonly env: Readonly<Record<string, string>>;
  readonly job: Job;
  /** Milliseconds for the start and for each round. */
  readonly patience: number;
}

/** A client as a race needs it. */
export interface Client {
  readonly ready: Promise<Ready>;
  round(n: number): Promise<RoundResult>;
  stop(): Promise<void>;
}

/** A client in a process of its own. Every method rejects when the process has failed. */
export class ClientProcess implements Client {
  readonly ready: Promise<Ready>;
  readonly #child: ChildProcess;
  readonly #answers: AsyncIterator<string>;
  readonly #patience: number;
  readonly #exited: Promise<void>;
  #output = '';

  constructor({ command, script, env, job, patience }: ClientCommand) {
    this.#patience = patience;
    const [program, ...words] = pinned(CLIENT_CORE, [...command, script, JSON.stringify(job)]);
    const child = spawn(program as string, words, {
      stdio: ['pipe', 'pipe', 'pipe'],
      env: { ...process.env, ...env },
    });
    this.#child = child;
    this.#exited = new Promise((resolve) => {
      child.once('exit', () => resolve());
      child.once('error', () => resolve());
    });
    child.stdin?.on('error', () => {});
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#output = (this.#output + text).slice(-KEPT_OUTPUT);
    });
    this.#answers = createInterface({ input: child.stdout as NodeJS.ReadableStream })[Symbol.asyncIterator]();
    this.ready = this.#answer<Ready>();
    this.ready.catch(() => {});
  }

  /** One round of n messages. */
  round(n: number): Promise<RoundResult> {
    this.#child.stdin?.write(`${JSON.stringify({ n })}\n`);
    return this.#answer<RoundResult>();
  }

  /** Ends the process. */
  async stop(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#exited;
  }

  async #answer<T extends Answer>(): Promise<T> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      const error = new Error(`no answer within ${this.#patience / 1_000} s`);
      timer = setTimeout(() => reject(error), this.#patience);
    });
    try {
      const { value, done } = await Promise.race([this.#answers.next(), late]);
      if (done) throw new Error(`the process ended${this.#output && `: ${this.#output.trim()}`}`);
      const answer = JSON.parse(value as string) as Answer;
      if ('error' in answer) throw new Error(answer.error);
      return answer as T;
    } finally {
      clearTimeout(timer);
    }
  }
}
