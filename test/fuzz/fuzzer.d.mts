export interface Target {
  readonly examples: readonly Uint8Array[];
  readonly words: readonly Uint8Array[];
  readonly mostBytes: number;
  readonly run: (input: Uint8Array) => void | Promise<void>;
}

export interface Finding {
  readonly input: Uint8Array;
  readonly error: unknown;
}

export class Fuzzer {
  constructor(target: Target, counters: Uint8Array, seed: number);
  readonly corpus: Uint8Array[];
  readonly findings: Finding[];
  readonly runs: number;
  readonly slowest: number;
  readonly branches: number;
  readonly features: number;
  begin(inputs: readonly Uint8Array[]): Promise<void>;
  step(): Promise<void>;
  minimised(): Promise<Uint8Array[]>;
}
