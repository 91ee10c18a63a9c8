/** What `createClient` and `createSlimClient` do in both builds of the package. */
import { guardMethods, startStackBelow } from '../base/checks.ts';
import type { Called } from '../base/need.ts';
import { LongConnection } from './long-connection.ts';
import type { ResolvedOptions } from './resolve-options.ts';

/**
 * Makes a client of options that are resolved here, so that the stack of what is thrown begins with the line that called the
 * public function.
 *
 * @throws UsageError naming the option that is wrong
 */
export function makeClient(called: Called, resolve: () => ResolvedOptions): unknown {
  guardMethods(LongConnection, 'client');
  try {
    return new LongConnection(resolve());
  } catch (error) {
    startStackBelow(called, error);
    throw error;
  }
}
