/**
 * What a message may allocate. Measured by `npm run test:guard` itself: the limits stand a little above the highest of
 * Node 20, 22, 24 and 26, whose engines differ by a few words here and there.
 */

/** The limits of one load. */
export interface AllocationLimit {
  /** How many messages are counted. More are more exact, and must fit into the young generation. */
  readonly count: number;
  /** Bytes of JavaScript objects for each. */
  readonly heap: number;
  /** Bytes of ArrayBuffers for each; default 16: none, but for what pools grow by. */
  readonly buffers?: number;
}

const KIB = 1024;
const MIB = 1024 * KIB;

/** By the names of loads.ts. */
export const ALLOCATIONS: Readonly<Record<string, AllocationLimit>> = {
  'send text 32 B, 1000 a tick': { count: 100_000, heap: 160 },
  'send text 32 B, 1 a tick': { count: 5_000, heap: 2_600 },
  'send text 1 KiB, 10 a tick': { count: 10_000, heap: 600 },
  'send binary 1 KiB, 10 a tick': { count: 10_000, heap: 600 },
  'send binary 64 KiB, 1 a tick': { count: 300, heap: 6_000, buffers: 64 * KIB + 64 },
  'send binary 1 MiB, 1 a tick': { count: 20, heap: 12_000, buffers: MIB + 64 },
  'receive text 32 B': { count: 100_000, heap: 280 },
  'receive text 1 KiB': { count: 20_000, heap: 1_400, buffers: 64 },
  'receive binary 32 B': { count: 20_000, heap: 500, buffers: 64 },
  'receive binary 1 KiB': { count: 10_000, heap: 450, buffers: KIB + 64 },
  'receive binary 1 MiB': { count: 20, heap: 6_000, buffers: MIB + 64 },
  'echo text 32 B, 1000 in flight': { count: 50_000, heap: 400 },
  'echo text 32 B, 1 in flight': { count: 2_000, heap: 2_000 },
  'client: send text 32 B, 1000 a tick': { count: 50_000, heap: 1_300 },
  'client: message, no listener': { count: 50_000, heap: 750 },
  'client: message, 1 listener': { count: 50_000, heap: 750 },
  'client: message, 3 listeners': { count: 50_000, heap: 750 },
  'client: request, 100 in flight': { count: 20_000, heap: 4_000 },
  'client: request, 1 in flight': { count: 2_000, heap: 5_700 },
  'connect and close': { count: 300, heap: 50_000, buffers: KIB },
};
