import type { Unsubscribe } from '../base/emitter.ts';
import { type Codec, encode } from '../messaging/codec.ts';
import type { Classified, RemoteError, RpcEnvelope } from '../messaging/envelope.ts';
import type { SendData } from '../transport/transport.ts';

/** Answers one method. */
export type Handler = (params: unknown) => unknown;

/** A question of the server's. */
export type ServerCall = Extract<Classified, { kind: 'request' }>;

/** Methods that the server may call. A Map: the names come from the server. */
export class ServerCalls {
  readonly #handlers = new Map<string, Handler>();

  /** Registers a handler, in place of another for the same method. */
  handle(method: string, handler: Handler): Unsubscribe {
    this.#handlers.set(method, handler);
    return () => {
      if (this.#handlers.get(method) === handler) this.#handlers.delete(method);
    };
  }

  /**
   * Runs the handler of a call.
   *
   * @throws whatever the codec throws for the refusal itself
   * @returns the message to answer with; and the error, if the handler failed, of which the server learns nothing
   */
  async answer(
    { rpc, codec }: { readonly rpc: RpcEnvelope; readonly codec: Codec },
    { key, method, params }: ServerCall,
  ): Promise<{ readonly data: SendData; readonly error?: unknown }> {
    const handler = this.#handlers.get(method);
    const refuse = (error: RemoteError): SendData => encode(codec, rpc.failure(key, error));
    if (handler === undefined) return { data: refuse(rpc.unknownMethod(method)) };
    try {
      return { data: encode(codec, rpc.reply(key, await handler(params))) };
    } catch (error) {
      return { data: refuse(rpc.internalError()), error };
    }
  }
}
