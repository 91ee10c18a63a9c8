import { defineConfig, type ViteUserConfig } from 'vitest/config';
import { HANG_MS } from './test/tools/patience.ts';

/**
 * What StrykerJS runs against every mutant (stryker.config.json): the tests of the floors that are mutated, without projects
 * and without those that start programs or servers. `npm run mutation`.
 */
const config: ViteUserConfig = defineConfig({
  test: {
    environment: 'node',
    // The first run is of instrumented code and must be green. StrykerJS has a clock of its own for mutants.
    testTimeout: HANG_MS,
    include: ['test/{protocol,connection,messaging,auth,client}/**/*.test.ts'],
    exclude: ['**/*.{dom,browser,loopback,speed,exit,unref}.test.ts', '**/*.types.test.ts'],
    setupFiles: ['./test/tools/clean-up.ts'],
    globalSetup: ['./test/tools/conformance-server.ts'],
    restoreMocks: true,
    unstubGlobals: true,
    // A property that finds a mutant needs few runs, and one that does not should not cost a minute each.
    env: { HOLDLINE_PROPERTY_RUNS: '100', HOLDLINE_PATIENCE: '10' },
  },
});

export default config;
