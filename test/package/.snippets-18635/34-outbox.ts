import { createClient, isHoldlineError } from 'holdline';

const client = createClient({
  url: 'wss://example.com/socket',
  outbox: { maxMessages: 500, maxAge: 30_000, overflow: 'drop-oldest' },
});
client.on('drop', (error) => console.warn(error.code, error.message)); // one for every message that is dropped

await client.send({ type: 'chat', text: 'hello' });
await client.send({ type: 'cursor', x: 3 }, { key: 'cursor', ttl: 2_000 }); // the newest one is enough
await client.send({ type: 'now or never' }, { whenOffline: 'reject' });
await client.send({ token: '…' }, { compress: false, persist: false });

try {
  await client.request('pay', { amount: 5 });
} catch (error) {
  if (isHoldlineError(error) && error.name === 'DeliveryError') {
    console.log('outcome' in error && error.outcome); // 'not-sent': repeat it. 'unknown': ask the server first
  }
}
await client.close();

export {};
