/** What a client does after its line was lost: how long it waits before each attempt, and how long it gives one. */
export interface StormPolicy {
  /** For the table. */
  readonly name: string;
  /** Where the formula stands, and what it is, in a few words. */
  readonly source: string;
  /**
   * Milliseconds from a loss (retry 1) or a failed attempt (retry 2 and later) to the next attempt. `Infinity`: none
   * is made any more. `uniform` gives numbers in [0, 1).
   */
  delay(retry: number, uniform: () => number): number;
  /** Milliseconds after which attempt number `retry` is given up. `Infinity`: never. */
  timeout(retry: number): number;
}
