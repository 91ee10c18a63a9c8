// What a broken or hostile server makes of the frames of its protocol.
import fc from 'fast-check';
import { expect } from 'vitest';
import type { EnvelopeFactory, EnvelopeReader } from '../../src/messaging/envelope.ts';
import { MAX_KEY_LENGTH } from '../../src/messaging/message-limits.ts';

/** Values that no protocol expects where it expects another. */
const WRONG: readonly string[] = [
  ...['null', 'true', '0', '-1', '1e400', '""', '[]', '{}', '[null]', '[[[[[]]]]]', '"constructor"'],
  ...['{"__proto__":{"kind":"reply"}}', '{"toString":1,"valueOf":2}', '{"length":5}'],
  ...[
    `"${'k'.repeat(MAX_KEY_LENGTH + 1)}"`,
    `${'['.repeat(5_000)}${']'.repeat(5_000)}`,
    '99999999999999999999',
  ],
];

/** A frame with one of its values, or its members' names, in another's place; or with characters cut, doubled or changed. */
export function mutated(frames: readonly string[]): fc.Arbitrary<string> {
  const place = fc.nat({ max: 10_000 });
  return fc
    .record({
      frame: fc.constantFrom(...frames),
      wrong: fc.constantFrom(...WRONG),
      place,
      how: fc.nat({ max: 5 }),
      times: fc.integer({ min: 1, max: 3 }),
    })
    .map(({ frame, wrong, place: at, how, times }) => {
      let text = frame;
      for (let time = 0; time < times; time++) text = change(text, wrong, at * (time + 1), how);
      return text;
    });
}

function change(frame: string, wrong: string, place: number, how: number): string {
  const at = frame.length === 0 ? 0 : place % frame.length;
  const values = [...frame.matchAll(/"(?:[^"\\]|\\.)*"|-?\d+|true|false|null/g)];
  const value = values[place % Math.max(values.length, 1)];
  if (how === 0) return frame.slice(0, at);
  if (how === 1) return frame.slice(0, at) + frame.slice(at + 1);
  if (how === 2) return frame.slice(0, at) + frame.slice(at) + frame.slice(at);
  if (value === undefined) return wrong;
  const end = value.index + value[0].length;
  if (how === 3) return `${frame.slice(0, value.index)}"__proto__"${frame.slice(end)}`;
  return frame.slice(0, value.index) + wrong + frame.slice(end);
}

/** Reads what came as a client does: a message that cannot be read may be refused, but what is one always means something. */
export function readAll(
  reader: EnvelopeReader,
  decode: (data: string) => unknown,
  frames: readonly string[],
): void {
  for (const frame of frames) {
    let messages: readonly unknown[] = [];
    try {
      messages = reader.split(decode(frame));
    } catch (error) {
      expect(error).toBeInstanceOf(Error);
    }
    for (const message of messages) {
      const meaning = reader.classify(message);
      const { kind, key, subscription } = meaning as {
        kind: string;
        key?: unknown;
        subscription?: { key: unknown };
      };
      expect(kind).toMatch(/^(reply|progress|failure|event|request|error|message|nothing)$/);
      for (const one of [key, subscription?.key]) {
        if (typeof one === 'string') expect(one.length).toBeLessThanOrEqual(MAX_KEY_LENGTH);
        else if (one !== undefined) expect(one).toSatisfy(Number.isFinite);
      }
    }
  }
}

/** Whatever is made of these frames, their reader does not throw. */
export function checkMutated(
  factory: EnvelopeFactory,
  frames: readonly string[],
  session?: () => unknown,
): void {
  const { codec, reader } = factory();
  const all = fc.array(mutated(frames), { minLength: 1, maxLength: 8 });
  fc.assert(
    fc.property(all, (given) => readAll(reader(session?.()), (data) => codec.decode(data), given)),
    { numRuns: 500 },
  );
  const own = reader(session?.());
  for (const value of [
    null,
    undefined,
    0,
    true,
    [],
    {},
    [[]],
    Symbol('x'),
    () => 1,
    Object.create(null),
    new Uint8Array(3),
  ])
    expect(() => own.classify(value)).not.toThrow();
}
