/** The tables of docs/reference/conformance.md: every requirement, every attack, and the tests that prove them. */
import {
  ATTACKS,
  type Attack,
  DEVIATIONS,
  OPEN_ATTACKS,
  REQUIREMENTS,
  type Requirement,
} from './requirements.ts';
import { collectProofs, type Proof } from './titles.ts';

/** Tests named in a row; the number of the others follows. */
const SHOWN = 3;

function shown(proofs: readonly Proof[]): string {
  const lines = proofs.slice(0, SHOWN).map(({ title, path }) => {
    const text = title.replace(/ ?\([^()]*(?:#\d|attacks? \d)[^()]*\)/g, '').replaceAll('|', '\\|');
    const name = path.split('/').slice(1).join('/');
    return `${escaped(text)} ([${name}](../../${path}))`;
  });
  const more = proofs.length - SHOWN;
  return [...lines, ...(more > 0 ? [`and ${more} more`] : [])].join('<br>');
}

/** Markdown would take these for markup. */
function escaped(text: string): string {
  return text.replace(/[\\`*_<>[\]]/g, '\\$&').trim();
}

type Status = 'met' | 'the browser’s' | 'open';

export function statusOf(requirement: Requirement, proofs: readonly Proof[]): Status {
  if (proofs.length > 0) return 'met';
  return requirement.place === 'browser' ? 'the browser’s' : 'open';
}

function requirementTables(): string {
  const proofs = collectProofs();
  return REQUIREMENTS.map(({ title, requirements }) => {
    const rows = requirements.map((requirement) => {
      const own = proofs.requirements.get(requirement.number) ?? [];
      const page = DEVIATIONS.get(requirement.number);
      const status =
        statusOf(requirement, own) + (page === undefined ? '' : `, [stricter than the text](${page})`);
      const { number, section, level, place, text } = requirement;
      return `| ${number} | ${section} | ${level} | ${place} | ${text} | ${status} | ${shown(own)} |`;
    });
    return [
      `### ${title}`,
      '',
      '| # | § | level | where | requirement | status | tests |',
      '| --- | --- | --- | --- | --- | --- | --- |',
      ...rows,
    ].join('\n');
  }).join('\n\n');
}

/** Attacks from this number on were found by an audit. */
const FIRST_FINDING = 29;

function attackTable(attacks: readonly Attack[]): string {
  const proofs = collectProofs();
  const rows = attacks.map(({ number, attack, answer }) => {
    const own = proofs.attacks.get(number) ?? [];
    const status = own.length > 0 ? 'held' : 'open';
    return `| ${number} | ${attack} | ${answer} | ${status} | ${shown(own)} |`;
  });
  return ['| # | attack | answer | status | tests |', '| --- | --- | --- | --- | --- |', ...rows].join('\n');
}

function totals(): string {
  const proofs = collectProofs();
  const all = REQUIREMENTS.flatMap(({ requirements }) => requirements);
  const count = (status: Status): number =>
    all.filter(
      (requirement) => statusOf(requirement, proofs.requirements.get(requirement.number) ?? []) === status,
    ).length;
  const held = ATTACKS.filter(({ number }) => proofs.attacks.has(number)).length;
  const rows = [
    `| requirements of the standards | ${all.length} |`,
    `| … met, each by a test that names it | ${count('met')} |`,
    `| … a browser’s own, which no library can obey for it | ${count('the browser’s')} |`,
    `| … open | ${count('open')} |`,
    `| attacks held, of ${ATTACKS.length} | ${held} |`,
  ];
  return ['| what | how many |', '| --- | --- |', ...rows].join('\n');
}

/** Rows that should have a test and have none: `#4`, `attack 6`. */
export function openRows(): string[] {
  const proofs = collectProofs();
  const all = REQUIREMENTS.flatMap(({ requirements }) => requirements);
  return [
    ...all
      .filter(
        (requirement) => statusOf(requirement, proofs.requirements.get(requirement.number) ?? []) === 'open',
      )
      .map(({ number }) => `#${number}`),
    // One that is held, and is listed as open, is as wrong as one that is open and not listed.
    ...ATTACKS.filter(({ number }) => proofs.attacks.has(number) === OPEN_ATTACKS.includes(number)).map(
      ({ number }) => `attack ${number}`,
    ),
  ];
}

/** Numbers in titles for which there is no row. */
export function strayNumbers(): string[] {
  const proofs = collectProofs();
  const known = new Set(REQUIREMENTS.flatMap(({ requirements }) => requirements.map(({ number }) => number)));
  const attacks = new Set(ATTACKS.map(({ number }) => number));
  return [
    ...[...proofs.requirements.keys()].filter((number) => !known.has(number)).map((number) => `#${number}`),
    ...[...proofs.attacks.keys()]
      .filter((number) => !attacks.has(number))
      .map((number) => `attack ${number}`),
  ];
}

/** The generated blocks of the page, by name. */
export function conformanceBlocks(): [name: string, block: string][] {
  return [
    ['conformance-totals', totals()],
    ['conformance-requirements', requirementTables()],
    ['conformance-attacks', attackTable(ATTACKS)],
    ['audit-findings', attackTable(ATTACKS.filter(({ number }) => number >= FIRST_FINDING))],
  ];
}
