/** Helpers for `AbortSignal`, so that everything that waits can be called off and no listener leaks. */

/**
 * Calls `callback` once when `signal` is aborted, at once if it is already.
 *
 * @returns a function that removes the listener; call it when the wait is over.
 */
export function onAbort(signal: AbortSignal | undefined, callback: (reason: unknown) => void): () => void {
  if (signal === undefined) return () => {};
  if (signal.aborted) {
    callback(signal.reason);
    return () => {};
  }
  const listener = (): void => callback(signal.reason);
  signal.addEventListener('abort', listener, { once: true });
  return () => signal.removeEventListener('abort', listener);
}

/**
 * Waits for `promise`, but no longer than `signal` allows: rejects with the signal's reason when it is aborted.
 * The promise itself goes on; whoever made it must stop it.
 */
export function abortable<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return promise;
  return new Promise<T>((resolve, reject) => {
    const release = onAbort(signal, reject);
    promise.then(resolve, reject).finally(release);
  });
}
