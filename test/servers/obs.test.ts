// obs() with OBS Studio, on a screen in memory. It listens on every interface: its password is new in every run.
import { randomUUID } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Client } from '../../src/client/client.ts';
import { type ObsOptions, obs } from '../../src/envelopes/obs.ts';
import { type ConfigFolder, configFolder, freePort, type Program, startProgram } from '../interop/program.ts';
import { clientOf as clientFor, next } from './clients.ts';
import { server } from './results.ts';

const START_MS = 60_000;
const password = randomUUID();

let port: number;
let home: ConfigFolder;
let screen: Program;
let display: string;
let studio: Program;

async function startStudio(): Promise<void> {
  const env = {
    HOME: home.folder,
    XDG_CONFIG_HOME: join(home.folder, '.config'),
    XDG_RUNTIME_DIR: home.folder,
    DISPLAY: display,
    LIBGL_ALWAYS_SOFTWARE: '1',
  };
  studio = startProgram('obs', ['--multi', '--websocket_ipv4_only'], { env, patience: START_MS });
  await studio.listens(port);
}

beforeAll(async () => {
  port = await freePort();
  home = configFolder('empty', () => '');
  mkdirSync(join(home.folder, '.config/obs-studio'), { recursive: true });
  const general = '[General]\nFirstRun=true\nEnableAutoUpdates=false\n';
  const own = `[OBSWebSocket]\nFirstLoad=false\nServerEnabled=true\nAuthRequired=true\nServerPort=${port}\nServerPassword=${password}\n`;
  writeFileSync(join(home.folder, '.config/obs-studio/global.ini'), `${general}\n${own}`);
  screen = startProgram('Xvfb', ['-displayfd', '1', '-nolisten', 'tcp', '-screen', '0', '1280x720x24']);
  display = `:${(await screen.prints(/^(\d+)$/m))[1]}`;
  await startStudio();
  await using client = clientOf();
  const { obsVersion, obsWebSocketVersion } = (await client.request('GetVersion')) as Record<string, string>;
  server(import.meta.filename, 'OBS Studio', `${obsVersion}, obs-websocket ${obsWebSocketVersion}`);
}, 2 * START_MS);

afterAll(async () => {
  await studio?.stop();
  await screen?.stop();
  home?.remove();
});

const clientOf = (options: ObsOptions = {}): Client =>
  clientFor({ url: `ws://127.0.0.1:${port}`, envelope: obs({ password, ...options }) });

describe('obs', () => {
  it('login: lets in whoever has the password, and no other', async () => {
    await using client = clientOf({ password: async () => password });
    await client.ready();
    await expect(clientOf({ password: 'quite-wrong' }).ready()).rejects.toMatchObject({
      code: 'AUTH_REFUSED',
      cause: { closeCode: 4009 },
      message: expect.not.stringContaining('quite-wrong'),
    });
  });

  it('request: is answered, also in a batch, and refused with a code', async () => {
    await using client = clientOf();
    expect(await client.request('GetSceneList')).toMatchObject({ scenes: [{ sceneName: 'Scene' }] });
    await expect(client.request('NoSuchThing')).rejects.toMatchObject({
      code: 'REQUEST_REJECTED',
      remoteCode: 204,
    });
    await expect(client.request('RemoveScene', { sceneName: 'Nowhere' })).rejects.toMatchObject({
      remoteCode: 600,
    });
    const results = await client.request('RequestBatch', {
      requests: [{ requestType: 'GetVersion' }, { requestType: 'NoSuchThing' }],
    });
    expect(results).toMatchObject([{ requestStatus: { code: 100 } }, { requestStatus: { code: 204 } }]);
  });

  it('stream: tells of what happens, of the kinds that were asked for', async () => {
    await using client = clientOf({ eventSubscriptions: 4 });
    await using deaf = clientOf({ eventSubscriptions: 0 });
    const told: unknown[] = [];
    deaf.onAnyEvent((name) => told.push(name));
    const created = new Promise((resolve) => client.onEvent('SceneCreated', resolve));
    await deaf.ready();
    await client.request('CreateScene', { sceneName: 'Second' });
    expect(await created).toMatchObject({ sceneName: 'Second', isGroup: false });
    await client.request('RemoveScene', { sceneName: 'Second' });
    await deaf.request('GetVersion');
    expect(told).toEqual([]);
  });

  it('heartbeat: a Ping is answered; silence is noticed', async () => {
    await using client = clientFor({
      url: `ws://127.0.0.1:${port}`,
      envelope: obs({ password }),
      heartbeat: { interval: 1_000, timeout: 1_000 },
    });
    client.connect();
    await next(client, 'rtt');
    const error = next(client, 'error');
    studio.signal('SIGSTOP');
    try {
      expect(await error).toMatchObject({ code: 'HEARTBEAT_TIMEOUT' });
    } finally {
      studio.signal('SIGCONT');
    }
  });

  it('restart: the client comes back, logs in by a new challenge, and hears events', {
    timeout: 2 * START_MS,
  }, async () => {
    await using client = clientOf();
    const created = new Promise((resolve) => client.onEvent('SceneCreated', resolve));
    await client.ready();
    const lost = next(client, 'lost');
    await studio.stop();
    await lost;
    await startStudio();
    await client.ready();
    await client.request('CreateScene', { sceneName: 'After' });
    expect(await created).toMatchObject({ sceneName: 'After' });
  });
});
