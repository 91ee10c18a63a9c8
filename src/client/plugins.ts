import { UsageError } from '../base/errors.ts';
import type { PluginMethods } from './core.ts';

/** The error of a client that was made without a plugin, or whose envelope knows nothing of it. */
export function missing(plugin: PluginMethods): UsageError {
  return new UsageError('UNSUPPORTED', { detail: 'missing-plugin', plugin });
}
