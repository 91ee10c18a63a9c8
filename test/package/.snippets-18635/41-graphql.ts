import { createClient } from 'holdline';
import { graphqlTransportWs } from 'holdline/envelopes';

const client = createClient({
  url: 'wss://example.com/graphql',
  envelope: graphqlTransportWs({
    auth: async () => ({ token: 'fresh' }),
    documents: { user: 'query user($id: ID!) { user(id: $id) { name } }' },
  }),
});
const result = await client.request('user', { id: '1' }); // { data, errors }
for await (const tick of client.subscribe('subscription { ticks }')) console.log(tick);

export {};
