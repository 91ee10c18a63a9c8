import { createClient, type OutboxStorage, persistentOutbox, type StoredMessage } from 'holdline';

declare const database: {
  all(): Promise<StoredMessage[]>;
  put(id: string, message: StoredMessage): Promise<void>;
  delete(id: string): Promise<void>;
};

const storage: OutboxStorage = {
  load: () => database.all(),
  save: (message) => database.put(message.id, message),
  remove: (id) => database.delete(id), // done means gone: the message is sent then
};
const client = createClient({
  url: 'wss://example.com/socket',
  use: [persistentOutbox(storage)],
});

export {};
