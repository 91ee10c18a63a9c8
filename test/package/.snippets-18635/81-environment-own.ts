import { createClient, type Environment } from 'holdline';

declare const network: { connected: boolean; onChange(listener: (connected: boolean) => void): () => void };

const environment: Environment = {
  get online() {
    return network.connected;
  },
  watch: (tell) => network.onChange((connected) => tell(connected ? 'online' : 'offline')),
};
const client = createClient({ url: 'wss://example.com/socket', environment });
await client.close();

export {};
