import { defineConfig, type ViteUserConfig } from 'vitest/config';

/**
 * What StrykerJS runs against every mutant (stryker.config.json): the tests of protocol/ alone, without projects and
 * without the slow ones. `npm run mutation`.
 */
const config: ViteUserConfig = defineConfig({
  test: {
    environment: 'node',
    include: ['test/protocol/**/*.test.ts'],
    exclude: ['**/*.speed.test.ts'],
    restoreMocks: true,
    unstubGlobals: true,
    // A property that finds a mutant needs few runs, and one that does not should not cost a minute each.
    env: { HOLDLINE_PROPERTY_RUNS: '100', HOLDLINE_PATIENCE: '10' },
  },
});

export default config;
