import type { Unsubscribe } from '../base/emitter.ts';
import type { RequestKey, RpcEnvelope } from '../messaging/envelope.ts';

/** Answers one method. */
export type Handler = (params: unknown) => unknown;

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
   * @returns the message to answer with; and the error, if the handler failed, of which the server learns nothing
   */
  async answer(
    rpc: RpcEnvelope,
    call: { readonly key: RequestKey; readonly method: string; readonly params: unknown },
  ): Promise<{ readonly message: unknown; readonly error?: unknown }> {
    const handler = this.#handlers.get(call.method);
    if (handler === undefined) return { message: rpc.failure(call.key, rpc.unknownMethod(call.method)) };
    try {
      return { message: rpc.reply(call.key, await handler(call.params)) };
    } catch (error) {
      return { message: rpc.failure(call.key, rpc.internalError()), error };
    }
  }
}
