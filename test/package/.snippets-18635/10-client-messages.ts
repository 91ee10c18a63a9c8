import { createClient, raw } from 'holdline';

declare const save: (message: unknown) => Promise<void>;

const client = createClient({ url: 'wss://example.com/firehose', envelope: raw() });
for await (const message of client.messages({ maxBuffered: 100 })) await save(message);

export {};
