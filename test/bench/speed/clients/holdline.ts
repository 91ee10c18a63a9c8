/**
 * Ours, from the built package. Without a variant: the transport interface that `createClient` uses. `websocket`: the
 * WebSocket class of holdline/node. `client`: createClient with `send` and `on('message')`.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type * as Holdline from '../../../../src/index.node.ts';
import type * as HoldlineNode from '../../../../src/node.ts';
import type { Transport, TransportRequest } from '../../../../src/transport/transport.ts';
import type { Job } from '../job.ts';
import type { Adapter } from './adapter.ts';
import { serve } from './serve.ts';
import { webSocketAdapter } from './web-socket.ts';

interface Built {
  readonly version: string;
  readonly main: typeof Holdline;
  readonly node: typeof HoldlineNode;
}

async function load(dist: string): Promise<Built> {
  const [main, node] = await Promise.all(
    ['index.node.js', 'node.js'].map((name) => import(pathToFileURL(join(dist, name)).href)),
  );
  const manifest = JSON.parse(readFileSync(join(dist, 'package.json'), 'utf8')) as { version: string };
  return { main, node, version: manifest.version };
}

/** What `createClient` asks a transport for, as it does so itself. */
function requestOf({ main }: Built, url: string): Promise<TransportRequest> {
  return new Promise((resolve) => {
    const client = main.createClient({
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

const tlsOf = (ca: string | undefined): HoldlineNode.TcpOptions => (ca === undefined ? {} : { tls: { ca } });

function transportAdapter(built: Built, ask: TransportRequest, ca: string | undefined): Adapter {
  const factory = built.node.tcpTransport(tlsOf(ca));
  return {
    version: built.version,
    open: ({ url }, handlers) =>
      new Promise((resolve, reject) => {
        const transport: Transport = factory(
          { ...ask, url },
          {
            open: () => resolve({ send: (data) => transport.send(data), close: () => transport.close(1000) }),
            text: (message) => handlers.text(message),
            binary: (message) => handlers.binary(message),
            ping: () => {},
            pong: () => {},
            drain: () => {},
            close: ({ error }) => {
              if (error !== undefined) reject(error);
              handlers.closed();
            },
          },
        );
      }),
  };
}

function clientAdapter({ main, node, version }: Built, ca: string | undefined): Adapter {
  const transport = node.tcpTransport(tlsOf(ca));
  return {
    version,
    async open({ url }, handlers) {
      const client = main.createClient({ url, transport, envelope: main.raw() });
      client.on('message', (message) => {
        if (typeof message === 'string') handlers.text(message);
        else handlers.binary(message as Uint8Array);
      });
      await client.ready();
      return {
        // What becomes of it is for the caller to wait for; a benchmark only has to see a failure.
        send: (data) => void client.send(data),
        close: () => void client.close().then(() => handlers.closed()),
      };
    },
  };
}

await serve(async ({ dist, variant, url, ca }: Job) => {
  const built = await load(dist);
  if (variant === 'client') return clientAdapter(built, ca);
  if (variant === 'websocket') {
    const { WebSocket } = built.node;
    return webSocketAdapter(built.version, (address) => new WebSocket(address, [], tlsOf(ca)));
  }
  return transportAdapter(built, await requestOf(built, url), ca);
});
