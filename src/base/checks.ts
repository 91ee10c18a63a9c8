/** Options and arguments are checked once, loudly, by name: a wrong one is an error at once, not a surprise an hour later. */
import { UsageError } from './errors.ts';
import type { Settings } from './need.ts';

/**
 * Refuses an option unless it `isRight`.
 *
 * @throws UsageError `INVALID_OPTION`: "The option `option` must be `expected`."
 */
export function need(isRight: boolean, option: string, expected: string): void {
  if (!isRight) throw new UsageError('INVALID_OPTION', { option, expected });
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
