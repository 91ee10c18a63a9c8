import { connect } from 'holdline';

const BLOCK_BYTES = 1024 * 1024;
const free: Uint8Array[] = Array.from({ length: 16 }, () => new Uint8Array(BLOCK_BYTES));

await using socket = await connect('wss://example.com/frames', {
  receiveBuffer: (length) => (length <= BLOCK_BYTES ? free.pop() : undefined),
});

for await (const message of socket) {
  if (typeof message === 'string') continue;
  console.log(message.length); // the beginning of a block, as long as the message was
  // Done with: the block may be used again.
  if (message.buffer.byteLength === BLOCK_BYTES) free.push(new Uint8Array(message.buffer));
}

export {};
