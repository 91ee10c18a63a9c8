import { connect } from 'holdline';

const socket = await connect('wss://example.com/upload', { maxFrameBytes: 32 * 1024 });
socket.send(new Uint8Array(1024 * 1024)); // 32 frames, one message
await socket.close();

export {};
