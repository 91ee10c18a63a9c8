import { checkRecords } from '../checks.ts';
import type { TraceRecord } from '../record.ts';
import { conversationOf, type Exchange, type InferOptions, isByItself, type Stream } from './conversation.ts';
import { keyOf, literal, typeOf } from './type-of.ts';

/**
 * Writes a first contract from a recorded session: the source of a file with a `defineContract({ … })`, of types alone. It knows
 * what was seen: a field that never came is not in it, one that was missing once is optional, numbers that were always there are
 * numbers. Names of methods, events and fields are in it, no values. Read it, mend it, then check what comes with schemas.
 *
 * @param records - of a session with whole messages: `trace(tell, { preview: Infinity })`
 * @throws UsageError `INVALID_DATA` (`record-cut`) where a message is not whole
 * @example
 * ```ts
 * const records = readRecords(readFileSync('session.jsonl', 'utf8'));
 * writeFileSync('contract.ts', inferContract(records));
 * ```
 */
export function inferContract(records: readonly TraceRecord[], options: InferOptions = {}): string {
  checkRecords(records, inferContract);
  const turns = conversationOf(records, options);
  const requests = new Map<string, Exchange[]>();
  const handlers = new Map<string, Exchange[]>();
  const streams = new Map<string, Stream[]>();
  const notifications = new Map<string, unknown[]>();
  const events = new Map<string, unknown[]>();
  for (const turn of turns) {
    if (turn.what === 'request') {
      const { exchange } = turn;
      if (exchange.stream !== undefined) add(streams, exchange.stream.name, exchange.stream);
      else if (exchange.leaves === undefined && !isByItself(exchange)) add(requests, exchange.name, exchange);
    } else if (turn.what === 'asked') add(handlers, turn.exchange.name, turn.exchange);
    else if (turn.what === 'notification') add(notifications, turn.name, turn.payload);
    else if (turn.what === 'event') add(events, turn.name, turn.payload);
  }
  const parts = [
    part('requests', requests, call),
    part('notifications', notifications, slot),
    part('events', events, slot),
    part('streams', streams, (all) =>
      fields({
        params: slotUnless(all.map(({ params }) => params)),
        event: slot(all.flatMap((stream) => stream.events)),
      }),
    ),
    part('handlers', handlers, call),
  ];
  return `import { defineContract, type } from 'holdline';

// Inferred from a recorded session: what was seen, not what the server promises.
export const contract = defineContract({
${parts.join('')}});
`;
}

function add<T>(to: Map<string, T[]>, name: string, one: T): void {
  to.set(name, [...(to.get(name) ?? []), one]);
}

function part<T>(title: string, of: ReadonlyMap<string, T[]>, entry: (all: readonly T[]) => string): string {
  if (of.size === 0) return '';
  const names = [...of.keys()].sort();
  // `__proto__: …` would set the prototype.
  const key = (name: string): string => (name === '__proto__' ? `[${literal(name)}]` : keyOf(name));
  return `  ${title}: {\n${names.map((name) => `    ${key(name)}: ${entry(of.get(name) ?? [])},\n`).join('')}  },\n`;
}

function call(all: readonly Exchange[]): string {
  const data = all.flatMap(({ failure }) => (failure?.data === undefined ? [] : [failure.data]));
  return fields({
    params: slotUnless(all.map(({ params }) => params)),
    result: slotUnless(all.flatMap(({ reply }) => (reply === undefined ? [] : [reply.result]))),
    error: slotUnless(data),
  });
}

function fields(of: Readonly<Record<string, string>>): string {
  const given = Object.entries(of).filter(([, type]) => type !== '');
  return given.length === 0 ? '{}' : `{ ${given.map(([name, type]) => `${name}: ${type}`).join(', ')} }`;
}

function slot(values: readonly unknown[]): string {
  return `type<${typeOf(values)}>()`;
}

/** Empty where there was never anything. */
function slotUnless(values: readonly unknown[]): string {
  return values.every((value) => value === undefined) ? '' : slot(values);
}
