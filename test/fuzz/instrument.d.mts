import type { Plugin } from 'esbuild';

export const MOST_BRANCHES: number;
export function branchCounters(): { plugin: Plugin; count: () => number };
export function withCounters(code: string, next: () => string): string;
