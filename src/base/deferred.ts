/** A promise whose two ends are apart: one side waits on `promise`, the other settles it. */
export interface Deferred<T> {
  readonly promise: Promise<T>;
  /** Fulfils the promise. Only the first call of `resolve` or `reject` counts. */
  readonly resolve: (value: T) => void;
  /** Rejects the promise. Only the first call of `resolve` or `reject` counts. */
  readonly reject: (reason: unknown) => void;
}

/** Makes a {@link Deferred}. (`Promise.withResolvers` exists only from Node 22 on.) */
export function deferred<T>(): Deferred<T> {
  let resolve!: (value: T) => void;
  let reject!: (reason: unknown) => void;
  const promise = new Promise<T>((onResolve, onReject) => {
    resolve = onResolve;
    reject = onReject;
  });
  return { promise, resolve, reject };
}
