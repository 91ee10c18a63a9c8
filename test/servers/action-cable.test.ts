// actionCable() with ActionCable of Rails under puma.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { queryToken } from '../../src/auth/query-token.ts';
import type { Client } from '../../src/client/client.ts';
import { actionCable } from '../../src/envelopes/action-cable.ts';
import { freePort, type Program, startProgram } from '../interop/program.ts';
import { clientOf as clientFor, heardOf, next } from './clients.ts';
import { server } from './results.ts';

let port: number;
let puma: Program;

async function startPuma(): Promise<void> {
  const config = join(process.cwd(), 'test/servers/config.ru');
  puma = startProgram('puma', ['-b', `tcp://127.0.0.1:${port}`, '-t', '2:8', config]);
  await puma.listens(port);
}

beforeAll(async () => {
  port = await freePort();
  await startPuma();
  const ask = 'require "action_cable"; puts ActionCable.version';
  const version = spawnSync('ruby', ['-e', ask], { encoding: 'utf8' }).stdout.trim();
  server(
    import.meta.filename,
    'ActionCable under puma',
    `${version}, puma ${/Puma version: ([\d.]+)/.exec(puma.output)?.[1]}`,
  );
});
afterAll(() => puma?.stop());

const clientOf = (token = 'right', more: object = {}): Client =>
  clientFor({
    url: `ws://127.0.0.1:${port}/cable`,
    envelope: actionCable(),
    auth: queryToken({ token, name: 'token' }),
    ...more,
  });

const chat = (room: number | string) => ({ meta: { channel: 'ChatChannel', room } });

/** Resolves when the server has confirmed it. */
const confirmed = (subscription: { readonly status: string }): Promise<void> =>
  expect.poll(() => subscription.status).toBe('active') as unknown as Promise<void>;

describe('actionCable', () => {
  it('login: lets in whoever has the token, and no other', async () => {
    await using client = clientOf();
    await client.ready();
    await expect(clientOf('quite-wrong').ready()).rejects.toMatchObject({
      code: 'AUTH_REFUSED',
      message: expect.not.stringContaining('quite-wrong'),
    });
  });

  it('request: there is none; a channel may be refused, or unknown', async () => {
    await using client = clientOf('right', { requestTimeout: 2_000 });
    await expect(client.request('speak')).rejects.toMatchObject({ code: 'UNSUPPORTED' });
    const closed = client.subscribe('ChatChannel', { room: 'closed' });
    expect(await closed.closed).toMatchObject({ code: 'REQUEST_REJECTED', remoteMessage: 'rejected' });
    const none = client.subscribe('NoSuchChannel', {});
    expect(await none.closed).toMatchObject({ code: 'REQUEST_TIMEOUT' });
  });

  it('stream: brings what is said in a channel, until it is left', async () => {
    await using client = clientOf();
    await using watcher = clientOf();
    const left = watcher.subscribe('LeftChannel');
    const gone = heardOf(left);
    const [one, two] = [
      client.subscribe('ChatChannel', { room: 1 }),
      client.subscribe('ChatChannel', { room: 2 }),
    ];
    const heard = [heardOf(one), heardOf(two)];
    await Promise.all([left, one, two].map(confirmed));
    await client.notify('speak', { text: 'to one' }, chat(1));
    await client.notify('speak', { text: 'to two' }, chat(2));
    await expect.poll(() => heard).toEqual([[{ text: 'to one' }], [{ text: 'to two' }]]);
    one.unsubscribe();
    await expect.poll(() => gone).toEqual([1]);
  });

  it('heartbeat: comes from the server every 3 s, and is missed when it does not', async () => {
    await using client = clientOf();
    await client.ready();
    const { epoch } = client.state;
    await new Promise((resolve) => setTimeout(resolve, 10_000));
    expect(client.state).toMatchObject({ status: 'ready', epoch });
    const error = next(client, 'error');
    puma.signal('SIGSTOP');
    try {
      expect(await error).toMatchObject({ code: 'HEARTBEAT_TIMEOUT' });
    } finally {
      puma.signal('SIGCONT');
    }
  });

  it('restart: the client comes back and subscribes again', async () => {
    await using client = clientOf();
    const room = client.subscribe('ChatChannel', { room: 3 });
    const heard = heardOf(room);
    await confirmed(room);
    const [lost, gap] = [next(client, 'lost'), next(client, 'gap')];
    await puma.stop();
    await lost;
    await startPuma();
    expect(await gap).toMatchObject({ recovered: false });
    await confirmed(room);
    await client.notify('speak', { text: 'again' }, chat(3));
    await expect.poll(() => heard).toEqual([{ text: 'again' }]);
  });

  it('goodbye: in words, to come back or not', async () => {
    await using client = clientOf();
    const room = client.subscribe('ChatChannel', { room: 4 });
    await confirmed(room);
    const { epoch } = client.state;
    await client.notify('throw_out', { reconnect: true }, chat(4));
    await expect.poll(() => client.state.epoch).toBeGreaterThan(epoch);
    await confirmed(room);
    const closed = next(client, 'closed');
    await client.notify('throw_out', { reconnect: false }, chat(4));
    expect(await closed).toMatchObject({ error: { code: 'CONNECTION_CLOSED' } });
    expect(JSON.stringify(client.why())).toContain('remote');
  });
});
