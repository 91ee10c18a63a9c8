import { readFile } from 'node:fs/promises';
import { createClient } from 'holdline';

const current = { tenant: 'blue' }; // kept fresh by the program
const client = createClient({
  url: 'wss://example.com/socket',
  headers: () => ({ 'X-Tenant': current.tenant }),
  tls: async () => ({ cert: await readFile('client.pem'), key: await readFile('client.key') }),
});
await client.close();

export {};
