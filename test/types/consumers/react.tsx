// A React application.
import { createClient } from 'holdline';
import { createHooks, useConnection, useRequest, useSubscription } from 'holdline/react';
import { StrictMode } from 'react';

interface Chat {
  requests: { sum: { params: number[]; result: number } };
  events: { tick: { at: number } };
  streams: { ticks: { params: { symbol: string }; event: { price: number } } };
}

const client = createClient<Chat>({ url: 'wss://example.com' });
const chat = createHooks<Chat>();

export function App(): unknown {
  return (
    <StrictMode>
      <chat.HoldlineProvider client={client}>
        <Status />
      </chat.HoldlineProvider>
    </StrictMode>
  );
}

function Status(): string {
  const { status } = useConnection();
  const sum = chat.useRequest('sum');
  const anything = useRequest('anything');
  const { data: price = 0 } = chat.useSubscription(
    'ticks',
    { symbol: 'A' },
    (tick, before: number | undefined) => tick.price + (before ?? 0),
  );
  const latest = chat.useSubscription('ticks', { symbol: 'A' });
  console.log(price.toFixed(), latest.data?.price.toFixed(), useSubscription('anything').data);
  chat.useEvent('tick', ({ at }) => console.log(at));
  return `${status} ${sum.status === 'success' ? sum.data + 1 : 0} ${String(anything.data)}`;
}
