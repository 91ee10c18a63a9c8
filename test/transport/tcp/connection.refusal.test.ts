// A refusal whose body has no end that is known: the head says enough.

import type { AddressInfo } from 'node:net';
import { createServer, type Server } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { systemRandom } from '../../../src/base/random.ts';
import type { Closure } from '../../../src/protocol/closure.ts';
import { DEFAULT_LIMITS } from '../../../src/protocol/limits.ts';
import { createVirtualClock } from '../../../src/testing/virtual-clock.ts';
import type { TcpOptions } from '../../../src/transport/tcp/options.ts';
import { tcpTransport } from '../../../src/transport/tcp/tcp-transport.ts';
import { REFUSAL_TIMEOUT_MS } from '../../../src/transport/timeouts.ts';

let server: Server;
afterEach(() => server.close());

/** Connects to a server that writes `answer` and keeps the connection; tells after how many milliseconds it ended. */
async function refused(
  answer: string,
  handshakeTimeout: number,
  through?: (port: number) => TcpOptions,
): Promise<{ after: number; closure: Closure }> {
  server = createServer((socket) => {
    socket.on('error', () => {});
    socket.once('data', () => socket.write(answer));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const clock = createVirtualClock();
  let closure: Closure | undefined;
  const transport = tcpTransport(through?.(port))(
    {
      url: `ws://127.0.0.1:${through ? 9 : port}/`,
      protocols: [],
      headers: [],
      handshakeTimeout,
      closeTimeout: 1_000,
      limits: DEFAULT_LIMITS,
      clock,
      random: systemRandom,
    },
    {
      open() {},
      text() {},
      binary() {},
      ping() {},
      pong() {},
      drain() {},
      close(end) {
        closure = end;
      },
    },
  );
  const timers = handshakeTimeout > 0 ? 1 : 0;
  const isHeard = (): boolean => transport.bytesReceived >= answer.length || through !== undefined;
  await expect
    .poll(() => isHeard() && clock.pendingTimers > timers - 1 && clock.pendingTimers > 0)
    .toBe(true);
  let after = 0;
  for (; closure === undefined && after < 20_000; after += 100) {
    await clock.advance(100);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  return { after, closure: closure as unknown as Closure };
}

describe('a refusal whose body has no known end', () => {
  it.each([
    ['no length', 'HTTP/1.1 500 No\r\n\r\nhello', 500],
    ['a length that is none', 'HTTP/1.1 404 No\r\nContent-Length: -5\r\n\r\nhello', 404],
    ['a length that never comes', 'HTTP/1.1 404 No\r\nContent-Length: 9223372036854775807\r\n\r\nhello', 404],
    ['upgrade headers', 'HTTP/1.1 200 OK\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\nhello', 200],
  ])('is told about a second after its head: %s', async (_, answer, status) => {
    const { after, closure } = await refused(answer, 0);
    expect(closure.error).toMatchObject({ code: 'HANDSHAKE_STATUS', status, body: 'hello' });
    expect(after).toBeGreaterThanOrEqual(REFUSAL_TIMEOUT_MS);
    expect(after).toBeLessThan(REFUSAL_TIMEOUT_MS + 500);
  });

  it('does not outlast the deadline of the opening', async () => {
    const { after, closure } = await refused('HTTP/1.1 500 No\r\n\r\nhello', 300);
    expect(closure.error).toMatchObject({ code: 'HANDSHAKE_STATUS', status: 500 });
    expect(after).toBeLessThan(REFUSAL_TIMEOUT_MS);
  });

  it('is told as soon when a proxy refuses', async () => {
    const proxy = (port: number): TcpOptions => ({ proxy: `http://127.0.0.1:${port}` });
    const { after, closure } = await refused('HTTP/1.1 403 No\r\n\r\nhello', 0, proxy);
    expect(closure.error).toMatchObject({ code: 'PROXY', detail: 'http-status', status: 403 });
    expect(after).toBeLessThan(REFUSAL_TIMEOUT_MS + 500);
  });
});
