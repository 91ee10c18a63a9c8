import type { Clock } from '../base/clock.ts';
import type { Dice } from './dice.ts';

/** Which way bytes go: to the server or from it. */
export type Direction = 'up' | 'down';

/** What a network does to all of its links. */
export interface Weather {
  /** Milliseconds that bytes need at least. */
  lag: number;
  /** Bytes a second. */
  rate: number;
  /** Nothing arrives before this moment. */
  heldUntil: number;
}

/** What hears the bytes of one direction. */
interface Ear {
  bytes(chunk: Uint8Array): unknown;
  end(): unknown;
}

/** As much may be on the way before a writer has to wait: what the buffers of two systems hold. */
const WINDOW_BYTES = 65_536;

/** One direction of a link: in order, with delays, never more than was written. */
class Pipe {
  /** Bytes until it breaks. */
  cutAfter: number = Number.POSITIVE_INFINITY;
  /** What is written is lost, and the writer does not learn of it. */
  isVoid = false;
  /** Bytes on the way, or lost. */
  inFlight = 0;
  #clearAt = 0;
  /** On the way, in order; `undefined` is the end. */
  readonly #queue: { readonly chunk: Uint8Array | undefined; readonly arrived: (() => void) | undefined }[] =
    [];
  readonly #link: Link;
  readonly #ear: Ear;

  constructor(link: Link, ear: Ear) {
    this.#link = link;
    this.#ear = ear;
  }

  /** Sends bytes on their way; `undefined` is the end. `arrived` is called when they are there. */
  push(chunk: Uint8Array | undefined, arrived?: () => void): void {
    const { clock, weather, lag } = this.#link;
    const size = chunk?.length ?? 0;
    const from = Math.max(clock.now() + lag + weather.lag, this.#clearAt);
    this.#clearAt = from + (size * 1_000) / weather.rate;
    this.inFlight += size;
    this.#queue.push({ chunk, arrived });
    this.#wake(this.#clearAt);
  }

  /** There is one such timer for everything on the way, and each takes what is first then. */
  #wake(time: number): void {
    const { clock, weather } = this.#link;
    clock.setTimer(() => {
      if (this.isVoid) return;
      if (weather.heldUntil > clock.now()) {
        this.#clearAt = Math.max(this.#clearAt, weather.heldUntil);
        this.#wake(weather.heldUntil);
        return;
      }
      const { chunk, arrived } = this.#queue.shift() as {
        chunk: Uint8Array | undefined;
        arrived?: () => void;
      };
      if (chunk === undefined) {
        this.#ear.end();
        return;
      }
      this.inFlight -= chunk.length;
      this.#take(chunk);
      arrived?.();
    }, time - clock.now());
  }

  #take(chunk: Uint8Array): void {
    const left = this.cutAfter;
    this.cutAfter -= chunk.length;
    if (chunk.length <= left) {
      this.#ear.bytes(chunk);
      return;
    }
    if (left > 0) this.#ear.bytes(chunk.subarray(0, left));
    this.#link.cut();
  }
}

type Listener = (...args: never[]) => void;

/** What the server's end of a link tells. */
export interface LinkEnd {
  /** Bytes came. */
  received(chunk: Uint8Array): void;
  /** There is no connection any more; `isByClient` if the client has let go of it. */
  gone(isByClient: boolean): void;
}

/** What a link is made of. */
export interface LinkParts {
  readonly clock: Clock;
  readonly weather: Weather;
  readonly dice: Dice;
  /** Called when the client lets go of it. */
  readonly onLeave?: ((link: Link) => void) | undefined;
}

/**
 * One connection of the simulated network. The client's end is a byte stream as `createConnection` wants one; the other
 * end is the server's.
 */
export class Link {
  readonly clock: Clock;
  readonly weather: Weather;
  /** Milliseconds that bytes need, in each direction: each link has its own. */
  readonly lag: number;
  /** The client has no connection any more. */
  isGone = false;
  /** The server has none any more. */
  #isOver = false;
  /** The connection is being made. */
  connecting = true;
  /** What the server hears. Set before it is connected. */
  server: LinkEnd | undefined;
  readonly up: Pipe;
  readonly down: Pipe;
  /** The client has sent frames: its WebSocket is open. */
  isOpen = false;
  /** Since when nothing passes, by the clock of the client. */
  deadSince: number | undefined;
  readonly #dice: Dice;
  readonly #onLeave: LinkParts['onLeave'];
  readonly #listeners = new Map<string, Set<Listener>>();
  /** What came while the client did not read. */
  #kept: (Uint8Array | undefined)[] | undefined;
  /** Writers that wait until there is room. */
  #waiting: { readonly chunk: Uint8Array; readonly taken: () => void }[] = [];

  constructor({ clock, weather, dice, onLeave }: LinkParts) {
    this.#onLeave = onLeave;
    this.clock = clock;
    this.weather = weather;
    this.#dice = dice;
    this.lag = dice.byDigits(120);
    this.up = new Pipe(this, {
      bytes: (chunk) => this.#isOver || this.server?.received(chunk),
      end: () => {
        this.#over(true);
        this.#ended();
      },
    });
    this.down = new Pipe(this, {
      bytes: (chunk) => this.isGone || this.#tell(chunk),
      end: () => this.isGone || this.#tell(undefined),
    });
  }

  /** The way is there. */
  connect(): void {
    if (this.isGone || !this.connecting) return;
    this.connecting = false;
    this.#emit('connect');
  }

  /** There is no way. */
  refuse(code: string): void {
    this.#fail(code);
  }

  /** Nothing passes any more, and neither end learns of it. */
  die(now: number): void {
    this.up.isVoid = true;
    this.down.isVoid = true;
    if (this.isOpen) this.deadSince ??= now;
  }

  /** Bytes of the server, in pieces of any size. */
  send(bytes: Uint8Array): void {
    const dice = this.#dice;
    let rest = bytes;
    while (rest.length > 1 && dice.chance(0.15)) {
      const size = dice.byDigits(rest.length - 1);
      this.down.push(rest.subarray(0, size));
      rest = rest.subarray(size);
    }
    this.down.push(rest);
  }

  /** The server ends the connection, once what it has sent is there. */
  finish(): void {
    this.down.push(undefined);
  }

  /** It breaks: both ends learn of it at once. */
  cut(): void {
    this.#over(false);
    if (!this.isGone) this.#fail('ECONNRESET');
  }

  // The client's end.

  on(event: string, listener: Listener): this {
    const known = this.#listeners.get(event);
    if (known === undefined) this.#listeners.set(event, new Set([listener]));
    else known.add(listener);
    return this;
  }

  once(event: string, listener: Listener): this {
    const first = ((...args: never[]) => {
      this.#listeners.get(event)?.delete(first);
      listener(...args);
    }) as Listener;
    return this.on(event, first);
  }

  write(chunk: Uint8Array, taken: () => void = () => {}): boolean {
    if (this.isGone) return false;
    this.#waiting.push({ chunk, taken });
    this.#fill();
    return this.#waiting.length === 0;
  }

  cork(): void {}

  uncork(): void {}

  pause(): this {
    this.#kept ??= [];
    return this;
  }

  resume(): this {
    if (this.#kept !== undefined) this.clock.setTimer(() => this.#release(), 0);
    return this;
  }

  destroy(): this {
    if (this.isGone) return this;
    this.#leave();
    // What is on the way may still arrive, or be lost with the connection.
    if (this.#dice.chance(0.5)) this.#over(true);
    else this.up.push(undefined);
    return this;
  }

  /** Our side ends. Once that is there the server lets go too. */
  end(): this {
    if (!this.isGone) this.up.push(undefined);
    return this;
  }

  #fill(): void {
    while (this.#waiting.length > 0 && this.up.inFlight < WINDOW_BYTES) {
      const { chunk, taken } = this.#waiting.shift() as { chunk: Uint8Array; taken: () => void };
      this.up.push(chunk, () => this.#fill());
      this.clock.setTimer(() => this.isGone || taken(), 0);
    }
  }

  #tell(chunk: Uint8Array | undefined): void {
    if (this.#kept !== undefined) this.#kept.push(chunk);
    else if (chunk === undefined) this.#ended();
    else this.#emit('data', chunk);
  }

  #release(): void {
    const kept = this.#kept ?? [];
    this.#kept = undefined;
    while (kept.length > 0 && !this.isGone && this.#kept === undefined) this.#tell(kept.shift());
    // The reader has paused again.
    if (kept.length > 0 && this.#kept !== undefined) this.#kept = [...kept, ...(this.#kept as Uint8Array[])];
  }

  #ended(): void {
    if (this.isGone) return;
    this.#emit('end');
    this.#leave();
    this.#over(true);
    this.#emit('close');
  }

  #fail(code: string): void {
    this.#leave();
    this.#emit('error', Object.assign(new Error(code), { code }));
    this.#emit('close');
  }

  #leave(): void {
    this.isGone = true;
    this.connecting = false;
    this.#waiting = [];
    this.#onLeave?.(this);
  }

  #over(isByClient: boolean): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.server?.gone(isByClient);
  }

  #emit(event: string, ...args: unknown[]): void {
    for (const listener of [...(this.#listeners.get(event) ?? [])])
      (listener as (...given: unknown[]) => void).apply(this, args);
  }
}
