/** The entry `holdline/node`: what only runs where there are TCP sockets. */
export type { NodeConnectOptions } from './client/create-client.node.ts';
export type { FrameTracer, TracedFrame } from './protocol/trace.ts';
export type { DialOptions, TlsOptions } from './transport/tcp/dial.ts';
export type { HeaderInput } from './transport/tcp/request-headers.ts';
export { type TcpOptions, tcpTransport } from './transport/tcp/tcp-transport.ts';
export { WebSocket, type WebSocketOptions } from './transport/tcp/websocket.ts';
export {
  CloseEvent,
  type SocketHandler,
  type SocketListener,
  type SocketListenerInit,
  type SocketListenerObject,
  type SocketListenerOptions,
  type SocketMessageEvent,
  type SocketPongEvent,
  type WebSocketEventMap,
} from './transport/tcp/websocket-events.ts';
