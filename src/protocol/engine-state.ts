/**
 * The states of one connection as the engine sees it, and every way from one to another. A pair that is missing
 * here cannot happen; {@link nextState} throws if it does.
 */

/**
 * - `opening`: the request is written, the answer awaited
 * - `refused`: the answer was not 101; its body is being read for the error
 * - `open`: messages flow
 * - `held`: as open, but a Ping, the server's Close or a fault waits until the messages before it have been heard
 * - `closing`: our Close frame is written, the server's awaited
 * - `closed`: both Close frames were exchanged, or the connection failed; nothing more is read or written
 */
export type EngineState = 'opening' | 'refused' | 'open' | 'held' | 'closing' | 'closed';

/** What moves the engine from state to state. */
export type EngineEvent = 'accept' | 'refuse' | 'hold' | 'proceed' | 'send close' | 'receive close' | 'fail';

/** The table. Its diagram in docs/reference/states.md is generated from it. */
export const ENGINE_TRANSITIONS: Readonly<
  Record<EngineState, Readonly<Partial<Record<EngineEvent, EngineState>>>>
> = Object.freeze({
  opening: { accept: 'open', refuse: 'refused', fail: 'closed' },
  refused: { fail: 'closed' },
  open: { hold: 'held', 'send close': 'closing', 'receive close': 'closed', fail: 'closed' },
  held: { proceed: 'open', 'send close': 'closing', fail: 'closed' },
  closing: { 'receive close': 'closed', fail: 'closed' },
  closed: {},
});

/**
 * Where `event` leads from `state`.
 *
 * @throws Error for a pair that is not in the table: a fault of holdline's own
 */
export function nextState(state: EngineState, event: EngineEvent): EngineState {
  const next = ENGINE_TRANSITIONS[state][event];
  if (next === undefined) throw new Error(`The engine cannot take "${event}" in the state "${state}".`);
  return next;
}
