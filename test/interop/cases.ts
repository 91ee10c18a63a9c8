/**
 * The cases of the matrix. Every server echoes what it hears, except these texts: `!fragments` (a text in four frames),
 * `!burst` (200 texts), `!ping` (pings, and tells of the pong), `!close` (closes with 4001), `!last-close` (tells the
 * code and reason of the last Close with 4002 that a client began).
 */
import { expect } from 'vitest';
import { WebSocket } from '../../src/node.ts';
import type {
  CloseEvent,
  SocketMessageEvent,
  SocketPongEvent,
} from '../../src/transport/tcp/whatwg/websocket-events.ts';
import { nextEvent } from '../tools/socket-events.ts';
import { FragmentingClient } from './fragmenting-client.ts';
import type { InteropCaseId } from './matrix.ts';
import type { Peer } from './peers.ts';

/** A peer, and the sockets that a case opens to it. */
export interface Meeting {
  readonly peer: Peer;
  /** Whether the crossing stands in INTEROP_EXCEPTIONS as partly run. */
  readonly partly: boolean;
  /** Opens a socket; it is dropped after the case. */
  open(options?: object): Promise<Talk>;
}

/** An open socket whose messages are kept from the start. */
export class Talk {
  readonly socket: WebSocket;
  readonly #messages: (string | Uint8Array)[] = [];
  #wake: (() => void) | undefined;
  #lost: Error | undefined;

  constructor(socket: WebSocket) {
    this.socket = socket;
    socket.binaryType = 'arraybuffer';
    socket.onmessage = ({ data }: SocketMessageEvent) => {
      this.#messages.push(typeof data === 'string' ? data : new Uint8Array(data as ArrayBuffer));
      this.#wake?.();
    };
    socket.addEventListener('close', ({ code }: CloseEvent) => {
      this.#lost = new Error(`closed with ${code} before a message`);
      this.#wake?.();
    });
  }

  /** The next `count` messages. */
  async hear(count: number): Promise<(string | Uint8Array)[]> {
    while (this.#messages.length < count) {
      if (this.#lost !== undefined) throw this.#lost;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    return this.#messages.splice(0, count);
  }

  /** Sends, and gives back what the server answers. */
  async ask(message: string | Uint8Array): Promise<string | Uint8Array> {
    this.socket.send(message);
    const [answer] = await this.hear(1);
    return answer as string | Uint8Array;
  }

  async closed(): Promise<Pick<CloseEvent, 'code' | 'reason' | 'wasClean' | 'error'>> {
    const { code, reason, wasClean, error } = await nextEvent<CloseEvent>(this.socket, 'close');
    return { code, reason, wasClean, error };
  }
}

const MIB = 1024 * 1024;
const FRAGMENTS = ['Gr', 'üße, ', '', '世界'];
const WHOLE = FRAGMENTS.join('');

/** Bytes that repeat, but not too soon. */
const pattern = (length: number): Uint8Array<ArrayBuffer> =>
  Uint8Array.from({ length }, (_, index) => (index * 7 + (index >> 8)) % 251);

const text = (length: number): string => 'Grüße, 世界! '.repeat(Math.ceil(length / 12)).slice(0, length);

/** A list of a million differences would help nobody. */
const sameBytes = (answer: string | Uint8Array, bytes: Uint8Array): boolean =>
  typeof answer !== 'string' && Buffer.compare(answer, bytes) === 0;

const burst = (): string[] => Array.from({ length: 200 }, (_, index) => `message ${index}`);

/** What is done and expected. */
export const RUN: Readonly<Record<InteropCaseId, (meeting: Meeting) => Promise<void>>> = {
  async agreement({ peer, open }) {
    const frames: { direction: string; length: number }[] = [];
    const talk = await open({
      trace: ({ direction, length }: { direction: string; length: number }) =>
        frames.push({ direction, length }),
    });
    const parts = (extensions: string): string[] => extensions.split('; ').sort();
    expect(parts(talk.socket.extensions)).toEqual(parts(peer.extensions));
    expect(await talk.ask(text(10_000))).toBe(text(10_000));
    // Compressed in both directions where that was agreed, and nowhere else.
    const isCompressed = peer.extensions !== '';
    expect(frames.map(({ direction, length }) => [direction, length < 5_000])).toEqual([
      ['out', isCompressed],
      ['in', isCompressed],
    ]);
  },

  async text({ open }) {
    const talk = await open();
    for (const message of ['a', 'Grüße, 世界 😀', text(125), text(126), text(70_000)]) {
      expect(await talk.ask(message)).toBe(message);
    }
  },

  async binary({ open }) {
    const talk = await open();
    for (const size of [1, 125, 126, 65_535, 65_536]) {
      expect(sameBytes(await talk.ask(pattern(size)), pattern(size))).toBe(true);
    }
    talk.socket.send(new Blob([pattern(1000)]));
    expect(await talk.hear(1)).toEqual([pattern(1000)]);
  },

  async empty({ open }) {
    const talk = await open();
    expect(await talk.ask('')).toBe('');
    expect(await talk.ask(new Uint8Array(0))).toEqual(new Uint8Array(0));
  },

  async large({ open }) {
    const talk = await open();
    expect((await talk.ask('x'.repeat(MIB))) === 'x'.repeat(MIB)).toBe(true);
    const bytes = pattern(MIB);
    expect(sameBytes(await talk.ask(bytes), bytes)).toBe(true);
  },

  async 'fragments-in'({ open }) {
    const talk = await open();
    expect(await talk.ask('!fragments')).toBe(WHOLE);
  },

  async 'fragments-out'({ peer }) {
    const client = new FragmentingClient(peer);
    const answers = await client.exchange(
      FRAGMENTS,
      FRAGMENTS.map((part) => new TextEncoder().encode(part)),
    );
    expect(answers).toEqual([WHOLE, new TextEncoder().encode(WHOLE)]);
  },

  async 'burst-in'({ open }) {
    const talk = await open();
    talk.socket.send('!burst');
    expect(await talk.hear(200)).toEqual(burst());
  },

  async 'burst-out'({ open }) {
    const talk = await open();
    for (const message of burst()) talk.socket.send(message);
    expect(await talk.hear(200)).toEqual(burst());
    await expect.poll(() => talk.socket.bufferedAmount).toBe(0);
  },

  async 'ping-out'({ open }) {
    const { socket } = await open();
    for (const payload of ['', 'are you there?', 'x'.repeat(125)]) {
      const pong = nextEvent<SocketPongEvent>(socket, 'pong');
      socket.ping(payload);
      expect(Buffer.from((await pong).data).toString()).toBe(payload);
    }
  },

  async 'ping-in'({ open }) {
    const talk = await open();
    expect(await talk.ask('!ping')).toBe('pong: are you there?');
  },

  async 'close-out'({ partly, open }) {
    const talk = await open();
    await talk.ask('first');
    // Before its Close everything that was sent arrives.
    talk.socket.close(4002, partly ? '' : 'the client’s reason');
    expect(await talk.closed()).toEqual(
      partly
        ? { code: 1005, reason: '', wasClean: true, error: undefined }
        : {
            code: 4002,
            reason: expect.stringMatching(/^(the client’s reason)?$/),
            wasClean: true,
            error: undefined,
          },
    );
    const other = await open();
    await expect.poll(() => other.ask('!last-close')).toBe(`4002 ${partly ? '' : 'the client’s reason'}`);
  },

  async 'close-empty'({ open }) {
    const talk = await open();
    talk.socket.close();
    expect(await talk.closed()).toEqual({ code: 1005, reason: '', wasClean: true, error: undefined });
  },

  async 'close-in'({ open }) {
    const talk = await open();
    talk.socket.send('!close');
    expect(await talk.closed()).toEqual({
      code: 4001,
      reason: 'the server’s reason',
      wasClean: true,
      error: undefined,
    });
    expect(talk.socket.readyState).toBe(WebSocket.CLOSED);
  },
};
