/** Options that wire the surroundings, the probe and the ways to log in. */
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createClient as createBrowserClient } from '../../src/client/create-client.browser.ts';
import { type ClientOptions, resolveOptions } from '../../src/client/options.ts';
import { NO_ENVIRONMENT } from '../../src/connection/environment.ts';
import { createScriptedServer } from '../../src/testing/scripted-server.ts';
import { createVirtualClock } from '../../src/testing/virtual-clock.ts';
import { createFakeEnvironment } from '../tools/fake-environment.ts';

const { transport } = createScriptedServer();

function resolve(options: object) {
  return resolveOptions({ url: 'ws://x/', ...options } as ClientOptions, transport, NO_ENVIRONMENT)
    .connection;
}

afterEach(() => vi.unstubAllGlobals());

describe('environment', () => {
  it('is the one of the build, unless another is given or none is wanted', () => {
    const own = createFakeEnvironment();
    expect(resolve({}).environment).toBe(NO_ENVIRONMENT);
    expect(resolve({ environment: own }).environment).toBe(own);
    expect(resolve({ environment: false }).environment).toBeUndefined();
  });

  it.each([null, true, {}, 'browser'])('of a wrong kind is refused: %j', (environment) => {
    expect(() => resolve({ environment })).toThrow('The option environment must be an object with watch.');
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
  it('may prepare the handshake, log in on the line, or both; its methods keep their object', async () => {
    const auth = {
      token: 't',
      prepare() {
        return { query: { token: this.token } };
      },
      async login() {
        this.token = 'logged in';
      },
      renew() {
        this.token = 'new';
      },
    };
    const { prepare, login, renew } = resolve({ auth });
    const info = { attempt: 1, signal: new AbortController().signal };
    expect(await prepare?.(info)).toEqual({ query: { token: 't' } });
    await renew?.(undefined, info);
    expect(auth.token).toBe('new');
    await login?.({} as never);
    expect(auth.token).toBe('logged in');
    expect(resolve({ auth: { prepare: () => ({}) } })).toMatchObject({ login: undefined, renew: undefined });
  });

  it.each([null, 5, {}, { renew() {} }])('without a way to log in is refused: %j', (auth) => {
    expect(() => resolve({ auth })).toThrow('The option auth must be an object with login or prepare.');
  });

  it.each(['login', 'prepare', 'renew'])('with a %s that is no function is refused', (name) => {
    const auth = { login: () => {}, [name]: 'x' };
    expect(() => resolve({ auth })).toThrow(`The option auth.${name} must be a function.`);
  });
});

describe('reconnect.probe', () => {
  it('is a function', () => {
    const probe = (): undefined => undefined;
    expect(resolve({ reconnect: { probe } }).reconnect?.probe).toBe(probe);
    expect(() => resolve({ reconnect: { probe: 'fetch' } })).toThrow(
      'The option reconnect.probe must be a function.',
    );
  });
});
