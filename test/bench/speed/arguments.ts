/** The command line of `npm run bench`. */
import { parseArgs } from 'node:util';

export interface Choice {
  readonly mode: 'quick' | 'full';
  /** Workloads by a part of their name; none for all. */
  readonly only: readonly string[];
  readonly peers: readonly string[];
  readonly rounds: number | undefined;
  /** Another build of ours, to be raced as `base`. */
  readonly base: string | undefined;
  /** Where to leave a copy of the build, for a later `--base`. */
  readonly keep: string | undefined;
  /** Where to write the JSON. */
  readonly json: string | undefined;
  /** Puts the results into test/bench/speed/results and docs/benchmarks.md. */
  readonly write: boolean;
}

export const USAGE = `npm run bench                       everything, against everyone: up to 30 minutes
npm run bench -- quick              ours, ws and a bare socket: 3 minutes
npm run bench -- page               writes docs/benchmarks.md anew from the committed results
  --only send-32,receive            workloads whose name has such a part; '=send-32' that one alone
  --peers holdline,ws,native@bun    these peers; NAME@RUNTIME: node22 node24 node26 bun deno
  --rounds 9                        rounds that count
  --keep DIR                        leaves the build of ours there
  --base DIR                        races that build too, as 'base'
  --json FILE                       writes every figure
  --write                           writes the results and the tables of docs/benchmarks.md`;

const list = (text: string | undefined): string[] => (text ?? '').split(',').filter(Boolean);

/** @throws Error for a word that it does not know */
export function chooseFrom(words: readonly string[]): Choice {
  const { values, positionals } = parseArgs({
    args: [...words],
    allowPositionals: true,
    options: {
      only: { type: 'string' },
      peers: { type: 'string' },
      rounds: { type: 'string' },
      base: { type: 'string' },
      keep: { type: 'string' },
      json: { type: 'string' },
      write: { type: 'boolean', default: false },
    },
  });
  const unknown = positionals.find((word) => word !== 'quick' && word !== 'full');
  if (unknown !== undefined) throw new Error(`There is no mode "${unknown}".\n${USAGE}`);
  const rounds = values.rounds === undefined ? undefined : Number(values.rounds);
  if (rounds !== undefined && !(Number.isInteger(rounds) && rounds > 0)) {
    throw new Error(`--rounds ${values.rounds}: a whole number, 1 or more.\n${USAGE}`);
  }
  return {
    mode: positionals.includes('quick') ? 'quick' : 'full',
    only: list(values.only),
    peers: list(values.peers),
    rounds,
    base: values.base,
    keep: values.keep,
    json: values.json,
    write: values.write,
  };
}

/** Whether a workload of that name was asked for. */
export function isChosen(id: string, only: readonly string[]): boolean {
  return (
    only.length === 0 ||
    only.some((part) => (part.startsWith('=') ? id === part.slice(1) : id.includes(part)))
  );
}
