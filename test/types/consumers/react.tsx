// A React application.
import { createClient } from 'holdline';
import { createHooks, useConnection, useRequest } from 'holdline/react';
import { StrictMode } from 'react';

interface Chat {
  requests: { sum: { params: number[]; result: number } };
  events: { tick: { at: number } };
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
  chat.useEvent('tick', ({ at }) => console.log(at));
  return `${status} ${sum.status === 'success' ? sum.data + 1 : 0} ${String(anything.data)}`;
}
