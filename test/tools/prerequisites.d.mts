/** Debian's own interpreter, which has the modules of apt packages; PYTHON_PATH names another. */
export const PYTHON: string;

/** RabbitMQ's own start script, as Debian has it. */
export const RABBITMQ: string;

/** Flags under which Chromium runs as root, without a GPU, and calls nobody but the test's own servers. */
export const CHROMIUM_FLAGS: string[];

/** The full path of a program in PATH (sbin folders included), or undefined. */
export function findProgram(name: string): string | undefined;

/** The path of a Chromium or Chrome to drive, or undefined. CHROMIUM_PATH wins over what is installed. */
export function findChromium(): string | undefined;

/** One thing that the tests need beside npm packages. */
export interface Need {
  /** What for, as in "missing for …". */
  why: string;
  /** The Debian packages to install; empty when all is there. */
  missing: () => string[];
  /** What to run where there is no apt-get. */
  elsewhere: string;
  /** Looked at only when it is named. */
  optional?: boolean;
}

/** All needs by name. */
export const NEEDS: Record<string, Need>;

/** What `ensure` looks at and does; tests pass another machine. */
export interface Machine {
  needs: Record<string, Need>;
  debian: () => boolean;
  root: () => boolean;
  apt: (args: string[]) => void;
  say: (line: string) => void;
}

/** Finds or (as root on Debian) installs the named needs; true when everything is there. */
export function ensure(names?: string[], machine?: Partial<Machine>): boolean;
