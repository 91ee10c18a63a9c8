/**
 * What a client and its server have agreed on, with schemas: types for whoever writes, checks for what comes. It is a plugin:
 * a page without one has no part of it.
 */
import { onAbort } from '../base/abort.ts';
import { isHoldlineError, type RequestError, ValidationError } from '../base/errors.ts';
import type { Plugin } from '../base/plugin.ts';
import { isPromise } from '../connection/target.ts';
import { Backlog, weigh } from './backlog.ts';
import { type ContractOptions, checkContract } from './checks.ts';
import type { Handler } from './handler.ts';
import type { ContractChecks, StreamCheck } from './held-to.ts';
import type { SubscriptionsCore } from './subscriptions.ts';

export type { ContractOptions } from './checks.ts';

/**
 * A schema of any library that follows Standard Schema (https://standardschema.dev): zod, valibot, arktype and others.
 *
 * @typeParam Input - what it takes
 * @typeParam Output - what it makes of that
 */
export interface StandardSchema<Input = unknown, Output = Input> {
  /** The part that the standard names. */
  readonly '~standard': {
    /** Of the standard. */
    readonly version: 1;
    /** The library. */
    readonly vendor: string;
    /** Checks a value, now or later. */
    readonly validate: (value: unknown) => SchemaResult<Output> | PromiseLike<SchemaResult<Output>>;
    /** For the types alone. */
    readonly types?: { readonly input: Input; readonly output: Output } | undefined;
  };
}

/** What a schema says of a value. */
export type SchemaResult<Output> = SchemaSuccess<Output> | SchemaFailure;

/** A value that fits. */
export interface SchemaSuccess<Output> {
  /** What the schema made of it. */
  readonly value: Output;
  /** There are none. */
  readonly issues?: undefined;
}

/** A value that does not fit. */
export interface SchemaFailure {
  /** What is wrong with it. */
  readonly issues: readonly SchemaIssue[];
}

/** One thing that is wrong with a value. */
export interface SchemaIssue {
  /** In the words of the library. */
  readonly message: string;
  /** Where: names and indexes, or objects with such a `key`. */
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

/** A type alone; made by {@link type}. */
export interface TypeOnly<T> {
  /** For the types alone. */
  readonly '~type': { readonly of?: T };
}

/**
 * A schema, or a type alone. Of a schema this says no more than it must: to compare each with all of {@link StandardSchema}
 * costs a compiler more than all the rest of a contract.
 */
export type Slot = AnySchema | TypeOnly<unknown>;

/** What has the part that the standard names: a {@link StandardSchema}. */
export interface AnySchema {
  /** See {@link StandardSchema}. */
  readonly '~standard': object;
}

/** A question and its answer. */
export interface CallShape {
  /** What is passed. Left out: nothing. */
  readonly params?: Slot | undefined;
  /** What comes back. */
  readonly result?: Slot | undefined;
  /** What an error brings as `data`; see {@link isRemoteError}. */
  readonly error?: Slot | undefined;
}

/** A subscription. */
export interface StreamShape {
  /** What is passed. Left out: nothing. */
  readonly params?: Slot | undefined;
  /** What comes, again and again. */
  readonly event: Slot;
}

/** What {@link defineContract} takes: schemas by name. */
export interface ContractShape {
  /** What we may ask the server. */
  readonly requests?: Readonly<Record<string, CallShape>> | undefined;
  /** What we may tell the server without an answer: the params. */
  readonly notifications?: Readonly<Record<string, Slot>> | undefined;
  /** What the server tells by itself: the payload. */
  readonly events?: Readonly<Record<string, Slot>> | undefined;
  /** What we may subscribe to. */
  readonly streams?: Readonly<Record<string, StreamShape>> | undefined;
  /** What the server may ask us. */
  readonly handlers?: Readonly<Record<string, CallShape>> | undefined;
}

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
  checkContract(options, defineContract);
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
  { shape }: DefinedContract<C>,
  error: unknown,
  method: M,
): error is RequestError & { readonly method: M; readonly data: At<C['requests'][M], 'error'> } {
  if (!isHoldlineError(error) || error.code !== 'REQUEST_REJECTED' || error.method !== method) return false;
  const slot = own(shape.requests, method)?.error;
  if (slot === undefined) return true;
  const judged = judge(slot, error.data);
  return !isPromise(judged) && judged.issues === undefined;
}

/** Most things that a `ValidationError` tells. */
const MAX_ISSUES = 10;

/** Most events of one name that wait for a schema that answers later. */
const MAX_UNCHECKED = 1_000;

/** How long a schema may take unless it is said otherwise, in milliseconds: far more than to ask a server of one's own. */
const DEFAULT_SCHEMA_TIMEOUT_MS = 10_000;

type Judged = SchemaResult<unknown>;

/** Asks a schema, for so long as it may take. */
type Judge = (slot: Slot, value: unknown, signal?: AbortSignal) => Judged | Promise<Judged>;

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

/** Where it is told what becomes of the events of a lane. */
interface LaneEnd {
  /** Nobody is to be told any more. */
  isOver(): boolean;
  refused(issues: readonly SchemaIssue[]): void;
  missed(): void;
  /** A schema is being waited for, or none is any more. */
  isBusy(lane: Lane, isBusy: boolean): void;
}

/** What waits in a lane: an event, or what is to happen behind those that have come. */
type Waiting =
  | { readonly value: unknown; readonly tell: (value: unknown) => void }
  | { readonly then: () => void };

/** Events of one name on their way through a schema, in order, whether it answers now or later. */
class Lane implements StreamCheck {
  readonly #slot: Slot;
  readonly #judge: Judge;
  readonly #end: LaneEnd;
  readonly #maxBytes: number;
  readonly #waiting: Backlog<Waiting>;
  /** Aborted when nobody wants what is being checked. Undefined while nothing is. */
  #underWay: AbortController | undefined;
  /** It was told that events are being left out, and none has passed since. */
  #isMissing = false;

  constructor(slot: Slot, judge: Judge, holdings: SubscriptionsCore['holdings'], end: LaneEnd) {
    this.#slot = slot;
    this.#judge = judge;
    this.#end = end;
    this.#maxBytes = holdings.maxBytes;
    this.#waiting = new Backlog(holdings);
  }

  pass(value: unknown, tell: (value: unknown) => void): void {
    if (this.#underWay === undefined) return this.#check(value, tell);
    const bytes = weigh(value, this.#maxBytes);
    if (this.#waiting.size < MAX_UNCHECKED && this.#waiting.hasRoom(bytes)) {
      this.#waiting.push({ value, tell }, bytes);
    } else {
      if (!this.#isMissing) this.after(() => this.#end.missed());
      this.#isMissing = true;
    }
  }

  after(then: () => void): void {
    if (this.#underWay === undefined) then();
    else this.#waiting.push({ then }, 0);
  }

  drop(): void {
    this.#underWay?.abort();
    for (const one of this.#waiting.take()) if ('then' in one) one.then();
  }

  #check(value: unknown, tell: (value: unknown) => void): void {
    const underWay = new AbortController();
    const judged = this.#judge(this.#slot, value, underWay.signal);
    if (!isPromise(judged)) return this.#done(judged, tell);
    this.#underWay = underWay;
    this.#end.isBusy(this, true);
    judged
      .then(
        (found) => this.#done(found, tell),
        () => {},
      )
      .then(() => this.#catchUp());
  }

  /** Nothing is under way for now: what waits has its turn, up to what has to wait again. */
  #catchUp(): void {
    this.#underWay = undefined;
    this.#end.isBusy(this, false);
    while (this.#waiting.size > 0 && this.#underWay === undefined) {
      const next = this.#waiting.shift();
      if ('then' in next) next.then();
      else this.#check(next.value, next.tell);
    }
  }

  #done(judged: Judged, tell: (value: unknown) => void): void {
    this.#isMissing = false;
    if (this.#end.isOver()) this.drop();
    else if (judged.issues === undefined) tell(judged.value);
    else this.#end.refused(judged.issues);
  }
}

/** What a schema says of a value. Never throws, nor rejects: a schema that does has an issue with the value. */
function judge(slot: Slot, value: unknown): Judged | PromiseLike<Judged> {
  const failed = (): Judged => ({ issues: [{ message: 'The schema itself failed.' }] });
  if (!('~standard' in slot)) return { value };
  try {
    const judged = (slot as StandardSchema)['~standard'].validate(value);
    return isPromise(judged) ? judged.then((found) => found, failed) : judged;
  } catch {
    return failed();
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
