// A chat server: every message goes to everyone, in upper case. Its heartbeat is a random text (or a Ping) to each
// client once a second; the very next frame of that client must bring it back, or the client is dropped, without a
// Close frame.
import { describe, test } from 'vitest';
import { type Client, type ClientOptions, createClient, raw, serverPings } from '../../src/index.node.ts';
import { type Heard, hear, next } from './heard.ts';
import { type SeedServer, startSeedServer } from './seed-server.ts';

const HEARTBEAT_KEY = /^[0-9a-f]{16}$/;

/** How a client and the server know that the other is alive. */
type Watching = Pick<ClientOptions, 'heartbeat' | 'use'>;

/** As the server asks for it: answer its pings, ask nothing. It beats once a second. */
const ECHO: Watching = {
  heartbeat: { ping: 'none', interval: 1_000, timeout: 10_000 },
  use: [serverPings({ echo: (data) => HEARTBEAT_KEY.test(String(data)) })],
};

const TEXT = ['c_broadcast_heartbeat.py', 'PORT', '--interval', '1'];
const PING = [...TEXT, '--hb', 'ping'];

describe.concurrent('with a heartbeat of texts', () => {
  test('a client lives through 5 heartbeats, hears itself and another client, and no heartbeat', async ({
    expect,
  }) => {
    await using server = await startSeedServer(...TEXT);
    const one = chatter(server, ECHO);
    const other = chatter(server, ECHO);
    await Promise.all([one.client.ready(), other.client.ready()]);

    // Whoever talks while it owes an answer is dropped: so each talks right after a round.
    await heartbeats(server, 1, 2);
    await one.client.send('hello from one');
    await Promise.all([one, other].map(({ messages }) => messages.atLeast(1)));
    await heartbeats(server, 2, 2);
    await other.client.send('straße, and the other');
    await Promise.all([one, other].map(({ messages }) => messages.atLeast(2)));
    await heartbeats(server, 5, 2);

    for (const { client, messages, states } of [one, other]) {
      expect(messages.all).toEqual(['HELLO FROM ONE', 'STRASSE, AND THE OTHER']);
      expect(states.all.map(({ current }) => current.status)).toEqual(['connecting', 'ready']);
      expect(client.state).toMatchObject({ status: 'ready', epoch: 1 });
      expect(client.stats()).toMatchObject({ sent: 1, received: 2 });
    }
    expect(server.output).not.toContain('drop');
    // The server answers a Close frame with an empty one.
    expect(await one.client.close()).toMatchObject({ code: 1005, wasClean: true });
    expect(await other.client.close(1000, 'bye')).toMatchObject({ code: 1005, wasClean: true });
  });

  test('a client with the echo off hears the heartbeat as a message, is dropped, and told so', async ({
    expect,
  }) => {
    await using server = await startSeedServer(...TEXT);
    const { client, messages } = chatter(server, { heartbeat: false });
    const lost = next(client, 'lost');
    const errors = hear(client, 'error');
    const closed = next(client, 'closed');
    await client.ready();
    await server.prints(/drop .* heartbeat timeout/);
    const { closure, error } = await closed;
    expect(messages.all).toEqual([expect.stringMatching(HEARTBEAT_KEY)]);
    expect(closure).toMatchObject({ code: 1006, reason: '', wasClean: false });
    expect(error).toMatchObject({ name: 'ConnectionError', code: 'CONNECTION_LOST' });
    expect(errors.all).toEqual([error]);
    expect(await lost).toEqual({ epoch: 1, closure });
  });

  test('a client whose own pings get in the way is dropped', async ({ expect }) => {
    // The server knows one kind of frame while it waits for its key: a Ping of ours is an error to it.
    await using server = await startSeedServer(...TEXT);
    const { client } = chatter(server, { heartbeat: { interval: 200 } });
    const closed = next(client, 'closed');
    client.connect();
    expect((await closed).closure).toMatchObject({ code: 1006, wasClean: false });
    expect(server.output).toMatch(/drop .* opcode 9/);
  });

  test('a server that freezes is given up within interval and timeout', async ({ expect }) => {
    await using server = await startSeedServer(...TEXT);
    const { client } = chatter(server, {
      ...ECHO,
      heartbeat: { ping: 'none', interval: 2_000, timeout: 4_000 },
    });
    const closed = next(client, 'closed');
    await client.ready();
    await heartbeats(server, 1, 1);
    const frozenAt = performance.now();
    server.signal('SIGSTOP');
    const { closure, error } = await closed;
    const noticedAfter = performance.now() - frozenAt;
    expect(error).toMatchObject({ name: 'ConnectionError', code: 'HEARTBEAT_TIMEOUT' });
    expect(closure).toMatchObject({ code: 1006, wasClean: false, error });
    // Counted from the last sign of life, by the two times above and not by the defaults, on a busy machine too.
    expect(noticedAfter).toBeGreaterThan(1_000);
    expect(noticedAfter).toBeLessThan(20_000);
  });

  test('a server that is killed is told at once; a message behind it was not sent', async ({ expect }) => {
    await using server = await startSeedServer(...TEXT);
    const { client } = chatter(server, ECHO);
    const closed = next(client, 'closed');
    await client.ready();
    server.signal('SIGKILL');
    const { closure, error } = await closed;
    expect(error).toMatchObject({ name: 'ConnectionError', code: 'CONNECTION_LOST' });
    expect(closure).toMatchObject({ code: 1006, wasClean: false });
    await expect(client.send('too late', { whenOffline: 'reject' })).rejects.toMatchObject({
      outcome: 'not-sent',
    });
  });

  test('a client that may reconnect comes back to a server that dropped it', async ({ expect }) => {
    await using server = await startSeedServer(...TEXT);
    await using client = createClient({
      url: server.url(),
      envelope: raw(),
      heartbeat: false,
      reconnect: { backoff: () => 10 },
    });
    const states = hear(client, 'state');
    const gaps = hear(client, 'gap');
    client.connect();
    await gaps.atLeast(1);
    expect(gaps.all[0]).toMatchObject({ previousEpoch: 1, epoch: 2, recovered: false });
    expect(states.all.map(({ current }) => current.status)).toEqual([
      'connecting',
      'ready',
      'waiting',
      'connecting',
      'ready',
    ]);
  });
});

describe.concurrent('with a heartbeat of Ping frames', () => {
  test('Pongs by themselves keep a client alive through 5 heartbeats', async ({ expect }) => {
    await using server = await startSeedServer(...PING);
    const { client, messages } = chatter(server, { heartbeat: false });
    await client.ready();
    await heartbeats(server, 1, 1);
    await client.send('still here');
    await messages.atLeast(1);
    await heartbeats(server, 5, 1);
    expect(messages.all).toEqual(['STILL HERE']);
    expect(client.state).toMatchObject({ status: 'ready', epoch: 1 });
    expect(await client.close()).toMatchObject({ wasClean: true });
    expect(server.output).not.toContain('wrong key');
  });

  test("the server's Pings are a sign of life; without them a frozen server is given up", async ({
    expect,
  }) => {
    await using server = await startSeedServer(...PING);
    const { client } = chatter(server, {
      heartbeat: { ping: 'none', interval: 2_000, timeout: 4_000 },
      use: [serverPings({ echo: () => false })],
    });
    const closed = next(client, 'closed');
    await client.ready();
    await heartbeats(server, 4, 1);
    expect(client.state.status).toBe('ready');
    server.signal('SIGSTOP');
    expect((await closed).error).toMatchObject({ code: 'HEARTBEAT_TIMEOUT' });
  });
});

interface Chatter {
  readonly client: Client;
  readonly messages: Heard<unknown>;
  readonly states: Heard<{ readonly current: { readonly status: string } }>;
}

function chatter(server: SeedServer, watching: Watching): Chatter {
  const client = createClient({ url: server.url(), envelope: raw(), reconnect: false, ...watching });
  return { client, messages: hear(client, 'message'), states: hear(client, 'state') };
}

/** Waits for the server to have heard `rounds` answers of each of its clients. */
async function heartbeats(server: SeedServer, rounds: number, clients: number): Promise<void> {
  await server.prints((output) => {
    const answers = new Map<string, number>();
    for (const [, client = ''] of output.matchAll(/^heartbeat ok (.*)$/gm)) {
      answers.set(client, (answers.get(client) ?? 0) + 1);
    }
    return answers.size === clients && [...answers.values()].every((count) => count >= rounds);
  });
}
