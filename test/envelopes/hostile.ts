/** What a server must not send: its own frames with something wrong in them, and nothing of the kind at all. */
import fc from 'fast-check';
import { expect } from 'vitest';
import type { Classified, EnvelopeFactory, EnvelopeReader } from '../../src/messaging/envelope.ts';
import { MAX_KEY_LENGTH } from '../../src/messaging/message-limits.ts';
import { PROPERTY_RUNS } from '../tools/property-runs.ts';

const deep = (levels: number): unknown => {
  let value: unknown = 1;
  for (let level = 0; level < levels; level++) value = level % 2 === 0 ? [value] : { a: value };
  return value;
};

const JUNK: readonly unknown[] = [
  ...[undefined, null, true, false, 0, -1, 1.5, 1e21, '', 'x', [], {}, [null], { a: 1 }],
  'k'.repeat(MAX_KEY_LENGTH + 1),
  JSON.parse('{"__proto__":{"id":1,"type":"event","op":7},"constructor":5,"toString":null,"length":-1}'),
  deep(1_000),
];

/** Something at one place of the frame is another, or gone. */
function mutated(frame: unknown, picks: Iterator<number>, depth = 0): unknown {
  const pick = (): number => picks.next().value ?? 0;
  const isEnd = typeof frame !== 'object' || frame === null || Object.keys(frame).length === 0;
  if (isEnd || (depth > 0 && pick() % 3 === 0)) return JUNK[pick() % JUNK.length];
  const keys = Object.keys(frame);
  const key = keys[pick() % keys.length] as string;
  const copy = (Array.isArray(frame) ? [...frame] : { ...frame }) as Record<string, unknown>;
  copy[key] = mutated(copy[key], picks, depth + 1);
  return copy;
}

const picks = fc.array(fc.nat(1_000), { minLength: 4, maxLength: 12 });

/** Reads as a client does: a throw of `split` costs the message, one of `classify` must not be. */
function read(reader: EnvelopeReader, value: unknown): Classified[] {
  let messages: readonly unknown[];
  try {
    messages = reader.split(value);
  } catch {
    return [];
  }
  return messages.map((message) => reader.classify(message));
}

function checkMeanings(meanings: readonly Classified[]): void {
  for (const meaning of meanings) {
    if ('key' in meaning) expect(String(meaning.key).length).toBeLessThanOrEqual(MAX_KEY_LENGTH);
    if (meaning.kind === 'event' && meaning.subscription !== undefined)
      expect(String(meaning.subscription.key).length).toBeLessThanOrEqual(MAX_KEY_LENGTH);
    if (meaning.kind === 'event') expect(typeof meaning.name).toBe('string');
    if (meaning.kind === 'failure' || meaning.kind === 'error')
      expect(typeof meaning.error.message).toBe('string');
    meaning.also?.abandons?.match('x');
  }
}

/**
 * An envelope survives its own frames with anything wrong in them, anything at all, and each frame twice.
 *
 * @param wire - what a decoded message is made of a frame: the text, where the codec leaves it one
 */
export function survives(
  factory: EnvelopeFactory,
  frames: readonly unknown[],
  wire: (frame: unknown) => unknown = (frame) => frame,
): void {
  const one = fc.oneof(
    {
      weight: 5,
      arbitrary: fc.tuple(fc.constantFrom(...frames), picks).map(([f, p]) => mutated(f, p.values())),
    },
    { weight: 1, arbitrary: fc.constantFrom(...JUNK) },
    { weight: 1, arbitrary: fc.anything() },
    { weight: 1, arbitrary: fc.constantFrom(...frames) },
  );
  fc.assert(
    fc.property(fc.array(one, { minLength: 1, maxLength: 5 }), (all) => {
      const { reader, rpc } = factory();
      const line = reader({});
      rpc?.request(rpc.allocate(), 'm', {});
      for (const frame of [...all, ...all]) checkMeanings(read(line, wire(frame)));
      expect(({} as Record<string, unknown>).op).toBeUndefined();
    }),
    { numRuns: PROPERTY_RUNS },
  );
  for (const frame of JUNK) checkMeanings(read(factory().reader(undefined), wire(frame)));
}

/** As {@link survives}, for protocols of text: cut, doubled and with other characters in it. */
export function survivesText(factory: EnvelopeFactory, frames: readonly string[]): void {
  const cut = fc
    .tuple(
      fc.constantFrom(...frames),
      fc.nat(),
      fc.nat(),
      fc.constantFrom('', '\0', '\n', '\u001e', ':', '{', '\\'),
    )
    .map(([text, from, length, by]) => {
      const at = from % (text.length + 1);
      return text.slice(0, at) + by + text.slice(at + (length % 5));
    });
  fc.assert(
    fc.property(fc.array(fc.oneof(cut, fc.string(), fc.constantFrom(...frames)), { maxLength: 6 }), (all) => {
      const line = factory().reader({});
      for (const text of [...all, ...all]) checkMeanings(read(line, text));
    }),
    { numRuns: PROPERTY_RUNS },
  );
}
