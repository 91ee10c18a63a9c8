import { checkArgument, checkCall, checkOptions } from '../base/checks.ts';
import { isHoldlineError } from '../base/errors.ts';
import type { OptionTable } from '../base/need.ts';
import { encode } from '../messaging/codec.ts';
import type { Classified, Envelope, EnvelopeFactory, EnvelopeReader } from '../messaging/envelope.ts';
import { MAX_KEY_LENGTH } from '../messaging/message-limits.ts';
import { createDice, type Dice } from './dice.ts';

/** What an envelope is tried on. */
export interface EnvelopeSamples {
  /** Messages of the server's, as they come on the wire: those of a whole conversation, in order. */
  readonly received: readonly (string | Uint8Array)[];
  /** How many changed conversations are read. Default 1,000. */
  readonly rounds?: number | undefined;
  /** Which ones: a whole number. Default 1. */
  readonly seed?: number | undefined;
}

const SAMPLES: OptionTable<EnvelopeSamples> = {
  received: { expected: 'a list of messages', isRight: Array.isArray, isNeeded: true },
  rounds: 'whole',
  seed: 'whole',
};

/** The kinds of messages, and what each must have. */
const KINDS: Readonly<Record<Classified['kind'], readonly string[]>> = /* @__PURE__ */ Object.freeze({
  reply: ['key'],
  progress: ['key'],
  failure: ['key', 'error'],
  event: ['name'],
  request: ['key', 'method'],
  error: ['error'],
  message: [],
  nothing: [],
});

/** Most complaints of one run: the first is enough to begin with. */
const MAX_COMPLAINTS = 20;

/**
 * Tries an envelope on what a server must not send: the samples with values replaced, parts missing, cut, repeated, and out of
 * order, each conversation with readers of its own. `classify` may not throw (`split` and the codec may: what cannot be read is
 * told as such); every meaning must be one, with a key
 * that can be kept; readers must not disturb each other; keys must be new, and what is asked must be something that the codec
 * can carry.
 *
 * @returns what is wrong, in words; nothing if nothing is
 * @throws UsageError `INVALID_OPTION` for what is no envelope, or naming the option that is wrong
 * @example
 * ```ts
 * expect(checkEnvelope(myEnvelope(), { received: ['{"ref":1,"ok":3}'] })).toEqual([]);
 * ```
 */
export function checkEnvelope(factory: EnvelopeFactory, samples: EnvelopeSamples): readonly string[] {
  checkCall(checkEnvelope, () => {
    checkArgument('function', 'factory', factory, 'checkEnvelope');
    checkOptions(SAMPLES, samples, 'checkEnvelope');
  });
  const { received, rounds = 1_000, seed = 1 } = samples;
  const complaints = new Set<string>();
  const complain = (text: string): void => {
    if (complaints.size < MAX_COMPLAINTS) complaints.add(text);
  };
  checkRequests(factory(), complain);
  checkReaders(factory, received, complain);
  for (let round = 0; round < rounds; round++) {
    const dice = createDice(seed).fork(round);
    const envelope = factory();
    // As if they had been asked: some servers' answers mean something only then.
    for (let count = 0; count < 3; count++) {
      const refusal = refusalOf(() => ask(envelope));
      if (refusal !== undefined) break; // told already
    }
    const reader = envelope.reader(undefined);
    for (const data of shuffled(received, dice)) read(envelope, reader, changed(data, dice), complain);
  }
  return [...complaints];
}

type Complain = (text: string) => void;
type Data = string | Uint8Array;

function ask({ rpc }: Envelope): unknown {
  return rpc?.request(rpc.allocate(), 'method', { a: 1 }, undefined);
}

function checkRequests(envelope: Envelope, complain: Complain): void {
  const { rpc, codec } = envelope;
  if (rpc === undefined) return;
  const keys = Array.from({ length: 1_000 }, () => rpc.allocate());
  if (new Set(keys).size < keys.length) complain('allocate() gives a key twice.');
  const refusals = [
    refusalOf(() => encode(codec, ask(envelope))),
    refusalOf(() => encode(codec, rpc.notification('method', { a: 1 }, undefined))),
  ];
  for (const refusal of refusals) {
    // A protocol may have no requests, or none without meta, and say so.
    const isMeant = isHoldlineError(refusal) && refusal.code !== 'INVALID_DATA';
    if (refusal !== undefined && !isMeant)
      complain(`The codec cannot carry a request or a notification: ${String(refusal)}`);
  }
}

function refusalOf(call: () => unknown): unknown {
  try {
    call();
    return undefined;
  } catch (error) {
    return error;
  }
}

/** What one reader has begun must not be seen by another. */
function checkReaders(factory: EnvelopeFactory, received: readonly Data[], complain: Complain): void {
  const alone = factory();
  const expected = received.map((data) => meaningsOf(alone, alone.reader(undefined), data));
  const envelope = factory();
  for (const [at, data] of received.entries()) {
    meaningsOf(envelope, envelope.reader(undefined), data.slice(0, data.length >> 1));
    const told = meaningsOf(envelope, envelope.reader(undefined), data);
    if (told !== expected[at])
      complain(`Message ${at} means something else when another line has had half of it.`);
  }
}

function meaningsOf(envelope: Envelope, reader: EnvelopeReader, data: Data): string {
  try {
    return JSON.stringify(
      reader.split(envelope.codec.decode(data)).map((message) => reader.classify(message)),
    );
  } catch {
    return 'unreadable';
  }
}

function read(envelope: Envelope, reader: EnvelopeReader, data: Data, complain: Complain): void {
  let messages: readonly unknown[];
  try {
    messages = reader.split(envelope.codec.decode(data));
  } catch {
    return; // told as BAD_MESSAGE
  }
  const shown = typeof data === 'string' ? data.slice(0, 200) : `${data.length} bytes`;
  try {
    for (const message of messages) checkMeaning(reader.classify(message), shown, complain);
  } catch (error) {
    complain(`It throws ${String(error)} at: ${shown}`);
  }
}

function checkMeaning(meaning: Classified, shown: string, complain: Complain): void {
  const needed = KINDS[meaning?.kind];
  if (needed === undefined) return complain(`It gives the kind ${String(meaning?.kind)} for: ${shown}`);
  for (const name of needed) {
    if (!(name in meaning)) complain(`It gives a ${meaning.kind} without ${name} for: ${shown}`);
  }
  const { key, name, method } = meaning as { key?: unknown; name?: unknown; method?: unknown };
  const { subscription } = meaning as { subscription?: { key?: unknown } };
  const keys = [
    ...('key' in meaning ? [key] : []),
    ...(subscription === undefined ? [] : [subscription.key]),
  ];
  for (const one of keys) {
    const isKey = typeof one === 'number' || (typeof one === 'string' && one.length <= MAX_KEY_LENGTH);
    if (!isKey) complain(`It gives a key that cannot be kept for: ${shown}`);
  }
  for (const one of [name, method]) {
    if (one !== undefined && typeof one !== 'string')
      complain(`It gives a name that is no text for: ${shown}`);
  }
}

/** Some left out, some twice, some earlier or later. */
function shuffled(received: readonly Data[], dice: Dice): readonly Data[] {
  const all = received.flatMap((data) => (dice.chance(0.1) ? [] : dice.chance(0.1) ? [data, data] : [data]));
  for (let at = 1; at < all.length; at++) {
    if (!dice.chance(0.2)) continue;
    const [one] = all.splice(at, 1);
    all.splice(dice.between(0, at - 1), 0, one as Data);
  }
  return all;
}

/** What may stand anywhere in what a server sends. */
const VALUES: readonly string[] = /* @__PURE__ */ Object.freeze([
  ...['null', 'true', '0', '-1', '1e308', '9007199254740993', '""', '"x"', '[]', '{}', '[[]]', '[null]'],
  ...['{"__proto__":{"kind":"reply"}}', '{"toString":1}', '{"length":-1}', '"__proto__"', '"\\u0000"'],
  `"${'k'.repeat(2_000)}"`,
  `${'['.repeat(300)}${']'.repeat(300)}`,
]);

/** A value of JSON without parts, or a name. */
const LEAF = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?|true|false|null/g;

function changed(data: Data, dice: Dice): Data {
  if (dice.chance(0.3)) return data;
  if (typeof data !== 'string') {
    const bytes = data.slice(0, dice.between(0, data.length));
    if (bytes.length > 0) bytes[dice.between(0, bytes.length - 1)] = dice.between(0, 255);
    return bytes;
  }
  if (dice.chance(0.2)) return data.slice(0, dice.between(0, data.length));
  if (dice.chance(0.1)) return `${data}${data}`;
  if (dice.chance(0.1)) return dice.pick(VALUES);
  const leaves = [...data.matchAll(LEAF)];
  if (leaves.length === 0) return `${data.slice(0, dice.between(0, data.length))}${dice.pick(VALUES)}`;
  const { index, 0: leaf } = dice.pick(leaves);
  return `${data.slice(0, index)}${dice.pick(VALUES)}${data.slice(index + leaf.length)}`;
}
