/** What a run leaves behind, as JSON. */

/** One peer in one workload. Every list has one figure a round. */
export interface PeerResult {
  readonly id: string;
  readonly runtime: string;
  readonly library: string;
  /** Messages a round. */
  readonly n: number;
  /** Microseconds of the client's CPU for each. */
  readonly cpu: number[];
  /** Microseconds that passed for each. */
  readonly wall: number[];
  /** Microseconds of the server's CPU for each. */
  readonly server: number[];
  /** What the program measures beside that: `p50`, `rss`, `wireBytes`. */
  readonly extra: Record<string, number[]>;
  /** Why it has not finished. */
  readonly error?: string;
}

export interface WorkloadResult {
  readonly id: string;
  readonly peers: readonly PeerResult[];
  /** Why it could not be run at all. */
  readonly error?: string;
  /** When it was run. */
  readonly date?: string;
}

export interface Results {
  readonly date: string;
  readonly mode: 'quick' | 'full';
  readonly machine: {
    readonly cpu: string;
    readonly cores: number;
    readonly system: string;
    readonly pinned: boolean;
  };
  readonly workloads: readonly WorkloadResult[];
  /** Peers that were not run, and why. */
  readonly missing: readonly string[];
}
