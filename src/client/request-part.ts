import type { Clock } from '../base/clock.ts';
import type { RpcEnvelope } from '../messaging/envelope.ts';
import { Requests } from '../messaging/requests.ts';
import { type Call, type CallParts, Calls } from './calls.ts';
import { ServerCalls } from './server-calls.ts';

/** What {@link requests} returns: handed to `createSlimClient` as it is. */
export type RequestsPart = (wiring: never) => unknown;

/** The same from within: makes the requests of one client; undefined if its envelope knows none. */
export type RequestsFactory = (wiring: RequestWiring) => RequestMachinery | undefined;

/**
 * The part that makes `client.request` and `client.handle` work. `createClient` has it anyway; of `createSlimClient` only those
 * pay for its bytes who pass it in, together with an envelope that knows requests.
 *
 * @example
 * ```ts
 * const client = createSlimClient({ url: 'wss://example.com', envelope: jsonRpc(), requests: requests() });
 * const sum = await client.request('sum', [1, 2]);
 * ```
 */
export function requests(): RequestsPart {
  const factory: RequestsFactory = ({ rpc, clock, ...parts }) => {
    if (rpc === undefined) return undefined;
    const underWay = new Requests<Call>(clock);
    return {
      requests: underWay,
      calls: new Calls({ ...parts, rpc, requests: underWay }),
      serverCalls: new ServerCalls(),
    };
  };
  return factory;
}

/** What of a client the requests need. */
export interface RequestWiring extends Omit<CallParts, 'rpc' | 'requests'> {
  /** The part of the envelope that asks and answers. */
  readonly rpc: RpcEnvelope | undefined;
  /** The source of time. */
  readonly clock: Clock;
}

/** The requests of one client, ours and the server's. */
export interface RequestMachinery {
  /** Ours under way. */
  readonly requests: Requests<Call>;
  /** What makes ours. */
  readonly calls: Calls;
  /** What answers the server's. */
  readonly serverCalls: ServerCalls;
}
