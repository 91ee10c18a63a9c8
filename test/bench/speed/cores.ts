/** Server and client each have a core of their own, where the system can see to that. */
import { cpus } from 'node:os';
import { findProgram } from '../../tools/prerequisites.mjs';

export const SERVER_CORE = 0;
export const CLIENT_CORE = 1;

/** Whether processes can be bound to cores. */
export function canPin(): boolean {
  return cpus().length > 1 && findProgram('taskset') !== undefined;
}

/** The command line bound to a core, or as it was. */
export function pinned(core: number, words: readonly string[]): string[] {
  return canPin() ? ['taskset', '-c', String(core), ...words] : [...words];
}
