// A page's script: the DOM library, no @types/node.
import { connect, createClient } from 'holdline';

export async function page(address: string): Promise<void> {
  await using socket = await connect(address, { signal: new AbortController().signal });
  void socket;
  await using client = createClient({ url: address });
  void client;
}
