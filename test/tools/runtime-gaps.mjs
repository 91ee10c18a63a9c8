// What other runtimes cannot do, or do wrong, with the tests that show it. Read by test-runtimes.mjs, printed in
// docs/reference/runtimes.md. A gap whose tests pass is an error: whoever closes one takes it from this list.

/** @type {import('./runtime-results.d.mts').Gap[]} */
export const GAPS = [];

/**
 * Whole suites that a runtime does not run, and why.
 * @type {Record<string, Partial<Record<import('./runtimes.d.mts').Runtime | 'node', string>>>}
 */
export const SUITES_NOT_RUN = {};
