/** A part of `T`, where undefined means "the default". */
export type Settings<T> = { readonly [Key in keyof T]?: T[Key] | undefined };

/** Defaults, overridden by what is given and not undefined. */
export function fill<T extends object>(defaults: T, given: Settings<T> | undefined): T {
  const filled: T = { ...defaults };
  for (const key of Object.keys(defaults) as (keyof T)[]) {
    const value = given?.[key];
    if (value !== undefined) filled[key] = value as T[keyof T];
  }
  return filled;
}
