/** What must be true of an engine whatever a server sends, and however TCP cuts it. */
import { HoldlineError } from '../../src/base/errors.ts';
import { readClientFrames } from '../tools/client-frame.ts';
import type { Harness } from '../tools/engine-harness.ts';

/** Everything that can be seen of an engine. */
interface Seen {
  readonly told: string[];
  /** How it failed, or nothing. */
  readonly fault: string;
  readonly written: string;
  readonly state: string;
  readonly counts: string;
}

/** The ways in which the bytes come: whole, byte by byte, in pieces that the bytes themselves decide. */
const CUTS: readonly ((bytes: Uint8Array, at: number) => number)[] = [
  (bytes) => bytes.length,
  (_, at) => at + 1,
  (bytes, at) => at + 1 + (((bytes[at] as number) * 7 + at) % 23),
];

/**
 * Feeds the bytes in every way; the engine is made anew each time.
 *
 * @throws Error saying what is not as it should be
 */
export function judgeEngine(
  make: () => Harness,
  bytes: Uint8Array,
  most: { readonly message: number },
): void {
  let first: Seen | undefined;
  for (const cut of CUTS) {
    const seen = play(make(), bytes, cut, most);
    first ??= seen;
    if ([first, seen].some(isUninflatable)) {
      // zlib does not say what it got out before the data went wrong. Cut in pieces, another fault in there is seen first.
      must(first.fault !== '' && seen.fault !== '', 'it fails only in some pieces');
      must(
        JSON.stringify(first.told) === JSON.stringify(seen.told),
        'what is told before the fault depends on the cuts',
      );
      continue;
    }
    for (const key of ['told', 'fault', 'written', 'state', 'counts'] as const) {
      const [one, other] = [JSON.stringify(first[key]), JSON.stringify(seen[key])];
      must(one === other, `${key} depends on the cuts: ${one}, or ${other}`);
    }
  }
}

const isUninflatable = ({ fault }: Seen): boolean => fault.includes('cannot be inflated');

function play(
  harness: Harness,
  bytes: Uint8Array,
  cut: (bytes: Uint8Array, at: number) => number,
  { message }: { readonly message: number },
): Seen {
  const { engine, told } = harness;
  harness.written();
  // One block of memory that is used again and again, as sockets do.
  const shared = new Uint8Array(bytes.length + 3);
  for (let at = 0; at < bytes.length; ) {
    const end = Math.min(cut(bytes, at), bytes.length);
    shared.fill(0xa5);
    shared.set(bytes.subarray(at, end), 3);
    engine.receive(shared, 3, 3 + end - at);
    at = end;
  }
  const { state } = engine;
  engine.receiveEnd();
  const toldTillEnd = told.length;
  engine.receive(bytes);
  engine.receiveEnd();
  must(told.length === toldTillEnd, 'something is told behind the end');
  must(engine.state === 'closed', `the engine is ${engine.state} behind the end`);
  const ends = told.filter(([name]) => name === 'close' || name === 'failure');
  must(ends.length === 1 && told.at(-1) === ends[0], `the story has ${ends.length} ends`);
  must(told.filter(([name]) => name === 'open').length <= 1, 'it opens twice');
  for (const [name, value] of told) {
    if (name === 'failure') must(value instanceof HoldlineError, `a failure that is none of ours: ${value}`);
    if (name === 'text' || name === 'binary')
      must((value as { length: number }).length <= message, 'a message is larger than the limit');
  }
  const written = harness.written();
  const opcodes = readClientFrames(written).map(({ opcode }) => opcode);
  const closes = opcodes.filter((opcode) => opcode === 8).length;
  must(closes === 0 || (closes === 1 && opcodes.at(-1) === 8), 'frames are written behind the Close');
  const [failure] = told.flatMap(([name, value]) => (name === 'failure' ? [value as HoldlineError] : []));
  return {
    told: told.filter(([name]) => name !== 'failure').map((one) => JSON.stringify(one)),
    // How much more it would be is not known at the same moment.
    fault: failure === undefined ? '' : failure.message.replace(/at least \d+/, 'more'),
    written: Buffer.from(written).toString('latin1'),
    state,
    counts: JSON.stringify([engine.sent, engine.received]),
  };
}

/** @throws Error saying `what` if it is not so */
export function must(isSo: boolean, what: string): void {
  if (!isSo) throw new Error(what);
}
