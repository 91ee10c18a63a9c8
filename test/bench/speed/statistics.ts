/** Figures of several rounds in one. */

/** A median and the quartiles around it. */
export interface Spread {
  readonly median: number;
  readonly low: number;
  readonly high: number;
}

/** The value below which `share` of the sorted values lie, with straight lines between them. */
function quantile(sorted: readonly number[], share: number): number {
  const at = (sorted.length - 1) * share;
  const below = Math.floor(at);
  const low = sorted[below] as number;
  const high = sorted[Math.min(below + 1, sorted.length - 1)] as number;
  return low + (high - low) * (at - below);
}

/** Median and quartiles, undefined of nothing. */
export function spreadOf(values: readonly number[]): Spread | undefined {
  if (values.length === 0) return undefined;
  const sorted = values.toSorted((a, b) => a - b);
  return { median: quantile(sorted, 0.5), low: quantile(sorted, 0.25), high: quantile(sorted, 0.75) };
}

/**
 * How many times less `ours` is than `theirs`, from rounds that were run in turns: the ratio of each pair, not of the
 * medians, so that a moment in which the machine was slow weighs on both.
 */
export function ratioOf(theirs: readonly number[], ours: readonly number[]): Spread | undefined {
  return spreadOf(pairs(theirs, ours, (their, our) => their / our));
}

/** How much more `ours` is than `theirs`, round by round. */
export function differenceOf(theirs: readonly number[], ours: readonly number[]): Spread | undefined {
  return spreadOf(pairs(theirs, ours, (their, our) => our - their));
}

function pairs(
  a: readonly number[],
  b: readonly number[],
  combine: (a: number, b: number) => number,
): number[] {
  const count = Math.min(a.length, b.length);
  return Array.from({ length: count }, (_, index) => combine(a[index] as number, b[index] as number));
}
