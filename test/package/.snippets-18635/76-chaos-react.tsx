// @vitest-environment happy-dom
import { act, fireEvent, render, screen } from '@testing-library/react';
import { createClient } from 'holdline';
import { HoldlineProvider, useRequest, useSubscription } from 'holdline/react';
import { simulate } from 'holdline/testing';

function Shop() {
  const { status, data: price } = useSubscription('ticks', {}, (tick) => (tick as { value: unknown }).value);
  const { request, pending, error } = useRequest('order');
  return (
    <>
      <output>{`${status} ${price}`}</output>
      <button type="button" disabled={pending} onClick={() => request({ id: 1 }).catch(() => {})}>
        {error ? 'Try again' : 'Order'}
      </button>
    </>
  );
}

await simulate(
  async (world) => {
    const client = world.watch(createClient({ ...world.options }));
    const page = render(
      <HoldlineProvider client={client}>
        <Shop />
      </HoldlineProvider>,
    );
    try {
      for (let price = 1; price <= 6; price++) {
        fireEvent.click(screen.getByRole('button')); // while it is disabled that does nothing
        world.server.publish('ticks', price);
        await act(() => world.pause(10_000));
      }
      await act(() => world.pause(180_000)); // the faults are over, and so is the longest wait
      world.server.publish('ticks', 7);
      await act(() => world.pause(1_000));
      const shown = screen.getByRole('status').textContent;
      // `closed`: the server may have refused the subscription, and the page says so.
      if (shown !== 'active 7' && !shown.startsWith('closed')) throw new Error(`The page shows: ${shown}`);
      if (screen.getByRole<HTMLButtonElement>('button').disabled) throw new Error('An order hangs.');
    } finally {
      page.unmount();
    }
    await client.close();
  },
  { seeds: 10 },
);

export {};
