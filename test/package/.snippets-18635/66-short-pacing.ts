import { awaitReply, connect } from 'holdline';

const socket = await connect('ws://127.0.0.1:8765', { pacing: awaitReply() });
for (const line of ['hello', 'time?', 'bye']) socket.send(line); // each leaves after the answer to the one before
for (let index = 0; index < 3; index++) console.log(await socket.receive());
await socket.close();

export {};
