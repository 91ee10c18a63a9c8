/** Several messages that are one to whoever sends them: a text that announces binary attachments, and these. */

/** Where they stand. Of the registry, so that two copies of the package know each other's. */
const MEMBERS: unique symbol = Symbol.for('holdline.together') as never;

/** Made by {@link together}. */
export interface Together {
  /** In order. */
  readonly [MEMBERS]: readonly unknown[];
}

/**
 * Several messages that leave one right behind the other, with nothing in between, or not at all: what an envelope gives in
 * place of one. For the outbox they count as one; a journal does not keep them.
 *
 * @example
 * ```ts
 * request: (key, method, photo) => together(`51-${key}["${method}",{"_placeholder":true,"num":0}]`, photo),
 * ```
 */
export function together(...messages: readonly unknown[]): Together {
  return { [MEMBERS]: messages };
}

/** The messages of {@link together}; undefined of anything else. */
export function membersOf(value: unknown): readonly unknown[] | undefined {
  return typeof value === 'object' ? (value as Together | null)?.[MEMBERS] : undefined;
}
