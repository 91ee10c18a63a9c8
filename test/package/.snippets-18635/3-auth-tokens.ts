import { bearer, createClient, firstMessage, queryToken, subprotocolToken } from 'holdline';

declare const session: { token: string; renew(): Promise<string> };

const token = () => session.token; // asked before every attempt
const refresh = () => session.renew(); // asked when the server has refused

const inHeader = bearer({ token, refresh });
const inQuery = queryToken({ name: 'ticket', token, refresh });
const inSubprotocol = subprotocolToken({ token, refresh, protocols: (text) => ['v1', `token.${text}`] });
const inMessage = firstMessage({
  token,
  refresh,
  message: (text) => JSON.stringify({ type: 'auth', token: text }),
  accepted: (reply) => String(reply).includes('"auth_ok"'),
});

const client = createClient({ url: 'wss://example.com/socket', auth: inHeader });
console.log(inQuery, inSubprotocol, inMessage);
await client.close();

export {};
