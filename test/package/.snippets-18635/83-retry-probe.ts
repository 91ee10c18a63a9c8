import { createClient, probe } from 'holdline';

const client = createClient({
  url: 'wss://example.com/socket',
  use: [
    probe(async (url, { signal }) => {
      const { status, headers } = await fetch(url, { signal });
      const seconds = Number(headers.get('Retry-After') ?? Number.NaN);
      return { status, retryAfter: seconds >= 0 ? seconds * 1_000 : undefined };
    }),
  ],
});
await client.close();

export {};
