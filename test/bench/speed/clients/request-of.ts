/** What `createClient` asks a transport for, as it does so itself. */
import type { createClient } from '../../../../src/index.ts';
import type { TransportRequest } from '../../../../src/transport/transport.ts';

export function requestOf(create: typeof createClient, url: string): Promise<TransportRequest> {
  return new Promise((resolve) => {
    const client = create({
      url,
      transport: (request) => {
        resolve(request);
        throw new Error('seen');
      },
    });
    client.on('error', () => {});
    client.connect();
    client.ready().catch(() => {});
    client.close().catch(() => {});
  });
}
