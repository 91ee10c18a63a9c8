import { UsageError } from '../base/errors.ts';

/** The methods of a client that only work with a plugin. */
export type PluginMethods = 'requests' | 'subscriptions' | 'handover';

/** The error of a client that was made without a plugin, or whose envelope knows nothing of it. */
export function missing(plugin: PluginMethods): UsageError {
  return new UsageError('UNSUPPORTED', { detail: 'missing-plugin', plugin });
}
