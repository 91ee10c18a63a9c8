/** Debian's own interpreter, which has the modules of apt packages; PYTHON_PATH names another. */
export const PYTHON: string;

/** Flags under which Chromium runs as root, without a GPU, and calls nobody but the test's own servers. */
export const CHROMIUM_FLAGS: string[];

/** The full path of a program in PATH (sbin folders included), or undefined. */
export function findProgram(name: string): string | undefined;

/** The path of a Chromium or Chrome to drive, or undefined. CHROMIUM_PATH wins over what is installed. */
export function findChromium(): string | undefined;

/** What the tests need beside npm packages; `missing` lists the Debian packages to install. */
export const NEEDS: Record<string, { why: string; missing: () => string[]; elsewhere: string }>;

/** Finds or (as root on Debian) installs the named needs; true when everything is there. */
export function ensure(names?: string[], say?: (line: string) => void): boolean;
