/**
 * Calls `callback` in a task of its own: after everything that runs now, the reactions of settled promises included,
 * and after the tasks that were queued before. It holds the process until then.
 *
 * `setImmediate` where there is one: a timer of 0 ms would wait a whole millisecond.
 */
export function queueTask(callback: () => void): void {
  if (typeof setImmediate === 'function') setImmediate(callback);
  else setTimeout(callback, 0);
}
