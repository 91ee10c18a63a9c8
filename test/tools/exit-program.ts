/**
 * A program of its own: it ends connections in every way there is, says what its process still holds, and must then
 * exit by itself. Arguments: the URL of the conformance server.
 */
import { systemClock } from '../../src/base/clock.ts';
import { systemRandom } from '../../src/base/random.ts';
import { DEFAULT_LIMITS } from '../../src/protocol/limits.ts';
import { type TcpOptions, tcpTransport } from '../../src/transport/tcp/tcp-transport.ts';
import type { Transport } from '../../src/transport/transport.ts';

const base = process.argv[2] as string;
const shared = tcpTransport();

function run(
  url: string,
  onOpen: (transport: Transport) => void,
  changes: { closeTimeout?: number } = {},
  own?: TcpOptions,
): Promise<string> {
  const factory = own === undefined ? shared : tcpTransport(own);
  return new Promise((resolve) => {
    const transport = factory(
      {
        url,
        protocols: [],
        headers: [],
        handshakeTimeout: 60_000,
        closeTimeout: 60_000,
        limits: DEFAULT_LIMITS,
        clock: systemClock,
        random: systemRandom,
        ...changes,
      },
      {
        open: () => onOpen(transport),
        text: () => {},
        binary: () => {},
        ping: () => {},
        pong: () => {},
        drain: () => {},
        close: ({ code, error }) => resolve(error?.code ?? String(code)),
      },
    );
    if (/never|queued/.test(url)) onOpen(transport);
  });
}

const nothing = (): void => {};
async function main(): Promise<void> {
  const ends = await Promise.all([
    run(`${base}/echo`, (transport) => transport.close(1000)),
    run(`${base}/echo`, (transport) => transport.abandon()),
    run(`${base}/close?code=4000&reason=`, nothing),
    run(`${base}/refuse?status=401`, nothing),
    run(`${base}/reset-handshake`, nothing),
    run(`${base}/garbage`, nothing),
    run(`${base}/never`, (transport) => transport.abandon()),
    run(`${base.replace('ws:', 'wss:')}/never`, (transport) => transport.close()),
    run(`${base}/silent-close`, (transport) => transport.close(), { closeTimeout: 50 }),
    run('ws://host.invalid/', nothing),
    run(`${base}/queued`, (transport) => transport.abandon()),
    run(base, nothing, {}, { proxy: 'http://127.0.0.1:1' }),
    run(base, nothing, {}, { proxy: 'socks5://127.0.0.1:1' }),
    run(base, nothing, {}, { createConnection: () => Promise.reject(new Error('no')) }),
    run('ws+unix:/nowhere.sock:/', nothing),
    run('wss://127.0.0.1:1/', nothing, {}, { redirects: 3 }),
  ]);
  // The sockets' handles are closed in the next turn of the loop.
  setImmediate(() => {
    const held = process.getActiveResourcesInfo().filter((kind) => !/PipeWrap|TTYWrap|Immediate/.test(kind));
    process.stdout.write(JSON.stringify({ ends, held }));
  });
}

void main();
