// A React application.
import { createClient } from 'holdline';
import { useConnection } from 'holdline/react';

const client = createClient('wss://example.com');

export function Status(): unknown {
  return useConnection(client);
}
