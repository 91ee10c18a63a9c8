import { createClient, handover } from 'holdline';
import { fallback, pollingTransport, sockjs } from 'holdline/polling';

const client = createClient({
  url: 'wss://example.com/echo/websocket',
  use: [fallback([pollingTransport(sockjs())], { after: 5_000, remember: 600_000 }), handover()],
});
await client.ready();
console.log(client.why().wire); // undefined, or: polling: the WebSocket was refused (HANDSHAKE_STATUS, HTTP 426)

export {};
