/**
 * A program of its own: one long and one short connection, used and closed; it must then exit by itself. Arguments: the
 * URL of the server of test/client/rpc-server.ts.
 */
import { loginLoop } from '../../src/auth/login-loop.ts';
import { connect, createClient } from '../../src/client/create-client.node.ts';

const url = process.argv[2] as string;

async function main(): Promise<void> {
  const client = createClient({ url, auth: loginLoop({ answer: () => 'hlq' }) });
  const sum = await client.request('sum', [1, 2]);
  const idle = createClient({ url: 'ws://127.0.0.1:9/' });
  const hopeless = idle.send('x').catch((error: { code: string }) => error.code);
  const socket = await connect(url);
  socket.send('hlq');
  const reply = await socket.receive();
  await Promise.all([client.close(), socket.close(), idle.close()]);
  process.stdout.write(JSON.stringify([sum, reply, await hopeless]));
}

void main();
