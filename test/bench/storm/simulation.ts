import { Agenda } from './agenda.ts';
import { Chance } from './chance.ts';
import type { StormPolicy } from './policy.ts';
import { createServer, SCENE, type Scene, type ServerKind } from './server.ts';

/** What to simulate. */
export interface StormSetup {
  readonly policy: StormPolicy;
  readonly server: ServerKind;
  readonly clients: number;
  readonly seed: number;
  readonly scene?: Scene;
  /** When to look no further, in milliseconds since the loss. Default: a quarter of an hour. */
  readonly limit?: number;
  /** Is told every attempt, in the order of time. */
  readonly onAttempt?: (client: number, time: number) => void;
}

/** What came out. Times in milliseconds since the server's return; `Infinity`: not within the limit. */
export interface StormResult {
  readonly attempts: number;
  /** The most attempts within one second, looked at every 100 ms. */
  readonly peak: number;
  readonly t50: number;
  readonly t95: number;
  readonly t999: number;
  /** Clients that are back. */
  readonly back: number;
  /** Attempts in each 100 ms since the loss. */
  readonly series: Uint32Array;
  /** Clients that came back in each 100 ms since the loss. */
  readonly returns: Uint32Array;
}

/** Width of a bin of the series. */
export const BIN_MS = 100;

/** When to look no further, unless told otherwise. */
export const DEFAULT_LIMIT_MS: number = 15 * 60_000;

/**
 * Every line breaks at the moment 0; every client comes back by its policy. One event a client is ahead, the beginning of
 * its next attempt: how an attempt ends is known when it begins, because the server works in the order of arrival.
 */
export function simulateStorm(setup: StormSetup): StormResult {
  const { policy, clients, seed, scene = SCENE, limit = DEFAULT_LIMIT_MS, onAttempt } = setup;
  const server = createServer(setup.server, scene);
  const chance = new Chance(clients, seed);
  const agenda = new Agenda(clients);
  const retries = new Uint32Array(clients);
  const readyAt = new Float64Array(clients).fill(Number.POSITIVE_INFINITY);
  const series = new Uint32Array(Math.ceil(limit / BIN_MS) + 1);
  const returns = new Uint32Array(series.length);
  let attempts = 0;
  let current = 0;
  const uniform = (): number => chance.next(current);
  const retry = (client: number, time: number): void => {
    current = client;
    const begin = time + policy.delay(++retries[client]!, uniform);
    if (begin <= limit) agenda.add(client, begin);
  };

  for (let client = 0; client < clients; client++) retry(client, 0);
  for (let client = agenda.take(); client !== undefined; client = agenda.take()) {
    const time = agenda.timeOf(client);
    attempts++;
    series[Math.floor(time / BIN_MS)]!++;
    onAttempt?.(client, time);
    const verdict = server.arrive(time, policy.timeout(retries[client]!));
    if (!verdict.accepted) {
      retry(client, verdict.at);
    } else if (verdict.at <= limit) {
      readyAt[client] = verdict.at;
      returns[Math.floor(verdict.at / BIN_MS)]!++;
    }
  }

  readyAt.sort();
  const back = count(readyAt);
  const at = (share: number): number => readyAt[Math.ceil(share * clients) - 1]! - scene.outage;
  return {
    attempts,
    peak: busiestSecond(series),
    t50: at(0.5),
    t95: at(0.95),
    t999: at(0.999),
    back,
    series,
    returns,
  };
}

function count(sorted: Float64Array): number {
  const index = sorted.indexOf(Number.POSITIVE_INFINITY);
  return index < 0 ? sorted.length : index;
}

/** Sums over one second, beginning at every bin. */
export function perSecond(series: Uint32Array): Float64Array {
  const bins = 1_000 / BIN_MS;
  const sums = new Float64Array(series.length);
  let sum = 0;
  for (let end = 0; end < series.length; end++) {
    sum += series[end]! - (end >= bins ? series[end - bins]! : 0);
    sums[Math.max(0, end - bins + 1)] = sum;
  }
  return sums;
}

function busiestSecond(series: Uint32Array): number {
  return perSecond(series).reduce((most, sum) => Math.max(most, sum), 0);
}
