import { useState } from 'react';
import { client, HoldlineProvider, useConnection, useEvent, useRequest } from './chat.js';

function Ticks() {
  const isReady = useConnection((state) => state.status === 'ready');
  const [ticks, setTicks] = useState<number[]>([]);
  useEvent('tick', ({ at }) => setTicks((before) => [...before.slice(-9), at]));
  const { request, pending, data, error } = useRequest('sum');
  return (
    <>
      <p>{ticks.join(', ')}</p>
      <button type="button" disabled={!isReady || pending} onClick={() => request([1, 2])}>
        1 + 2 = {data ?? '?'}
      </button>
      {error && <p role="alert">{error.message}</p>}
    </>
  );
}

export function App() {
  return (
    <HoldlineProvider client={client}>
      <Ticks />
    </HoldlineProvider>
  );
}

export {};
