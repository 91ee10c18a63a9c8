import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { playwright } from '@vitest/browser-playwright';
import { configDefaults, defineConfig, type ViteUserConfig } from 'vitest/config';
import { HANG_MS } from './test/tools/patience.ts';
import { CHROMIUM_FLAGS, findChromium } from './test/tools/prerequisites.mjs';

// Node 20 and 21 have the WHATWG WebSocket only behind this flag; later versions have it anyway.
const nodeMajor = Number(process.versions.node.split('.')[0]);
const withGlobalWebSocket = nodeMajor < 22 ? ['--experimental-websocket'] : [];

const chromium = findChromium();

// One run of every transport against a server of ours. It hands its address over as inject('conformanceUrl').
const conformanceServer = ['./test/tools/conformance-server.ts'];

// Examples of the guides, and recipes, import the package by its name.
const BY_NAME = [
  { find: /^holdline$/, replacement: join(import.meta.dirname, 'src/index.node.ts') },
  { find: /^holdline\/(\w+)$/, replacement: join(import.meta.dirname, 'src/$1.ts') },
];

// Files that a runtime cannot run (test/tools/runtime-gaps.mjs). The option --exclude says nothing to a project with its own.
const exclude = [...configDefaults.exclude, ...(process.env.HOLDLINE_NOT_RUN?.split(' ') ?? [])];

const cleanUp = ['./test/tools/clean-up.ts'];

const config: ViteUserConfig = defineConfig({
  test: {
    // These only end what hangs, on a busy machine too. What a test expects in time, it asserts by itself.
    testTimeout: HANG_MS,
    hookTimeout: HANG_MS,
    expect: { poll: { timeout: HANG_MS / 2 } },
    exclude,
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          environment: 'node',
          // A worker runs one file after the other: loading src/ and the tools anew for each is half of the work.
          isolate: false,
          setupFiles: cleanUp,
          include: ['test/**/*.test.ts'],
          exclude: [
            ...exclude,
            'test/**/*.{dom,browser}.test.ts',
            'test/{acceptance,browser,faults,guard,interop,package,servers,types}/**',
          ],
          globalSetup: conformanceServer,
          alias: BY_NAME,
          execArgv: withGlobalWebSocket,
        },
      },
      {
        extends: true,
        test: {
          name: 'dom',
          alias: BY_NAME,
          environment: 'happy-dom',
          isolate: false,
          setupFiles: cleanUp,
          include: ['test/**/*.dom.test.{ts,tsx}'],
          execArgv: withGlobalWebSocket,
        },
      },
      {
        extends: true,
        test: {
          // Against the real Python servers and a real browser; each test starts what it needs by itself.
          name: 'acceptance',
          environment: 'node',
          isolate: false,
          setupFiles: cleanUp,
          include: ['test/acceptance/**/*.test.ts'],
          execArgv: withGlobalWebSocket,
        },
      },
      {
        extends: true,
        test: {
          // Hostile servers and broken networks of our own: what must not hurt us.
          // Each file has a process: they look at what is left behind in it, and at memory.
          name: 'faults',
          environment: 'node',
          include: ['test/faults/**/*.test.ts'],
          execArgv: ['--expose-gc'],
        },
      },
      {
        extends: true,
        test: {
          // Work that is counted, so that it does not grow unnoticed: writes, copies, allocations, memory.
          name: 'guard',
          environment: 'node',
          include: ['test/guard/**/*.test.ts'],
        },
      },
      {
        extends: true,
        test: {
          // Servers, proxies and libraries of others.
          name: 'interop',
          environment: 'node',
          isolate: false,
          setupFiles: cleanUp,
          include: ['test/interop/**/*.test.ts'],
        },
      },
      {
        extends: true,
        test: {
          // Servers that take their time: `npm run test:servers`, no part of `npm test`.
          name: 'servers',
          environment: 'node',
          include: ['test/servers/**/*.test.ts'],
          alias: BY_NAME,
        },
      },
      {
        extends: true,
        // Whatever a browser test imports from node_modules: found while tests run, it would reload the page under them.
        optimizeDeps: { include: ['eventemitter3', 'fast-check'] },
        test: {
          name: 'browser',
          include: ['test/**/*.browser.test.{ts,tsx}'],
          globalSetup: conformanceServer,
          browser: {
            enabled: true,
            headless: true,
            screenshotFailures: false,
            provider: playwright({
              launchOptions: { args: CHROMIUM_FLAGS, ...(chromium ? { executablePath: chromium } : {}) },
            }),
            instances: [{ browser: 'chromium' }],
          },
        },
      },
      {
        extends: true,
        test: {
          // The built package as a user gets it: needs `npm run build`.
          name: 'package',
          environment: 'node',
          isolate: false,
          setupFiles: cleanUp,
          include: ['test/{package,types}/**/*.test.ts'],
          globalSetup: ['./test/package/set-up.ts'],
          // npm and the compiler take a minute where nothing else is to do.
          testTimeout: 10 * HANG_MS,
          hookTimeout: 10 * HANG_MS,
        },
      },
    ],
    // Tests wait more than they work, so even a machine with two cores has enough of them for two.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    allowOnly: false,
    passWithNoTests: false,
    reporters: ['default', './test/tools/reporter.ts'],
    restoreMocks: true,
    unstubGlobals: true,
    coverage: {
      // Its provider for v8 does the work; what reaches it is kept small.
      provider: 'custom',
      customProviderModule: './test/tools/coverage.mjs',
      include: ['src/**/*.{ts,tsx}'],
      reporter: ['text'],
      reportsDirectory: 'coverage',
      thresholds: {
        'src/protocol/**': { 100: true },
        'src/{base,connection,messaging,auth,client,react}/**': {
          statements: 100,
          lines: 100,
          functions: 99,
          branches: 99,
        },
        statements: 99,
        lines: 99,
        functions: 99,
        branches: 98,
      },
    },
  },
});

export default config;
