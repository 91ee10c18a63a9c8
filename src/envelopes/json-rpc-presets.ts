/**
 * JSON-RPC as well-known servers speak it: options of `jsonRpc`, and what their protocols need besides.
 *
 * Ethereum: https://geth.ethereum.org/docs/interacting-with-geth/rpc/pubsub. Solana: https://solana.com/docs/rpc/websocket. LSP:
 * https://microsoft.github.io/language-server-protocol, 3.17. MCP: https://modelcontextprotocol.io/specification/2025-06-18.
 */
import type { Envelope, EnvelopeFactory, EnvelopeReader, RpcEnvelope } from '../messaging/envelope.ts';
import { jsonRpc } from '../messaging/json-rpc.ts';
import { checkLsp, checkMcp, type LspOptions, type McpOptions } from './checks.ts';
import { protocolLogin, subprotocols } from './parts.ts';
import { isKey, isShape, type Shape } from './shapes.ts';

export type { LspOptions, McpOptions } from './checks.ts';

/**
 * JSON-RPC of Ethereum nodes: `subscribe('newHeads')` and `subscribe('logs', { address, topics })` are `eth_subscribe`.
 *
 * Subscriptions end with the connection and are asked for again; what happened in between is not sent: on a `gap` ask
 * `eth_getLogs` from the last block that you have seen. After a reorganisation logs come again with `removed: true`.
 *
 * @example
 * ```ts
 * const client = createClient({ url: 'wss://node.example.com', envelope: ethereum() });
 * for await (const head of client.subscribe('newHeads')) console.log(head);
 * ```
 */
export function ethereum(): EnvelopeFactory {
  return jsonRpc({
    ping: 'eth_chainId',
    subscriptions: {
      subscribe: 'eth_subscribe',
      unsubscribe: 'eth_unsubscribe',
      event: 'eth_subscription',
    },
  });
}

/**
 * JSON-RPC of Solana nodes: `subscribe('account', [address, { encoding }])` is `accountSubscribe`, its events are the results of
 * `accountNotification`. Params are a list, as there; `subscribe('slot')` has none. A `signature` subscription ends after its last
 * event, as the node ends it.
 *
 * @example
 * ```ts
 * const client = createClient({ url: 'wss://api.mainnet-beta.solana.com', envelope: solana() });
 * client.subscribe('slot').on(({ slot }) => console.log(slot));
 * ```
 */
export function solana(): EnvelopeFactory {
  const make = jsonRpc({
    ping: 'getHealth',
    subscriptions: {
      subscribe: (name, params) => ({ method: `${name}Subscribe`, params }),
      unsubscribe: (id, name) => ({ method: `${name}Unsubscribe`, params: [id] }),
      event: (method) => method.endsWith('Notification'),
    },
  });
  return () =>
    withReader(make(), (reader) => ({
      ...reader,
      split: (value) => reader.split(value).flatMap((message) => [message, ...endOf(message)]),
    }));
}

/** A signature has one event, or two where that it was received is told, too: a text. The node says no word of the end. */
function endOf(message: unknown): readonly unknown[] {
  if (!isShape(message) || message.method !== 'signatureNotification' || !isShape(message.params)) return [];
  const { subscription, result } = message.params;
  if (isShape(result) && typeof result.value === 'string') return [];
  return [{ method: message.method, params: { subscription, end: true } }];
}

/**
 * JSON-RPC of language servers over WebSocket: a message is one text, without the header `Content-Length`. A request that is
 * aborted or takes too long is cancelled (`$/cancelRequest`). With `initialize` every connection begins with that request and the
 * notification `initialized`, before anything else is sent. What the server asks and nobody handles is refused, as the protocol
 * wants.
 *
 * @throws UsageError `INVALID_OPTION` naming the option that is wrong
 * @example
 * ```ts
 * const client = createClient({
 *   url: 'ws://127.0.0.1:3000/lsp',
 *   envelope: lsp({ initialize: { processId: null, rootUri: null, capabilities: {} } }),
 * });
 * client.onEvent('textDocument/publishDiagnostics', ({ diagnostics }) => show(diagnostics));
 * await client.notify('textDocument/didOpen', { textDocument });
 * ```
 */
export function lsp(options: LspOptions = {}): EnvelopeFactory {
  checkLsp(options, lsp);
  const make = jsonRpc({ cancel: '$/cancelRequest' });
  return () => ({ ...make(), use: initializing(options, 'initialized') });
}

/**
 * JSON-RPC of the Model Context Protocol over WebSocket, with the subprotocol `mcp`. Every connection begins with `initialize` and
 * `notifications/initialized`. A request that is aborted or takes too long is cancelled (`notifications/cancelled`); the server's
 * `ping` is answered.
 *
 * `meta` is the request's `_meta`. With one, an empty one too, the request asks for its progress, which its `progress` gets as
 * the params of `notifications/progress`.
 *
 * @throws UsageError `INVALID_OPTION` naming the option that is wrong
 * @example
 * ```ts
 * const client = createClient({
 *   url: 'wss://tools.example.com/mcp',
 *   envelope: mcp({
 *     initialize: { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 'mine', version: '1.0' } },
 *   }),
 * });
 * const call = { name: 'report', arguments: { year: 2026 } };
 * const report = await client.request('tools/call', call, { meta: {}, progress: ({ progress }) => show(progress) });
 * ```
 */
export function mcp(options: McpOptions): EnvelopeFactory {
  checkMcp(options, mcp);
  const make = jsonRpc({
    ping: 'ping',
    cancel: (requestId) => ({
      method: 'notifications/cancelled',
      params: { requestId, reason: 'not waited for' },
    }),
  });
  return () => {
    const made = withReader(make(), (reader) => ({
      split: reader.split,
      classify: (message) => {
        const meaning = reader.classify(message);
        if (meaning.kind === 'request' && meaning.method === 'ping') {
          return { kind: 'nothing', also: { answer: { jsonrpc: '2.0', id: meaning.key, result: {} } } };
        }
        if (meaning.kind !== 'event' || meaning.name !== 'notifications/progress') return meaning;
        const { payload } = meaning;
        const key = isShape(payload) ? payload.progressToken : undefined;
        return isKey(key) ? { kind: 'progress', key, payload } : meaning;
      },
    }));
    const rpc = made.rpc as RpcEnvelope;
    return {
      ...made,
      rpc: {
        ...rpc,
        request: (key, method, params, meta) =>
          rpc.request(
            key,
            method,
            isShape(meta) ? { ...(params as Shape), _meta: { ...meta, progressToken: key } } : params,
          ),
      },
      use: [subprotocols('mcp'), ...initializing(options, 'notifications/initialized')],
    };
  };
}

/** The envelope, with another reader. */
function withReader(envelope: Envelope, change: (reader: EnvelopeReader) => EnvelopeReader): Envelope {
  return { ...envelope, reader: (session) => change(envelope.reader(session)) };
}

/** Asks to begin, and says that we have. What the server has told of itself is the line's session. */
function initializing({ initialize, initialized }: LspOptions, method: string): NonNullable<Envelope['use']> {
  if (initialize === undefined) return [];
  return [
    protocolLogin(async (line) => {
      const session = await line.request('initialize', initialize);
      line.send(JSON.stringify({ jsonrpc: '2.0', method, params: {} }));
      initialized?.(session);
      return { session };
    }),
  ];
}
