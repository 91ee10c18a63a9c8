/** The runtimes that are known. */
export type Runtime = 'node22' | 'node24' | 'node26' | 'bun' | 'deno';

/** Runtime -> its pinned version. */
export const VERSIONS: Record<Runtime, string>;

/** Every name that `ensureRuntimes` knows. */
export function runtimeNames(): Runtime[];

/** The package that holds a runtime, and the path of the program inside it. */
export function packageOf(
  name: string,
  machine?: { platform?: string; arch?: string },
): { spec: string; program: string };

/** What `ensureRuntimes` looks at and does; tests pass another machine. */
export interface Machine {
  /** Folder that holds one folder a runtime. */
  cache: string;
  env: NodeJS.ProcessEnv;
  platform: string;
  arch: string;
  /** Installs an npm package into a folder, as node_modules/runtime. */
  install: (spec: string, folder: string) => void;
  /** Progress. */
  say: (line: string) => void;
}

/** Finds or installs the named runtimes (all by default): name -> path of the program. */
export function ensureRuntimes(
  names?: readonly string[],
  machine?: Partial<Machine>,
): Promise<Record<string, string>>;

/** The version that a program says it is, as `24.21.0`. */
export function versionOf(path: string): string;
