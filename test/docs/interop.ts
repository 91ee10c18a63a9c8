/** The matrix of test/interop as tables: what is tried, and with whom. */
import { extentOf, INTEROP_CASES, INTEROP_EXCEPTIONS, INTEROP_PEERS } from '../interop/matrix.ts';

const row = (...cells: readonly (string | number)[]): string => `| ${cells.join(' | ')} |`;

/** Peers in rows; a number in brackets leads to the reason below. */
function matrix(): string {
  const reasons: string[] = [];
  const rows = INTEROP_PEERS.map((peer) => {
    const exceptions = INTEROP_CASES.flatMap((one) => {
      const exception = INTEROP_EXCEPTIONS[peer.id]?.[one.id];
      if (exception === undefined) return [];
      reasons.push(exception.reason);
      return [`${one.title}: ${exception.extent} [${reasons.length}]`];
    });
    const full = INTEROP_CASES.filter((one) => extentOf(peer.id, one.id) === 'in full').length;
    return row(peer.title, `${full} of ${INTEROP_CASES.length}`, exceptions.join(', '));
  });
  const notes = reasons.map((reason, index) => `[${index + 1}] ${reason}`);
  const table = [row('peer', 'cases in full', 'the others'), row('---', '---', '---'), ...rows].join('\n');
  return [table, ...notes].join('\n\n');
}

/** How many crossings there are, and how many are run in full. */
function totals(): string {
  const extents = INTEROP_PEERS.flatMap((peer) => INTEROP_CASES.map((one) => extentOf(peer.id, one.id)));
  const count = (extent: string): number => extents.filter((one) => one === extent).length;
  const cases = INTEROP_CASES.map(({ title }) => title).join('; ');
  return `${INTEROP_CASES.length} cases (${cases}) with ${INTEROP_PEERS.length} peers: ${extents.length} crossings, ${count('in full')} run in full, ${count('partly')} partly, ${count('left out')} left out.`;
}

/** Blocks of the documentation by name. */
export function interopBlocks(): [name: string, block: string][] {
  return [
    ['interop-totals', totals()],
    ['interop-matrix', matrix()],
  ];
}
