// chat.ts
import { createClient } from 'holdline';
import { createHooks } from 'holdline/react';

interface Chat {
  requests: { sum: { params: number[]; result: number } };
  events: { tick: { at: number } };
}
export const client = createClient<Chat>({ url: 'wss://example.com/socket' });
export const { HoldlineProvider, useConnection, useEvent, useRequest } = createHooks<Chat>();

import.meta.hot?.accept(() => location.reload());
