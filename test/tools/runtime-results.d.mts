import type { Runtime } from './runtimes.mjs';

/** What runtime-reporter.ts writes. */
export type Event =
  | { kind: 'run'; files: string[] }
  | { kind: 'start'; file: string }
  | { kind: 'end'; file: string; tests: { name: string; state: string; error?: string }[]; error?: string }
  | { kind: 'finish'; errors: string[] };

/** A thing that a runtime cannot do, or a fault of it, with the tests that show it. */
export interface Gap {
  on: readonly (Runtime | 'node')[];
  /** From the project's folder. */
  file: string;
  /** A part of the full names of the tests that fail; without it the file is not run at all. */
  test?: string;
  /** They do not always fail. */
  sometimes?: true;
  /** Whole sentences: for the documentation. */
  why: string;
}

/** What a suite came to on a runtime. */
export interface Outcome {
  passed: number;
  /** One line each: failed tests, files that did not load or end, uncaught errors, gaps that are none any more. */
  failures: string[];
  /** Tests that failed as a gap says they do. */
  gaps: number;
  /** Tests that skipped themselves. */
  notRun: string[];
}

/** Runtime -> its version and, by suite, the outcome, or the reason why the suite is not run. */
export type Results = Record<string, { version: string; suites: Record<string, Outcome | string> }>;

/** Which files a run of vitest has begun and not ended, and which it has not begun. */
export function unfinished(events: readonly Event[]): { begun: string[]; left: string[] };

/** The gaps that keep whole files from a runtime. */
export function filesNotRun(gaps: readonly Gap[], runtime: string): Gap[];

/** Counts what the events of a suite's runs tell. */
export function outcomeOf(
  events: readonly Event[],
  gaps: readonly Gap[],
  runtime: string,
  stuck?: readonly string[],
): Outcome;

/** The table of the documentation and the reasons below it, as Markdown. */
export function report(results: Results, gaps: readonly Gap[], suites: readonly string[]): string;
