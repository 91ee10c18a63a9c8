/**
 * Messages in fragments of ours. The WebSocket class has none, as in a browser; the engine has, so this is the engine
 * over the dial of the transport: the same way to the server, proxies and TLS included.
 */
import { systemClock } from '../../src/base/clock.ts';
import { systemRandom } from '../../src/base/random.ts';
import { ArrayWriter } from '../../src/protocol/array-writer.ts';
import { ClientEngine } from '../../src/protocol/engine.ts';
import { DEFAULT_LIMITS } from '../../src/protocol/limits.ts';
import { createCompression } from '../../src/transport/tcp/deflate/compression.ts';
import { Dial, type DialHandler } from '../../src/transport/tcp/dialling/dial.ts';
import { TransportMemory } from '../../src/transport/tcp/memory/memory.ts';
import type { WritableSocket } from '../../src/transport/tcp/memory/pooled-writer.ts';
import { planConnection } from '../../src/transport/tcp/tcp-transport.ts';
import type { TransportRequest } from '../../src/transport/transport.ts';
import type { Peer } from './peers.ts';

export type Fragments = readonly string[] | readonly Uint8Array[];

export class FragmentingClient {
  readonly #peer: Peer;

  constructor(peer: Peer) {
    this.#peer = peer;
  }

  /** Sends messages, each in its fragments, and gives back as many answers. */
  exchange(...messages: readonly Fragments[]): Promise<(string | Uint8Array)[]> {
    const { url, options } = this.#peer;
    const request: TransportRequest = {
      url,
      protocols: [],
      headers: [],
      handshakeTimeout: 30_000,
      closeTimeout: 10_000,
      limits: DEFAULT_LIMITS,
      clock: systemClock,
      random: systemRandom,
    };
    const plan = planConnection(request, options);
    const memory = new TransportMemory();
    const writer = new ArrayWriter();
    const answers: (string | Uint8Array)[] = [];
    return new Promise((resolve, reject) => {
      let socket: WritableSocket | undefined;
      const flush = (): void => {
        for (const block of writer.take()) socket?.write(block);
      };
      const answered = (message: string | Uint8Array): void => {
        answers.push(message);
        if (answers.length === messages.length) engine.close(1000);
      };
      const engine: ClientEngine = new ClientEngine({
        ...plan.handshake,
        limits: DEFAULT_LIMITS,
        random: systemRandom,
        compression:
          plan.compression && createCompression(plan.compression, memory, DEFAULT_LIMITS.maxMessageBytes),
        writer,
        sink: {
          open: () => {
            for (const fragments of messages) {
              for (const [index, part] of fragments.entries()) {
                engine.sendFragment(part, index === fragments.length - 1);
              }
            }
          },
          text: answered,
          binary: answered,
          ping: () => {},
          pong: () => {},
          close: () => {
            dial.destroy();
            resolve(answers);
          },
          failure: reject,
        },
      });
      const handler: DialHandler = {
        room: () => engine.room,
        connected: (connected) => {
          socket = connected;
          engine.open();
          flush();
        },
        read: (chunk, length) => {
          engine.receive(chunk, 0, length);
          flush();
        },
        refused: () => {},
        ended: () => {
          engine.receiveEnd();
          return false;
        },
        failed: reject,
        closed: () => engine.receiveEnd(),
      };
      const dial = new Dial(plan.dial, request, handler, memory.readBuffer);
      dial.start();
    });
  }
}
