import { createClient } from 'holdline';
import { socketIo } from 'holdline/envelopes';

const client = createClient({
  url: 'wss://example.com',
  envelope: socketIo({ namespaces: ['/', '/admin'], auth: () => ({ token: 'fresh' }) }),
});
client.onEvent('news', (payload, namespace) => console.log(namespace, payload));
client.handle('confirm', () => true); // an event that wants an acknowledgement
await client.notify('photo', { name: 'me', bytes: new Uint8Array([1, 2, 3]) });
const users = await client.request('users', { page: 1 }, { meta: '/admin' });

export {};
