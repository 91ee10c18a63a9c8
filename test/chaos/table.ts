/** The results of a campaign, as tables. */
import type { Outcome } from './trial.ts';

/** Every trial of one client with one server under one fault. */
export interface Row {
  readonly client: string;
  readonly server: string;
  readonly scene: string;
  readonly outcomes: readonly Outcome[];
}

/** Noticed and recovered, in seconds: the median, and the longest where that is another one. */
export function timesTable(rows: readonly Row[], scenes: readonly string[]): string {
  return tableOf(rows, scenes, ({ outcomes }) => {
    const noticed = outcomes.map((one) => one.noticed);
    const recovered = outcomes.map((one) => one.recovered);
    return `${times(noticed)} / ${times(recovered)}`;
  });
}

/** What was asked, of that what failed with word of it, and without. */
export function fatesTable(rows: readonly Row[], scenes: readonly string[]): string {
  return tableOf(rows, scenes, ({ outcomes }) => {
    const sum = (key: 'answered' | 'failed' | 'silent'): number =>
      outcomes.reduce((all, one) => all + one[key], 0);
    const [answered, failed, silent] = [sum('answered'), sum('failed'), sum('silent')];
    return `${answered + failed + silent} / ${failed} / ${silent > 0 ? `**${silent}**` : 0}`;
  });
}

function tableOf(rows: readonly Row[], scenes: readonly string[], cell: (row: Row) => string): string {
  const names = [...new Set(rows.map(({ client, server }) => `${client}, ${server}`))];
  const lines = names.map((name) => {
    const cells = scenes.map((scene) => {
      const row = rows.find((one) => `${one.client}, ${one.server}` === name && one.scene === scene);
      return row === undefined || row.outcomes.length === 0 ? 'not run' : cell(row);
    });
    return `| ${name} | ${cells.join(' | ')} |`;
  });
  return [
    `| client, server | ${scenes.join(' | ')} |`,
    `| --- |${' --: |'.repeat(scenes.length)}`,
    ...lines,
  ].join('\n');
}

/** The median in seconds, and the longest; `never` for what did not happen. */
function times(all: readonly (number | undefined)[]): string {
  const sorted = all.map((time) => time ?? Number.POSITIVE_INFINITY).sort((a, b) => a - b);
  const median = seconds(sorted[Math.floor((sorted.length - 1) / 2)] as number);
  const longest = seconds(sorted.at(-1) as number);
  return median === longest ? median : `${median} (${longest})`;
}

function seconds(time: number): string {
  if (time === Number.POSITIVE_INFINITY) return 'never';
  return (time / 1_000).toFixed(time < 9_950 ? 1 : 0);
}
