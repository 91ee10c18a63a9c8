/** Options that wire the surroundings and the ways to log in. */
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { LoginLine } from '../../src/auth/authenticator.ts';
import { login } from '../../src/auth/login.ts';
import { createClient as createBrowserClient } from '../../src/client/create-client.browser.ts';
import { createClient } from '../../src/client/create-client.node.ts';
import type { ClientOptions } from '../../src/client/options.ts';
import { probe } from '../../src/connection/probe.ts';
import { createScriptedServer } from '../../src/testing/scripted-server.ts';
import { createVirtualClock } from '../../src/testing/virtual-clock.ts';
import { createFakeEnvironment } from '../tools/fake-environment.ts';

/** Makes a client for a server in memory, and connects it. */
async function begin(options: object) {
  const clock = createVirtualClock();
  const server = createScriptedServer();
  const all = { url: 'ws://x/', clock, transport: server.transport, ...options } as ClientOptions;
  const client = createClient(all);
  client.connect();
  await clock.advance(0);
  return { clock, server, client };
}

afterEach(() => vi.unstubAllGlobals());

describe('environment', () => {
  it('is followed where one is given', async () => {
    const own = createFakeEnvironment();
    const { client, clock } = await begin({ environment: own });
    expect(own.listeners).toBe(1);
    void client.close();
    await clock.advance(0);
    expect(own.listeners).toBe(0);
  });

  it('is none in Node, nor where none is wanted', async () => {
    for (const options of [{}, { environment: false }]) {
      const { client, clock } = await begin(options);
      expect(client.state.status).toBe('ready');
      void client.close();
      await clock.advance(0);
    }
  });

  it.each([null, true, {}, 'browser'])('of a wrong kind is refused: %j', async (environment) => {
    await expect(begin({ environment })).rejects.toThrow(
      'The option environment must be an object with watch.',
    );
  });

  it('in the build for browsers is the page: watched from the first connect to the end', async () => {
    const listening: string[] = [];
    vi.stubGlobal('addEventListener', (name: string) => listening.push(name));
    vi.stubGlobal('removeEventListener', (name: string) => listening.splice(listening.indexOf(name), 1));
    const clock = createVirtualClock();
    const server = createScriptedServer();
    const client = createBrowserClient({ url: 'ws://x/', transport: server.transport, clock });
    expect(listening).toEqual([]);
    client.connect();
    await clock.advance(0);
    expect(listening.sort()).toEqual(['offline', 'online', 'pagehide', 'pageshow']);
    const closed = client.close();
    await clock.advance(0);
    await closed;
    expect([listening, clock.pendingTimers]).toEqual([[], 0]);
  });
});

describe('auth', () => {
  it('may prepare the handshake, log in on the connection, or both; its methods keep their object', async () => {
    const auth = {
      token: 't',
      prepare() {
        return { query: { token: this.token } };
      },
      ...login(async (line) => line.send('me')),
      renew() {
        this.token = 'new';
      },
    };
    const { client, clock, server } = await begin({ auth });
    expect(server.last.request.url).toBe('ws://x/?token=t');
    expect(server.last.received).toEqual(['me']);
    server.last.close(4401);
    await clock.advance(0);
    expect(server.last.request.url).toBe('ws://x/?token=new');
    void client.close();
    await clock.advance(0);
  });

  it.each([null, 5, {}, { renew: undefined }])('without a way to log in is refused: %j', async (auth) => {
    await expect(begin({ auth })).rejects.toThrow(
      'The option auth must be an object with login, prepare or renew: auth: login(async (line) => …).',
    );
  });

  it.each(['prepare', 'renew'])('with a %s that is no function is refused', async (name) => {
    const auth = { ...login(async () => {}), [name]: 'x' };
    await expect(begin({ auth })).rejects.toThrow(`The option auth.${name} must be a function.`);
  });

  it('with a plain function as login is the same as with login()', async () => {
    const auth = { login: async (line: LoginLine) => line.send('me') };
    const { client, clock, server } = await begin({ auth: auth as never });
    expect(server.last.received).toEqual(['me']);
    void client.close();
    await clock.advance(0);
  });
});

describe('probe', () => {
  it('is a function', () => {
    expect(() => probe('fetch' as never)).toThrow('The option probe must be a function.');
  });
});
