import { connect, consoleTrace } from 'holdline';

await using socket = await connect('wss://example.com/echo', {
  signal: AbortSignal.timeout(5_000), // for connecting only
  protocols: ['chat.v2', 'chat.v1'],
  trace: consoleTrace(), // prints each frame; payloads only with { payload: true }
});

socket.send('Hello');
socket.send(new Uint8Array([1, 2, 3]));
console.log(await socket.receive({ signal: AbortSignal.timeout(1_000) }));

for await (const message of socket) {
  console.log(typeof message === 'string' ? message : message.byteLength);
  if (message === 'enough') break; // the connection stays open
}
console.log(await socket.close(1000, 'bye')); // { code, reason, wasClean, … }

export {};
