import { UsageError } from '../base/errors.ts';
import type { AnyPlugin, PluginMethods } from './core.ts';

/** The error of a client that was made without a plugin, or whose envelope knows nothing of it. */
export function missing(plugin: PluginMethods): UsageError {
  return new UsageError('UNSUPPORTED', { detail: 'missing-plugin', plugin });
}

/** The plugins of one client: those that it has anyway, behind those that were given. */
export function pluginsOf(
  given: readonly AnyPlugin[] | undefined,
  own: readonly AnyPlugin[],
): readonly AnyPlugin[] {
  return [...(given ?? []), ...own];
}
