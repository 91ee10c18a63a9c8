import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { IN_FULL } from '../../tools/campaign.ts';
import { stormPicture } from './picture.ts';
import { POLICIES } from './policies/index.ts';
import { SCENE } from './server.ts';
import { simulateStorm } from './simulation.ts';
import { formulaTable, stormTable, thousands } from './table.ts';

const CLIENTS = 100_000;
/** All of them by night; in `npm test` ours, and two that stay away. */
const PLAYED = IN_FULL
  ? POLICIES
  : POLICIES.filter(({ name }) => /^partysocket|^exponential|^\*\*holdline\*\*$/.test(name));
const rows = PLAYED.map((policy) => ({
  policy,
  shed: simulateStorm({ policy, server: 'shed', clients: CLIENTS, seed: 1 }),
  queue: simulateStorm({ policy, server: 'queue', clients: CLIENTS, seed: 1 }),
}));
const page = readFileSync('docs/reference/storm.md', 'utf8');

describe('docs/reference/storm.md', () => {
  it('shows what the code does (else: npm run bench:storm -- --write)', () => {
    const shown = measured('storm-100000').split('\n');
    const played = shown.filter((line) => PLAYED.some(({ name }) => line.startsWith(`| ${name} |`)));
    expect(shown).toHaveLength(2 + POLICIES.length);
    expect([...shown.slice(0, 2), ...played].join('\n')).toBe(stormTable(rows, CLIENTS));
    expect(measured('storm-formulas')).toBe(formulaTable(POLICIES));
    if (IN_FULL)
      expect(readFileSync('docs/reference/storm.svg', 'utf8')).toBe(stormPicture(rows, CLIENTS, SCENE));
  });

  it('has a row for every policy and size', () => {
    for (const { name } of POLICIES) expect(measured('storm-1000000')).toContain(`| ${name} |`);
  });
});

describe('the table', () => {
  it('says so where clients stay away', () => {
    const lines = stormTable(rows, CLIENTS).split('\n');
    expect(lines.find((line) => line.includes('partysocket'))).toMatch(
      /more than \d+\.\d \| not within 15 min \|$/,
    );
    expect(lines.find((line) => line.includes('exponential'))).toContain('| 237 / 507 / 537 |');
  });

  it('writes thousands shortly', () => {
    expect([4_187, 46_486, 500_000].map(thousands)).toEqual(['4.2k', '46k', '500k']);
  });
});

function measured(name: string): string {
  const match = new RegExp(`<!-- measured: ${name} -->\\n([\\s\\S]*?)\\n<!-- /measured -->`).exec(page);
  return match?.[1] ?? `no block ${name}`;
}
