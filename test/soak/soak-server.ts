/** A JSON-RPC server (of the `ws` package) with moods: it closes, drops, pings, asks and babbles as the dice say. */
import type { AddressInfo } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';
import type { Dice } from './dice.ts';

const TICK_MS = 50;

/** Events of the past that it can still tell again. */
const REMEMBERED_EVENTS = 100;

/** Codes that a client comes back from, and those that it does not. */
const PASSING_CODES = [1000, 1001, 1011, 1014, 3000, 4000] as const;
const FINAL_CODES = [1002, 1003, 1009, 3500, 4400] as const;
const ADVICE = ['{ "retryAfter": 20 }', '{ "reconnect": false }'] as const;

export interface SoakServer {
  readonly port: number;
  /** How often it has seen each id. */
  readonly seen: Map<string, number>;
  /** Connections that it has had. */
  readonly accepted: number;
  /** Resolves when it has no connection any more. */
  idle(): Promise<void>;
  close(): Promise<void>;
}

interface Call {
  readonly id?: number | string;
  readonly method?: string;
  readonly params?: unknown;
}

/** Starts it. Messages are written down by `params.id`, or by `id` where there is no method. */
export async function startSoakServer(dice: Dice): Promise<SoakServer> {
  const server = new WebSocketServer({
    host: '127.0.0.1',
    port: 0,
    perMessageDeflate: { threshold: 64 },
    verifyClient: (_info, answer) => {
      const status = dice.chance(0.03) ? dice.pick([429, 500, 503, 404]) : undefined;
      if (status === undefined) answer(true);
      else answer(false, status, 'not now', dice.chance(0.5) ? { 'Retry-After': '0' } : {});
    },
  });
  const seen = new Map<string, number>();
  const guests = new Set<Guest>();
  let accepted = 0;
  let now = 0;
  let onIdle = (): void => {};
  server.on('connection', (socket) => {
    accepted++;
    const guest = new Guest(socket, dice, seen, () => now);
    guests.add(guest);
    socket.once('close', () => {
      guest.stop();
      guests.delete(guest);
      if (guests.size === 0) onIdle();
    });
  });
  await new Promise((resolve) => server.once('listening', resolve));
  const ticking = setInterval(() => {
    now++;
    for (const guest of guests) guest.tick(now);
  }, TICK_MS);
  return {
    port: (server.address() as AddressInfo).port,
    seen,
    get accepted() {
      return accepted;
    },
    idle: () =>
      new Promise((resolve) => {
        onIdle = resolve;
        if (guests.size === 0) resolve();
      }),
    close: () => {
      clearInterval(ticking);
      for (const socket of server.clients) socket.terminate();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

/** One connection, as the server sees it. */
class Guest {
  readonly #socket: WebSocket;
  readonly #dice: Dice;
  readonly #seen: Map<string, number>;
  readonly #now: () => number;
  readonly #subscriptions = new Set<number>();
  readonly #timers = new Set<NodeJS.Timeout>();
  #lastId = 0;

  constructor(socket: WebSocket, dice: Dice, seen: Map<string, number>, now: () => number) {
    this.#socket = socket;
    this.#dice = dice;
    this.#seen = seen;
    this.#now = now;
    socket.on('error', () => {});
    socket.on('message', (data) => this.#take(JSON.parse(String(data))));
  }

  /** An event for every subscription, and now and then a mood. */
  tick(at: number): void {
    for (const subscription of this.#subscriptions) this.#tell(subscription, at);
    if (this.#dice.chance(0.02)) this.#haveMood();
  }

  stop(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
  }

  #haveMood(): void {
    const socket = this.#socket;
    const dice = this.#dice;
    switch (
      dice.weighted({
        ask: 6,
        ping: 3,
        big: 2,
        babble: 1,
        passing: 3,
        advice: 1,
        final: 0.5,
        drop: 1,
        pause: 1,
      })
    ) {
      case 'ask':
        return this.#say({ jsonrpc: '2.0', id: `s${++this.#lastId}`, method: 'confirm', params: [1] });
      case 'ping':
        return socket.ping('are you there');
      case 'big':
        return this.#say({ jsonrpc: '2.0', method: 'news', params: 'x'.repeat(dice.byDigits(200_000)) });
      case 'babble':
        return socket.send(dice.pick(['no json', '{', '[]', 'null', '{"jsonrpc":"2.0","id":0,"result":1}']));
      case 'passing':
        return socket.close(dice.pick(PASSING_CODES));
      case 'advice':
        return socket.close(dice.pick([1000, 1012, 1013]), dice.pick(ADVICE));
      case 'final':
        return socket.close(dice.pick(FINAL_CODES));
      case 'drop':
        return socket.terminate();
      case 'pause':
        socket.pause();
        return this.#later(dice.between(1, 400), () => socket.resume());
    }
  }

  #take({ id, method, params }: Call): void {
    const { id: named } = (params ?? {}) as { id?: string };
    const written = method === undefined ? String(id) : named;
    // Its answers to our own questions come under ids of ours.
    if (written !== undefined && !/^s\d/.test(written))
      this.#seen.set(written, (this.#seen.get(written) ?? 0) + 1);
    if (method === undefined || id === undefined) return;
    const answer = (result: unknown): void => this.#say({ jsonrpc: '2.0', id, result });
    switch (method) {
      case 'echo':
        return answer(params);
      case 'slow':
        return this.#later(this.#dice.between(0, 400), () => answer(params));
      case 'refuse':
        return this.#say({ jsonrpc: '2.0', id, error: { code: 1, message: 'no' } });
      case 'subscribe':
        return this.#subscribe(params as [string, { after?: number }?], answer);
      case 'unsubscribe':
        this.#subscriptions.delete((params as [number])[0]);
        return answer(true);
    }
  }

  #subscribe(
    [, { after } = {}]: readonly [string, { after?: number }?],
    answer: (result: unknown) => void,
  ): void {
    const subscription = ++this.#lastId;
    const now = this.#now();
    const resumed = after !== undefined && now - after <= REMEMBERED_EVENTS;
    this.#subscriptions.add(subscription);
    answer({ subscription, resumed });
    if (resumed) for (let at = after + 1; at <= now; at++) this.#tell(subscription, at);
  }

  #tell(subscription: number, at: number): void {
    this.#say({ jsonrpc: '2.0', method: 'subscription', params: { subscription, result: { at } } });
  }

  #say(message: unknown): void {
    if (this.#socket.readyState === this.#socket.OPEN) this.#socket.send(JSON.stringify(message));
  }

  #later(delay: number, act: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      act();
    }, delay);
    this.#timers.add(timer);
  }
}
