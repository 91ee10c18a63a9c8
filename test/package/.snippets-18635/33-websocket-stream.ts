import { createClient, webSocketStreamTransport } from 'holdline';

const client = createClient({ url: 'wss://example.com/frames', transport: webSocketStreamTransport() });

for await (const message of client.messages()) {
  await show(message); // while this takes its time, the server waits
}

async function show(message: unknown): Promise<void> {
  console.log(message);
}

export {};
