// graphql-ws, client and server, over our class: `webSocketImpl`.
import { createRequire } from 'node:module';
import { createClient } from 'graphql-ws';
import { useServer } from 'graphql-ws/use/ws';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { WebSocket } from '../../src/node.ts';
import { startWsServer, type WsServer } from './ws-server.ts';

// graphql refuses a schema of another copy of itself: this is the copy that graphql-ws loads.
const { buildSchema } = createRequire(import.meta.url)('graphql') as typeof import('graphql');

const schema = buildSchema(`
  type Query { sum(a: Int!, b: Int!): Int!, whoAmI: String }
  type Subscription { count(to: Int!): Int!, forever: Int! }
`);

/** What an Authorization header said, by the request of the connection. */
const rootValue = {
  sum: ({ a, b }: { a: number; b: number }) => a + b,
  whoAmI: (_: unknown, context: { extra: { request: { headers: Record<string, string> } } }) =>
    context.extra.request.headers.authorization,
  async *count({ to }: { to: number }) {
    for (let count = 1; count <= to; count += 1) yield { count };
  },
  async *forever() {
    for (let forever = 1; ; forever += 1) {
      yield { forever };
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  },
};

let server: WsServer;

beforeEach(async () => {
  server = await startWsServer({});
  useServer(
    { schema, roots: { query: rootValue, subscription: rootValue }, context: (context) => context },
    server.webSockets,
  );
});

afterEach(() => server.close());

const clientOf = (webSocketImpl: unknown, options = {}) =>
  createClient({ url: `${server.url}/graphql`, webSocketImpl, retryWait: async () => {}, ...options });

async function first(results: AsyncIterable<{ data?: unknown }>): Promise<unknown> {
  for await (const { data } of results) return data;
  return undefined;
}

describe('graphql-ws over our WebSocket', () => {
  it('asks a query, on the subprotocol of graphql-ws', async () => {
    const client = clientOf(WebSocket);
    expect(await first(client.iterate({ query: '{ sum(a: 2, b: 3) }' }))).toEqual({ sum: 5 });
    expect(server.requests[0]?.headers['sec-websocket-protocol']).toBe('graphql-transport-ws');
    await client.dispose();
  });

  it('subscribes, and hears every value and the end', async () => {
    const client = clientOf(WebSocket);
    const counts: unknown[] = [];
    for await (const { data } of client.iterate({ query: 'subscription { count(to: 100) }' })) {
      counts.push((data as { count?: number } | null)?.count);
    }
    expect(counts).toEqual(Array.from({ length: 100 }, (_, index) => index + 1));
    await client.dispose();
  });

  it('reconnects and subscribes again when the server drops the line', async () => {
    const closed = vi.fn();
    const client = clientOf(WebSocket, { shouldRetry: () => true, on: { closed } });
    const values: number[] = [];
    for await (const { data } of client.iterate<{ forever: number }>({ query: 'subscription { forever }' })) {
      values.push(data?.forever as number);
      if (values.length === 3) server.drop();
      // The second line begins to count at 1 again.
      if (values.length > 3 && values.at(-1) === 3) break;
    }
    expect(values.slice(0, 3)).toEqual([1, 2, 3]);
    expect(values.slice(-3)).toEqual([1, 2, 3]);
    expect(server.requests).toHaveLength(2);
    expect(closed).toHaveBeenCalledWith(expect.objectContaining({ code: 1006, wasClean: false }));
    await client.dispose();
  });

  it('closes with the code of the client, and the server agrees', async () => {
    const closed = vi.fn();
    const client = clientOf(WebSocket, { on: { closed } });
    await first(client.iterate({ query: '{ sum(a: 1, b: 1) }' }));
    await client.dispose();
    await expect
      .poll(() => closed)
      .toHaveBeenCalledWith(expect.objectContaining({ code: 1000, wasClean: true }));
  });

  it('sends headers, which no browser could, by a class of the program’s own', async () => {
    class Authorized extends WebSocket {
      constructor(address: string | URL, protocols?: string | string[]) {
        super(address, protocols, { headers: { Authorization: 'Bearer of-the-test' } });
      }
    }
    const client = clientOf(Authorized);
    expect(await first(client.iterate({ query: '{ whoAmI }' }))).toEqual({ whoAmI: 'Bearer of-the-test' });
    await client.dispose();
  });
});
