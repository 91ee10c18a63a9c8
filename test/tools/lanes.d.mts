/** One program to run. */
export interface Step {
  /** What it checks, for people. */
  readonly what: string;
  /** A program, of node_modules/.bin too, and its arguments. */
  readonly command: [string, ...string[]];
  /** More environment. */
  readonly env?: NodeJS.ProcessEnv;
}

export declare function runLanes(
  lanes: readonly (readonly Step[])[],
  show?: (text: string) => void,
): Promise<number>;
