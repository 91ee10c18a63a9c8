import { createClient, jsonRpc } from 'holdline';

const ethereum = createClient({
  url: 'wss://node.example.com',
  envelope: jsonRpc({
    subscriptions: { subscribe: 'eth_subscribe', unsubscribe: 'eth_unsubscribe', event: 'eth_subscription' },
  }),
});
for await (const head of ethereum.subscribe('newHeads')) console.log(head);

// A method of its own for each stream: accountSubscribe, accountNotification, accountUnsubscribe.
const other = jsonRpc({
  subscriptions: {
    subscribe: (name, params) => ({ method: `${name}Subscribe`, params }),
    unsubscribe: (id, name) => ({ method: `${name}Unsubscribe`, params: [id] }),
    event: (method) => method.endsWith('Notification'),
  },
});

export {};
