/** One life of a program: a client whose outbox is kept in a storage, wired to a server in memory. */
import type { Clock } from '../../../src/base/clock.ts';
import { DeliveryError, type HoldlineError } from '../../../src/base/errors.ts';
import type { RandomSource } from '../../../src/base/random.ts';
import type { ClientPlugin } from '../../../src/client/core.ts';
import { type Client, createClient, raw, type SendOptions } from '../../../src/index.ts';
import { createScriptedServer, type ScriptedServer } from '../../../src/testing/scripted-server.ts';
import type { MessageOptions, SendData, TransportFactory } from '../../../src/transport/transport.ts';

/** More than a client lets a socket have. */
const FULL = 17 * 1024 * 1024;

export interface Life {
  readonly client: Client;
  readonly server: ScriptedServer;
  /** What became of every message, in the words `data sent` or `data CODE outcome`. */
  readonly fates: readonly string[];
  /** What the `error` events told. */
  readonly errors: readonly HoldlineError[];
  /** The codes of the `drop` events. */
  readonly drops: readonly string[];
  /** What was handed to the socket. */
  readonly wire: readonly SendData[];
  /** The options with which it was. */
  readonly wireOptions: readonly (MessageOptions | undefined)[];
  /** Called before anything is handed to the socket. False: the socket does not take it. */
  beforeSend: (data: SendData) => boolean;
  /** Sends a message, and notes its fate. */
  send(data: SendData | Blob, options?: SendOptions): void;
  /** The socket has enough to do. */
  congest(): void;
  /** Gets a connection that is ready, and has enough to do: what is sent waits. */
  accept(): void;
  /** The socket takes data again. */
  drain(): void;
}

let lives = 0;

/** Each life has a name of its own: the bytes that chance gives it. */
function nextChance(): RandomSource {
  const name = ++lives;
  return { fill: (target) => void target.fill(name), uniform: () => 0.5 };
}

export function beginLife(journal: ClientPlugin, clock: Clock, options: object = {}): Life {
  const server = createScriptedServer({ onConnect: () => {} });
  const fates: string[] = [];
  const errors: HoldlineError[] = [];
  const drops: string[] = [];
  const wire: SendData[] = [];
  const wireOptions: (MessageOptions | undefined)[] = [];
  const transport: TransportFactory = (request, sink) => {
    const inner = server.transport(request, sink);
    const send: typeof inner.send = (data, how) => {
      if (!life.beforeSend(data)) return false;
      wire.push(data);
      wireOptions.push(how);
      return inner.send(data);
    };
    return Object.create(inner, { send: { value: send } });
  };
  const client = createClient({
    url: 'ws://test/',
    envelope: raw(),
    clock,
    random: nextChance(),
    heartbeat: false,
    transport,
    use: [journal],
    ...options,
  });
  client.on('error', (error) => void errors.push(error as HoldlineError));
  client.on('drop', ({ code }) => void drops.push(code));
  const life: Life = {
    client,
    server,
    fates,
    errors,
    drops,
    wire,
    wireOptions,
    beforeSend: () => true,
    send: (data, how) => {
      client.send(data, how).then(
        () => fates.push(`${data} sent`),
        (error) => {
          expectDelivery(error);
          fates.push(`${data} ${error.code} ${error.outcome}`);
        },
      );
    },
    congest: () => {
      server.last.bufferedAmount = FULL;
    },
    accept: () => {
      life.congest();
      server.last.accept();
    },
    drain: () => server.last.drain(),
  };
  return life;
}

function expectDelivery(error: unknown): asserts error is DeliveryError {
  if (!(error instanceof DeliveryError)) throw error;
}
