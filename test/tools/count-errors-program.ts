/**
 * A program of its own: connects and closes cleanly, over the transport, by the WebSocket class and by a client that asks and is
 * asked meanwhile, and says which errors and controllers were made. Arguments: the URL of the conformance server.
 */
const made: string[] = [];
// Before anything of ours is loaded: a subclass keeps the class that it was made from.
for (const name of [
  'Error',
  'TypeError',
  'RangeError',
  'SyntaxError',
  'DOMException',
  'AbortController',
] as const) {
  const original = globalThis[name] as unknown as new (...args: unknown[]) => object;
  const counted: typeof original = new Proxy(original, {
    construct(target, args: unknown[], made_): object {
      made.push(`${name}: ${String(args[0])}`);
      return Reflect.construct(target, args, made_ === counted ? target : made_);
    },
  });
  Object.defineProperty(globalThis, name, { value: counted, configurable: true, writable: true });
}

const { createClient } = await import('../../src/index.node.ts');
const { tcpTransport, WebSocket } = await import('../../src/node.ts');
const { systemClock } = await import('../../src/base/clock.ts');
const { systemRandom } = await import('../../src/base/random.ts');
const { DEFAULT_LIMITS } = await import('../../src/protocol/limits.ts');
const url = process.argv[2] as string;
const nothing = (): void => {};

/** One connection over a transport of its own: its close code. */
function overTransport(): Promise<number> {
  return new Promise((resolve) => {
    const transport = tcpTransport()(
      {
        url,
        protocols: [],
        headers: [],
        handshakeTimeout: 60_000,
        closeTimeout: 60_000,
        limits: DEFAULT_LIMITS,
        clock: systemClock,
        random: systemRandom,
      },
      {
        open: () => transport.close(1000),
        text: nothing,
        binary: nothing,
        ping: nothing,
        pong: nothing,
        drain: nothing,
        close: ({ code }) => resolve(code),
      },
    );
  });
}

function byClass(): Promise<number> {
  return new Promise((resolve) => {
    const socket = new WebSocket(url);
    socket.onopen = () => socket.close(1000);
    socket.onclose = ({ code }) => resolve(code);
  });
}

/** The server says again what it hears: a request comes back as one of its own, and our reply to it as the reply. */
async function byClient(): Promise<number> {
  const client = createClient({ url });
  client.handle('sum', () => 3);
  await client.request('sum', [1, 2]);
  await client.send({ left: 'alone' });
  await client.close();
  return client.why().lastClosure?.code ?? 0;
}

// What is made once, to find out what the platform has, is not what a connection costs. From version 22 on Node loads its
// whole fetch, with a controller in it, when this name is read.
void (globalThis as { MessageEvent?: unknown }).MessageEvent;
made.length = 0;
// That counting works is seen by one of each kind.
new TypeError('seen');
new AbortController();
const seen = made.splice(0).length;
const codes = [await overTransport(), await overTransport(), await byClass(), await byClient()];
console.log(JSON.stringify({ seen, codes, made }));

export {};
