// Counts the tests, and fails the run when CI=true and one of them was skipped, marked todo or never ran.
import { writeFileSync } from 'node:fs';
import type { Reporter, SerializedError, TestModule } from 'vitest/node';

/** How many tests ended in which way; `skipped` holds the full names of those that did not run. */
export interface Tally {
  passed: number;
  failed: number;
  skipped: string[];
}

/** The part of vitest's report that counts. */
export interface CountedModule {
  readonly relativeModuleId: string;
  readonly children: {
    allTests(): Iterable<{ readonly fullName: string; result(): { readonly state: string } }>;
  };
  errors(): readonly unknown[];
}

/** Counts the tests of these modules. A module that failed outside its tests (an import, a hook) is one failure. */
export function tally(modules: readonly CountedModule[]): Tally {
  const counts: Tally = { passed: 0, failed: 0, skipped: [] };
  for (const module of modules) {
    if (module.errors().length > 0) counts.failed += 1;
    for (const test of module.children.allTests()) {
      const { state } = test.result();
      if (state === 'passed') counts.passed += 1;
      else if (state === 'failed') counts.failed += 1;
      else counts.skipped.push(`${module.relativeModuleId} > ${test.fullName}`);
    }
  }
  return counts;
}

/** The reporter for vitest.config.ts: adds nothing to the output unless a test was skipped. */
export default class StrictReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly SerializedError[]): void {
    const { passed, failed, skipped } = tally(modules);
    const file = process.env.HOLDLINE_COUNTS_FILE;
    if (file) {
      writeFileSync(
        file,
        JSON.stringify({ passed, failed: failed + errors.length, skipped: skipped.length }),
      );
    }
    if (skipped.length === 0) return;
    console.log(`not run:\n${skipped.map((name) => `  ${name}`).join('\n')}`);
    if (process.env.CI === 'true' && !process.argv.some((arg) => /^(-t|--testNamePattern)/.test(arg))) {
      console.error('With CI=true no test may be skipped.');
      process.exitCode = 1;
    }
  }
}
