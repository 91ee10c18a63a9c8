/** The states of one connection of the TCP transport, and what may follow each. */

/**
 * - `opening`: on the way to the server, or waiting for its answer
 * - `redirected`: the answer named another address, to be tried when the socket of this one is gone
 * - `open`: messages flow
 * - `closing`: this side has begun to close; what was sent before may still have to leave first
 * - `ended`: how it ends is decided; the socket may linger until it is gone
 */
export type ConnectionState = 'opening' | 'redirected' | 'open' | 'closing' | 'ended';

/** A pair that is missing here cannot happen. */
const FOLLOWS: Readonly<Record<ConnectionState, readonly ConnectionState[]>> = /* @__PURE__ */ Object.freeze({
  opening: ['open', 'redirected', 'ended'],
  redirected: ['opening', 'ended'],
  open: ['closing', 'ended'],
  closing: ['ended'],
  ended: [],
});

/**
 * `to`, if it may follow `from`.
 *
 * @throws Error for a pair that is not in the table: a fault of holdline's own
 */
export function nextState(from: ConnectionState, to: ConnectionState): ConnectionState {
  if (!FOLLOWS[from].includes(to)) throw new Error(`A connection cannot go from "${from}" to "${to}".`);
  return to;
}

/** Whether the connection can still become open. */
export function isBeforeOpen(state: ConnectionState): boolean {
  return state === 'opening' || state === 'redirected';
}
