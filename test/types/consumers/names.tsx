// Must not compile: a name that the contract does not hold. The compiler is to list those that it holds.
import { createClient } from 'holdline';
import { createHooks } from 'holdline/react';

interface Chat {
  requests: { sum: { params: number[]; result: number }; product: { params: number[]; result: number } };
  notifications: { seen: number; typing: boolean };
  events: { tick: { at: number }; said: string };
  handlers: { confirm: { result: boolean }; choose: { result: string } };
  streams: { ticks: { event: number }; trades: { event: number } };
}

const client = createClient<Chat>({ url: 'wss://example.com' });
const chat = createHooks<Chat>();

export const sum: unknown = client.request('sun', [1, 2]);
export const seen: unknown = client.notify('sean', 1);
client.onEvent('tik', () => {});
client.handle('confrim', () => true);
client.subscribe('tocks');
client.on('opened', () => {});
client.off('opened', () => {});

export function Wrong(): null {
  chat.useRequest('sun');
  chat.useEvent('tik', () => {});
  chat.useSubscription('tocks', undefined);
  chat.useClientEvent('opened', () => {});
  return null;
}
