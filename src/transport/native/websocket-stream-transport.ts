import type { TransportFactory } from '../transport.ts';
import { nativeTransport } from './native-transport.ts';
import { platformStream, StreamSocket } from './stream-socket.ts';

/**
 * The transport over the platform's `WebSocketStream`, where there is one (Chrome and Edge from 124 on), else over its
 * WebSocket. With it a slow reader (`for await`, `receive`, `pause`) stops the server, which a browser's WebSocket cannot:
 * there, messages pile up. In all else it is {@link nativeTransport}.
 *
 * @example
 * ```ts
 * const client = createClient({ url: 'wss://example.com', transport: webSocketStreamTransport() });
 * ```
 */
export function webSocketStreamTransport(): TransportFactory {
  const overStream = nativeTransport({ WebSocket: StreamSocket });
  const overSocket = nativeTransport();
  return (request, sink) => (platformStream() === undefined ? overSocket : overStream)(request, sink);
}
