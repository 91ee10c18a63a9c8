// The two samples of Python's websocket-client, as its users write them, with ours instead: a long connection with
// callbacks and a trace, and a short one. The echo server is the one of the Flask sample.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WebSocketServer } from 'ws';
import { connect, consoleTrace, createClient, formatRecord, raw, trace } from '../../src/index.node.ts';
import { WebSocket } from '../../src/node.ts';
import { type SeedServer, startSeedServer } from './seed-server.ts';

const SECOND_MS = 1_000;

/** How much earlier than asked a timer of Node's may fire. */
const TIMER_SLACK_MS = 5;

let server: SeedServer;

beforeAll(async () => {
  server = await startSeedServer('a_flask_gevent.py', 'PORT');
});

afterAll(async () => {
  await server.stop();
});

describe.concurrent('the long connection', () => {
  test('with the callbacks of the WebSocket class', async ({ expect }) => {
    const told: string[] = [];
    const sentAt: number[] = [];
    const socket = new WebSocket(server.url('/message'));
    const over = new Promise<void>((resolve) => {
      socket.onmessage = ({ data }) => void told.push(`message ${data}`);
      socket.onerror = () => void told.push('error');
      socket.onclose = ({ code, wasClean, error }) => {
        told.push(`### closed ### ${code} ${wasClean} ${error}`);
        resolve();
      };
      socket.onopen = async () => {
        told.push('open');
        for (let i = 0; i < 3; i++) {
          sentAt.push(performance.now());
          socket.send(`Hello ${i}`);
          await sleep(SECOND_MS);
        }
        socket.close();
        told.push('Terminating...');
      };
    });
    await over;
    expect(told).toEqual([
      'open',
      'message Hello 0',
      'message Hello 1',
      'message Hello 2',
      'Terminating...',
      '### closed ### 1005 true undefined',
    ]);
    expectSecondsApart(sentAt);
    expect(socket.readyState).toBe(WebSocket.CLOSED);
  });

  test('with the events of a client, and a trace of every frame', async ({ expect }) => {
    const told: string[] = [];
    const frames: string[] = [];
    const sentAt: number[] = [];
    const client = createClient({
      url: server.url('/message'),
      envelope: raw(),
      use: [
        trace(
          (record) => {
            if (record.type === 'frame') frames.push(formatRecord(record).replace(/^.*#1 /, ''));
          },
          { preview: 100 },
        ),
      ],
    });
    client.on('message', (message) => told.push(`message ${message}`));
    client.on('error', (error) => told.push(`error ${error.code}`));
    const over = new Promise<void>((resolve) => {
      client.on('closed', ({ closure, error }) => {
        told.push(`### closed ### ${closure.code} ${closure.wasClean} ${error}`);
        resolve();
      });
      client.on('ready', async () => {
        told.push('open');
        for (let i = 0; i < 3; i++) {
          sentAt.push(performance.now());
          await client.send(`Hello ${i}`);
          await sleep(SECOND_MS);
        }
        told.push('Terminating...');
        await client.close();
      });
    });
    client.connect();
    await over;
    expect(told).toEqual([
      'open',
      'message Hello 0',
      'message Hello 1',
      'message Hello 2',
      'Terminating...',
      '### closed ### 1005 true undefined',
    ]);
    expectSecondsApart(sentAt);
    expect(frames).toEqual([
      '-> text fin 7 B "Hello 0"',
      '<- text fin 7 B "Hello 0"',
      '-> text fin 7 B "Hello 1"',
      '<- text fin 7 B "Hello 1"',
      '-> text fin 7 B "Hello 2"',
      '<- text fin 7 B "Hello 2"',
      '-> close fin 0 B ',
      '<- close fin 0 B ',
    ]);
  });

  test('to a server that is not there: error, then close', async ({ expect }) => {
    const gone = await startSeedServer('e_login_server.py', 'PORT');
    await gone.stop();
    const told: string[] = [];
    const socket = new WebSocket(gone.url());
    const over = new Promise<Error | undefined>((resolve) => {
      socket.onopen = () => void told.push('open');
      socket.onerror = () => void told.push('error');
      socket.onclose = ({ code, wasClean, error }) => {
        told.push(`close ${code} ${wasClean}`);
        resolve(error);
      };
    });
    expect(await over).toMatchObject({ name: 'HandshakeError', code: 'CONNECT', phase: 'tcp' });
    expect(told).toEqual(['error', 'close 1006 false']);
  });
});

describe('the short connection', () => {
  test('connect, send, receive, close', async () => {
    const socket = await connect(server.url('/message'));
    socket.send('Hello, World');
    expect(await socket.receive()).toBe('Hello, World');
    expect(await socket.close()).toMatchObject({ wasClean: true });
    expect(() => socket.send('more')).toThrow(
      expect.objectContaining({ code: 'NOT_CONNECTED', outcome: 'not-sent' }),
    );
    await expect(socket.receive()).rejects.toMatchObject({ code: 'CONNECTION_CLOSED' });
  });

  test('await using closes it at the end of the block', async () => {
    let closed: Promise<unknown>;
    {
      await using socket = await connect(server.url('/message'));
      closed = socket.closed;
      socket.send('Hello, World');
      expect(await socket.receive()).toBe('Hello, World');
    }
    expect(await closed).toMatchObject({ wasClean: true });
  });

  test('await using closes it also when the block fails', async () => {
    let closed: Promise<unknown> | undefined;
    const failing = async (): Promise<void> => {
      await using socket = await connect(server.url('/message'));
      closed = socket.closed;
      throw new Error('on the way');
    };
    await expect(failing()).rejects.toThrow('on the way');
    expect(await closed).toMatchObject({ wasClean: true });
  });

  test('against the echo server of the ws package, with its trace', async () => {
    const echo = new WebSocketServer({ host: '127.0.0.1', port: 0 });
    await new Promise((resolve) => echo.once('listening', resolve));
    echo.on('connection', (peer) =>
      peer.on('message', (data, isBinary) => peer.send(data, { binary: isBinary })),
    );
    const frames: string[] = [];
    const { port } = echo.address() as { port: number };
    try {
      const socket = await connect(`ws://127.0.0.1:${port}/`, {
        trace: consoleTrace({ payload: true, write: (line) => frames.push(line) }),
      });
      socket.send('Hello, World');
      expect(await socket.receive()).toBe('Hello, World');
      expect(await socket.close(1000, 'bye')).toMatchObject({ code: 1000, reason: 'bye', wasClean: true });
    } finally {
      await new Promise((resolve) => echo.close(resolve));
    }
    expect(frames).toEqual([
      '-> text fin 12 B "Hello, World"',
      '<- text fin 12 B "Hello, World"',
      '-> close fin 5 B 1000 "bye"',
      '<- close fin 5 B 1000 "bye"',
    ]);
  });
});

function sleep(duration: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, duration));
}

function expectSecondsApart(times: readonly number[]): void {
  expect(times).toHaveLength(3);
  times.slice(1).forEach((time, index) => {
    expect(time - (times[index] ?? 0)).toBeGreaterThanOrEqual(SECOND_MS - TIMER_SLACK_MS);
  });
}
