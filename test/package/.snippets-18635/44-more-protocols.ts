import { createClient } from 'holdline';
import { appSync, chromeDevTools, ethereum, homeAssistant, obs, signalR, stomp } from 'holdline/envelopes';

declare const secrets: { token(): Promise<string>; password(): string };

const browser = createClient({ url: 'ws://127.0.0.1:9222/devtools/browser/id', envelope: chromeDevTools() });
browser.onEvent('Page.loadEventFired', (_event, session) => console.log('loaded', session));
await browser.request('Page.enable', undefined, { meta: { sessionId: 'S' } });

const hub = createClient({ url: 'wss://example.com/chat', envelope: signalR() });
for await (const count of hub.subscribe('Counter', [10, 500])) console.log(count);

const connect = () => ({ login: 'ada', passcode: secrets.password(), host: '/' });
const broker = createClient({ url: 'wss://broker.example.com/ws', envelope: stomp({ connect }) });
await broker.request('/queue/orders', { symbol: 'ABC' }, { meta: { priority: '5' } }); // when the receipt came

const home = createClient({
  url: 'ws://homeassistant.local:8123/api/websocket',
  envelope: homeAssistant({ token: () => secrets.token() }),
});
home.subscribe('subscribe_events', { event_type: 'state_changed' }).on((event) => console.log(event));

const studio = createClient({ url: 'ws://127.0.0.1:4455', envelope: obs({ password: () => secrets.password() }) });
await studio.request('SetCurrentProgramScene', { sceneName: 'Break' });

const events = createClient({
  url: 'wss://abc.appsync-realtime-api.eu-central-1.amazonaws.com/event/realtime',
  envelope: appSync({ authorize: async () => ({ host: 'abc', Authorization: await secrets.token() }) }),
});
events.subscribe('/default/room').on((event) => console.log(event));

const chain = createClient({ url: 'wss://node.example.com', envelope: ethereum() });
for await (const head of chain.subscribe('newHeads')) console.log(head);

export {};
