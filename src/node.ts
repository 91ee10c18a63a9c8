/** The entry `holdline/node`: what only runs where there are TCP sockets. */
export type { ConnectionError, HandshakeError, ProtocolError } from './base/errors.ts';
export type { Plugin } from './base/plugin.ts';
export { type DiagnosticsMessage, type DiagnosticsOptions, diagnostics } from './client/diagnostics.ts';
export type { RecordedCore } from './client/records/recorder.ts';
export type { Limits } from './protocol/limits.ts';
export type { DeflateOffer } from './protocol/permessage-deflate.ts';
export type { ReceiveBuffer } from './protocol/ports.ts';
export type { FrameTracer, TracedFrame } from './protocol/trace.ts';
export { type CookieJar, cookieJar } from './transport/tcp/cookie-jar.ts';
export type { CompressionOptions } from './transport/tcp/deflate/options.ts';
export type {
  ByteStream,
  CheckServerIdentity,
  ConnectionRequest,
  CreateConnection,
  DialOptions,
  Lookup,
  LookupAddress,
  LookupOptions,
  ProxyOptions,
  TlsCertificate,
  TlsKey,
  TlsMaterial,
  TlsOptions,
  TlsVersion,
} from './transport/tcp/dialling/options.ts';
export type { Asked, HeaderInput, TcpOptions, TcpSettings } from './transport/tcp/options.ts';
export { tcpTransport } from './transport/tcp/tcp-transport.ts';
export { WebSocket, type WebSocketOptions } from './transport/tcp/whatwg/websocket.ts';
export {
  CloseEvent,
  type CloseEventConstructor,
  type CloseEventInit,
  type SocketError,
} from './transport/tcp/whatwg/websocket-close-event.ts';
export type {
  SocketHandler,
  SocketListener,
  SocketListenerInit,
  SocketListenerObject,
  SocketListenerOptions,
  SocketMessageEvent,
  SocketPongEvent,
  WebSocketEventMap,
} from './transport/tcp/whatwg/websocket-events.ts';
export type {
  MessageOptions,
  SendData,
  Transport,
  TransportFactory,
  TransportRequest,
  TransportSink,
} from './transport/transport.ts';
