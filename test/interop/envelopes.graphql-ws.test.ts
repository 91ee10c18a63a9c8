// graphqlTransportWs() with a server of graphql-ws.
import { createRequire } from 'node:module';
import { useServer as serve } from 'graphql-ws/use/ws';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { WebSocketServer } from 'ws';
import type { Client } from '../../src/client/client.ts';
import { createClient } from '../../src/client/create-client.node.ts';
import {
  type GraphqlTransportWsOptions,
  graphqlTransportWs,
} from '../../src/envelopes/graphql-transport-ws.ts';

// graphql refuses a schema of another copy of itself: this is the copy that graphql-ws loads.
const { buildSchema } = createRequire(import.meta.url)('graphql') as typeof import('graphql');

const schema = buildSchema(`
  type Query { sum(a: Int!, b: Int!): Int!, fails: Int, token: String }
  type Subscription { count(from: Int!): Int!, three: Int! }
`);

let server: WebSocketServer;
let port = 0;
/** How many streams were left. */
let left: number;
/** The types of what clients have sent. */
let types: string[];

const rootValue = {
  sum: ({ a, b }: { a: number; b: number }) => a + b,
  token: (_: unknown, { connectionParams }: { connectionParams: { token: string } }) =>
    connectionParams.token,
  fails: () => {
    throw new Error('as asked');
  },
  async *three() {
    for (let three = 1; three <= 3; three += 1) yield { three };
  },
  async *count({ from }: { from: number }) {
    try {
      for (let count = from; ; count += 1) {
        yield { count };
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    } finally {
      left += 1;
    }
  },
};

/** A server, on the port of the one before if there was one. */
async function start(): Promise<void> {
  server = new WebSocketServer({ port, host: '127.0.0.1' });
  server.on('connection', (socket) =>
    socket.on('message', (data) => types.push((JSON.parse(String(data)) as { type: string }).type)),
  );
  serve(
    {
      schema,
      roots: { query: rootValue, subscription: rootValue },
      context: (context) => context,
      onConnect: ({ connectionParams }) => {
        if (connectionParams?.token === 'broken') throw new Error('as asked');
        return connectionParams?.token === 'right';
      },
    },
    server,
  );
  await new Promise((resolve) => server.once('listening', resolve));
  port = (server.address() as { port: number }).port;
}

async function stop(code: number): Promise<void> {
  for (const socket of server.clients) {
    if (code === 1006) socket.terminate();
    else socket.close(code);
  }
  await new Promise((resolve) => server.close(resolve));
}

beforeEach(async () => {
  port = 0;
  left = 0;
  types = [];
  await start();
});

afterEach(() => stop(1006));

const clientOf = (options: GraphqlTransportWsOptions = {}, more: object = {}): Client =>
  createClient({
    url: `ws://127.0.0.1:${port}`,
    envelope: graphqlTransportWs({ auth: { token: 'right' }, ...options }),
    reconnect: { firstDelay: 10, baseDelay: 50 },
    ...more,
  });

const next = (client: Client, name: Parameters<Client['once']>[0]): Promise<unknown> =>
  new Promise((resolve) => client.once(name, resolve));

describe('graphql-ws', () => {
  it('lets in whoever has the token, and no other', async () => {
    vi.spyOn(console, 'error').mockImplementation(() => {}); // graphql-ws writes what onConnect throws
    await using client = clientOf({ auth: async () => ({ token: 'right' }) });
    expect(await client.request('{ token }')).toEqual({ data: { token: 'right' } });
    await expect(clientOf({ auth: { token: 'wrong-token' } }).ready()).rejects.toMatchObject({
      closeCode: 4403,
      message: expect.not.stringContaining('wrong-token'),
    });
    await expect(clientOf({ auth: { token: 'broken' } }).ready()).rejects.toMatchObject({ closeCode: 4500 });
  });

  it('takes another token after a refusal, once', async () => {
    let token = 'wrong';
    const renew = (): void => {
      token = 'right';
    };
    await using client = clientOf({ auth: () => ({ token }) }, { auth: { renew } });
    expect(await client.request('{ token }')).toEqual({ data: { token: 'right' } });
  });

  it('refuses whoever offers another subprotocol', async () => {
    const client = clientOf({}, { protocols: ['mine'] });
    await expect(client.ready()).rejects.toMatchObject({ name: 'HandshakeError' });
  });

  it('answers, with errors beside data, and refuses what it cannot execute', async () => {
    await using client = clientOf({ documents: { sum: 'query sum($a: Int!) { sum(a: $a, b: 3) }' } });
    const sums = await Promise.all([1, 2, 3].map((a) => client.request('sum', { a })));
    expect(sums).toEqual([4, 5, 6].map((sum) => ({ data: { sum } })));
    expect(await client.request('{ fails }')).toMatchObject({
      data: { fails: null },
      errors: [{ message: 'as asked' }],
    });
    await expect(client.request('{ nothing }')).rejects.toMatchObject({
      code: 'REQUEST_REJECTED',
      remoteMessage: 'Cannot query field "nothing" on type "Query".',
    });
    const told: unknown[] = [];
    for (const name of ['message', 'lateReply', 'error'] as const) client.on(name, (one) => told.push(one));
    expect(await client.request('subscription { three }')).toEqual({ data: { three: 1 } });
    await client.request('sum', { a: 1 });
    expect(told).toEqual([]);
  });

  it('tells a stream to its end', async () => {
    await using client = clientOf();
    const heard: unknown[] = [];
    for await (const one of client.subscribe('subscription { three }')) heard.push(one);
    expect(heard).toEqual([1, 2, 3].map((three) => ({ data: { three } })));
    const refused = client.subscribe('subscription { nothing }');
    expect(await refused.closed).toMatchObject({ code: 'SUBSCRIPTION_ENDED' });
  });

  it.each([1006, 1001, 1012])(
    'tells a stream until we leave it, and again after a restart by %i',
    async (code) => {
      await using client = clientOf(
        {},
        {
          reconnect: {
            firstDelay: 10,
            baseDelay: 50,
            policy: () => ({ action: 'retry', rule: 'test', delay: 10 }),
          },
        },
      );
      const counts: number[] = [];
      let isRestarted = false;
      for await (const one of client.subscribe('subscription ($n: Int!) { count(from: $n) }', { n: 7 })) {
        counts.push((one as { data: { count: number } }).data.count);
        if (counts.length === 3 && !isRestarted) {
          isRestarted = true;
          const lost = next(client, 'lost');
          await stop(code);
          await lost;
          await start();
          counts.splice(0);
          await client.ready();
        } else if (isRestarted && counts.includes(7) && counts.includes(9)) break;
      }
      expect(counts.slice(counts.indexOf(7)).slice(0, 3)).toEqual([7, 8, 9]);
      // The first by the restart, the second by us.
      await expect.poll(() => left).toBe(2);
      expect(types.at(-1)).toBe('complete');
    },
  );

  it('answers our pings, and is missed when it does not', async () => {
    await using client = clientOf({}, { heartbeat: { interval: 50, timeout: 1_000 } });
    await client.ready();
    await next(client, 'rtt');
    await next(client, 'rtt');
    expect(types.filter((type) => type === 'ping').length).toBeGreaterThanOrEqual(2);
    const error = next(client, 'error');
    for (const socket of server.clients) socket.send = () => {};
    expect(await error).toMatchObject({ code: 'HEARTBEAT_TIMEOUT' });
  });
});
