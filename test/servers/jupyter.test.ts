// The recipe for kernels of Jupyter with jupyter-server and ipykernel.
import { spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { jupyter } from '../../docs/recipes/jupyter.ts';
import { queryToken } from '../../src/auth/query-token.ts';
import type { Client } from '../../src/client/client.ts';
import { type ConfigFolder, configFolder, freePort, type Program, startProgram } from '../interop/program.ts';
import { PYTHON } from '../tools/prerequisites.mjs';
import { clientOf as clientFor, next } from './clients.ts';
import { server } from './results.ts';

const TOKEN = 'of-the-test';
const START_MS = 90_000;

let port: number;
let home: ConfigFolder;
let notebook: Program;
let kernel: string;

async function startJupyter(): Promise<void> {
  const flags = [
    '--no-browser',
    '--allow-root',
    '--ip=127.0.0.1',
    `--port=${port}`,
    `--ServerApp.token=${TOKEN}`,
  ];
  const env = { HOME: home.folder, JUPYTER_RUNTIME_DIR: home.folder, IPYTHONDIR: home.folder };
  notebook = startProgram('jupyter-server', flags, {
    env,
    cwd: home.folder,
    group: true,
    patience: START_MS,
  });
  await notebook.listens(port);
  kernel = await startKernel();
}

async function startKernel(): Promise<string> {
  const headers = { Authorization: `token ${TOKEN}`, 'Content-Type': 'application/json' };
  const answer = await fetch(`http://127.0.0.1:${port}/api/kernels`, { method: 'POST', headers, body: '{}' });
  return ((await answer.json()) as { id: string }).id;
}

beforeAll(async () => {
  port = await freePort();
  home = configFolder('empty', () => '');
  await startJupyter();
  const ask =
    'import jupyter_server, ipykernel; print(jupyter_server.__version__ + ", ipykernel " + ipykernel.__version__)';
  server(
    import.meta.filename,
    'jupyter-server',
    spawnSync(PYTHON, ['-c', ask], { encoding: 'utf8' }).stdout.trim(),
  );
}, START_MS);

afterAll(async () => {
  await notebook?.stop();
  home?.remove();
});

const clientOf = (token = TOKEN, more: object = {}): Client => {
  const session = randomUUID();
  return clientFor({
    // A kernel that was started anew has another id.
    url: () => `ws://127.0.0.1:${port}/api/kernels/${kernel}/channels?session_id=${session}`,
    envelope: jupyter(session),
    auth: queryToken({ token, name: 'token' }),
    ...more,
  });
};

interface Output {
  readonly type: string;
  readonly content: { readonly text?: string; readonly data?: unknown };
}

async function run(
  client: Client,
  code: string,
): Promise<{ readonly reply: unknown; readonly outputs: Output[] }> {
  const outputs: Output[] = [];
  const params = { code, silent: false, store_history: true, user_expressions: {}, allow_stdin: true };
  const progress = (one: unknown): unknown => outputs.push(one as Output);
  return { reply: await client.request('execute_request', params, { progress }), outputs };
}

describe('jupyter', () => {
  it('login: lets in whoever has the token, and no other', async () => {
    await using client = clientOf();
    expect(await client.request('kernel_info_request')).toMatchObject({
      status: 'ok',
      implementation: 'ipython',
    });
    await expect(clientOf('quite-wrong').ready()).rejects.toMatchObject({
      status: 403,
      message: expect.not.stringContaining('quite-wrong'),
    });
  });

  it('request: is over when its outputs are, answers input(), and fails as the code does', async () => {
    await using client = clientOf();
    for (let round = 0; round < 20; round++) {
      const { reply, outputs } = await run(client, 'print("a"); 1 + 1');
      expect(reply).toMatchObject({ status: 'ok' });
      expect(outputs.map(({ type }) => type)).toEqual(
        expect.arrayContaining(['status', 'execute_input', 'stream', 'execute_result']),
      );
    }
    client.handle('input_request', ({ prompt }: any) => `answer to ${prompt}`);
    const { outputs } = await run(client, 'print(input("who?"))');
    expect(outputs.find(({ type }) => type === 'stream')?.content.text).toBe('answer to who?\n');
    await expect(run(client, '1 / 0')).rejects.toMatchObject({
      code: 'REQUEST_REJECTED',
      remoteCode: 'ZeroDivisionError',
    });
  });

  it('stream: what another client does comes as events', async () => {
    await using client = clientOf();
    await using other = clientOf();
    await client.request('kernel_info_request');
    const heard = new Promise((resolve) => client.onEvent('stream', resolve));
    await run(other, 'print("from the other")');
    expect(await heard).toMatchObject({ text: 'from the other\n' });
  });

  it('heartbeat: a Ping is answered; silence is noticed', async () => {
    await using client = clientOf(TOKEN, { heartbeat: { interval: 1_000, timeout: 1_000 } });
    client.connect();
    await next(client, 'rtt');
    const error = next(client, 'error');
    notebook.signal('SIGSTOP');
    try {
      expect(await error).toMatchObject({ code: 'HEARTBEAT_TIMEOUT' });
    } finally {
      notebook.signal('SIGCONT');
    }
  });

  it('restart: the client comes back, to another kernel', { timeout: START_MS }, async () => {
    await using client = clientOf();
    await run(client, 'a = 7');
    const lost = next(client, 'lost');
    await notebook.stop();
    await lost;
    await startJupyter();
    await expect(run(client, 'a')).rejects.toMatchObject({ remoteCode: 'NameError' });
  });
});
