/** An echo server of the `ws` package, with the commands of cases.ts. */
import type { ServerOptions, WebSocket } from 'ws';
import { startWsServer } from './ws-server.ts';

export async function startEcho(
  options: ServerOptions = { perMessageDeflate: false },
): Promise<{ port: number; stop(): Promise<void> }> {
  let lastClose = 'none';
  const commands: Readonly<Record<string, (socket: WebSocket) => void>> = {
    '!last-close': (socket) => socket.send(lastClose),
    '!fragments': (socket) => {
      for (const part of ['Gr', 'üße, ', '']) socket.send(part, { fin: false });
      socket.send('世界', { fin: true });
    },
    '!burst': (socket) => {
      for (let index = 0; index < 200; index += 1) socket.send(`message ${index}`);
    },
    '!ping': (socket) => {
      socket.once('pong', (payload) => socket.send(`pong: ${payload}`));
      socket.ping('are you there?');
    },
    '!close': (socket) => socket.close(4001, 'the server’s reason'),
  };
  const server = await startWsServer({ maxPayload: 4 * 1024 * 1024, ...options }, (socket) => {
    socket.on('message', (data, binary) => {
      const command = binary ? undefined : commands[data.toString()];
      if (command === undefined) socket.send(data, { binary });
      else command(socket);
    });
    socket.on('close', (code, reason) => {
      if (code === 4002) lastClose = `${code} ${reason}`;
    });
  });
  return { port: server.port, stop: server.close };
}
