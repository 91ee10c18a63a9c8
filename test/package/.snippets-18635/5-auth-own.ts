import { type Authenticator, AuthError, createClient, login } from 'holdline';

declare function fetchTicket(signal: AbortSignal): Promise<string>;

const auth: Authenticator = {
  // before every attempt: what travels in the handshake
  prepare: async ({ signal }) => ({ query: { ticket: await fetchTicket(signal) } }),
  // on every new connection
  ...login(async (line) => {
    const greeting = JSON.parse(String(await line.receive()));
    line.announce(greeting.heartbeatInterval); // how often the server wants to hear from us
    line.send(JSON.stringify({ type: 'identify' }));
    if ((await line.receive()) !== 'ok') throw new AuthError('The server refused the login.');
  }),
  // after a refusal, once
  renew: async (_cause, { signal }) => void (await fetchTicket(signal)),
};
const client = createClient({ url: 'wss://example.com/socket', auth });
await client.close();

export {};
