import { connect } from 'holdline';

const socket = await connect('wss://example.com/upload');
for (let index = 0; index < 1_000; index++) {
  if (!socket.send(new Uint8Array(65_536))) await socket.drained({ signal: AbortSignal.timeout(30_000) });
}
await socket.close();

export {};
