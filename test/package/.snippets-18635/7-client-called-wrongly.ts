import { createClient, isHoldlineError } from 'holdline';

const client = createClient({ url: 'wss://example.com/socket' });
const { on } = client;
try {
  on('ready', () => {});
} catch (error) {
  if (isHoldlineError(error)) console.log(error.code, error.message); // INVALID_STATE Call on() on its client: client.on(…).
}
await client.close();

export {};
