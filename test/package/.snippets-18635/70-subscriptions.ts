import { createClient } from 'holdline';

interface Market {
  streams: { ticks: { params: { symbol: string; after?: number }; event: { seq: number; price: number } } };
}

const client = createClient<Market>({ url: 'wss://example.com/socket' });

for await (const tick of client.subscribe('ticks', { symbol: 'ABC' })) {
  console.log(tick.price);
  if (tick.price > 100) break; // leaving the loop unsubscribes
}

const ticks = client.subscribe('ticks', { symbol: 'XYZ' }); // or with a function
const stop = ticks.on((tick) => console.log(tick.price));
stop(); // unsubscribes
await client.close(); // ends every loop

export {};
