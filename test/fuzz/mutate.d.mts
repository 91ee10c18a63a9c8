export function chanceOf(seed: number): (end: number) => number;
export function mutate(
  input: Uint8Array,
  other: Uint8Array,
  words: readonly Uint8Array[],
  mostBytes: number,
  chance: (end: number) => number,
): Uint8Array;
