/** What a contract needs of the schemas of any library, and the question that it asks them. */
import { isPromise } from '../connection/target.ts';

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

/** What a schema has said of a value. */
export type Judged = SchemaResult<unknown>;

/** What a schema says of a value. Never throws, nor rejects: a schema that does has an issue with the value. */
export function judge(slot: Slot, value: unknown): Judged | PromiseLike<Judged> {
  const failed = (): Judged => ({ issues: [{ message: 'The schema itself failed.' }] });
  if (!('~standard' in slot)) return { value };
  try {
    const judged = (slot as StandardSchema)['~standard'].validate(value);
    return isPromise(judged) ? judged.then((found) => found, failed) : judged;
  } catch {
    return failed();
  }
}
