/** A client on a connection whose socket has enough to do: what it sends waits in the outbox. */
import type { SendOptions } from '../../src/messaging/outbox-options.ts';
import { raw } from '../../src/messaging/raw.ts';
import { createScriptedServer, type ScriptedServer } from '../../src/testing/scripted-server.ts';
import type { MessageOptions, SendData, TransportFactory } from '../../src/transport/transport.ts';
import { type Bench, setUp } from '../client/set-up.ts';

/** More than a client lets a socket have. */
const FULL = 17 * 1024 * 1024;

/** Whether the transport takes a message; what it throws is thrown by its `send`. */
export type Take = (data: SendData, options: MessageOptions | undefined) => boolean;

export interface CongestedBench extends Omit<Bench, 'server'> {
  readonly server: ScriptedServer;
  /** What became of every message, in the words `data sent` or `data CODE outcome`, in this order. */
  readonly fates: readonly string[];
  /** Sends a message, and gives what takes it back. */
  add(data: SendData, options?: SendOptions): AbortController;
  /** Sets what the transport takes. */
  take(take: Take): void;
  /** What the newest connection was given. */
  wire(): readonly SendData[];
  /** Lets promises run. */
  settle(): Promise<void>;
  /** The socket has enough to do from now on. */
  congest(): void;
  /** The socket takes data again. */
  drain(): Promise<void>;
  /** Closes the client without waiting for messages to leave. */
  close(): Promise<void>;
}

export async function openCongested(options: Parameters<typeof setUp>[0] = {}): Promise<CongestedBench> {
  const server = createScriptedServer();
  let take: Take = () => true;
  const transport: TransportFactory = (request, sink) => {
    const inner = server.transport(request, sink);
    const send: typeof inner.send = (data, how) => take(data, how) && inner.send(data);
    return Object.create(inner, { send: { value: send } });
  };
  const bench = setUp({ envelope: raw(), transport, ...options });
  const { client, clock } = bench;
  const fates: string[] = [];
  const congest = (): void => {
    server.last.bufferedAmount = FULL;
  };
  await bench.open();
  congest();
  return {
    ...bench,
    server,
    fates,
    add: (data, how) => {
      const controller = new AbortController();
      client.send(data, { ...how, signal: controller.signal }).then(
        () => fates.push(`${data} sent`),
        (error) => fates.push(`${data} ${error.code} ${error.outcome}`),
      );
      return controller;
    },
    take: (next) => {
      take = next;
    },
    wire: () => server.last.received,
    settle: () => clock.settle(),
    congest,
    drain: () => {
      server.last.drain();
      return clock.settle();
    },
    close: async () => {
      const closed = client.close({ flush: false });
      await clock.advance(0);
      await closed;
    },
  };
}
