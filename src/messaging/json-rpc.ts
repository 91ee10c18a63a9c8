/** JSON-RPC 2.0 (https://www.jsonrpc.org/specification). */
import { json } from './codec.ts';
import type { Classified, EnvelopeFactory, RemoteError, RequestKey } from './envelope.ts';

/** Specification, 5.1. */
const METHOD_NOT_FOUND = -32_601;
const INTERNAL_ERROR = -32_603;

/**
 * The envelope of JSON-RPC 2.0: `request` sends `{ jsonrpc, id, method, params }` and resolves with `result`;
 * `notify` sends the same without `id`; the server's notifications are events by their `method`, its requests go to
 * `handle`. Batches are understood. Ids are numbers that grow for as long as the client lives, so that a late reply
 * meets no other request.
 *
 * @example
 * ```ts
 * const client = createClient({ url: 'wss://example.com', envelope: jsonRpc() });
 * const sum = await client.request('sum', [1, 2]);
 * ```
 */
export function jsonRpc(): EnvelopeFactory {
  return () => {
    let lastId = 0;
    return {
      codec: json(),
      split: (value) => (Array.isArray(value) ? value : [value]),
      classify,
      rpc: {
        allocate: () => ++lastId,
        request: (id, method, params) => ({ jsonrpc: '2.0', id, method, ...given(params) }),
        notification: (method, params) => ({ jsonrpc: '2.0', method, ...given(params) }),
        reply: (id, result) => ({ jsonrpc: '2.0', id, result: result === undefined ? null : result }),
        failure: (id, error) => ({ jsonrpc: '2.0', id, error }),
        unknownMethod: (method) => ({ code: METHOD_NOT_FOUND, message: `Method not found: ${method}` }),
        internalError: () => ({ code: INTERNAL_ERROR, message: 'Internal error' }),
      },
    };
  };
}

/** "params [...] MAY be omitted" (4). */
function given(params: unknown): { params?: unknown } {
  return params === undefined ? {} : { params };
}

function classify(message: unknown): Classified {
  if (typeof message !== 'object' || message === null) return { kind: 'message' };
  const { id, method, params, result, error } = message as Record<string, unknown>;
  if (typeof method === 'string') {
    return isKey(id)
      ? { kind: 'request', key: id, method, params }
      : { kind: 'event', name: method, payload: params };
  }
  if (!isKey(id)) return { kind: 'message' };
  if (error !== undefined && error !== null) return { kind: 'failure', key: id, error: remoteError(error) };
  return 'result' in message ? { kind: 'reply', key: id, result } : { kind: 'message' };
}

function isKey(id: unknown): id is RequestKey {
  return typeof id === 'number' || typeof id === 'string';
}

/** A server may put anything here. */
function remoteError(error: unknown): RemoteError {
  if (typeof error !== 'object' || error === null) return { message: String(error) };
  const { code, message, data } = error as Record<string, unknown>;
  return {
    code: typeof code === 'number' || typeof code === 'string' ? code : undefined,
    message: typeof message === 'string' ? message : 'no message',
    data,
  };
}
