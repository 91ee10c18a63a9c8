/**
 * Ours, from the built package. Without a variant: the transport interface that `createClient` uses. `websocket`: the
 * WebSocket class of holdline/node. `client`: createClient with `send`, `on('message')` and `request`. `client-raw`:
 * the same without requests, `raw()` with JSON. `own-buffer`: the transport, with a buffer of the caller's for what comes.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type * as Holdline from '../../../../src/index.node.ts';
import type * as HoldlineNode from '../../../../src/node.ts';
import type { Transport, TransportRequest } from '../../../../src/transport/transport.ts';
import type { Job } from '../job.ts';
import type { Adapter } from './adapter.ts';
import { requestOf } from './request-of.ts';
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

/** Large messages into one buffer, again and again. */
function ownBuffer(bytes: number): HoldlineNode.TcpOptions {
  const buffer = new Uint8Array(bytes);
  return { receiveBuffer: (length) => (length <= bytes ? buffer.subarray(0, length) : undefined) };
}

const tlsOf = (ca: string | undefined): HoldlineNode.TcpOptions => (ca === undefined ? {} : { tls: { ca } });

const nothing = (): void => {};

function transportAdapter(built: Built, ask: TransportRequest, options: HoldlineNode.TcpOptions): Adapter {
  const factory = built.node.tcpTransport(options);
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
            ping: nothing,
            pong: nothing,
            drain: nothing,
            close: ({ error }) => {
              if (error !== undefined) reject(error);
              handlers.closed();
            },
          },
        );
      }),
  };
}

function clientAdapter({ main, node, version }: Built, { program, ca }: Job): Adapter {
  const transport = node.tcpTransport(tlsOf(ca));
  return {
    version,
    async open({ url }, handlers) {
      const client = main.createClient({
        url,
        transport,
        ...(program === 'request' ? {} : { envelope: main.raw() }),
      });
      client.on('message', (message) => {
        if (typeof message === 'string') handlers.text(message);
        else handlers.binary(message as Uint8Array);
      });
      await client.ready();
      return {
        // What becomes of it is for the caller to wait for; a benchmark only has to see a failure.
        send: (data) => void client.send(data),
        request: (method, params) => client.request(method, params),
        close: () => void client.close().then(() => handlers.closed()),
      };
    },
  };
}

/** What a client costs that reads and writes JSON, and knows no requests. */
function rawAdapter({ main, node, version }: Built, { ca }: Job): Adapter {
  const transport = node.tcpTransport(tlsOf(ca));
  return {
    version,
    async open({ url }, handlers) {
      const client = main.createClient({ url, transport, envelope: main.raw(), codec: main.json() });
      client.on('message', (message) => handlers.value?.(message));
      await client.ready();
      const sendValue = (value: unknown): void => void client.send(value);
      return { send: sendValue, sendValue, close: () => void client.close().then(() => handlers.closed()) };
    },
  };
}

await serve(async (job: Job) => {
  const { dist, variant, url, ca } = job;
  const built = await load(dist);
  if (variant === 'client') return clientAdapter(built, job);
  if (variant === 'client-raw') return rawAdapter(built, job);
  if (variant === 'websocket') {
    const { WebSocket } = built.node;
    return webSocketAdapter(built.version, (address) => new WebSocket(address, [], tlsOf(ca)));
  }
  const own = variant === 'own-buffer' ? ownBuffer(job.payload.bytes) : {};
  return transportAdapter(built, await requestOf(built.main.createClient, url), { ...tlsOf(ca), ...own });
});
