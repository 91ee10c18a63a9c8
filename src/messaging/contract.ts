/**
 * What a client and its server have agreed on, with schemas: types for whoever writes, checks for what comes. It is a plugin:
 * a page without one has no part of it.
 */
import { onAbort } from '../base/abort.ts';
import { isHoldlineError, type RequestError, ValidationError } from '../base/errors.ts';
import type { Plugin } from '../base/plugin.ts';
import { isPromise } from '../connection/target.ts';
import { type ContractOptions, checkContract, checkDefined } from './checks.ts';
import type { Handler } from './handler.ts';
import type { ContractChecks, StreamCheck } from './held-to.ts';
import { type Judge, Lane } from './lane.ts';
import {
  type CallShape,
  type ContractShape,
  type Judged,
  judge,
  type SchemaIssue,
  type Slot,
  type TypeOnly,
} from './schema.ts';
import type { SubscriptionsCore } from './subscriptions.ts';

export type { ContractOptions } from './checks.ts';
export type {
  AnySchema,
  CallShape,
  ContractShape,
  SchemaFailure,
  SchemaIssue,
  SchemaResult,
  SchemaSuccess,
  Slot,
  StandardSchema,
  StreamShape,
  TypeOnly,
} from './schema.ts';

/** Where a schema has its types. */
interface Schematic {
  /** See {@link StandardSchema}. */
  readonly '~standard': {
    readonly types?: { readonly input: unknown; readonly output: unknown } | undefined;
  };
}

/** What who sends gives to a schema: its input. */
export type SentOf<S> = S extends Schematic
  ? NonNullable<S['~standard']['types']>['input']
  : S extends { readonly '~type': { readonly of?: infer T } }
    ? T
    : undefined;

/** What who receives gets from a schema: its output. */
export type GotOf<S> = S extends Schematic
  ? NonNullable<S['~standard']['types']>['output']
  : S extends { readonly '~type': { readonly of?: infer T } }
    ? T
    : undefined;

/** A member, or undefined where there is none. */
type At<T, Key extends string> = T extends { readonly [K in Key]: infer Value } ? Value : undefined;

/** The types of a contract of schemas, as `createClient` takes them. */
export type ContractOf<S> = {
  /** What we may ask the server. */
  requests: {
    [M in keyof At<S, 'requests'>]: {
      params: SentOf<At<At<S, 'requests'>[M], 'params'>>;
      result: GotOf<At<At<S, 'requests'>[M], 'result'>>;
      error: GotOf<At<At<S, 'requests'>[M], 'error'>>;
    };
  };
  /** What we may tell the server. */
  notifications: { [M in keyof At<S, 'notifications'>]: SentOf<At<S, 'notifications'>[M]> };
  /** What the server tells. */
  events: { [Name in keyof At<S, 'events'>]: GotOf<At<S, 'events'>[Name]> };
  /** What we may subscribe to. */
  streams: {
    [Name in keyof At<S, 'streams'>]: {
      params: SentOf<At<At<S, 'streams'>[Name], 'params'>>;
      event: GotOf<At<At<S, 'streams'>[Name], 'event'>>;
    };
  };
  /** What the server may ask us. */
  handlers: {
    [M in keyof At<S, 'handlers'>]: {
      params: GotOf<At<At<S, 'handlers'>[M], 'params'>>;
      result: SentOf<At<At<S, 'handlers'>[M], 'result'>>;
    };
  };
};

/**
 * A contract, made by {@link defineContract}. A plugin: `createClient({ contract })`, or in `use`.
 *
 * @typeParam C - its types
 */
export interface DefinedContract<out C = unknown> extends Plugin<SubscriptionsCore> {
  /** As it was given. */
  readonly shape: ContractShape;
  /** For the types alone: there is no such property. */
  readonly contract?: C | undefined;
}

/**
 * A type in place of a schema: nothing is checked, and it costs nothing when it runs.
 *
 * @example
 * ```ts
 * const chat = defineContract({ events: { note: type<{ text: string }>() } });
 * ```
 */
export function type<T>(): TypeOnly<T> {
  return { '~type': {} };
}

/**
 * A contract of schemas: the client is typed by it, and checks what comes. Who sends gives a schema's input, who receives gets
 * its output. What does not fit is no event, result or call: a `ValidationError` tells where and why, as an `error` event, or as
 * the rejection of the request. Names that are not in it are not checked.
 *
 * @example
 * ```ts
 * import { z } from 'zod';
 *
 * const chat = defineContract({
 *   requests: { sum: { params: z.array(z.number()), result: z.number() } },
 *   events: { tick: z.object({ at: z.coerce.date() }) },
 * });
 * const client = createClient({ url: 'wss://example.com/socket', contract: chat });
 * client.onEvent('tick', ({ at }) => console.log(at.getFullYear()));
 * const three = await client.request('sum', [1, 2]); // number
 * ```
 */
export function defineContract<const S extends ContractShape>(
  shape: S,
  options: ContractOptions = {},
): DefinedContract<ContractOf<S>> {
  checkContract(shape, options, defineContract);
  return Object.assign(
    (core: SubscriptionsCore): void => {
      if (options.validate !== 'none') core.contract = new Checks(shape, options, core);
    },
    { shape },
  );
}

/**
 * Whether an error is the server's refusal of a method, with `data` that fits what the contract says of its errors.
 *
 * @example
 * ```ts
 * try {
 *   await client.request('pay', { amount: 5 });
 * } catch (error) {
 *   if (isRemoteError(shop, error, 'pay')) console.log(error.data.missing);
 * }
 * ```
 */
export function isRemoteError<C extends { requests: object }, M extends Extract<keyof C['requests'], string>>(
  contract: DefinedContract<C>,
  error: unknown,
  method: M,
): error is RequestError & { readonly method: M; readonly data: At<C['requests'][M], 'error'> } {
  checkDefined(contract, isRemoteError);
  const { shape } = contract;
  if (!isHoldlineError(error) || error.code !== 'REQUEST_REJECTED' || error.method !== method) return false;
  const slot = own(shape.requests, method)?.error;
  if (slot === undefined) return true;
  const judged = judge(slot, error.data);
  return !isPromise(judged) && judged.issues === undefined;
}

/** Most things that a `ValidationError` tells. */
const MAX_ISSUES = 10;

/** How long a schema may take unless it is said otherwise, in milliseconds: far more than to ask a server of one's own. */
const DEFAULT_SCHEMA_TIMEOUT_MS = 10_000;

/** The checks of one client. */
class Checks implements ContractChecks {
  readonly #shape: ContractShape;
  readonly #checksSent: boolean;
  readonly #timeout: number;
  readonly #core: SubscriptionsCore;
  /** Those of the events, by their name. */
  readonly #lanes = new Map<string, Lane>();
  /** Those in which a schema has not answered. */
  readonly #busy = new Set<Lane>();

  constructor(shape: ContractShape, { validate, timeout }: ContractOptions, core: SubscriptionsCore) {
    this.#shape = shape;
    this.#checksSent = validate === 'both';
    this.#timeout = timeout ?? DEFAULT_SCHEMA_TIMEOUT_MS;
    this.#core = core;
  }

  sending(part: 'requests' | 'notifications' | 'streams', name: string, params: unknown): void {
    const found = own<Slot | CallShape>(this.#shape[part], name);
    this.#checkSent(isSlot(found) ? found : found?.params, name, params);
  }

  async result(method: string, reply: Promise<unknown>, signal?: AbortSignal): Promise<unknown> {
    const value = await reply;
    const slot = own(this.#shape.requests, method)?.result;
    return slot === undefined
      ? value
      : this.#passed('result', method, await this.#judge(slot, value, signal));
  }

  event(name: string, payload: unknown, tell: (payload: unknown) => void): void {
    const slot = own(this.#shape.events, name);
    if (!isChecking(slot)) return tell(payload);
    const lane = this.#lanes.get(name) ?? this.#lane(slot, 'event', name);
    this.#lanes.set(name, lane);
    lane.pass(payload, tell);
  }

  stream(name: string): StreamCheck | undefined {
    const slot = own(this.#shape.streams, name)?.event;
    return isChecking(slot) ? this.#lane(slot, 'stream', name) : undefined;
  }

  handler(method: string, handler: Handler): Handler {
    const { params, result } = own(this.#shape.handlers, method) ?? {};
    return async (given, info) => {
      const fitting = isChecking(params)
        ? this.#passed('params', method, await this.#judge(params, given, info.signal))
        : given;
      const answer = await handler(fitting, info);
      this.#checkSent(result, method, answer);
      return answer;
    };
  }

  after(then: () => void): void {
    let left = this.#busy.size;
    if (left === 0) return then();
    for (const lane of this.#busy) lane.after(() => --left === 0 && then());
  }

  readonly #judge: Judge = (slot, value, signal) => {
    const judged = judge(slot, value);
    if (!isPromise(judged)) return judged;
    const { clock } = this.#core;
    const timeout = this.#timeout;
    return new Promise<Judged>((resolve, reject) => {
      const late = (): void =>
        resolve({ issues: [{ message: `The schema did not answer within ${timeout} ms.` }] });
      const timer = timeout === Number.POSITIVE_INFINITY ? undefined : clock.setTimer(late, timeout);
      const stop = (): void => clock.clearTimer(timer);
      const release = onAbort(signal, (reason) => {
        stop();
        reject(reason);
      });
      void judged.then((found) => {
        stop();
        release();
        resolve(found);
      });
    });
  };

  #lane(slot: Slot, detail: 'event' | 'stream', name: string): Lane {
    return new Lane(slot, this.#judge, this.#core.holdings, {
      // A subscription has an end of its own, which drops what it does not want.
      isOver: () => detail === 'event' && this.#core.connection.isEnding,
      refused: (issues) => this.#core.failed(this.#error(detail, name, issues)),
      missed: () => this.#core.missed(detail === 'stream' ? name : undefined),
      isBusy: (lane, isBusy) => void (isBusy ? this.#busy.add(lane) : this.#busy.delete(lane)),
    });
  }

  /** Only what answers at once: what is sent must not wait. */
  #checkSent(slot: Slot | undefined, name: string, value: unknown): void {
    if (!this.#checksSent || !isChecking(slot)) return;
    const judged = judge(slot, value);
    if (!isPromise(judged)) this.#passed('sent', name, judged);
  }

  #passed(detail: ValidationError['detail'], method: string, judged: Judged): unknown {
    if (judged.issues === undefined) return judged.value;
    throw this.#error(detail, method, judged.issues);
  }

  #error(detail: ValidationError['detail'], method: string, found: readonly SchemaIssue[]): ValidationError {
    const issues = found.slice(0, MAX_ISSUES).map(({ message, path = [] }) => ({
      message: String(message).slice(0, 200),
      // Some libraries' lists are of a class of their own.
      path: Array.from(path, (part) => String(typeof part === 'object' ? part.key : part)),
    }));
    // Libraries quote what they were given.
    const { line } = this.#core.connection;
    return new ValidationError({ detail, method, issues: line?.clean(issues) ?? issues });
  }
}

function isSlot(found: Slot | CallShape | undefined): found is Slot {
  return found !== undefined && ('~standard' in found || '~type' in found);
}

/** Whether there is anything to check. */
function isChecking(slot: Slot | undefined): slot is Slot {
  return slot !== undefined && '~standard' in slot;
}

/** By a name that the server may have chosen: `__proto__` is none. */
function own<T>(part: Readonly<Record<string, T>> | undefined, name: string): T | undefined {
  return part !== undefined && Object.hasOwn(part, name) ? part[name] : undefined;
}
