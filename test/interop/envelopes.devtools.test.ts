// chromeDevTools() with Chromium and with Node's own inspector.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Client } from '../../src/client/client.ts';
import { createClient } from '../../src/client/create-client.node.ts';
import { chromeDevTools } from '../../src/envelopes/chrome-devtools.ts';
import { type BareChromium, startChromium } from '../tools/devtools.ts';

const clientOf = (url: string | (() => string), options = {}): Client =>
  createClient({ url, envelope: chromeDevTools(), ...options });

/** A command whose result has these members. */
const ask = async <Result>(client: Client, ...command: Parameters<Client['request']>): Promise<Result> =>
  (await client.request(...command)) as Result;

/** What is told by this name from now on. */
function listen(client: Client, name: string): unknown[][] {
  const told: unknown[][] = [];
  client.onEvent(name, (...all: unknown[]) => void told.push(all));
  return told;
}

describe('Chromium', () => {
  let chromium: BareChromium;
  beforeAll(async () => {
    chromium = await startChromium();
  });
  afterAll(() => chromium.close());

  /** A session of a page of its own. */
  async function openPage(client: Client): Promise<{ sessionId: string; targetId: string }> {
    const { targetId } = await ask<{ targetId: string }>(client, 'Target.createTarget', {
      url: 'about:blank',
    });
    const params = { targetId, flatten: true };
    return { targetId, ...(await ask<{ sessionId: string }>(client, 'Target.attachToTarget', params)) };
  }

  it('answers, refuses, and tells events of a session before the reply', async () => {
    await using client = clientOf(chromium.address);
    const attached = listen(client, 'Target.attachedToTarget');
    const { sessionId, targetId } = await openPage(client);
    expect(attached).toMatchObject([[{ sessionId, targetInfo: { targetId } }]]);
    const meta = { sessionId };
    const contexts = listen(client, 'Runtime.executionContextCreated');
    await client.request('Runtime.enable', undefined, { meta });
    expect(contexts).toEqual([[expect.objectContaining({ context: expect.anything() }), meta]]);
    const expression = '6 * 7';
    expect(await client.request('Runtime.evaluate', { expression }, { meta })).toMatchObject({
      result: { value: 42 },
    });
    await expect(client.request('X.y', undefined, { meta })).rejects.toMatchObject({ remoteCode: -32_601 });
    await expect(
      client.request('Runtime.enable', undefined, { meta: { sessionId: 'no' } }),
    ).rejects.toMatchObject({
      code: 'REQUEST_REJECTED',
      remoteCode: -32_001,
    });
  });

  it('takes commands that nobody waits for, and does not tell their answers', async () => {
    await using client = clientOf(chromium.address);
    const told: unknown[] = [];
    for (const name of ['lateReply', 'message', 'error'] as const)
      client.on(name, (event) => told.push(event));
    await client.notify('Target.setDiscoverTargets', { discover: false });
    await client.request('Browser.getVersion');
    expect(told).toEqual([]);
    await client.notify('X.y');
    await client.request('Browser.getVersion');
    expect(told).toMatchObject([{ code: 'SERVER_ERROR', remoteCode: -32_601 }]);
  });

  it('never answers the commands of a session that is gone: they are rejected', async () => {
    await using client = clientOf(chromium.address);
    const { sessionId } = await openPage(client);
    const meta = { sessionId };
    const expression = 'new Promise(() => {})';
    const forever = client.request('Runtime.evaluate', { expression, awaitPromise: true }, { meta });
    const refused = expect(forever).rejects.toMatchObject({
      remoteCode: -32_001,
      remoteMessage: 'session detached',
    });
    await client.request('Target.detachFromTarget', { sessionId });
    await refused;
  });

  it('refuses whoever says an Origin, and says why', async () => {
    const client = clientOf(chromium.address, { headers: { Origin: 'http://example.com' } });
    await expect(client.ready()).rejects.toMatchObject({
      status: 403,
      body: expect.stringContaining('--remote-allow-origins'),
    });
  });

  it('has a message larger than the default limit', async () => {
    const limits = { maxMessageBytes: 64 * 1024 * 1024 };
    await using client = clientOf(chromium.address, { limits });
    const meta = { sessionId: (await openPage(client)).sessionId };
    const params = { expression: '"x".repeat(17_000_000)', returnByValue: true };
    const { result } = await ask<{ result: { value: string } }>(client, 'Runtime.evaluate', params, {
      meta,
    });
    expect(result.value.length).toBe(17_000_000);
  });

  it('is found again after a restart, with sessions of its own', async () => {
    await using client = clientOf(() => chromium.address, { reconnect: { firstDelay: 10, baseDelay: 50 } });
    const { sessionId } = await openPage(client);
    const lost = new Promise((resolve) => client.once('lost', resolve));
    await chromium.close();
    await lost;
    chromium = await startChromium();
    await client.ready();
    await expect(client.request('Page.enable', undefined, { meta: { sessionId } })).rejects.toMatchObject({
      remoteCode: -32_001,
    });
    const again = { sessionId: (await openPage(client)).sessionId };
    expect(await client.request('Page.enable', undefined, { meta: again })).toEqual({});
    await client.close();
  });
});

describe('node --inspect', () => {
  let child: ChildProcess;
  let address = '';
  beforeAll(async () => {
    child = spawn(process.execPath, ['--inspect=127.0.0.1:0', '-e', 'setInterval(() => {}, 1_000)'], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    for await (const line of createInterface(child.stderr!)) {
      [, address = ''] = /listening on (ws:\S+)/.exec(line) ?? [];
      if (address !== '') break;
    }
    child.stderr!.resume();
  });
  afterAll(async () => {
    const exited = once(child, 'exit');
    child.kill();
    await exited;
  });

  it('speaks the same, without sessions', async () => {
    await using client = clientOf(address);
    const contexts = listen(client, 'Runtime.executionContextCreated');
    await client.request('Runtime.enable');
    expect(contexts).toMatchObject([[{ context: { id: 1 } }]]);
    const { result } = await ask<{ result: { value: number } }>(client, 'Runtime.evaluate', {
      expression: 'process.pid',
    });
    expect(result.value).toBe(child.pid);
    await expect(client.request('Page.enable')).rejects.toMatchObject({ remoteCode: -32_601 });
    await client.notify('Runtime.disable');
    const refused = new Promise((resolve) => client.once('error', resolve));
    await client.notify('X.y');
    expect(await refused).toMatchObject({ code: 'SERVER_ERROR' });
  });
});
