/**
 * Rules for one option, by name. `number`: 0 or more; `count`: 1 or more; `whole`: a whole number; `time`: milliseconds above
 * 0; `transport`: what makes sockets.
 */
export type RuleName =
  | 'any'
  | 'boolean'
  | 'string'
  | 'function'
  | 'object'
  | 'number'
  | 'count'
  | 'whole'
  | 'time'
  | 'signal'
  | 'transport';

/**
 * What an option must be, if it is given. With `!` it must be given; a list is one of its values; `each` is the rule of every
 * member of an object whose names are free.
 */
export type Rule =
  | RuleName
  | `${RuleName}!`
  | readonly (string | number)[]
  | { readonly methods: readonly string[] }
  | { readonly each: Rule }
  | { readonly expected: string; readonly isRight: (value: unknown) => boolean; readonly isNeeded?: boolean }
  | { readonly options: Readonly<Record<string, Rule>>; readonly orBoolean?: boolean };

/** A rule for every option of `T`, and for nothing else: the compiler sees to it. */
export type OptionTable<T extends object> = { readonly [Name in keyof T]-?: Rule };

/** A part of `T`, where undefined means "the default". */
export type Settings<T> = { readonly [Key in keyof T]?: T[Key] | undefined };

/** The public function that was called: the stack of an error begins with the line that called it. */
export type Called = (...args: never) => unknown;

/** What a call without options has: one object for all, of which nothing need be checked. */
export const NO_OPTIONS: Readonly<Record<string, never>> = /* @__PURE__ */ Object.freeze({});

/** The options that `table` has rules for, of a larger set. */
export function only<T extends object>(table: OptionTable<T>, options: T): T {
  return Object.fromEntries(Object.entries(options).filter(([name]) => Object.hasOwn(table, name))) as T;
}

/**
 * What was given and nothing else: without it, whoever writes to `Object.prototype` (CWE-1321) would give every option
 * that is left out. What is no object comes back as it is, for the checks to refuse.
 */
export function own<T>(options: T): T {
  const isObject = typeof options === 'object' && options !== null;
  return isObject ? Object.assign(Object.create(null), options) : options;
}

/** Defaults, overridden by what is given and not undefined. */
export function fill<T extends object>(defaults: T, given: Settings<T> | undefined): T {
  const filled: T = { ...defaults };
  const ours = own(given);
  for (const key of Object.keys(defaults) as (keyof T)[]) {
    const value = ours?.[key];
    if (value !== undefined) filled[key] = value as T[keyof T];
  }
  return filled;
}
