import { connect, isHoldlineError } from 'holdline';

const socket = await connect('wss://example.com/upload', { heartbeat: { interval: 10_000, timeout: 5_000 } });
socket.send('first');
await socket.close();
const { code, error, unsent } = await socket.closed;
console.log(code, error?.code, unsent); // 1005 undefined { messages: 0, bytes: 0 }
try {
  socket.send('too late');
} catch (failure) {
  if (isHoldlineError(failure) && 'outcome' in failure) console.log(failure.code, failure.outcome); // NOT_CONNECTED not-sent
}

export {};
