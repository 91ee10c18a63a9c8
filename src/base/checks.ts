/**
 * Options and arguments are checked once, loudly, by name: a wrong one is an error at once, not a surprise an hour later. Each
 * floor has its tables in a file of this name; a bundle for production has none of them.
 */
import { UsageError } from './errors.ts';
import { type Called, NO_OPTIONS, type OptionTable, type Rule, type RuleName } from './need.ts';
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
  // Apart, so that a call without options pays for no function that only a check needs.
  if (given !== NO_OPTIONS) checkGiven(table, given, owner, within);
}

function checkGiven<T extends object>(
  table: OptionTable<T>,
  given: T,
  owner: string | undefined,
  within: string | undefined,
): void {
  const isObject = typeof given === 'object' && given !== null && !Array.isArray(given);
  if (!isObject) refuse(owner, within ?? 'options', objectOf(table), given);
  const called = (name: string): string => (within === undefined ? name : `${within}.${name}`);
  const known = Object.keys(table) as (keyof T & string)[];
  for (const name of Object.keys(given)) {
    if (Object.hasOwn(table, name)) continue;
    const meant = nearest(name, known) ?? (name === 'timeout' ? limitIn(known) : undefined);
    const hint = meant === undefined ? { known: known.join(', ') || 'none' } : { meant: called(meant) };
    throw new UsageError('INVALID_OPTION', { detail: 'unknown', option: called(name), owner, ...hint });
  }
  for (const name of known) {
    const rule: Rule = table[name];
    const value: unknown = given[name];
    if (value !== undefined || isNeeded(rule)) checkValue(rule, value, owner, called(name));
  }
}

/** How to limit the time where no option is called `timeout`. */
function limitIn(known: readonly string[]): string | undefined {
  const own = known.filter((name) => name.endsWith('Timeout')).join(' or ');
  return own || (known.includes('signal') ? 'signal: AbortSignal.timeout(milliseconds)' : undefined);
}

/** An object, and what must be in it: `an object: { token: … }`. */
function objectOf<T extends object>(table: OptionTable<T>): string {
  const needed = Object.entries<Rule>(table).filter(([, rule]) => isNeeded(rule));
  return needed.length === 0
    ? 'an object'
    : `an object: { ${needed.map(([name]) => `${name}: …`).join(', ')} }`;
}

function isNeeded(rule: Rule): boolean {
  return typeof rule === 'string' ? rule.endsWith('!') : 'isNeeded' in rule && rule.isNeeded === true;
}

/** Refuses an argument that breaks its rule. `owner` is the function that takes it, where the name alone does not tell. */
export function checkArgument(rule: Rule, name: string, value: unknown, owner?: string): void {
  checkValue(rule, value, owner, name);
}

/** Refuses what is there and lacks one of the methods; a function has them if it is one itself (no methods named). */
export function needMethods(option: string, value: unknown, methods: readonly string[]): void {
  if (value !== undefined) checkArgument(methods.length === 0 ? 'function' : { methods }, option, value);
}

/**
 * Runs a check of the arguments of `called`: the stack of what it throws begins with the line that called that function, where
 * the platform can leave out what is above.
 */
export function checkCall(called: Called, check: () => void): void {
  try {
    check();
  } catch (error) {
    startStackBelow(called, error);
    throw error;
  }
}

/** The stack of an error begins with the line that called this function. */
export function startStackBelow(called: Called, error: unknown): void {
  if (error instanceof UsageError) (Error as StackTraces).captureStackTrace?.(error, called);
}

interface StackTraces {
  readonly captureStackTrace?: (error: Error, above: Called) => void;
}

/** As {@link startStackBelow}, for a method of an object. For errors that become rejections. */
export function startStackOf(self: object, method: string, error: unknown): void {
  startStackBelow((self as Record<string, Called>)[method] as Called, error);
}

/** Set on a prototype whose methods are guarded. */
const GUARDED: unique symbol = Symbol.for('holdline.guarded');

/**
 * Guards every method of a class, the first time that it is called: `const { send } = client; send('x')` says what is wrong
 * instead of naming a private field, and the stack of what a method throws begins with the line that called it. One place
 * for all of them. `name` is what users call the object.
 */
export function guardMethods(Class: abstract new (...args: never) => object, name: string): void {
  const prototype: object = Class.prototype;
  if (GUARDED in prototype) return;
  Object.defineProperty(prototype, GUARDED, { value: true });
  for (const [key, member] of Object.entries(Object.getOwnPropertyDescriptors(prototype))) {
    const method: unknown = member.value;
    if (typeof method !== 'function' || key === 'constructor') continue;
    const guarded = {
      // Three arguments are the most that any has: a list of them would be an object for each message.
      [key](this: unknown, a: unknown, b: unknown, c: unknown): unknown {
        try {
          if (this instanceof Class) return method.call(this, a, b, c);
          throw new UsageError('INVALID_STATE', { detail: 'detached', owner: name, method: key });
        } catch (error) {
          startStackBelow(guarded, error);
          throw error;
        }
      },
    }[key] as Called;
    Object.defineProperty(prototype, key, { ...member, value: guarded });
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
  transport: [
    'a transport, which is a function. Of a preset for polling: pollingTransport(sockjs())',
    (value) => typeof value === 'function',
  ],
  signal: [
    'an AbortSignal',
    (value) => {
      const { aborted, addEventListener } = (value ?? {}) as Partial<AbortSignal>;
      return typeof aborted === 'boolean' && typeof addEventListener === 'function';
    },
  ],
};
function checkValue(rule: Rule, value: unknown, owner: string | undefined, name: string): void {
  if (typeof rule === 'string') {
    const [expected, isRight] = RULES[rule.replace('!', '') as RuleName];
    if (!isRight(value)) refuse(owner, name, expected, value);
  } else if ('includes' in rule) {
    if (rule.some((one) => one === value)) return;
    refuse(owner, name, rule.map((one) => JSON.stringify(one)).join(' or '), value);
  } else if ('methods' in rule) {
    const missing = rule.methods.filter((method) => {
      return typeof (value as Record<string, unknown> | null | undefined)?.[method] !== 'function';
    });
    if (missing.length > 0) {
      const expected = `an object with ${rule.methods.join(', ')}`;
      throw new UsageError('INVALID_OPTION', {
        option: name,
        owner,
        expected,
        received: lacking(name, value, missing),
      });
    }
  } else if ('each' in rule) {
    checkValue('object', value, owner, name);
    for (const [member, one] of Object.entries(value as object))
      checkValue(rule.each, one, owner, `${name}.${member}`);
  } else if ('expected' in rule) {
    if (!rule.isRight(value)) refuse(owner, name, rule.expected, value);
  } else if (rule.orBoolean !== true || typeof value !== 'boolean') {
    checkOptions<object>(rule.options as OptionTable<object>, value as object, owner, name);
  }
}

function refuse(owner: string | undefined, option: string, expected: string, value: unknown): never {
  throw new UsageError('INVALID_OPTION', { option, owner, expected, received: brief(option, value) });
}

/** What has not all the methods that it must have: an object without some of them, or a function that was to be called. */
function lacking(option: string, value: unknown, missing: readonly string[]): string | undefined {
  if (typeof value === 'function') return `a function. Call it: ${option}: ${value.name || 'it'}()`;
  const received = brief(option, value);
  return Object(value) === value ? `${received} without ${missing.join(', ')}` : received;
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
  const near = (slips: number): string | undefined =>
    // Two slips in a name of three letters leave nothing of it.
    known.find((one) => slips <= (one.length - 1) / 2 && isNear(name, one, slips));
  return known.find((one) => one.toLowerCase() === name.toLowerCase()) ?? near(1) ?? near(2);
}

/** Letters put in, left out, changed, or swapped with the next one: whether so many slips lead from `a` to `b`. */
function isNear(a: string, b: string, slips: number): boolean {
  if (slips < 0) return false;
  if (a === b) return true;
  const [x, y] = [a.slice(1), b.slice(1)];
  if (a[0] === b[0]) return isNear(x, y, slips);
  const rest = slips - 1;
  const isSwap = a[0] === b[1] && a[1] === b[0];
  return (
    isNear(x, b, rest) ||
    isNear(a, y, rest) ||
    isNear(x, y, rest) ||
    (isSwap && isNear(x.slice(1), y.slice(1), rest))
  );
}
