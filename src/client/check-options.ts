/** Options are checked once, loudly, by name: a wrong one is an error at once, not a surprise an hour later. */
import { UsageError } from '../base/errors.ts';

/** A part of `T`, where undefined means "the default". */
export type Settings<T> = { readonly [Key in keyof T]?: T[Key] | undefined };

/**
 * Refuses an option unless it `isRight`.
 *
 * @throws UsageError `INVALID_OPTION`: "The option `name` must be `what`."
 */
export function need(isRight: boolean, name: string, what: string): void {
  if (!isRight) throw new UsageError('INVALID_OPTION', { option: name, expected: what });
}

/** Refuses what is not a number of 0 or more; undefined is no number either. */
export function needNumber(name: string, value: unknown): void {
  need(typeof value === 'number' && value >= 0, name, 'a number, 0 or more');
}

/** Refuses what is there and lacks one of the methods; a function has them if it is one itself (no methods named). */
export function needMethods(name: string, value: unknown, methods: readonly string[]): void {
  if (value === undefined) return;
  const has = (method: string): boolean =>
    typeof (value as Record<string, unknown> | null)?.[method] === 'function';
  if (methods.length === 0) need(typeof value === 'function', name, 'a function');
  else need(methods.every(has), name, `an object with ${methods.join(', ')}`);
}

/** Refuses what is not a set of options for one call, and a signal in it that is none, before anything is begun. */
export function needCallOptions(options: { readonly signal?: AbortSignal | undefined }): void {
  need(typeof options === 'object' && options !== null, 'options', 'an object');
  const { signal } = options;
  const isRight = typeof signal?.addEventListener === 'function' && typeof signal.aborted === 'boolean';
  need(signal === undefined || isRight, 'signal', 'an AbortSignal');
}

/** Whether options are given at all: not for a boolean or undefined. */
export function isGiven<T extends object>(name: string, value: T | boolean | undefined): value is T {
  if (value === undefined || typeof value === 'boolean') return false;
  need(typeof value === 'object' && value !== null, name, 'an object or a boolean');
  return true;
}

/**
 * Defaults, overridden by what is given and not undefined. Where the default is a number, so must be the value.
 *
 * @throws UsageError naming the option: `name.key`, or `key` alone where there is no name
 */
export function fill<T extends object>(defaults: T, given: Settings<T> | undefined, name = ''): T {
  need(given === undefined || (typeof given === 'object' && given !== null), name || 'options', 'an object');
  const filled: T = { ...defaults };
  for (const key of Object.keys(defaults) as (keyof T & string)[]) {
    const value = given?.[key];
    if (value === undefined) continue;
    if (typeof defaults[key] === 'number') needNumber(name === '' ? key : `${name}.${key}`, value);
    filled[key] = value as T[keyof T & string];
  }
  return filled;
}
