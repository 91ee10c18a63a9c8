/**
 * How often a property is tried, and from which seed its values are drawn. Whoever uses fast-check imports this file.
 *
 * `npm test` tries each 400 times, always with the same seed: a run that is red is red again, and nothing that it
 * counts (coverage, say) hangs on a draw. `npm run test:nightly` tries each 100,000 times, with a seed drawn anew. What
 * it finds becomes an example in a test of its own; a property is no place to remember a case.
 *
 * A property that fails says its seed. To see it again:
 *
 *     HOLDLINE_PROPERTY_SEED=<seed> npx vitest run <file>
 */
import fc from 'fast-check';
import { HANG_MS } from './patience.ts';

/** How often each property is tried. */
export const PROPERTY_RUNS: number = Number(process.env.HOLDLINE_PROPERTY_RUNS ?? 400);

/** Where the values come from, a whole number: the same seed draws the same values. */
export const PROPERTY_SEED: number = Number(process.env.HOLDLINE_PROPERTY_SEED ?? 6455);

/** Time for a property with that many runs, in milliseconds: it ends what hangs, on a busy machine and with coverage too. */
export const PROPERTY_TIMEOUT: number = HANG_MS + PROPERTY_RUNS * 100;

fc.configureGlobal({ seed: PROPERTY_SEED });
