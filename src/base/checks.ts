/** Options and arguments are checked once, loudly, by name: a wrong one is an error at once, not a surprise an hour later. */
import { UsageError } from './errors.ts';
import type { OptionTable, Rule, RuleName, Settings } from './need.ts';
import { shown } from './shown-text.ts';

/**
 * Refuses an option unless it `isRight`. Tells `received` too, in short, if it is given and no secret.
 *
 * @throws UsageError `INVALID_OPTION`: "The option `option` must be `expected`."
 */
export function need(isRight: boolean, option: string, expected: string, received?: unknown): void {
  if (isRight) return;
  throw new UsageError('INVALID_OPTION', { option, expected, received: brief(option, received) });
}

/**
 * Refuses options that there are not, with the name that was probably meant, and values that break the rule of their
 * option. `owner` is the function that takes the options, `within` the option that holds them: `checkOptions(RULES, options,
 * 'firstMessage')`, `checkOptions(OUTBOX, outbox, 'createClient', 'outbox')`.
 *
 * @throws UsageError `INVALID_OPTION`
 */
export function checkOptions<T extends object>(
  table: OptionTable<T>,
  given: T,
  owner?: string,
  within?: string,
): void {
  const isObject = typeof given === 'object' && given !== null && !Array.isArray(given);
  if (!isObject) refuse(owner, within ?? 'options', 'an object', given);
  const known = Object.keys(table);
  const called = (name: string): string => (within === undefined ? name : `${within}.${name}`);
  for (const name of Object.keys(given)) {
    if (Object.hasOwn(table, name)) continue;
    const meant = nearest(name, known);
    const hint = meant === undefined ? { known: known.join(', ') } : { meant: called(meant) };
    throw new UsageError('INVALID_OPTION', { detail: 'unknown', option: called(name), owner, ...hint });
  }
  for (const [name, rule] of Object.entries<Rule>(table)) {
    const value: unknown = given[name as keyof T];
    const isNeeded =
      typeof rule === 'string' ? rule.endsWith('!') : 'isNeeded' in rule && rule.isNeeded === true;
    if (value === undefined && !isNeeded) continue;
    checkValue(rule, value, { owner, name: called(name) });
  }
}

/** Refuses what is not a number of 0 or more; undefined is no number either. */
export function needNumber(option: string, value: unknown): void {
  need(typeof value === 'number' && value >= 0, option, 'a number, 0 or more');
}

/** Refuses what is there and lacks one of the methods; a function has them if it is one itself (no methods named). */
export function needMethods(option: string, value: unknown, methods: readonly string[]): void {
  if (value === undefined) return;
  const has = (method: string): boolean =>
    typeof (value as Record<string, unknown> | null)?.[method] === 'function';
  if (methods.length === 0) need(typeof value === 'function', option, 'a function');
  else need(methods.every(has), option, `an object with ${methods.join(', ')}`);
}

/** Refuses what is not a set of options for one call, and a signal in it that is none, before anything is begun. */
export function needCallOptions(options: { readonly signal?: AbortSignal | undefined }): void {
  need(typeof options === 'object' && options !== null, 'options', 'an object');
  const { signal } = options;
  const isRight = typeof signal?.addEventListener === 'function' && typeof signal.aborted === 'boolean';
  need(signal === undefined || isRight, 'signal', 'an AbortSignal');
}

/** Refuses a setting that is no number where the default is one. `name.key`, or `key` alone where there is no name. */
export function needSettings<T extends object>(defaults: T, given: Settings<T> | undefined, name = ''): void {
  need(given === undefined || (typeof given === 'object' && given !== null), name || 'options', 'an object');
  for (const [key, standard] of Object.entries(defaults)) {
    const value: unknown = given?.[key as keyof T];
    if (value !== undefined && typeof standard === 'number')
      needNumber(name === '' ? key : `${name}.${key}`, value);
  }
}

/** Every rule that has a name: what the value must be, in words, and whether it is. */
const RULES: Readonly<Record<RuleName, readonly [expected: string, isRight: (value: unknown) => boolean]>> = {
  any: ['given', (value) => value !== undefined],
  boolean: ['a boolean', (value) => typeof value === 'boolean'],
  string: ['a string', (value) => typeof value === 'string'],
  function: ['a function', (value) => typeof value === 'function'],
  object: ['an object', (value) => typeof value === 'object' && value !== null],
  number: ['a number, 0 or more', (value) => typeof value === 'number' && value >= 0],
  count: ['a number, 1 or more', (value) => typeof value === 'number' && value >= 1],
  whole: ['a whole number, 0 or more', (value) => Number.isInteger(value) && (value as number) >= 0],
  time: ['a positive number of milliseconds', (value) => Number.isFinite(value) && (value as number) > 0],
};

function checkValue(
  rule: Rule,
  value: unknown,
  { owner, name }: { owner: string | undefined; name: string },
): void {
  if (typeof rule === 'string') {
    const [expected, isRight] = RULES[rule.replace('!', '') as RuleName];
    if (!isRight(value)) refuse(owner, name, expected, value);
  } else if (Array.isArray(rule)) {
    if (rule.includes(value)) return;
    refuse(owner, name, rule.map((one) => JSON.stringify(one)).join(' or '), value);
  } else if ('methods' in rule) {
    const has = (method: string): boolean =>
      typeof (value as Record<string, unknown> | null)?.[method] === 'function';
    if (!rule.methods.every(has)) refuse(owner, name, `an object with ${rule.methods.join(', ')}`, value);
  } else if ('expected' in rule) {
    if (!rule.isRight(value)) refuse(owner, name, rule.expected, value);
  } else if ('options' in rule) {
    if (rule.orBoolean !== true || typeof value !== 'boolean')
      checkOptions<object>(rule.options as OptionTable<object>, value as object, owner, name);
  }
}

function refuse(owner: string | undefined, option: string, expected: string, value: unknown): never {
  throw new UsageError('INVALID_OPTION', { option, owner, expected, received: brief(option, value) });
}

/** Options whose values may be secrets, or hold some. */
const SECRET = /url|header|tls|auth|token|proxy|password|cookie|credential|protocol|options|key$/i;

const MOST_SHOWN = 40;

/** A wrong value as it may stand in an error: its type, and what of it is short and no secret. */
function brief(option: string, value: unknown): string | undefined {
  if (value === undefined) return undefined;
  if (value === null) return 'null';
  const isShort = ['string', 'number', 'boolean', 'bigint'].includes(typeof value);
  if (!isShort || SECRET.test(option)) return Array.isArray(value) ? 'an array' : withArticle(typeof value);
  const text = typeof value === 'string' ? JSON.stringify(value) : String(value);
  return shown(text.length > MOST_SHOWN ? `${text.slice(0, MOST_SHOWN)}...` : text);
}

function withArticle(type: string): string {
  return `${type === 'object' ? 'an' : 'a'} ${type}`;
}

/** The known name that was probably meant: the same but for its case, or at most two slips away. */
function nearest(name: string, known: readonly string[]): string | undefined {
  const same = known.find((one) => one.toLowerCase() === name.toLowerCase());
  if (same !== undefined) return same;
  const slips = known.map((one) => ({ one, distance: distanceOf(name, one) }));
  const [best] = slips.sort((a, b) => a.distance - b.distance);
  // Two slips in a name of three letters leave nothing of it.
  return best !== undefined && best.distance <= Math.min(2, (best.one.length - 1) / 2) ? best.one : undefined;
}

/** Letters put in, left out, changed, or swapped with the next one (optimal string alignment). */
function distanceOf(a: string, b: string): number {
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, at) => at)];
  const at = (i: number, j: number): number => rows[i]?.[j] ?? Number.POSITIVE_INFINITY;
  for (let i = 1; i <= a.length; i++) {
    rows[i] = [i];
    for (let j = 1; j <= b.length; j++) {
      const changed = at(i - 1, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1);
      const isSwap = a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      const swapped = isSwap ? at(i - 2, j - 2) + 1 : Number.POSITIVE_INFINITY;
      (rows[i] as number[])[j] = Math.min(at(i - 1, j) + 1, at(i, j - 1) + 1, changed, swapped);
    }
  }
  return at(a.length, b.length);
}
