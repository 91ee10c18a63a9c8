/** Tokens over real sockets: what a server sees of them, and what a refusal leads to. */
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { WebSocketServer } from 'ws';
import type { Authenticator } from '../../src/auth/authenticator.ts';
import { bearer } from '../../src/auth/bearer.ts';
import { queryToken } from '../../src/auth/query-token.ts';
import { subprotocolToken } from '../../src/auth/subprotocol-token.ts';
import { createClient, raw } from '../../src/index.node.ts';

let server: WebSocketServer | undefined;

afterEach(() => {
  server?.close();
});

/** A server that lets in who shows `good`, and answers anybody else with 401. Gives its address and what it has seen. */
async function listen(shown: (request: IncomingMessage) => string | undefined) {
  const seen: (string | undefined)[] = [];
  server = new WebSocketServer({
    host: '127.0.0.1',
    port: 0,
    verifyClient: ({ req }: { req: IncomingMessage }, done: (ok: boolean, status?: number) => void) => {
      seen.push(shown(req));
      done(shown(req)?.includes('good') === true, 401);
    },
    handleProtocols: () => 'v1',
  });
  await once(server, 'listening');
  return { seen, url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}/chat?room=1` };
}

const WAYS: readonly (readonly [
  string,
  (request: IncomingMessage) => string | undefined,
  Authenticator[],
])[] = [
  [
    'bearer',
    ({ headers }) => headers.authorization,
    [bearer({ token: 'stale', refresh: async () => 'good' }), bearer({ token: 'stale' })],
  ],
  [
    'queryToken',
    ({ url }) => url,
    [queryToken({ token: 'stale', refresh: async () => 'good' }), queryToken({ token: 'stale' })],
  ],
  [
    'subprotocolToken',
    ({ headers }) => headers['sec-websocket-protocol'],
    ['good', undefined].map((fresh) =>
      subprotocolToken({
        token: 'stale',
        refresh: fresh === undefined ? undefined : () => fresh,
        protocols: (token) => ['v1', `token.${token}`],
      }),
    ),
  ],
];

describe.each(WAYS)('%s', (_name, shown, [renewing, fixed]) => {
  it('is shown to the server, renewed when refused, and shown again', async () => {
    const { url, seen } = await listen(shown);
    await using client = createClient({ url, envelope: raw(), auth: renewing });
    const { attempt } = await client.ready();
    expect(attempt).toBe(2);
    expect(seen).toEqual([expect.stringContaining('stale'), expect.stringContaining('good')]);
  });

  it('that cannot be renewed ends the client, without a word of the token (attack 25)', async () => {
    const { url, seen } = await listen(shown);
    await using client = createClient({ url, envelope: raw(), auth: fixed });
    const error = await client.ready().catch((error: unknown) => error);
    expect(error).toMatchObject({ code: 'AUTH_REFUSED', cause: { code: 'HANDSHAKE_STATUS', status: 401 } });
    expect(seen.length).toBe(1);
    const { lastError, ...why } = client.why();
    const told = [String(error), String((error as Error).cause), String(lastError), JSON.stringify(why)];
    expect(told.join()).not.toContain('stale');
  });
});
