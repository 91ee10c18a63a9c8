import { AuthError, createClient, login } from 'holdline';

declare function askUser(): Promise<string>;

const client = createClient({
  url: 'wss://example.com/socket',
  auth: login(async (line) => {
    line.send(JSON.stringify({ user: 'ada', password: await askUser() }));
    if ((await line.receive()) !== 'welcome') throw new AuthError('The server refused the password.');
  }),
});
await client.close();

export {};
