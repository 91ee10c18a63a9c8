/** The program of each runtime, installed when it is first needed. */
import { ensureRuntimes } from '../../tools/runtimes.mjs';
import type { RuntimeName } from './peers.ts';

/** How the program of a runtime is called, and what it has to know to trust a certificate. */
export interface Runtime {
  readonly command: readonly string[];
  readonly trust: (certPath: string) => Readonly<Record<string, string>>;
}

/** Node, told to show its garbage collector where memory is measured. */
const node = (program: string): Runtime => ({
  command: [program, '--expose-gc', '--no-warnings'],
  trust: (certPath) => ({ NODE_EXTRA_CA_CERTS: certPath }),
});

/** Those that can be had, and why the others cannot. */
export async function findRuntimes(
  names: readonly RuntimeName[],
): Promise<{ found: ReadonlyMap<RuntimeName, Runtime>; missing: ReadonlyMap<RuntimeName, string> }> {
  const found = new Map<RuntimeName, Runtime>([['here', node(process.execPath)]]);
  const missing = new Map<RuntimeName, string>();
  for (const name of new Set(names)) {
    if (name === 'here') continue;
    try {
      const program = (await ensureRuntimes([name]))[name] as string;
      found.set(name, runtimeOf(name, program));
    } catch (error) {
      missing.set(name, error instanceof Error ? error.message : String(error));
    }
  }
  return { found, missing };
}

function runtimeOf(name: RuntimeName, program: string): Runtime {
  if (name === 'bun') return { ...node(program), command: [program] };
  if (name !== 'deno') return node(program);
  return {
    command: [program, 'run', '--allow-all', '--quiet', '--v8-flags=--expose-gc'],
    trust: (certPath) => ({ DENO_CERT: certPath }),
  };
}
