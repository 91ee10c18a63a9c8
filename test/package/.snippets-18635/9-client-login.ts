import { AuthError, createClient, login } from 'holdline';

const client = createClient({
  url: async (attempt) => `wss://example.com/socket?ticket=${await ticket(attempt)}`,
  auth: login(async (line) => {
    line.send(JSON.stringify({ type: 'auth', token: await ticket(line.attempt) }));
    if ((await line.receive()) !== 'ok') throw new AuthError('The server refused the token.');
  }),
});

async function ticket(attempt: number): Promise<string> {
  const response = await fetch(`https://example.com/ticket?attempt=${attempt}`);
  return response.text();
}
await client.close();

export {};
