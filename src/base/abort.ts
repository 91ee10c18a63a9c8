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

/** A signal that is made when somebody asks for it: most of what could be aborted is never asked. */
export class AbortSource {
  #controller: AbortController | undefined;
  #isAborted = false;
  #reason: unknown;

  /** Aborted by {@link abort}, also if that came first. */
  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    if (this.#isAborted) this.#controller.abort(this.#reason);
    return this.#controller.signal;
  }

  /** Aborts the signal, if there is or will be one. */
  abort(reason?: unknown): void {
    this.#isAborted = true;
    this.#reason = reason;
    this.#controller?.abort(reason);
  }
}

/**
 * Waits that may share a signal: one listener a signal, however many wait, so that a signal for a whole page or process
 * does not collect listeners (Node warns of a leak at 11). The listener goes with the last wait.
 */
export class AbortHub {
  readonly #waits = new WeakMap<AbortSignal, Set<(reason: unknown) => void>>();
  readonly #releases = new WeakMap<AbortSignal, () => void>();

  /** As {@link onAbort}; each wait must bring a callback of its own. */
  onAbort(signal: AbortSignal | undefined, callback: (reason: unknown) => void): () => void {
    if (signal === undefined || signal.aborted) return onAbort(signal, callback);
    let waits = this.#waits.get(signal);
    if (waits === undefined) {
      const all = new Set<(reason: unknown) => void>();
      waits = all;
      this.#waits.set(signal, all);
      const told = (reason: unknown): void => {
        for (const wait of all) wait(reason);
      };
      this.#releases.set(signal, onAbort(signal, told));
    }
    waits.add(callback);
    return () => this.#release(signal, callback);
  }

  #release(signal: AbortSignal, callback: (reason: unknown) => void): void {
    const waits = this.#waits.get(signal);
    if (waits?.delete(callback) !== true || waits.size > 0) return;
    this.#waits.delete(signal);
    this.#releases.get(signal)?.();
  }
}
