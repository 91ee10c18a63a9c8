// A page's script: the DOM library, no @types/node.
import {
  type ClientPlugin,
  type Core,
  connect,
  createClient,
  createSlimClient,
  failover,
  handover,
  jsonRpc,
  requests,
  subscriptions,
} from 'holdline';

export async function page(address: string): Promise<void> {
  await using socket = await connect(address, { signal: new AbortController().signal });
  void socket;
  await using client = createClient({ url: address });
  void client;
}

/** A plugin of a user's own. */
const announce: ClientPlugin = (core: Core) => {
  core.on('ready', ({ epoch }) => void core.sendAhead({ epoch, lottery: core.random.uniform() }));
};

/** What a slim client can do hangs on what is in `use`. */
export async function slim(url: string): Promise<unknown> {
  const plain = createSlimClient({ url });
  await plain.send('plain');
  const asking = createSlimClient({ url, envelope: jsonRpc(), use: [requests()] });
  asking.handle('confirm', () => true);
  const moving = createSlimClient({ url, envelope: jsonRpc(), use: [subscriptions(), handover(), announce] });
  await moving.handover();
  for await (const event of moving.subscribe('ticks')) return event;
  return asking.request('sum', [1, 2]);
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
    use: [
      failover(),
      subscriptions({ overflow: 'drop-oldest' }),
      handover({ when: (message) => message === 'restarting' }),
      announce,
    ],
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
