import { useSubscription } from 'holdline/react';

export function Price({ symbol }: { symbol: string }) {
  const { status, data } = useSubscription('ticks', { symbol }, (tick) => (tick as { price: number }).price);
  return <b className={status === 'stale' ? 'stale' : ''}>{status === 'pending' ? '…' : data}</b>;
}

export function Last10({ symbol }: { symbol: string }) {
  const { data = [] } = useSubscription<unknown[]>('ticks', { symbol }, (tick, before = []) =>
    [...before, tick].slice(-10),
  );
  return <pre>{JSON.stringify(data)}</pre>;
}

export {};
