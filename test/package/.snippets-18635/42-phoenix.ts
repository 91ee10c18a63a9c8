import { createClient, queryToken } from 'holdline';
import { phoenix } from 'holdline/envelopes';

const client = createClient({
  url: 'wss://example.com/socket',
  envelope: phoenix(),
  auth: queryToken({ token: () => 'fresh' }),
});
client.subscribe('room:lobby').on((said) => console.log(said)); // { event, payload }
await client.request('new_msg', { body: 'hello' }, { meta: 'room:lobby' });

export {};
