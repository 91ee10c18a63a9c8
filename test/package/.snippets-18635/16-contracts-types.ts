import { createClient } from 'holdline';

interface Chat {
  requests: { sum: { params: number[]; result: number } };
  events: { tick: { at: number } };
  streams: { ticks: { params: { symbol: string }; event: { price: number } } };
  notifications: { seen: { id: string } };
  handlers: { confirm: { params: { id: string }; result: boolean } };
}
const client = createClient<Chat>({ url: 'wss://example.com/socket' });
const three = await client.request('sum', [1, 2]); // number
console.log(three);

export {};
