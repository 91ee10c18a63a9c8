import { describe, expect, it } from 'vitest';
import { connect as connectInBrowser } from '../../src/client/create-client.browser.ts';
import { connect } from '../../src/client/create-client.node.ts';
import type { ConnectOptions } from '../../src/client/options.ts';
import type { Socket } from '../../src/client/socket.ts';
import {
  createScriptedServer,
  type ScriptedServer,
  type ScriptedServerOptions,
} from '../../src/testing/scripted-server.ts';
import { createVirtualClock, type VirtualClock } from '../../src/testing/virtual-clock.ts';
import { atInterval } from '../../src/transport/pacing.ts';
import { countingSignal, watch } from './set-up.ts';

interface Bench {
  readonly clock: VirtualClock;
  readonly server: ScriptedServer;
  readonly opening: Promise<Socket>;
}

function begin(options: ConnectOptions = {}, behaviour: ScriptedServerOptions = {}): Bench {
  const clock = createVirtualClock();
  const server = createScriptedServer(behaviour);
  const opening = connect('ws://test/?token=hush', { clock, transport: server.transport, ...options });
  opening.catch(() => {});
  return { clock, server, opening };
}

async function open(options?: ConnectOptions, behaviour?: ScriptedServerOptions) {
  const bench = begin(options, behaviour);
  await bench.clock.advance(0);
  return { ...bench, socket: await bench.opening };
}

/** The error of a send that came too late, with the reason as its cause. */
const notSent = (cause: object): unknown =>
  expect.objectContaining({
    name: 'DeliveryError',
    code: 'NOT_CONNECTED',
    outcome: 'not-sent',
    cause: expect.objectContaining(cause),
  });

async function readAll(socket: Socket): Promise<unknown[]> {
  const read: unknown[] = [];
  for await (const message of socket) read.push(message);
  return read;
}

describe('opening', () => {
  it('resolves with an open socket that knows the subprotocol', async () => {
    const { clock, server, opening } = begin(
      { protocols: ['a', 'b'] },
      { onConnect: (connection) => connection.accept('b') },
    );
    await clock.advance(0);
    const socket = await opening;
    expect([socket.protocol, socket.bufferedAmount]).toEqual(['b', 0]);
    expect(server.last.request).toMatchObject({
      url: 'ws://test/?token=hush',
      protocols: ['a', 'b'],
      headers: [],
      handshakeTimeout: 10_000,
      closeTimeout: 5_000,
    });
  });

  it('rejects with what went wrong', async () => {
    const refused = begin({}, { onConnect: (connection) => connection.refuse(401) });
    await refused.clock.advance(0);
    await expect(refused.opening).rejects.toMatchObject({ code: 'HANDSHAKE_STATUS', status: 401 });
    const silent = begin({ handshakeTimeout: 50 }, { onConnect: () => {} });
    await silent.clock.advance(50);
    await expect(silent.opening).rejects.toMatchObject({ code: 'TIMEOUT' });
    expect(silent.clock.pendingTimers).toBe(0);
  });

  it('is given up by the signal: its reason is the error, and the line is dropped', async () => {
    const { controller, signal, listeners } = countingSignal();
    const { clock, server, opening } = begin({ signal, handshakeTimeout: 0 }, { onConnect: () => {} });
    await clock.advance(0);
    controller.abort('enough');
    await expect(opening).rejects.toBe('enough');
    await clock.advance(0);
    expect([server.last.state, listeners(), clock.pendingTimers]).toEqual(['closed', 0, 0]);
  });

  it('is given up even between the opening and the caller’s hearing of it', async () => {
    const controller = new AbortController();
    const behaviour = {
      onConnect: (connection: { accept(): void }) => {
        connection.accept();
        controller.abort('now');
      },
    };
    const { clock, server, opening } = begin({ signal: controller.signal }, behaviour);
    await clock.advance(0);
    await expect(opening).rejects.toBe('now');
    await clock.advance(0);
    expect(server.last.state).toBe('closed');
  });

  it('does not begin with a signal that is aborted already', async () => {
    const { server, opening } = begin({ signal: AbortSignal.abort('no') });
    await expect(opening).rejects.toBe('no');
    expect(server.connections).toEqual([]);
  });

  it('leaves the signal alone once open', async () => {
    const { controller, signal, listeners } = countingSignal();
    const { clock, socket } = await open({ signal });
    expect(listeners()).toBe(0);
    controller.abort();
    await clock.advance(0);
    expect(() => socket.send('still open')).not.toThrow();
  });

  it('refuses options that are none', async () => {
    await expect(connect('ws://test', null as unknown as ConnectOptions)).rejects.toMatchObject({
      code: 'INVALID_OPTION',
    });
  });

  it.each([
    ['handshakeTimeout', { handshakeTimeout: -1 }],
    ['closeTimeout', { closeTimeout: 'x' }],
    ['limits.maxHeaders', { limits: { maxHeaders: Number.NaN } }],
    ['inbox.maxBytes', { inbox: { maxBytes: -1 } }],
    ['inbox', { inbox: 5 }],
    ['trace', { trace: 5 }],
    ['transport', { transport: {} }],
    ['signal', { signal: {} }],
    ['protocols', { protocols: 5 }],
  ])('refuses a wrong %s by name', async (name, options) => {
    const { server, opening } = begin(options as ConnectOptions);
    await expect(opening).rejects.toMatchObject({
      code: 'INVALID_OPTION',
      message: expect.stringContaining(`The option ${name} must be `),
    });
    expect(server.connections).toEqual([]);
  });
});

describe('messages', () => {
  it('go out as they are, and come in order', async () => {
    const { socket, server } = await open();
    socket.send('a');
    socket.send(Uint8Array.of(1));
    expect(server.last.received).toEqual(['a', Uint8Array.of(1)]);
    server.last.bufferedAmount = 3;
    expect(socket.bufferedAmount).toBe(3);
    server.last.pong();
    server.last.drain();
    server.last.send('b');
    server.last.send(Uint8Array.of(2));
    expect([await socket.receive(), await socket.receive()]).toEqual(['b', Uint8Array.of(2)]);
  });

  it('are waited for as long as the signal allows', async () => {
    const { socket, server } = await open();
    const controller = new AbortController();
    const waiting = socket.receive({ signal: controller.signal });
    controller.abort('enough');
    await expect(waiting).rejects.toBe('enough');
    server.last.send('kept');
    expect(await socket.receive()).toBe('kept');
  });

  it('are iterated; leaving the loop leaves the connection open', async () => {
    const { socket, server } = await open();
    server.last.send('a');
    server.last.send('b');
    for await (const message of socket) {
      expect(message).toBe('a');
      break;
    }
    expect([await socket.receive(), server.last.state]).toEqual(['b', 'open']);
  });

  it('pause the server while they wait', async () => {
    const { socket, server } = await open({ inbox: { pauseAtMessages: 2 } });
    server.last.send('a');
    server.last.send('b');
    expect(server.last.paused).toBe(true);
    await socket.receive();
    expect(server.last.paused).toBe(false);
  });

  it('end the connection where the server cannot be paused, before memory runs out', async () => {
    const { socket, server, clock } = await open({ inbox: { maxBytes: 3 } }, { features: { pause: false } });
    for (const text of ['aa', 'bb', 'cc']) server.last.send(text);
    await clock.advance(0);
    const error = {
      code: 'INBOX_OVERFLOW',
      message:
        '4 bytes of messages were waiting to be read, over the limit of 3, and this platform cannot ' +
        'pause the server. Read faster, or raise inbox.maxBytes.',
    };
    expect(await socket.receive()).toBe('aa');
    await expect(socket.receive()).rejects.toMatchObject(error);
    expect(await socket.closed).toMatchObject({ code: 1006, wasClean: false, error });
  });
});

describe('the end', () => {
  it.each([1000, 1001, 1005])('with %s ends the loop after what had come before', async (code) => {
    const { socket, server } = await open();
    server.last.send('last');
    server.last.close(code);
    expect(await readAll(socket)).toEqual(['last']);
    await expect(socket.receive()).rejects.toMatchObject({
      code: 'CONNECTION_CLOSED',
      received: { code, reason: '' },
      message: `The connection was closed ${code === 1005 ? 'without a code' : `with the code ${code}`}. Connect again to send or receive more.`,
    });
    expect(() => socket.send('x')).toThrow(notSent({ code: 'CONNECTION_CLOSED' }));
  });

  it.each([1011, 4000])('with %s throws out of the loop', async (code) => {
    const { socket, server } = await open();
    const reading = readAll(socket);
    server.last.close(code, 'why');
    await expect(reading).rejects.toMatchObject({
      code: 'CONNECTION_CLOSED',
      received: { code, reason: 'why' },
    });
    expect(await socket.closed).toMatchObject({ code, reason: 'why', wasClean: true });
  });

  it('by a lost line throws too', async () => {
    const { socket, server } = await open();
    const waiting = watch(socket.receive());
    server.last.drop();
    await expect(readAll(socket)).rejects.toMatchObject({ code: 'CONNECTION_LOST' });
    expect(waiting.value).toMatchObject({ code: 'CONNECTION_LOST' });
    expect(() => socket.send('x')).toThrow(notSent({ code: 'CONNECTION_LOST' }));
  });
});

describe('close()', () => {
  it('is polite, ends the loop, and leaves nothing behind', async () => {
    const { socket, server, clock } = await open({ handshakeTimeout: 0, inbox: { pauseAtMessages: 1 } });
    server.last.send('last');
    expect(server.last.paused).toBe(true);
    const closing = socket.close(4001, 'bye');
    expect(server.last.paused).toBe(false);
    const message = 'The connection is closing. Connect again to send or receive more.';
    expect(() => socket.send('x')).toThrow(notSent({ message }));
    await clock.advance(0);
    expect(await closing).toMatchObject({ wasClean: true, sent: { code: 4001, reason: 'bye' } });
    expect(await readAll(socket)).toEqual(['last']);
    expect([await socket.close(), clock.pendingTimers]).toEqual([await closing, 0]);
  });

  it('ends in time without an answer, and that is no failure for a reader', async () => {
    const { socket, clock } = await open({ closeTimeout: 100, handshakeTimeout: 0 }, { answerClose: false });
    const reading = readAll(socket);
    const closing = socket.close();
    await clock.advance(100);
    expect(await closing).toMatchObject({ wasClean: false, error: { code: 'CLOSE_TIMEOUT' } });
    expect([await reading, clock.pendingTimers]).toEqual([[], 0]);
  });

  it('refuses a wrong code, and stays open', async () => {
    const { socket, server } = await open();
    await expect(socket.close(1001)).rejects.toMatchObject({ code: 'INVALID_CLOSE' });
    expect(server.last.state).toBe('open');
  });

  it('is what `await using` does', async () => {
    const { socket, server, clock } = await open();
    const disposed = socket[Symbol.asyncDispose]();
    await clock.advance(0);
    await disposed;
    expect(server.last.state).toBe('closed');
  });
});

describe('a wrong signal', () => {
  it.each([{}, 'x', 5, null])('%j is refused, by connect and by receive', async (value) => {
    const options = { signal: value as unknown as AbortSignal };
    const refused = { name: 'UsageError', code: 'INVALID_OPTION' };
    await expect(begin(options).opening).rejects.toMatchObject(refused);
    const { socket, server } = await open();
    await expect(socket.receive(options)).rejects.toMatchObject(refused);
    await expect(socket.receive(null as unknown as object)).rejects.toMatchObject(refused);
    server.last.send('kept');
    expect(await socket.receive()).toBe('kept');
  });
});

describe('the heartbeat', () => {
  it('ends a line whose server has gone without a word, after interval and timeout', async () => {
    const { clock, socket, server } = await open({}, { answerPings: false });
    const reading = watch(readAll(socket));
    await clock.advance(35_000);
    expect(reading.value).toMatchObject({ code: 'HEARTBEAT_TIMEOUT' });
    expect(server.last.pings).toBeGreaterThan(0);
    expect(await socket.closed).toMatchObject({ code: 1006, error: { code: 'HEARTBEAT_TIMEOUT' } });
    expect(clock.pendingTimers).toBe(0);
  });

  it('goes on while the server answers, and takes the times that are given', async () => {
    const { clock, socket, server } = await open({ heartbeat: { interval: 1_000, timeout: 500 } });
    await clock.advance(10_000);
    expect(server.last.pings).toBeGreaterThan(8);
    void socket.close();
    await clock.advance(0);
  });

  it('keeps its own questions and answers from the readers', async () => {
    const ping = { message: () => 'ping', isAnswer: (data: unknown) => data === 'pong' };
    const { clock, socket, server } = await open({ heartbeat: { interval: 1_000, timeout: 500, ping } });
    server.last.bufferedAmount = 2 * 1024 * 1024;
    await clock.advance(1_000);
    expect(server.last.received).toEqual([]);
    server.last.drain();
    server.last.send('pong');
    server.last.send('news');
    server.last.ping();
    await clock.advance(0);
    expect(server.last.received).toEqual(['ping']);
    expect(await socket.receive()).toBe('news');
    void socket.close();
    await clock.advance(0);
  });

  it.each([{ heartbeat: false }, { pacing: atInterval(10) }])('asks nothing with %o', async (options) => {
    const { clock, server } = await open(options, { answerPings: false });
    await clock.advance(60_000);
    expect(server.last.pings).toBe(0);
  });

  it('does not take the silence of a server for its end that it has itself asked to stop', async () => {
    const { clock, socket, server } = await open({ inbox: { pauseAtMessages: 1 } }, { answerPings: false });
    server.last.send('one');
    await clock.advance(120_000);
    expect(server.last.paused).toBe(true);
    expect(await socket.receive()).toBe('one');
    await clock.advance(60_000);
    expect(await socket.closed).toMatchObject({ error: { code: 'HEARTBEAT_TIMEOUT' } });
  });

  it('has no times in a browser, which cannot ping', async () => {
    const transport = createScriptedServer().transport;
    const refused = connectInBrowser('ws://test/', { transport, heartbeat: { interval: 1_000 } });
    await expect(refused).rejects.toMatchObject({ code: 'UNSUPPORTED', detail: 'heartbeat' });
  });
});

describe('what never left', () => {
  it('is counted by the closure, messages and bytes', async () => {
    const { server, socket } = await open();
    socket.send('gone');
    for (const bytes of [10, 30, 60]) {
      server.last.bufferedAmount = bytes;
      socket.send('x');
    }
    server.last.bufferedAmount = 60;
    server.last.drop();
    expect((await socket.closed).unsent).toMatchObject({ bytes: 60 });
  });
});

it('the headers of the answer stay at hand', async () => {
  const { socket } = await open({}, { onConnect: (line) => line.accept('', { 'x-node': 'b7' }) });
  expect(socket.headers?.get('x-node')).toBe('b7');
});
