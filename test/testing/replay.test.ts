import { describe, expect, it } from 'vitest';
import { firstMessage } from '../../src/auth/first-message.ts';
import type { Client } from '../../src/client/client.ts';
import { createClient } from '../../src/client/create-client.node.ts';
import type { ClientOptions } from '../../src/client/options.ts';
import { jsonLines } from '../../src/client/records/lines.ts';
import { readRecords } from '../../src/client/records/read.ts';
import { trace } from '../../src/client/trace.ts';
import { type ReplayOptions, replay } from '../../src/testing/replay.ts';
import { createVirtualClock, type VirtualClock } from '../../src/testing/virtual-clock.ts';
import { setUp } from '../client/set-up.ts';

/** What a client does and hears, as one list. */
type Use = (client: Client, clock: VirtualClock, heard: unknown[]) => Promise<void>;

const ask: Use = async (client, clock, heard) => {
  client.on('message', (message) => heard.push(message));
  client.onEvent('tick', (tick) => heard.push(['tick', tick]));
  client.on('lost', ({ closure }) => heard.push(['lost', closure.code, closure.reason]));
  client.connect();
  await clock.advance(10);
  void client.request('sum', [1, 2]).then(
    (sum) => heard.push(sum),
    ({ code }) => heard.push(code),
  );
  await clock.advance(2_000);
};

const close: Use = async (client, clock) => {
  void client.close(1000, 'bye');
  await clock.advance(1_000);
};

/** A session that is recorded on a virtual clock: one connection that asks, hears, is lost, and one more. */
async function recorded(
  options: Partial<ClientOptions> = {},
  login = false,
): Promise<{ file: string; heard: unknown[] }> {
  let file = '';
  const tell = trace(
    jsonLines((line) => {
      file += line;
    }),
    { preview: Number.POSITIVE_INFINITY },
  );
  const { client, clock, server } = setUp(
    { use: [tell], ...options },
    {
      onMessage: (connection, message) => {
        const text = String(message);
        if (login && text.includes('token')) return connection.send('"welcome"');
        const { id } = JSON.parse(text);
        connection.request.clock.setTimer(() => {
          connection.send('{"jsonrpc":"2.0","method":"tick","params":{"at":1}}');
          connection.send(`{"jsonrpc":"2.0","id":${id},"result":3}`);
        }, 1_500);
      },
    },
  );
  const heard: unknown[] = [];
  await ask(client, clock, heard);
  server.last.close(4005, 'moved');
  await clock.advance(10_000);
  server.last.drop();
  await clock.advance(10_000);
  await close(client, clock, heard);
  return { file, heard };
}

async function played(
  file: string | Parameters<typeof replay>[0],
  use: Use,
  how?: ReplayOptions,
  options: Partial<ClientOptions> = {},
) {
  const session = replay(file, how);
  const clock = createVirtualClock();
  const client = createClient({
    url: 'ws://test',
    transport: session.transport,
    clock,
    heartbeat: false,
    ...options,
  });
  const heard: unknown[] = [];
  await use(client, clock, heard);
  return { session, clock, client, heard };
}

describe('replay', () => {
  it('plays a session in the recorded order, with its ends, to the end', async () => {
    const { file, heard: then } = await recorded();
    const { session, clock, client, heard } = await played(file, ask);
    await clock.advance(60_000);
    await close(client, clock, heard);
    expect(heard).toEqual(then);
    expect(then).toContainEqual(['tick', { at: 1 }]);
    expect(then).toContainEqual(['lost', 4005, 'moved']);
    expect(then).toContainEqual(['lost', 1006, '']);
    session.check();
    await session.done;
    expect([session.differences, session.left]).toEqual([[], 0]);
    expect(clock.pendingTimers).toBe(0);
  });

  it('keeps the recorded time, on the clock of the client, unless it is told to be faster', async () => {
    const { file } = await recorded();
    for (const [speed, before, after] of [
      [undefined, 1_499, 1_501],
      [10, 149, 151],
      [Number.POSITIVE_INFINITY, -1, 1],
    ] as const) {
      const { client, clock } = await played(readRecords(file), async () => {}, { speed });
      client.connect();
      await clock.advance(10);
      let isThere = false;
      void client.request('sum', [1, 2]).then(() => {
        isThere = true;
      });
      if (before > 0) await clock.advance(before);
      expect(isThere).toBe(false);
      await clock.advance(before > 0 ? after - before : after);
      expect(isThere).toBe(true);
      void client.close();
      await clock.advance(1_000);
    }
  });

  it('says where a client does something else, and ends the connection', async () => {
    const { file } = await recorded();
    const { session, client, clock } = await played(file, async (client, clock) => {
      client.connect();
      await clock.advance(10);
      client.request('sum', [1, 3]).catch(() => {});
      await clock.advance(3_000);
      void client.send({ more: true });
      await clock.advance(10);
    });
    expect(session.differences).toEqual([
      expect.stringContaining(
        'Message 1: recorded {"jsonrpc":"2.0","id":1,"method":"sum","params":[1,2]}, sent {"jsonrpc"',
      ),
    ]);
    expect(session.check).toThrow(expect.objectContaining({ code: 'INVALID_STATE', detail: 'replay' }));
    await expect(session.done).rejects.toThrow('sent');
    expect(client.stats().received).toBe(0);
    void client.close();
    await clock.advance(1_000);
  });

  it('that differs ends the client, which says what differs, once', async () => {
    const { file } = await recorded();
    const errors: Error[] = [];
    const { session, client, clock } = await played(file, async (client, clock) => {
      client.on('error', (error) => errors.push(error));
      client.connect();
      await clock.advance(10);
      client.request('sum', [1, 3]).catch(() => {});
      await clock.advance(600_000);
    });
    const wrong = expect.objectContaining({ code: 'INVALID_STATE', detail: 'replay' });
    const told = { code: 'CONNECTION_CLOSED', message: session.differences[0], cause: wrong };
    expect(errors).toEqual([expect.objectContaining(told)]);
    expect(client.state.status).toBe('closed');
    await expect(client.ready()).rejects.toMatchObject(told);
    client.connect();
    await expect(client.ready()).rejects.toEqual(wrong);
    expect(session.differences).toHaveLength(1);
    expect(clock.pendingTimers).toBe(0);
  });

  it('that is asked for one connection too many ends the client too', async () => {
    const { file } = await recorded();
    const { session, client, clock } = await played(file, ask);
    await clock.advance(60_000);
    client.reconnect();
    await clock.advance(60_000);
    expect(client.state.status).toBe('closed');
    await expect(client.ready()).rejects.toThrow(session.differences[0]);
    expect(session.differences[0]).toContain('sent one more');
  });

  it('says what was not done, what was too much, and who came once too often', async () => {
    const { file } = await recorded();
    const early = await played(file, close);
    expect(early.session.check).toThrow(
      /^The client has not done all that was recorded\. \d+ steps are left, the next: the server's open/,
    );
    const { session, clock, client } = await played(file, ask);
    void client.send('one more');
    await clock.advance(60_000);
    expect(session.differences).toEqual([
      expect.stringContaining('Message 1: recorded nothing more, sent "one more"'),
    ]);
    await close(client, clock, []);
    const again = await played(file, ask);
    await again.clock.advance(60_000);
    again.client.reconnect();
    await again.clock.advance(60_000);
    expect(again.session.differences[0]).toContain('one more');
    await close(again.client, again.clock, []);
  });

  it('takes what was redacted for any text; ids that differ are compared by a function', async () => {
    const auth = (token: string) =>
      firstMessage({
        token,
        message: (value) => JSON.stringify({ token: value, from: 'me' }),
        accepted: (reply) => String(reply).includes('welcome'),
      });
    const { file } = await recorded({ auth: auth('token-of-then') }, true);
    expect(file).toContain('[redacted]');
    expect(file).not.toContain('token-of-then');
    const { session, clock, client, heard } = await played(file, ask, {}, { auth: auth('another-token') });
    await clock.advance(60_000);
    await close(client, clock, heard);
    session.check();
    const strict = await played(
      file,
      ask,
      { same: (then, now) => then === now },
      { auth: auth('another-token') },
    );
    expect(strict.session.differences).toHaveLength(1);
    expect(strict.heard).toEqual(['CLIENT_CLOSED']);
  });

  it('plays a refusal, bytes and pings', async () => {
    const time = 1_000;
    const session = replay(
      [
        { type: 'connect', time, connection: 1, url: 'ws://a/', protocols: 0, headers: {} },
        {
          type: 'close',
          time,
          connection: 1,
          code: 1006,
          reason: '',
          wasClean: false,
          duration: 1,
          error: { name: 'HandshakeError', code: 'HANDSHAKE_STATUS', status: 503, message: 'no' },
        },
        { type: 'connect', time, connection: 2, url: 'ws://a/', protocols: 0, headers: {} },
        { type: 'close', time, connection: 2, code: 1006, reason: '', wasClean: false, duration: 1 },
        { type: 'connect', time, connection: 3, url: 'ws://a/', protocols: 1, headers: {} },
        { type: 'open', time, connection: 3, duration: 1, protocol: '[redacted]', extensions: '' },
        { type: 'frame', time, connection: 3, direction: 'in', opcode: 'ping', fin: true, length: 0 },
        {
          type: 'frame',
          time,
          connection: 3,
          direction: 'in',
          opcode: 'binary',
          fin: true,
          length: 2,
          preview: 'AQI=',
          encoding: 'base64',
        },
        {
          type: 'frame',
          time,
          connection: 3,
          direction: 'out',
          opcode: 'binary',
          fin: true,
          length: 2,
          preview: 'AQI=',
          encoding: 'base64',
        },
        { type: 'frame', time, connection: 3, direction: 'out', opcode: 'close', fin: true, length: 2 },
        { type: 'close', time, connection: 3, code: 1005, reason: '', wasClean: true, duration: 1 },
      ],
      { speed: 2 },
    );
    const clock = createVirtualClock();
    const client = createClient({
      url: 'ws://test',
      transport: session.transport,
      clock,
      heartbeat: false,
      protocols: ['token-1234'],
    });
    const heard: unknown[] = [];
    client.on('message', (message) => heard.push(message));
    client.on('error', ({ code }) => heard.push(code));
    client.connect();
    await clock.advance(60_000);
    expect(heard).toEqual(['HANDSHAKE_STATUS', 'HANDSHAKE_CLOSED', Uint8Array.of(1, 2)]);
    expect(client.state.protocol).toBe('token-1234');
    await client.send(Uint8Array.of(1, 3));
    await clock.advance(1);
    expect(session.differences[0]).toContain('recorded bytes 01 02, sent bytes 01 03');
    void client.close();
    await clock.advance(1_000);
  });

  it('refuses what is no session', () => {
    expect(() => replay(7 as never)).toThrow('The option session of replay must be the text of a file');
    expect(() => replay('nonsense')).toThrow('Line 1 is no record');
    expect(() => replay([], { sped: 1 } as never)).toThrow('speed');
    replay([]).check();
  });
});
