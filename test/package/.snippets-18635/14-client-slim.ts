import { createSlimClient, handover, jsonRpc, requests, subscriptions } from 'holdline';

const plain = createSlimClient({ url: 'wss://example.com/socket' });

const asking = createSlimClient({
  url: 'wss://example.com/socket',
  envelope: jsonRpc(),
  use: [requests()], // request(), handle()
});

const listening = createSlimClient({
  url: 'wss://example.com/socket',
  envelope: jsonRpc(),
  use: [subscriptions(), handover()], // subscribe(); it brings requests() along
});

await Promise.all([plain.close(), asking.close(), listening.close()]);

export {};
