import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { connect, createClient, createSlimClient } from '../../src/client/create-client.node.ts';
import { createScriptedServer } from '../../src/testing/scripted-server.ts';
import { setUp } from './set-up.ts';

describe('console.log of a client', () => {
  it('shows address, state and queue, and nothing that is secret', async () => {
    const { client, clock, server, open } = setUp({
      url: 'ws://bob:hush@test/path?token=hush',
      auth: { prepare: () => ({ query: { token: 'hush' } }) },
    });
    void client.send('hush').catch(() => {});
    void client.request('hush', ['hush']).catch(() => {});
    expect(inspect(client)).toMatch(/^Client \{\s+url: 'ws:\/\/test\/path',\s+state: 'connecting',/);
    expect(inspect(client)).toMatch(/queue: \{ messages: 2, bytes: \d+ \},\s+pending: 1/);
    await open();
    expect(inspect(client)).toMatch(/state: 'ready',.+epoch: 1,.+messages: 0, bytes: 0/s);
    server.last.drop();
    await clock.advance(0);
    expect(inspect(client)).toMatch(/state: 'waiting',\s+why: 'waiting, attempt 2 in /);
    expect(inspect({ client }, { depth: 5, showHidden: true })).not.toContain('hush');
  });

  it('shows what was given as address before there is a line, and its name alone far inside of something', () => {
    const transport = createScriptedServer().transport;
    const one = createSlimClient({ url: new URL('wss://u:p@test/x?y'), transport });
    const asked = createClient({ url: () => 'wss://test/?hush', transport });
    expect(inspect(one)).toContain("url: 'wss://test/x'");
    expect(inspect(asked)).toContain("url: '(a function)'");
    expect(inspect({ a: { b: { c: { one } } } })).toContain('[Object]');
    expect(inspect({ a: { b: { one } } })).toContain('[Client]');
    expect((one as never)[Symbol.for('nodejs.util.inspect.custom') as never]).toBeTypeOf('function');
    expect(Object.keys(one)).toEqual([]);
  });
});

it('console.log of a short connection shows where it goes', async () => {
  const { transport } = createScriptedServer();
  const socket = await connect('ws://u:hush@test/path?token=hush', { transport });
  expect(inspect(socket)).toBe("Socket { url: 'ws://test/path', protocol: '', bufferedAmount: 0 }");
  await socket.close();
});
