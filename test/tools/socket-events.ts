/** Waiting on the events of a `WebSocket` class, and keeping the order in which they came. */

/** The next event of this type. */
export const nextEvent = <E extends Event = Event>(target: EventTarget, type: string): Promise<E> =>
  new Promise((resolve) =>
    target.addEventListener(type, (event) => resolve(event as unknown as E), { once: true }),
  );

/** Resolves in a later task, after promise reactions and `process.nextTick`. */
export const nextTask = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Every event, in order, and between them `microtask` wherever promise reactions ran. */
export function logEvents(target: EventTarget, types: readonly string[]): string[] {
  const log: string[] = [];
  for (const type of types) {
    target.addEventListener(type, (event) => {
      const { data } = event as MessageEvent;
      log.push(typeof data === 'string' ? `${type} ${data}` : type);
      queueMicrotask(() => log.push('microtask'));
    });
  }
  return log;
}
