import { createClient } from 'holdline';

interface Market {
  streams: { ticks: { params: { symbol: string; after?: number }; event: { seq: number; price: number } } };
}

const client = createClient<Market>({ url: 'wss://example.com/socket' });

client.on('gap', ({ recovered }) => {
  if (!recovered) location.reload(); // something may have been missed: load it anew
});

const ticks = client.subscribe(
  'ticks',
  { symbol: 'ABC' },
  {
    cursor: (tick) => tick.seq,
    resume: (params, seq) => ({ ...params, after: Number(seq) }),
    resumed: (reply) => (reply as { resumed?: boolean }).resumed === true,
  },
);
ticks.on((tick) => console.log(tick.price));

export {};
