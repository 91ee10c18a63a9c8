#!/usr/bin/env node
// What the tests need besides npm packages: a real browser, and Python servers that nobody here wrote.
// As root on Debian this script installs what is missing and says why; elsewhere it prints the one line
// to run and exits with 1. It has no dependencies, so that it can run before anything else.
//
//   node test/tools/prerequisites.mjs           everything below that the tests need
//   node test/tools/prerequisites.mjs browser   one or more of them by name
import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, readdirSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** Debian's own interpreter: the modules of apt packages belong to it, not to a python3 found earlier in PATH. */
export const PYTHON = process.env.PYTHON_PATH || '/usr/bin/python3';

/** Flags under which Chromium runs as root, without a GPU, and calls nobody but the test's own servers. */
export const CHROMIUM_FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** @param {string | undefined} path */
const isExecutable = (path) => {
  if (!path) return false;
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
};

/**
 * The full path of a program in PATH (sbin folders included), or undefined.
 * @param {string} name
 */
export function findProgram(name) {
  const folders = (process.env.PATH ?? '').split(delimiter).concat('/usr/sbin', '/sbin', '/usr/local/sbin');
  return folders.map((folder) => join(folder, name)).find(isExecutable);
}

/** Chromium as `playwright install chromium` leaves it, the newest first. */
function playwrightChromium() {
  const cache = process.env.PLAYWRIGHT_BROWSERS_PATH || join(homedir(), '.cache', 'ms-playwright');
  const mac = join(homedir(), 'Library', 'Caches', 'ms-playwright');
  const inside = [
    'chrome-linux/chrome',
    'chrome-linux64/chrome',
    'chrome-mac/Chromium.app/Contents/MacOS/Chromium',
    'chrome-mac-arm64/Google Chrome for Testing.app/Contents/MacOS/Google Chrome for Testing',
  ];
  for (const folder of [cache, mac].filter((path) => existsSync(path))) {
    const builds = readdirSync(folder).filter((name) => /^chromium-\d+$/.test(name));
    builds.sort((a, b) => Number(b.slice(9)) - Number(a.slice(9)));
    for (const build of builds) {
      const found = inside.map((path) => join(folder, build, path)).find(isExecutable);
      if (found) return found;
    }
  }
  return undefined;
}

/**
 * The path of a Chromium or Chrome to drive, or undefined. CHROMIUM_PATH wins over what is installed.
 * @returns {string | undefined}
 */
export function findChromium() {
  const named = process.env.CHROMIUM_PATH;
  if (named) {
    if (!isExecutable(named)) throw new Error(`CHROMIUM_PATH is set to ${named}, which is not a program.`);
    return named;
  }
  for (const name of ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']) {
    const found = findProgram(name);
    if (found) return found;
  }
  const mac = '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome';
  return isExecutable(mac) ? mac : playwrightChromium();
}

/**
 * Which of these modules Debian's python3 cannot import.
 * @param {string[]} modules
 */
function missingPythonModules(modules) {
  if (!isExecutable(PYTHON)) return modules;
  // find_spec looks a module up without running it: 60 ms instead of a second.
  const code =
    'import sys, importlib.util as u; print(" ".join(m for m in sys.argv[1:] if u.find_spec(m) is None))';
  const run = spawnSync(PYTHON, ['-c', code, ...modules], { encoding: 'utf8' });
  return run.status === 0 ? run.stdout.split(/\s+/).filter(Boolean) : modules;
}

/** Python module -> the Debian package that holds it. */
const PYTHON_PACKAGES = {
  flask: 'python3-flask',
  gevent: 'python3-gevent',
  geventwebsocket: 'python3-gevent-websocket',
  websockets: 'python3-websockets',
  websocket: 'python3-websocket',
};

/** Program -> the Debian package that holds it. */
const MIDDLEMEN = { nginx: 'nginx-light', tinyproxy: 'tinyproxy', microsocks: 'microsocks' };

/** Debian's: the one in PATH is for root alone. */
export const RABBITMQ = '/usr/lib/rabbitmq/bin/rabbitmq-server';

/**
 * One entry a need; an optional one is looked at only when it is named. `missing` says which Debian packages to install, as a list that is empty when all is there.
 * A new need (a proxy, another browser) is one more entry: nothing else in this file has to change.
 * @type {Record<string, { why: string, missing: () => string[], elsewhere: string, optional?: boolean }>}
 */
export const NEEDS = {
  browser: {
    why: 'tests in a real browser',
    missing: () => (findChromium() ? [] : ['chromium']),
    elsewhere: 'npx playwright install chromium   (or set CHROMIUM_PATH to a Chrome or Chromium)',
  },
  python: {
    why: 'acceptance tests against Python WebSocket servers',
    missing: () => {
      const modules = missingPythonModules(Object.keys(PYTHON_PACKAGES));
      const packages = modules.map((name) => PYTHON_PACKAGES[/** @type {keyof PYTHON_PACKAGES} */ (name)]);
      return isExecutable(PYTHON) ? packages : ['python3', ...packages];
    },
    elsewhere:
      'python3 -m pip install flask gevent gevent-websocket websockets websocket-client   (and set PYTHON_PATH)',
  },
  middlemen: {
    why: 'tests through a reverse proxy, an HTTP proxy and a SOCKS proxy',
    missing: () =>
      Object.entries(MIDDLEMEN).flatMap(([program, debianPackage]) =>
        findProgram(program) ? [] : [debianPackage],
      ),
    elsewhere: 'brew install nginx tinyproxy microsocks',
  },
  aria2: {
    why: 'tests against a server of JSON-RPC',
    missing: () => (findProgram('aria2c') ? [] : ['aria2']),
    elsewhere: 'brew install aria2',
  },
  actioncable: {
    why: 'ActionCable under puma',
    optional: true,
    missing: () => [
      ...(findProgram('puma') ? [] : ['puma']),
      // 3 s: a Rails that is there is loaded.
      ...(spawnSync('ruby', ['-e', 'require "action_cable"']).status === 0 ? [] : ['ruby-actioncable']),
    ],
    elsewhere: 'gem install actioncable puma',
  },
  rabbitmq: {
    why: 'RabbitMQ, for STOMP and MQTT',
    optional: true,
    missing: () => (existsSync(RABBITMQ) ? [] : ['rabbitmq-server']),
    elsewhere: 'a Debian machine: where RabbitMQ lies differs from system to system',
  },
  jupyter: {
    why: 'a Jupyter server with a kernel of Python',
    optional: true,
    missing: () => [
      ...(findProgram('jupyter-server') ? [] : ['jupyter-server']),
      ...(missingPythonModules(['ipykernel']).length > 0 ? ['python3-ipykernel'] : []),
    ],
    elsewhere: 'python3 -m pip install jupyter-server ipykernel',
  },
  obs: {
    why: 'OBS Studio on a screen in memory',
    optional: true,
    missing: () => [
      ...(findProgram('obs') ? [] : ['obs-studio', 'libgl1-mesa-dri']),
      ...(findProgram('xvfb-run') ? [] : ['xvfb', 'xauth']),
    ],
    elsewhere: 'a Linux machine with obs-studio and xvfb',
  },
  bench: {
    why: 'the server of the speed benchmark, in C',
    optional: true,
    missing: () => [
      ...(findProgram('cc') ? [] : ['gcc', 'libc6-dev']),
      ...(existsSync('/usr/include/openssl/ssl.h') ? [] : ['libssl-dev']),
      ...(findProgram('openssl') ? [] : ['openssl']),
    ],
    elsewhere: 'a Linux machine: the server of the benchmark is written for epoll',
  },
};

/** True on Debian and its children, where the package names above are right. */
function isDebian() {
  if (process.platform !== 'linux' || !findProgram('apt-get')) return false;
  try {
    return /^ID(_LIKE)?=.*\b(debian|ubuntu)\b/m.test(readFileSync('/etc/os-release', 'utf8'));
  } catch {
    return false;
  }
}

/** @param {string[]} args */
function apt(args) {
  const run = spawnSync('apt-get', args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  });
  if (run.status !== 0) {
    throw new Error(
      `apt-get ${args.join(' ')} failed:\n${run.error ?? ''}${run.stdout ?? ''}${run.stderr ?? ''}`,
    );
  }
}

/** The machine as it is; tests pass another. */
const MACHINE = {
  needs: NEEDS,
  debian: isDebian,
  root: () => process.getuid?.() === 0,
  apt,
  say: (/** @type {string} */ line) => console.log(line),
};

/**
 * Finds or installs the named needs. Returns true when everything is there.
 * @param {string[]} [names]
 * @param {Partial<typeof MACHINE>} [machine]
 */
export function ensure(names, machine = {}) {
  const { needs, debian, root, apt, say } = { ...MACHINE, ...machine };
  const open = (names ?? Object.keys(needs).filter((name) => !needs[name]?.optional))
    .map((name) => {
      const need = needs[name];
      if (!need) throw new Error(`Unknown need "${name}"; known are: ${Object.keys(needs).join(', ')}.`);
      return { name, need, packages: need.missing() };
    })
    .filter(({ packages }) => packages.length > 0);
  if (open.length === 0) return true;

  const packages = [...new Set(open.flatMap((entry) => entry.packages))];
  for (const entry of open) say(`missing for ${entry.need.why}: ${entry.packages.join(' ')}`);

  if (debian() && root()) {
    say(`installing with apt-get: ${packages.join(' ')}`);
    apt(['update']);
    apt(['install', '-y', '--no-install-recommends', ...packages]);
    const still = open.filter(({ need }) => need.missing().length > 0).map(({ name }) => name);
    if (still.length > 0) throw new Error(`Still missing after apt-get install: ${still.join(', ')}.`);
    return true;
  }
  say('run this once, then start again:');
  if (debian()) {
    say(`  sudo apt-get update && sudo apt-get install -y --no-install-recommends ${packages.join(' ')}`);
  } else {
    for (const { need } of open) say(`  ${need.elsewhere}`);
  }
  return false;
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const names = process.argv.slice(2);
  try {
    if (!ensure(names.length > 0 ? names : undefined)) process.exit(1);
    const browser = findChromium();
    console.log(`browser: ${browser ?? 'not asked for'}, python: ${PYTHON}`);
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exit(1);
  }
}
