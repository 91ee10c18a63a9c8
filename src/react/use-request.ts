import { useEffect, useMemo, useState } from 'react';
import { checkArgument } from '../base/checks.ts';
import type { Client } from '../client/client.ts';
import type { ArgumentsOf, Contract, MethodOf, ParamsOf, ResultOf } from '../client/contract.ts';
import type { RequestOptions } from '../messaging/requests.ts';
import { useClient } from './provider.ts';

/** One way in which the latest request of {@link useRequest} can stand. */
export interface RequestPhase<Status extends string, Data, Failure> {
  /** `idle` before the first request and after `reset()`; `pending`; then `success` or `error`. */
  readonly status: Status;
  /** Whether `status` is `pending`. */
  readonly pending: boolean;
  /** The last result. It stays while the next request is pending, and when that fails. */
  readonly data: Data;
  /** Why the latest request failed: a `RequestError`, `DeliveryError` or `UsageError`. */
  readonly error: Failure;
}

/** How the latest request of {@link useRequest} stands: `status` tells which of `data` and `error` are there. */
export type RequestState<Result> =
  | RequestPhase<'idle', undefined, undefined>
  | RequestPhase<'pending', Result | undefined, undefined>
  | RequestPhase<'success', Result, undefined>
  | RequestPhase<'error', Result | undefined, Error>;

/** What starts and forgets the requests of {@link useRequest}. Both functions stay the same from render to render. */
export interface RequestActions<C extends Contract, M extends MethodOf<C>> {
  /**
   * Asks the server; takes what `client.request` takes after the method, the signal apart: `reset()`
   * gives up. The state shows the latest request alone:
   * the answer to an earlier one still settles its own promise.
   *
   * @returns the reply. It rejects as `client.request` does, and may be left alone: `error` tells the same
   */
  readonly request: (
    ...args: ArgumentsOf<ParamsOf<C, M>, Omit<RequestOptions, 'signal'>>
  ) => Promise<ResultOf<C, M>>;
  /** Gives up what is under way and goes back to `idle`. */
  readonly reset: () => void;
}

/** What {@link useRequest} returns. */
export type UsedRequest<C extends Contract, M extends MethodOf<C>> = RequestState<ResultOf<C, M>> &
  RequestActions<C, M>;

/**
 * Makes requests of one method and holds the state of the latest: the answer to an older one never takes its place.
 * When the component leaves, what is under way is given up, and taken back if it was not sent yet; for something that
 * must go out all the same call `useClient().request`.
 *
 * @throws UsageError `INVALID_STATE` if there is no {@link HoldlineProvider}
 * @example
 * ```tsx
 * const { request, status, data, error } = useRequest('sum');
 * return (
 *   <button disabled={status === 'pending'} onClick={() => request([1, 2])}>
 *     {status === 'error' ? error.message : `1 + 2 = ${data}`}
 *   </button>
 * );
 * ```
 */
export function useRequest<M extends string>(method: M): UsedRequest<Contract, M> {
  const client = useClient();
  const [shown, show] = useState<Shown>([]);
  const { request, reset, giveUp } = useMemo(() => createRequests(client, method, show), [client, method]);
  useEffect(() => giveUp, [giveUp]);
  // What another client or method has answered is not shown for this one, not even for one render.
  const state = shown[0] === request && shown[1] ? shown[1] : phase('idle');
  return { ...state, request, reset } as UsedRequest<Contract, M>;
}

type Status = RequestState<unknown>['status'];

/** A state, behind the function that led to it. */
type Shown = readonly [request?: unknown, state?: RequestPhase<Status, unknown, unknown>];

function phase(status: Status, data?: unknown, error?: unknown): RequestPhase<Status, unknown, unknown> {
  return { status, pending: status === 'pending', data, error };
}

/** The requests of one component, and nothing of React. */
function createRequests(client: Client, method: string, show: (shown: Shown) => void) {
  let scope = new AbortController();
  /** The latest reply, while it is awaited. */
  let latest: unknown;
  let last: unknown;

  const request = (params?: unknown, options?: RequestOptions): Promise<unknown> => {
    checkArgument(
      {
        expected: 'an object without a signal: reset() gives up',
        isRight: (given) => given === undefined || Object(given).signal === undefined,
      },
      'options',
      options,
      'request',
    );
    const reply = client.request(method, params, { ...options, signal: scope.signal });
    const settle = (status: Status, data: unknown, error?: unknown): void => {
      if (latest !== reply) return;
      latest = undefined;
      last = data;
      show([request, phase(status, data, error)]);
    };
    latest = reply;
    show([request, phase('pending', last)]);
    // With this the rejection is handled: `error` shows it, so a caller who does not wait need not catch.
    reply.then(
      (data) => settle('success', data),
      (error) => settle('error', last, error),
    );
    return reply;
  };

  const stop = (forget: unknown): void => {
    scope.abort();
    // StrictMode takes a component out and puts it back: what it asks then must not be aborted too.
    scope = new AbortController();
    if (!forget) return;
    latest = undefined;
    last = undefined;
    show([]);
  };
  // What has been answered stays for a component that is only hidden (<Activity>).
  return { request, reset: () => stop(true), giveUp: () => stop(latest) };
}
