/** Helpers for `AbortSignal`, so that everything that waits can be called off and no listener leaks. */

/**
 * Calls `callback` once when `signal` is aborted, at once if it is already.
 *
 * @returns a function that removes the listener; call it when the wait is over.
 */
export function onAbort(signal: AbortSignal | undefined, callback: (reason: unknown) => void): () => void {
  const listener = (): void => callback(signal?.reason);
  if (signal?.aborted === true) listener();
  else signal?.addEventListener('abort', listener, { once: true });
  return () => signal?.removeEventListener('abort', listener);
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

  /** As {@link onAbort}; each wait must bring a callback of its own. */
  onAbort(signal: AbortSignal | undefined, callback: (reason: unknown) => void): () => void {
    if (signal === undefined || signal.aborted) return onAbort(signal, callback);
    const waits = this.#waits.get(signal) ?? new Set();
    this.#waits.set(signal, waits.add(callback));
    // The same listener once more is still one (DOM, 2.7).
    signal.addEventListener('abort', this.#told, { once: true });
    return () => {
      waits.delete(callback);
      if (waits.size === 0) signal.removeEventListener('abort', this.#told);
    };
  }

  readonly #told = ({ target: signal }: { readonly target: unknown }): void => {
    for (const wait of this.#waits.get(signal as AbortSignal) ?? []) wait((signal as AbortSignal).reason);
  };
}
