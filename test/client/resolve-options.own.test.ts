/** Options are what the caller has given: not what somebody else has written to `Object.prototype` (CWE-1321). */
import { inspect } from 'node:util';
import { afterEach, describe, expect, inject, it } from 'vitest';
import { connect, createClient, createSlimClient, nativeTransport } from '../../src/index.node.ts';
import { tcpTransport, WebSocket } from '../../src/node.ts';
import { createCertificate } from '../tools/certificates.ts';
import { lookupLoopback, startTlsServer } from '../tools/tls-server.ts';

/** The options that would lead a connection elsewhere, or hand its bytes to somebody. */
const NAMES: readonly string[] = [
  ...['proxy', 'transport', 'createConnection', 'lookup', 'tls', 'redirects', 'receiveBuffer', 'WebSocket'],
  ...['auth', 'envelope', 'codec', 'environment', 'pacing', 'use', 'baseUrl', 'allowBlockedPorts'],
];

const read: string[] = [];

/** From now on whoever reads an option that was not given is noted. */
function pollute(): void {
  for (const name of NAMES) {
    Object.defineProperty(Object.prototype, name, {
      configurable: true,
      enumerable: true,
      get() {
        // What Node does inside with objects of its own is its own affair.
        const [, , caller = ''] = (new Error('read').stack ?? '').split('\n');
        if (caller.includes('/src/')) read.push(`${name} of ${inspect(this, { depth: 0 })} ${caller.trim()}`);
        return undefined;
      },
      set(value) {
        Object.defineProperty(this, name, { value, configurable: true, enumerable: true, writable: true });
      },
    });
  }
}

afterEach(() => {
  for (const name of NAMES) delete (Object.prototype as Record<string, unknown>)[name];
});

describe('options that stand in Object.prototype (attack 42)', () => {
  it.each<[string, (url: string) => Promise<unknown>]>([
    ['connect', async (url) => (await connect(url)).close()],
    [
      'createClient',
      async (url) => {
        const client = createClient({ url, reconnect: {}, heartbeat: {}, outbox: {} });
        await client.ready();
        await client.close();
      },
    ],
    [
      'createSlimClient over the platform’s transport',
      async (url) => {
        const client = createSlimClient({
          url,
          transport: nativeTransport({ WebSocket: WebSocket as never }),
        });
        await client.ready();
        await client.close();
      },
    ],
    ['tcpTransport', async (url) => (await connect(url, { transport: tcpTransport({ tls: {} }) })).close()],
    [
      'WebSocket',
      (url) =>
        new Promise((resolve) => {
          const socket = new WebSocket(url);
          socket.onopen = () => socket.close();
          socket.onclose = resolve;
        }),
    ],
  ])('are no options of %s', async (_what, use) => {
    const url = `${inject('conformanceUrl')}/echo`;
    read.length = 0;
    pollute();
    await use(url);
    expect(read).toEqual([]);
  });

  it('are no authority that Node would believe', async () => {
    const certificate = createCertificate({ names: 'DNS:localhost' });
    const server = await startTlsServer(certificate);
    const polluted = Object.prototype as Record<string, unknown>;
    polluted.ca = certificate.cert;
    const error: unknown = await connect(`wss://localhost:${server.port}`, {
      lookup: lookupLoopback,
      tls: {},
    }).catch((reason: unknown) => reason);
    delete polluted.ca;
    await server.close();
    expect(error).toMatchObject({ code: 'TLS' });
  });
});
