/** What a run has proven: the servers by name and version, and the titles of the tests that passed. */
import { appendFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Where `npm run test:servers -- --write` keeps it, for docs/reference/protocols.md. */
export const RESULTS: string = join(process.cwd(), 'test/servers/results.json');

/** What the first word of a title may be: what it proves. */
export const FEATURES = ['login', 'request', 'stream', 'restart', 'heartbeat', 'resume', 'goodbye'] as const;

/** `restart, resume: the stream goes on` proves two of them. */
export function featuresOf(title: string): readonly string[] {
  return title.slice(0, title.indexOf(':')).split(', ');
}

export interface ServerResult {
  /** Its file, from the project's folder. */
  readonly file: string;
  readonly server: string;
  readonly version: string;
  /** Titles of tests that passed. */
  readonly passed: readonly string[];
}

/** Told by a file of tests when its server has started. The campaign reads it. */
export function server(file: string, name: string, version: string): void {
  const path = process.env.HOLDLINE_SERVERS_FILE;
  if (path !== undefined) appendFileSync(path, `${JSON.stringify({ file, name, version })}\n`);
}

export function readResults(): readonly ServerResult[] {
  return JSON.parse(readFileSync(RESULTS, 'utf8')) as ServerResult[];
}
