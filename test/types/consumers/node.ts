// A script for Node: @types/node, no DOM library.
import { connect as connectTcp } from 'node:net';
import { connect, createClient } from 'holdline';
import {
  type CloseEvent,
  type ConnectionRequest,
  type TcpOptions,
  tcpTransport,
  WebSocket,
} from 'holdline/node';

/** The ways to a server. */
export const ways: readonly TcpOptions[] = [
  { proxy: 'environment', redirects: 3 },
  { proxy: { url: new URL('https://proxy.example.com'), headers: { 'X-A': 'b' }, tls: { ca: 'pem' } } },
  { createConnection: ({ host, port }: ConnectionRequest) => connectTcp({ host, port }) },
  { tls: { ca: ['pem'], cert: 'pem', key: 'pem', servername: 'a', minVersion: 'TLSv1.3' }, family: 4 },
];

export async function script(address: URL): Promise<void> {
  await using socket = await connect(address, { signal: new AbortController().signal, ...ways[0] });
  void socket;
  await using client = createClient({ url: address, headers: { 'X-Team': 'blue' }, ...ways[1] });
  await using shared = createClient({ url: address, transport: tcpTransport(ways[1]) });
  void [client, shared];
  const named = new Named('wss://example.com/');
  named.addEventListener('close', (event: CloseEvent) => event.error?.code);
  named.onmessage = ({ data, origin }) => (typeof data === 'string' ? origin : data);
  named.send(new Uint8Array(1), { compress: false });
  named.close(1000, 'done');
}

class Named extends WebSocket {
  constructor(address: string | URL, protocols?: string | string[]) {
    super(address, protocols, { headers: { 'X-Team': 'blue' } });
  }
}
