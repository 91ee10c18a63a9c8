// A script for Node: @types/node, no DOM library.
import { connect, createClient } from 'holdline';
import { WebSocket } from 'holdline/node';

export async function script(address: URL): Promise<void> {
  await using socket = await connect(address, { signal: new AbortController().signal });
  void socket;
  await using client = createClient({ url: address });
  void client;
  void WebSocket;
}
