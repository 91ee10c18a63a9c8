import { need } from './check-options.ts';
import type { ClientEvents } from './client.ts';

/** Every event of a client: the type sees to it that none is forgotten. */
const NAMES: Readonly<Record<keyof ClientEvents, true>> = /* @__PURE__ */ Object.freeze({
  state: true,
  ready: true,
  message: true,
  error: true,
  lost: true,
  reconnected: true,
  gap: true,
  drop: true,
  lateReply: true,
  rtt: true,
  closed: true,
});

/**
 * Refuses an event that there is not: nothing would ever be heard of it.
 *
 * @throws UsageError `INVALID_OPTION` with the names that there are
 */
export function needEventName(name: string): void {
  need(
    Object.hasOwn(NAMES, name),
    'name',
    `one of ${Object.keys(NAMES).join(', ')}. For events of the server: onEvent()`,
  );
}
