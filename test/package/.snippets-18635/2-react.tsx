// App.tsx
import { client, HoldlineProvider, useConnection, useEvent, useRequest } from './chat.js';

function Sum() {
  const { status } = useConnection();
  const { request, data, pending } = useRequest('sum');
  useEvent('tick', ({ at }) => console.log(at));
  return (
    <button type="button" disabled={status !== 'ready' || pending} onClick={() => request([1, 2])}>
      1 + 2 = {data ?? '?'}
    </button>
  );
}

export function App() {
  return (
    <HoldlineProvider client={client}>
      <Sum />
    </HoldlineProvider>
  );
}

export {};
