import { reportUncaught } from '../base/emitter.ts';

/**
 * Calls a function of the user's (a policy, a matcher) from a place that must carry on whatever it does: a transport
 * half way through its bytes, a connection between two states. What it throws is reported as uncaught.
 *
 * @returns undefined if it threw
 */
export function guarded<T>(call: () => T): T | undefined {
  try {
    return call();
  } catch (error) {
    reportUncaught(error);
    return undefined;
  }
}
