import type { Emitter } from '../base/emitter.ts';
import { HoldlineError } from '../base/errors.ts';
import type { Codec } from '../messaging/codec.ts';
import type { Classified, Envelope, EventMessage, RpcEnvelope } from '../messaging/envelope.ts';
import type { Subscriptions } from '../messaging/subscriptions.ts';
import type { ClientEvents } from './client.ts';
import type { Delivery } from './delivery.ts';
import type { RequestMachinery } from './request-part.ts';
import type { ServerCall, ServerCalls } from './server-calls.ts';

/** Where messages of the server's may go. A line is named by its epoch. */
export interface InboundParts {
  readonly envelope: Envelope;
  readonly codec: Codec;
  /** The requests on both sides; undefined where there are none. */
  readonly rpc: RequestMachinery | undefined;
  readonly subscriptions: Subscriptions | undefined;
  readonly delivery: Delivery;
  readonly events: Emitter<ClientEvents>;
  readonly serverEvents: Emitter<Record<string, unknown>>;
  /** Whether this line is still there, and ready. */
  isOn(epoch: number): boolean;
  /** A reply came that was asked for. */
  useful(): void;
  /** A message was told that is neither a reply nor a request. */
  told(message: unknown): void;
  /** Something has been finished on some line. */
  settled(): void;
}

/** Reads what the server sends, and takes each message to whoever it is for. */
export class Inbound {
  readonly #parts: InboundParts;
  /** The lines whose questions are being answered. */
  readonly #answering = new Set<{ readonly epoch: number }>();
  #received = 0;

  constructor(parts: InboundParts) {
    this.#parts = parts;
  }

  /** How many messages have come. */
  get received(): number {
    return this.#received;
  }

  /** Whether a question that came on this line is being answered. */
  isAnswering(epoch: number): boolean {
    return [...this.#answering].some((mark) => mark.epoch === epoch);
  }

  /** A message came on a line. */
  take(data: string | Uint8Array, epoch: number): void {
    this.#received++;
    const { envelope, codec, events, isOn } = this.#parts;
    let messages: readonly unknown[];
    let only: Classified | undefined;
    let meanings: readonly Classified[] = [];
    try {
      messages = envelope.split(codec.decode(data));
      // Nearly always; a list of its own would be most of what a message allocates.
      if (messages.length === 1) only = envelope.classify(messages[0]);
      else meanings = messages.map(envelope.classify, envelope);
    } catch (cause) {
      events.emit('error', new HoldlineError('BAD_MESSAGE', { detail: 'unreadable', cause }));
      return;
    }
    if (only !== undefined && isOn(epoch)) this.#route(messages[0], only, epoch);
    let at = 0;
    for (const meaning of meanings) {
      // Whoever took the one before may have closed the client: a closed client tells nothing more.
      if (isOn(epoch)) this.#route(messages[at++], meaning, epoch);
    }
  }

  #route(message: unknown, meaning: Classified, epoch: number): void {
    const { envelope, rpc } = this.#parts;
    switch (meaning.kind) {
      case 'reply':
        this.#settled(meaning.key, rpc?.calls.onReply(meaning.key, meaning.result, epoch));
        break;
      case 'failure':
        this.#settled(meaning.key, rpc?.calls.onFailure(meaning.key, meaning.error, epoch));
        break;
      case 'request':
        if (envelope.rpc === undefined || rpc === undefined) this.#tell(message);
        else void this.#answer(envelope.rpc, rpc.serverCalls, meaning, epoch);
        break;
      case 'event':
        if (!this.#isOfSubscription(message, meaning, epoch)) this.#tellEvent(message, meaning);
        break;
      default:
        this.#tell(message);
    }
  }

  #isOfSubscription(message: unknown, event: EventMessage, epoch: number): boolean {
    const { subscriptions } = this.#parts;
    if (event.subscription === undefined || subscriptions === undefined) return false;
    return subscriptions.onEvent(epoch, event.subscription, () => this.#tellEvent(message, event));
  }

  #tellEvent(message: unknown, { name, payload }: EventMessage): void {
    this.#parts.serverEvents.emit(name, payload);
    this.#tell(message);
  }

  #tell(message: unknown): void {
    this.#parts.events.emit('message', message);
    this.#parts.told(message);
  }

  #settled(key: string | number, found: boolean | undefined): void {
    if (found === true) {
      this.#parts.useful();
      this.#parts.settled();
    } else {
      this.#parts.events.emit('lateReply', { key });
    }
  }

  /** The answer goes to the line that the question came from, or nowhere. */
  async #answer(rpc: RpcEnvelope, serverCalls: ServerCalls, call: ServerCall, epoch: number): Promise<void> {
    const { codec, delivery, events, isOn } = this.#parts;
    const mark = { epoch };
    this.#answering.add(mark);
    // Not as uncaught: what a server asks must not be able to end the process.
    const failed = (cause: unknown): void => events.emit('error', handlerFailed(call.method, cause));
    try {
      const { data, error } = await serverCalls.answer({ rpc, codec }, call);
      if (error !== undefined) failed(error);
      if (isOn(epoch)) delivery.answer(data, epoch);
    } catch (cause) {
      failed(cause);
    }
    this.#answering.delete(mark);
    this.#parts.settled();
  }
}

function handlerFailed(method: string, cause: unknown): HoldlineError {
  return new HoldlineError('HANDLER_FAILED', { method, cause });
}
