import { createClient, defineContract, isRemoteError, type } from 'holdline';
import { z } from 'zod'; // or valibot, arktype, or any that follows https://standardschema.dev

const shop = defineContract({
  requests: {
    price: { params: z.object({ id: z.string() }), result: z.number() },
    pay: { params: z.object({ id: z.string() }), error: z.object({ missing: z.number() }) },
    free: { result: type<string>() }, // a type alone: not checked
  },
  events: { restock: z.object({ id: z.string(), at: z.coerce.date() }) },
});

const client = createClient({ url: 'wss://example.com/socket', contract: shop });

client.onEvent('restock', ({ at }) => console.log(at.getFullYear())); // a Date: the schema made it
client.onAnyEvent((event) => {
  if (event.name === 'restock') console.log(event.payload.id);
});
const price = await client.request('price', { id: 'tea' }); // a number, or it rejects

try {
  await client.request('pay', { id: 'tea' });
} catch (error) {
  if (isRemoteError(shop, error, 'pay')) console.log(`${error.data.missing} of ${price} is missing`);
}

export {};
