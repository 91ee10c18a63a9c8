import { createClient } from 'holdline';
import { simulate } from 'holdline/testing';

let ordered = 0;
await simulate(
  async (world) => {
    const client = world.watch(createClient({ ...world.options }));
    for (let id = 1; id <= 3; id++) {
      const order = client.request('order', { id });
      await world.pause(10_000); // time passes by itself
      ordered += await order.then(() => 1, () => 0); // it may fail, but it must settle
    }
    await client.close();
  },
  { seeds: 50, faults: 4 },
);
console.log(ordered > 0); // true

export {};
