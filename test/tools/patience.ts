/**
 * Time in tests. The machine may be busy with something else, so a test asserts order, counts, time on a virtual clock or
 * time of the processor, and does not race the clock on the wall. Where real time is the subject, its bound is many times
 * what is meant, and is there to end what hangs.
 */

/**
 * How long work may take that must stay linear: ten times what a slow machine needs, far below what quadratic work
 * would. HOLDLINE_PATIENCE multiplies it, for code that is instrumented (vitest.mutation.config.ts).
 */
export function patience(milliseconds: number): number {
  return milliseconds * Number(process.env.HOLDLINE_PATIENCE ?? 1);
}

/** After this long, a test that waits for something says that it waits in vain. It ends a hang and proves nothing. */
export const HANG_MS = 60_000;
