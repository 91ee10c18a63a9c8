/** A contract as an AsyncAPI 3.0 document (https://www.asyncapi.com/docs/reference/specification/v3.0.0). */
import { type Evidence, UsageError } from '../base/errors.ts';
import { type AsyncApiOptions, checkAsyncApi } from './checks.ts';
import type { DefinedContract } from './contract.ts';
import type { AnySchema, Slot } from './schema.ts';

export type { AsyncApiOptions } from './checks.ts';

/** A JSON Schema, as a library has made it. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** One message of the document. */
export interface AsyncApiMessage {
  /** As the contract has it. */
  readonly name: string;
  /** What it is for. */
  readonly summary: string;
  /** What is in it; left out where the contract says a type alone, or nothing. */
  readonly payload?: { readonly schemaFormat: string; readonly schema: JsonSchema } | undefined;
}

/** Where a message stands in the document. */
export interface AsyncApiReference {
  /** A JSON pointer (RFC 6901). */
  readonly $ref: string;
}

/** What the client does. */
export interface AsyncApiOperation {
  /** `send`: the client sends the message; `receive`: the server. */
  readonly action: 'send' | 'receive';
  /** Over what. */
  readonly channel: AsyncApiReference;
  /** What. */
  readonly messages: readonly AsyncApiReference[];
  /** What answers it. */
  readonly reply?:
    | { readonly channel: AsyncApiReference; readonly messages: readonly AsyncApiReference[] }
    | undefined;
}

/** What {@link toAsyncApi} makes: plain data, for `JSON.stringify`. */
export interface AsyncApiDocument {
  /** The version of the specification. */
  readonly asyncapi: '3.0.0';
  /** What it is. */
  readonly info: {
    readonly title: string;
    readonly version: string;
    readonly description?: string | undefined;
  };
  /** Where the server is. */
  readonly servers?:
    | { readonly server: { readonly host: string; readonly protocol: string; readonly pathname: string } }
    | undefined;
  /** One: the connection. */
  readonly channels: {
    readonly connection: {
      readonly address: string | null;
      readonly messages: Readonly<Record<string, AsyncApiMessage>>;
    };
  };
  /** What the client sends and receives over it. */
  readonly operations: Readonly<Record<string, AsyncApiOperation>>;
}

/** The version that tools read most widely. */
const DRAFT_07 = 'application/schema+json;version=draft-07';

/**
 * A contract as an AsyncAPI 3.0 document, from the client's side: requests, notifications and subscriptions are sent, events
 * received, and what the server may ask is received and answered. Payloads are what travels, which is the input of each schema;
 * how they lie in messages is the envelope's affair, and not in it.
 *
 * @throws UsageError `INVALID_OPTION` naming the option that is wrong, and the name in the contract whose schema cannot say what
 * it is
 * @example
 * ```ts
 * const shop = defineContract({ events: { restock: z.object({ id: z.string() }) } });
 * const document = toAsyncApi(shop, { title: 'Shop', version: '1.0.0', url: 'wss://example.com/socket' });
 * await writeFile('asyncapi.json', JSON.stringify(document, null, 2));
 * ```
 */
export function toAsyncApi(contract: DefinedContract, options: AsyncApiOptions): AsyncApiDocument {
  checkAsyncApi(contract, options, toAsyncApi);
  const { title, version, description, url } = options;
  const { requests = {}, notifications = {}, events = {}, streams = {}, handlers = {} } = contract.shape;
  const made = new Messages(options);
  const operations: Record<string, AsyncApiOperation> = {};
  const add = (
    action: AsyncApiOperation['action'],
    messages: readonly AsyncApiReference[],
    answers?: readonly AsyncApiReference[],
  ): void => {
    const [first] = messages as readonly [AsyncApiReference];
    const reply = answers && { channel: CONNECTION, messages: answers };
    operations[idOf(first)] = { action, channel: CONNECTION, messages, ...(reply && { reply }) };
  };
  for (const [name, { params, result, error }] of Object.entries(requests)) {
    const failure =
      error === undefined ? [] : [made.add('error', name, `Data of the refusal of ${name}`, error)];
    const answers = [made.add('result', name, `The result of ${name}`, result), ...failure];
    add('send', [made.add('request', name, `Asks for ${name}`, params)], answers);
  }
  for (const [name, slot] of Object.entries(notifications))
    add('send', [made.add('notification', name, `Tells ${name}`, slot)]);
  for (const [name, slot] of Object.entries(events))
    add('receive', [made.add('event', name, `The event ${name}`, slot)]);
  for (const [name, { params, event }] of Object.entries(streams)) {
    add('send', [made.add('subscribe', name, `Subscribes to ${name}`, params)]);
    add('receive', [made.add('stream', name, `An event of the subscription ${name}`, event)]);
  }
  for (const [name, { params, result }] of Object.entries(handlers)) {
    const answers = [made.add('answer', name, `The client's answer to ${name}`, result)];
    add('receive', [made.add('call', name, `The server asks for ${name}`, params)], answers);
  }
  const address = url === undefined ? undefined : new URL(url);
  return {
    asyncapi: '3.0.0',
    info: { title, version, ...(description !== undefined && { description }) },
    ...(address && {
      servers: {
        server: { host: address.host, protocol: address.protocol.slice(0, -1), pathname: address.pathname },
      },
    }),
    channels: { connection: { address: null, messages: made.all } },
    operations,
  };
}

const CONNECTION: AsyncApiReference = /* @__PURE__ */ Object.freeze({ $ref: '#/channels/connection' });
const MESSAGES = '#/channels/connection/messages/';

function idOf({ $ref }: AsyncApiReference): string {
  return $ref.slice(MESSAGES.length);
}

/** The messages of one document. */
class Messages {
  readonly all: Record<string, AsyncApiMessage> = {};
  readonly #options: AsyncApiOptions;

  constructor(options: AsyncApiOptions) {
    this.#options = options;
  }

  add(kind: string, name: string, summary: string, slot: Slot | undefined): AsyncApiReference {
    const id = this.#free(`${kind}.${name.replace(/[^\w.-]/g, '_')}`);
    const schema = slot !== undefined && '~standard' in slot ? this.#schema(slot, name) : undefined;
    const { schemaFormat = DRAFT_07 } = this.#options;
    this.all[id] = { name, summary, ...(schema && { payload: { schemaFormat, schema } }) };
    return { $ref: MESSAGES + id };
  }

  /** Names that differ only in characters which may not be in an id get numbers. */
  #free(wanted: string): string {
    let id = wanted;
    for (let number = 2; Object.hasOwn(this.all, id); number++) id = `${wanted}_${number}`;
    return id;
  }

  #schema(slot: AnySchema, method: string): JsonSchema {
    const { toJsonSchema = ownJsonSchema } = this.#options;
    const failed = (evidence: Evidence): UsageError =>
      new UsageError('INVALID_OPTION', { detail: 'no-json-schema', method, ...evidence });
    if (toJsonSchema === ownJsonSchema && !('jsonSchema' in slot['~standard'])) throw failed({});
    try {
      return toJsonSchema(slot) as JsonSchema;
    } catch (cause) {
      throw failed({ cause, reason: cause instanceof Error ? cause.message : undefined });
    }
  }
}

/** What a schema says of itself, by Standard JSON Schema (https://standardschema.dev). */
function ownJsonSchema(schema: AnySchema): JsonSchema {
  const { jsonSchema } = schema['~standard'] as {
    readonly jsonSchema: { input(options: { readonly target: string }): JsonSchema };
  };
  return jsonSchema.input({ target: 'draft-07' });
}
