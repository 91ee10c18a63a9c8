/**
 * A server of long polling (see the preset `longPolling`) in memory, on a virtual clock: what the network may do to its
 * requests is a switch of the test.
 */
import type { Clock } from '../../src/base/clock.ts';
import type { PollFetch, PollInit, PollResponse } from '../../src/polling.ts';

interface Peer {
  cursor: number;
  /** What was not acknowledged: message number, text. */
  waiting: [number, string][];
  wake: (() => void) | undefined;
}

export class LongPollServer {
  /** `GET`, `POST` and what came in them, in order. */
  readonly log: string[] = [];
  /** Every text that arrived, over all sessions. */
  readonly received: string[] = [];
  /** What to do with a message. */
  onMessage: (text: string, say: (text: string) => void) => void = () => {};
  /** Refuses whatever comes with this status. */
  status: number | undefined;
  retryAfter: number | undefined;
  /** Answers to so many requests of this kind are lost, after the server has done its work. */
  lose = { GET: 0, POST: 0 };
  readonly #clock: Clock;
  readonly #peers = new Map<string, Peer>();
  readonly #holdMs: number;

  constructor(clock: Clock, holdMs = 30_000) {
    this.#clock = clock;
    this.#holdMs = holdMs;
  }

  /** Tells every session. */
  push(text: string): void {
    for (const peer of this.#peers.values()) say(peer, text);
  }

  /** Forgets all sessions, as a restart does. */
  forget(): void {
    const peers = [...this.#peers.values()];
    this.#peers.clear();
    for (const { wake } of peers) wake?.();
  }

  readonly fetch: PollFetch = async (address, init) => {
    const url = new URL(address);
    const kind = init.method as 'GET' | 'POST';
    this.log.push(typeof init.body === 'string' ? `${kind} ${init.body}` : kind);
    if (this.status !== undefined) {
      const headers = new Headers(
        this.retryAfter === undefined ? {} : { 'Retry-After': `${this.retryAfter}` },
      );
      return answer(this.status, 'refused', headers);
    }
    const response = await this.#serve(url, kind, init);
    if (this.lose[kind] > 0) {
      this.lose[kind]--;
      throw new TypeError('Failed to fetch');
    }
    return response;
  };

  async #serve(url: URL, kind: 'GET' | 'POST', init: PollInit): Promise<PollResponse> {
    const name = url.searchParams.get('session') ?? '';
    const cursor = url.searchParams.get('cursor');
    if (kind === 'GET' && cursor === null) {
      this.#peers.set(name, { cursor: 0, waiting: [], wake: undefined });
      return answer(200, JSON.stringify({ cursor: 0, messages: [] }));
    }
    const peer = this.#peers.get(name);
    if (peer === undefined) return answer(410);
    if (kind === 'POST') {
      for (const text of JSON.parse(init.body as string) as string[]) {
        this.received.push(text);
        this.onMessage(text, (reply) => say(peer, reply));
      }
      return answer(200);
    }
    peer.waiting = peer.waiting.filter(([number]) => number > Number(cursor));
    if (peer.waiting.length === 0) await this.#hold(peer, init.signal);
    if (this.#peers.get(name) !== peer) return answer(410);
    if (peer.waiting.length === 0) return answer(204);
    return answer(
      200,
      JSON.stringify({ cursor: peer.waiting.at(-1)?.[0], messages: peer.waiting.map(([, text]) => text) }),
    );
  }

  async #hold(peer: Peer, signal: AbortSignal): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = this.#clock.setTimer(resolve, this.#holdMs);
      peer.wake = () => {
        this.#clock.clearTimer(timer);
        resolve();
      };
      signal.addEventListener('abort', () => peer.wake?.());
    });
    peer.wake = undefined;
  }
}

function say(peer: Peer, text: string): void {
  peer.cursor++;
  peer.waiting.push([peer.cursor, text]);
  peer.wake?.();
}

function answer(status: number, text = '', headers: Headers = new Headers()): PollResponse {
  return { status, statusText: '', headers, body: null, text: async () => text };
}
