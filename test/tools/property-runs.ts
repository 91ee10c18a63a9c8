/**
 * How often a property is tried. 2,000 times in `npm test`, 100,000 times in `npm run test:nightly`.
 */
export const PROPERTY_RUNS: number = Number(process.env.HOLDLINE_PROPERTY_RUNS ?? 2_000);

/** Time for a property with that many runs, in milliseconds. */
export const PROPERTY_TIMEOUT: number = 20_000 + PROPERTY_RUNS * 20;
