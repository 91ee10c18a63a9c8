/** The entry `holdline/node` where there is no Node: the same names, each of which says so when it is used. */
export {
  nodeOnly as CloseEvent,
  nodeOnly as cookieJar,
  nodeOnly as diagnostics,
  nodeOnly as tcpTransport,
  nodeOnly as WebSocket,
} from './transport/native/node-only.ts';
