/** One watchdog over a line: asks for a sign of life and notices when none comes. */
import type { Clock, TimerHandle } from '../base/clock.ts';
import { UsageError } from '../base/errors.ts';
import type { RandomSource } from '../base/random.ts';
import { guarded } from './guarded.ts';

/** A ping made of ordinary messages, for lines or servers without protocol pings. */
export interface ApplicationPing {
  /** The message to send, made anew each time. */
  readonly message: () => string | Uint8Array;
  /** Whether a message of the server's is the answer. Such messages are not passed on. */
  readonly isAnswer: (data: string | Uint8Array) => boolean;
}

/** How a line is watched. All times in milliseconds. */
export interface HeartbeatOptions {
  /**
   * How often to ask. The real interval is up to a fifth shorter, at random, so that clients do not beat in step.
   * With `ping: 'none'`: how often the server gives a sign by itself. Default 25,000.
   */
  readonly interval?: number | undefined;
  /** How long to wait for the sign before the line counts as dead. Default 10,000. */
  readonly timeout?: number | undefined;
  /**
   * What to ask with. Default `'protocol'`: the Ping frame of RFC 6455, 5.5.2, over TCP; a browser cannot send one, so
   * there nothing is asked. A message of your own is first sent after the login. `'none'`: ask nothing; with `echo`,
   * expect the server to speak within `interval`; without it the line is not watched.
   */
  readonly ping?: 'protocol' | 'none' | ApplicationPing | undefined;
  /**
   * For servers that ping with a message of their own: returns the answer to it, `true` for the same message back, or
   * `false` if `data` is not such a ping. Answered at once, also during a login; not passed on.
   */
  readonly echo?: ((data: string | Uint8Array) => string | Uint8Array | boolean) | undefined;
}

/** The times in force unless others are given. */
export const DEFAULT_HEARTBEAT: {
  readonly interval: number;
  readonly timeout: number;
  readonly ping: 'protocol';
} = { interval: 25_000, timeout: 10_000, ping: 'protocol' };

/** How much shorter than `interval` a real interval may be. */
const INTERVAL_JITTER = 0.2;

/** How much a new measurement moves the smoothed round-trip time (RFC 6298, 2: alpha = 1/8). */
const RTT_SMOOTHING = 1 / 8;

/** How often bytes are looked at while nothing is asked, as a share of `timeout`. */
const LOOK_SHARE = 1 / 4;

/** What the watchdog needs of the line it watches. */
export interface HeartbeatPort {
  /** Whether {@link ping} reaches the server. */
  readonly canPing: boolean;
  /** Grows with every byte received. */
  readonly bytesReceived: number;
  ping(): void;
  send(data: string | Uint8Array): void;
  /** A round trip took `rtt` milliseconds; `smoothed` is its running mean. */
  measured(rtt: number, smoothed: number): void;
  /** No sign of life came within `silence` milliseconds. */
  dead(silence: number): void;
}

/** Where sign and time come from. */
export interface HeartbeatTime {
  readonly clock: Clock;
  readonly random: RandomSource;
}

/** Watches one line, from {@link start} to {@link stop}. */
export class Heartbeat {
  readonly #options: HeartbeatOptions;
  readonly #port: HeartbeatPort;
  readonly #clock: Clock;
  readonly #random: RandomSource;
  readonly #interval: number;
  readonly #timeout: number;
  #timer: TimerHandle | undefined;
  /** When the unanswered ping was sent. */
  #askedAt: number | undefined;
  #smoothed: number | undefined;
  /** When the last sign of life came, or watching began. Kept only while nothing is asked. */
  #heardAt = 0;

  constructor(options: HeartbeatOptions, port: HeartbeatPort, time: HeartbeatTime) {
    this.#options = options;
    this.#port = port;
    this.#clock = time.clock;
    this.#random = time.random;
    this.#interval = options.interval ?? DEFAULT_HEARTBEAT.interval;
    this.#timeout = options.timeout ?? DEFAULT_HEARTBEAT.timeout;
  }

  /** Begins to watch a line that is open, its login perhaps still ahead. */
  start(): void {
    const ping = this.#options.ping ?? DEFAULT_HEARTBEAT.ping;
    if (ping === 'none') {
      // With neither a question of ours nor an announced ping of the server's, silence means nothing.
      if (this.#options.echo === undefined) return;
      this.#heardAt = this.#clock.now();
      this.#listen();
    } else if (ping === 'protocol' && this.#port.canPing) {
      this.#rest();
    }
  }

  /** The login is over: from now on messages of our own may be sent. A server would take an earlier one for a login. */
  ready(): void {
    if (typeof this.#options.ping === 'object') this.#rest();
  }

  /** Ends watching; nothing is called afterwards. */
  stop(): void {
    this.#clock.clearTimer(this.#timer);
    this.#timer = undefined;
    this.#askedAt = undefined;
  }

  /** A Pong frame came. */
  onPong(): void {
    this.#answered();
  }

  /** A message came. Returns whether it belongs to the heartbeat and goes no further. */
  onMessage(data: string | Uint8Array): boolean {
    this.#heardAt = this.#clock.now();
    return guarded(() => this.#isOurs(data)) ?? false;
  }

  #isOurs(data: string | Uint8Array): boolean {
    const { ping, echo } = this.#options;
    if (typeof ping === 'object' && ping.isAnswer(data)) {
      this.#answered();
      return true;
    }
    const answer = echo?.(data) ?? false;
    if (answer === false) return false;
    this.#port.send(answer === true ? data : answer);
    return true;
  }

  /** Asks once the interval is over that began at `since`. */
  #rest(since: number = this.#clock.now()): void {
    const shorter = this.#interval * INTERVAL_JITTER * this.#random.uniform();
    const over = this.#clock.now() - since;
    this.#timer = this.#clock.setTimer(() => this.#ask(), this.#interval - shorter - over);
  }

  #ask(): void {
    const { ping } = this.#options;
    this.#askedAt = this.#clock.now();
    this.#await(this.#askedAt, this.#port.bytesReceived);
    if (typeof ping === 'object') guarded(() => this.#port.send(ping.message()));
    else this.#port.ping();
  }

  /**
   * Waits for the answer, or for any byte: that is a sign of life too, even one of a message that is still on its way.
   * When the byte came cannot be seen. The line may have died right behind it, so the next question follows one interval
   * after this one, and the bytes are looked at no less often than that: dead means noticed within interval + timeout.
   */
  #await(askedAt: number, bytes: number): void {
    // Compared as a moment, not as a length: `(askedAt + timeout) - askedAt` may round to less than `timeout`.
    const deadline = askedAt + this.#timeout;
    this.#timer = this.#clock.setTimer(
      () => {
        if (this.#port.bytesReceived !== bytes) this.#rest(askedAt);
        else if (this.#clock.now() >= deadline) this.#port.dead(this.#timeout);
        else this.#await(askedAt, bytes);
      },
      Math.min(deadline - this.#clock.now(), this.#interval),
    );
  }

  #answered(): void {
    if (this.#askedAt === undefined) return;
    const rtt = this.#clock.now() - this.#askedAt;
    this.#smoothed =
      this.#smoothed === undefined ? rtt : this.#smoothed + (rtt - this.#smoothed) * RTT_SMOOTHING;
    this.stop();
    this.#rest();
    this.#port.measured(rtt, this.#smoothed);
  }

  /**
   * Waits until nothing has come for interval + timeout. Bytes without a whole message (a large one is on its way) count
   * as heard when they were last not there yet: the line may have died behind the first of them.
   */
  #listen(): void {
    const silence = this.#interval + this.#timeout;
    const bytes = this.#port.bytesReceived;
    const lookedAt = this.#clock.now();
    const left = this.#heardAt + silence - lookedAt;
    this.#timer = this.#clock.setTimer(
      () => {
        if (this.#port.bytesReceived !== bytes) this.#heardAt = Math.max(this.#heardAt, lookedAt);
        if (this.#clock.now() >= this.#heardAt + silence) this.#port.dead(silence);
        else this.#listen();
      },
      Math.min(left, this.#timeout * LOOK_SHARE),
    );
  }
}

/**
 * Checks heartbeat options once, loudly.
 *
 * @throws UsageError `INVALID_OPTION`
 */
export function checkHeartbeat(options: HeartbeatOptions): void {
  const { ping, echo } = options;
  for (const name of ['interval', 'timeout'] as const) {
    const value = options[name];
    if (value !== undefined && !(Number.isFinite(value) && value > 0)) {
      throw wrong(name, 'a positive number of milliseconds');
    }
  }
  const asksItself = typeof ping === 'object' && isFunction(ping?.message) && isFunction(ping?.isAnswer);
  if (ping !== undefined && ping !== 'protocol' && ping !== 'none' && !asksItself) {
    throw wrong('ping', '"protocol", "none", or { message, isAnswer }, two functions');
  }
  if (echo !== undefined && typeof echo !== 'function') throw wrong('echo', 'a function');
}

function isFunction(value: unknown): boolean {
  return typeof value === 'function';
}

function wrong(name: string, what: string): UsageError {
  return new UsageError(
    'INVALID_OPTION',
    `heartbeat.${name} must be ${what}. To switch the heartbeat off: heartbeat: false.`,
  );
}
