/**
 * What a message may allocate. Measured by `npm run test:guard` itself: the limits stand a little above the highest of
 * Node 20, 22, 24 and 26, whose engines differ by a few words here and there.
 */

import type { Held, Idle } from './work.ts';

/** The limits of one load. */
export interface AllocationLimit {
  /** How many messages are counted. More are more exact, and must fit into the young generation. */
  readonly count: number;
  /** Bytes of JavaScript objects for each. */
  readonly heap: number;
  /** Bytes of ArrayBuffers for each; default 16: none, but for what pools grow by. */
  readonly buffers?: number;
}

/** What may be moved for a message. */
export interface MovedLimit {
  readonly count: number;
  /** Bytes from array to array. */
  readonly copied: number;
  /** Bytes of text, in UTF-8, from or to strings. */
  readonly converted: number;
  /** Calls that do so. */
  readonly calls: number;
}

const KIB = 1024;
const MIB = 1024 * KIB;

/** By the names of loads.ts. */
export const ALLOCATIONS: Readonly<Record<string, AllocationLimit>> = {
  'send text 32 B, 1000 a tick': { count: 100_000, heap: 16 },
  'send text 32 B, 1 a tick': { count: 5_000, heap: 2_700 },
  'send text 1 KiB, 10 a tick': { count: 10_000, heap: 320 },
  'send binary 1 KiB, 10 a tick': { count: 10_000, heap: 420 },
  'send binary 64 KiB, 1 a tick': { count: 300, heap: 8_000, buffers: 256 },
  'send binary 1 MiB, 1 a tick': { count: 20, heap: 60_000, buffers: KIB },
  'receive text 32 B': { count: 100_000, heap: 56 },
  'receive text 1 KiB': { count: 20_000, heap: 1_260 },
  'receive binary 32 B': { count: 20_000, heap: 400 },
  'receive binary 1 KiB': { count: 10_000, heap: 360, buffers: KIB + 32 },
  'receive binary 1 MiB': { count: 15, heap: 60_000, buffers: MIB + 64 },
  'echo text 32 B, 1000 in flight': { count: 50_000, heap: 60 },
  'echo text 32 B, 1 in flight': { count: 2_000, heap: 1_500 },
  'echo JSON 1 KiB compressed, 10 in flight': { count: 2_000, heap: 2_900, buffers: 256 },
  'TLS: send text 32 B, 1000 a tick': { count: 50_000, heap: 16 },
  'TLS: receive text 32 B': { count: 50_000, heap: 60 },
  'TLS: receive binary 1 MiB': { count: 15, heap: 60_000, buffers: MIB + 64 },
  'client: send text 32 B, 1000 a tick': { count: 50_000, heap: 120 },
  'client: message, no listener': { count: 50_000, heap: 140 },
  'client: message, 1 listener': { count: 50_000, heap: 140 },
  'client: message, 3 listeners': { count: 50_000, heap: 140 },
  'client: request, 100 in flight': { count: 20_000, heap: 1_560 },
  'client: request, 1 in flight': { count: 2_000, heap: 3_300 },
  'connect(): receive text 32 B': { count: 50_000, heap: 470 },
  'WebSocket: receive text 32 B': { count: 50_000, heap: 440 },
  'connect and close': { count: 200, heap: 39_000, buffers: KIB },
};

/** What an idle connection holds: bytes, and numbers of things. Over 500 connections. */
export const IDLE: Readonly<Record<string, Omit<Idle, 'connections'>>> = {
  'idle transport': { heap: 6_000, buffers: 64, external: 64, timers: 0, listeners: 4 },
  'idle client': { heap: 28_000, buffers: 64, external: 64, timers: 1, listeners: 4 },
};

/** What a message of 32 bytes holds that its reader keeps: bytes, a place in a list among them. */
export const HELD: Readonly<Record<string, Omit<Held, 'external'>>> = {
  'texts, all': { heap: 60, buffers: 16 },
  'texts, one of 100': { heap: 400, buffers: 16 },
  'binaries, all': { heap: 280, buffers: 64 },
  'binaries, one of 100': { heap: 600, buffers: 64 },
  'fields of messages': { heap: 130, buffers: 16 },
};

/** What the pools of a transport hold of bytes outside of the heap. */
export const POOLS: Readonly<Record<'burst' | 'idle' | 'closed', Pick<Held, 'external'>>> = {
  burst: { external: 22 * MIB },
  idle: { external: 2 * MIB },
  closed: { external: MIB },
};

/**
 * What is moved for each message: bytes copied, and bytes made from text or text made from bytes, by how many calls. A
 * message is moved once in each direction: sent ones into the pool, received ones out of the buffer that is read into. The
 * rest is for those that are cut by the end of that buffer.
 */
export const MOVED: Readonly<Record<string, MovedLimit>> = {
  'send text 32 B, 1000 a tick': { count: 5_000, copied: 1, converted: 1, calls: 0.1 },
  'send text 1 KiB, 10 a tick': { count: 2_000, copied: 1, converted: KIB + 1, calls: 1.2 },
  'send binary 1 KiB, 10 a tick': { count: 2_000, copied: KIB + 1, converted: 1, calls: 1.2 },
  'send binary 64 KiB, 1 a tick': { count: 300, copied: 64 * KIB + 1, converted: 1, calls: 2.1 },
  'send binary 1 MiB, 1 a tick': { count: 20, copied: MIB + 1, converted: 1, calls: 11 },
  'receive text 32 B': { count: 5_000, copied: 1, converted: 33, calls: 1.1 },
  'receive text 1 KiB': { count: 2_000, copied: 64, converted: KIB + 1, calls: 1.2 },
  'receive binary 32 B': { count: 5_000, copied: 33, converted: 1, calls: 1.1 },
  'receive binary 1 KiB': { count: 2_000, copied: KIB + 1, converted: 1, calls: 1.2 },
  'receive binary 1 MiB': { count: 20, copied: 80 * KIB, converted: 1, calls: 4 },
  'echo text 32 B, 1000 in flight': { count: 5_000, copied: 2, converted: 33, calls: 1.1 },
  'client: message, 1 listener': { count: 5_000, copied: 1, converted: 33, calls: 1.1 },
  'client: request, 100 in flight': { count: 2_000, copied: 2, converted: 100, calls: 2.2 },
  'connect and close': { count: 20, copied: 128, converted: 32, calls: 10 },
};
