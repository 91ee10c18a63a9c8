/**
 * The loads whose work is counted: each sets up what it needs and then handles `count` messages at a call. They go through
 * the transport that `createClient` uses, or through the client itself, and keep nothing.
 */
import { type Clock, systemClock } from '../../src/base/clock.ts';
import { systemRandom } from '../../src/base/random.ts';
import { connect, createClient } from '../../src/client/create-client.node.ts';
import { raw } from '../../src/messaging/raw.ts';
import { DEFAULT_LIMITS } from '../../src/protocol/limits.ts';
import { type TcpOptions, tcpTransport } from '../../src/transport/tcp/tcp-transport.ts';
import { WebSocket } from '../../src/transport/tcp/whatwg/websocket.ts';
import type { Transport, TransportFactory, TransportSink } from '../../src/transport/transport.ts';
import type { Addresses } from './work.ts';

/** Handles so many messages. */
export type Run = (count: number) => Promise<void>;

export const TEXT_32 = 'a message of 32 bytes, not more.';

/** So many messages are sent in a tick, or are under way at a time. */
const BATCH = 1000;

export const immediate = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Until the system has taken everything: most often at once. Looking all the time would allocate more than sending. */
async function drained(bufferedAmount: () => number): Promise<void> {
  await immediate();
  while (bufferedAmount() > 0) await new Promise((resolve) => setTimeout(resolve, 1));
}

/** A promise that somebody else settles. */
class Signal {
  #resolve: () => void = () => {};

  wait(): Promise<void> {
    return new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }

  tell(): void {
    this.#resolve();
  }
}

/** Nothing is to be compressed unless a load says so; what is trusted makes no difference to the work. */
const OPTIONS: TcpOptions = { compression: false, tls: { rejectUnauthorized: false } };

/** Opens a connection; `sink` is asked for with the transport, which exists by the time it is called. */
export function openTransport(
  url: string,
  sink: Partial<TransportSink> = {},
  factory: TransportFactory = tcpTransport(OPTIONS),
  clock: Clock = systemClock,
): Promise<Transport> {
  return new Promise((resolve, reject) => {
    const transport = factory(
      {
        url,
        protocols: [],
        headers: [],
        handshakeTimeout: 600_000, // of a clock that may be hasty
        closeTimeout: 5_000,
        limits: DEFAULT_LIMITS,
        clock,
        random: systemRandom,
      },
      {
        text() {},
        binary() {},
        ping() {},
        pong() {},
        drain() {},
        close: ({ error }) => reject(error ?? new Error('closed')),
        ...sink,
        open: () => resolve(transport),
      },
    );
  });
}

/** Sends batch after batch, each in one tick, and waits until the system has taken them. */
function sending(url: string, message: string | Uint8Array, batch: number): () => Promise<Run> {
  return async () => {
    const transport = await openTransport(`${url}/sink`);
    return async (count) => {
      for (let left = count; left > 0; left -= batch) {
        for (let index = 0; index < batch; index++) transport.send(message);
        await drained(() => transport.bufferedAmount);
      }
    };
  };
}

function receiving(url: string, opcode: number, size: number): () => Promise<Run> {
  return async () => {
    const done = new Signal();
    let left = 0;
    const take = (): void => {
      left--;
      if (left === 0) done.tell();
    };
    const transport = await openTransport(`${url}/flood/${opcode}/${size}`, { text: take, binary: take });
    return async (count) => {
      left = count;
      transport.send(String(count));
      await done.wait();
    };
  };
}

/** `inFlight` messages go round and round: each that comes back is sent again. */
function echoing(
  url: string,
  inFlight: number,
  first = TEXT_32,
  options: TcpOptions = OPTIONS,
): () => Promise<Run> {
  return async () => {
    const done = new Signal();
    let toSend = 0;
    let toCome = 0;
    const text = (message: string): void => {
      toCome--;
      if (toSend > 0) {
        toSend--;
        transport.send(message);
      } else if (toCome === 0) done.tell();
    };
    const transport = await openTransport(url, { text }, tcpTransport(options));
    return async (count) => {
      toCome = count;
      toSend = count - inFlight;
      for (let index = 0; index < inFlight; index++) transport.send(first);
      await done.wait();
    };
  };
}

function clientSending(url: string): () => Promise<Run> {
  return async () => {
    const transport = tcpTransport(OPTIONS);
    const client = createClient({ url: `${url}/sink`, envelope: raw(), transport });
    await client.ready();
    return async (count) => {
      for (let left = count; left > 0; left -= BATCH) {
        let last: Promise<unknown> | undefined;
        for (let index = 0; index < BATCH; index++) last = client.send(TEXT_32);
        await last;
        await drained(() => client.stats().bufferedAmount);
      }
    };
  };
}

function clientReceiving(url: string, listeners: number): () => Promise<Run> {
  return async () => {
    const transport = tcpTransport(OPTIONS);
    const client = createClient({ url: `${url}/flood/1/32`, envelope: raw(), transport });
    const seen: number[] = [];
    for (let index = 0; index < listeners; index++) {
      seen.push(0);
      client.on('message', () => {
        (seen[index] as number)++;
      });
    }
    await client.ready();
    return async (count) => {
      const end = client.stats().received + count;
      await client.send(String(count));
      do await immediate();
      while (client.stats().received < end);
    };
  };
}

function clientRequesting(url: string, inFlight: number): () => Promise<Run> {
  return async () => {
    const client = createClient({ url: `${url}/rpc`, transport: tcpTransport(OPTIONS) });
    await client.ready();
    const params = [1, 2];
    return async (count) => {
      for (let left = count; left > 0; left -= inFlight) {
        let last: Promise<unknown> | undefined;
        for (let index = 0; index < inFlight; index++) last = client.request('sum', params);
        await last;
      }
    };
  };
}

function connecting(url: string): () => Promise<Run> {
  return async () => {
    const factory = tcpTransport(OPTIONS);
    return async (count) => {
      for (let left = count; left > 0; left--) {
        await new Promise<void>((resolve) => {
          void openTransport(`${url}/echo`, { close: () => resolve() }, factory).then((transport) =>
            transport.close(1000),
          );
        });
      }
    };
  };
}

/** Through the socket of `connect()`, read by `for await`. */
function shortReceiving(url: string): () => Promise<Run> {
  return async () => {
    const socket = await connect(`${url}/flood/1/32`, { transport: tcpTransport(OPTIONS) });
    const messages = socket[Symbol.asyncIterator]();
    return async (count) => {
      socket.send(String(count));
      for (let left = count; left > 0; left--) await messages.next();
    };
  };
}

/** Through the class WebSocket, read by `onmessage`. */
function classReceiving(url: string): () => Promise<Run> {
  return async () => {
    const socket = new WebSocket(`${url}/flood/1/32`, [], OPTIONS);
    const done = new Signal();
    let left = 0;
    socket.onmessage = () => {
      left--;
      if (left === 0) done.tell();
    };
    await new Promise((resolve) => {
      socket.onopen = resolve;
    });
    return async (count) => {
      left = count;
      socket.send(String(count));
      await done.wait();
    };
  };
}

/** About 1 KiB that compresses as well as such things do. */
const JSON_1K: string = JSON.stringify(
  Array.from({ length: 16 }, (_, index) => ({
    id: index * 7919,
    name: `item ${index * 31}`,
    price: index * 1.7,
  })),
);

/** Every load by its name. A count is a multiple of the load's batch. */
export function createLoads({ plain, secure }: Addresses): Readonly<Record<string, () => Promise<Run>>> {
  return {
    'send text 32 B, 1000 a tick': sending(plain, TEXT_32, BATCH),
    'send text 32 B, 1 a tick': sending(plain, TEXT_32, 1),
    'send text 1 KiB, 10 a tick': sending(plain, TEXT_32.repeat(32), 10),
    'send binary 1 KiB, 10 a tick': sending(plain, new Uint8Array(1024), 10),
    'send binary 64 KiB, 1 a tick': sending(plain, new Uint8Array(64 * 1024), 1),
    'send binary 1 MiB, 1 a tick': sending(plain, new Uint8Array(1024 * 1024), 1),
    'receive text 32 B': receiving(plain, 1, 32),
    'receive text 1 KiB': receiving(plain, 1, 1024),
    'receive binary 32 B': receiving(plain, 2, 32),
    'receive binary 1 KiB': receiving(plain, 2, 1024),
    'receive binary 1 MiB': receiving(plain, 2, 1024 * 1024),
    'echo text 32 B, 1000 in flight': echoing(`${plain}/echo`, BATCH),
    'echo text 32 B, 1 in flight': echoing(`${plain}/echo`, 1),
    'echo JSON 1 KiB compressed, 10 in flight': echoing(`${plain}/deflate`, 10, JSON_1K, {
      compression: { threshold: 0 },
    }),
    'TLS: send text 32 B, 1000 a tick': sending(secure, TEXT_32, BATCH),
    'TLS: receive text 32 B': receiving(secure, 1, 32),
    'TLS: receive binary 1 MiB': receiving(secure, 2, 1024 * 1024),
    'client: send text 32 B, 1000 a tick': clientSending(plain),
    'client: message, no listener': clientReceiving(plain, 0),
    'client: message, 1 listener': clientReceiving(plain, 1),
    'client: message, 3 listeners': clientReceiving(plain, 3),
    'client: request, 100 in flight': clientRequesting(plain, 100),
    'client: request, 1 in flight': clientRequesting(plain, 1),
    'connect(): receive text 32 B': shortReceiving(plain),
    'WebSocket: receive text 32 B': classReceiving(plain),
    'connect and close': connecting(plain),
  };
}
