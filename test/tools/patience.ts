/**
 * How long work may take that must stay linear: ten times what a slow machine needs, far below what quadratic work
 * would. HOLDLINE_PATIENCE multiplies it, for code that is instrumented (vitest.mutation.config.ts).
 */
export function patience(milliseconds: number): number {
  return milliseconds * Number(process.env.HOLDLINE_PATIENCE ?? 1);
}

/** After this long, a test that waits for something says that it waits in vain. It ends a hang and proves nothing. */
export const HANG_MS = 60_000;
