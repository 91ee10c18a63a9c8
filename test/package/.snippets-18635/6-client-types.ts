import { createClient, isHoldlineError } from 'holdline';

interface Market {
  requests: { quote: { params: { symbol: string }; result: { price: number } } };
  events: { tick: { symbol: string; price: number } };
  notifications: { seen: { id: string } };
  handlers: { confirm: { params: { id: string }; result: boolean } };
}

const client = createClient<Market>({ url: 'wss://example.com/socket' });

const stop = client.onEvent('tick', ({ symbol, price }) => console.log(symbol, price));
client.handle('confirm', async ({ id }) => id !== ''); // the server asks us; `signal`, in a second argument, ends with its connection

await client.ready({ signal: AbortSignal.timeout(10_000) });
const { price } = await client.request('quote', { symbol: 'ACME' }, { timeout: 5_000 });
await client.notify('seen', { id: '1' });

try {
  await client.send({ any: 'message' }, { whenOffline: 'reject' });
} catch (error) {
  if (isHoldlineError(error)) console.log(error.code, error.message);
}
stop();
console.log(price, client.stats());
await client.close();

export {};
