// A page's script: the DOM library, no @types/node.
import { connect, createClient, handover, jsonRpc, subscriptions } from 'holdline';

export async function page(address: string): Promise<void> {
  await using socket = await connect(address, { signal: new AbortController().signal });
  void socket;
  await using client = createClient({ url: address });
  void client;
}

interface Market {
  streams: { ticks: { params: { symbol: string }; event: { at: number; price: number } } };
}

export async function market(): Promise<number> {
  const client = createClient<Market>({
    url: ['wss://a.example.com', new URL('wss://b.example.com')],
    envelope: jsonRpc({
      subscriptions: { subscribe: 'market_subscribe', event: (method) => method.endsWith('Tick') },
    }),
    subscriptions: subscriptions({ overflow: 'drop-oldest' }),
    handover: handover({ when: (message) => message === 'restarting' }),
  });
  const ticks = client.subscribe(
    'ticks',
    { symbol: 'ABC' },
    {
      cursor: (tick) => tick.at,
      resume: (params, at) => ({ ...params, symbol: `${params.symbol}@${at}` }),
      resumed: (reply) => reply === true,
    },
  );
  ticks.on(({ price }) => console.log(price.toFixed(2)))();
  const { epoch } = await client.handover();
  const loose = createClient({ url: 'wss://example.com' });
  for await (const anything of loose.subscribe('anything')) console.log(anything);
  for await (const { price } of ticks) return price + epoch;
  return 0;
}
