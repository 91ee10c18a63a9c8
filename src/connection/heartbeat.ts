/** One watchdog over a line: asks for a sign of life and notices when none comes. */
import type { Clock, TimerHandle } from '../base/clock.ts';
import { UsageError } from '../base/errors.ts';
import type { RandomSource } from '../base/random.ts';

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
   * there nothing is asked. `'none'`: ask nothing, expect the server to speak within `interval`.
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
  #bytesWhenAsked = 0;
  #smoothed: number | undefined;
  /** When the last message came, or watching began. Kept only while nothing is asked. */
  #heardAt = 0;

  constructor(options: HeartbeatOptions, port: HeartbeatPort, time: HeartbeatTime) {
    this.#options = options;
    this.#port = port;
    this.#clock = time.clock;
    this.#random = time.random;
    this.#interval = options.interval ?? DEFAULT_HEARTBEAT.interval;
    this.#timeout = options.timeout ?? DEFAULT_HEARTBEAT.timeout;
  }

  /** Begins to watch. */
  start(): void {
    const ping = this.#options.ping ?? DEFAULT_HEARTBEAT.ping;
    if (ping === 'none') {
      // With neither a question of ours nor an announced ping of the server's, silence means nothing.
      if (this.#options.echo === undefined) return;
      this.#heardAt = this.#clock.now();
      this.#expect(this.#interval + this.#timeout);
    } else if (ping !== 'protocol' || this.#port.canPing) {
      this.#rest();
    }
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
    const { ping, echo } = this.#options;
    if (ping === 'none') this.#heardAt = this.#clock.now();
    if (typeof ping === 'object' && ping.isAnswer(data)) {
      this.#answered();
      return true;
    }
    const answer = echo?.(data) ?? false;
    if (answer === false) return false;
    this.#port.send(answer === true ? data : answer);
    return true;
  }

  #rest(): void {
    const shorter = this.#interval * INTERVAL_JITTER * this.#random.uniform();
    this.#timer = this.#clock.setTimer(() => this.#ask(), this.#interval - shorter);
  }

  #ask(): void {
    const { ping } = this.#options;
    this.#askedAt = this.#clock.now();
    this.#bytesWhenAsked = this.#port.bytesReceived;
    this.#timer = this.#clock.setTimer(() => this.#judge(), this.#timeout);
    if (typeof ping === 'object') this.#port.send(ping.message());
    else this.#port.ping();
  }

  /** Any byte since the question is a sign of life, even one of a message that is still on its way. */
  #judge(): void {
    if (this.#port.bytesReceived !== this.#bytesWhenAsked) this.#rest();
    else this.#port.dead(this.#timeout);
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

  /** Waits until nothing has come for `silence` milliseconds. */
  #expect(silence: number, wait: number = silence): void {
    const before = this.#port.bytesReceived;
    this.#timer = this.#clock.setTimer(() => {
      const sinceMessage = this.#clock.now() - this.#heardAt;
      // Bytes without a whole message: a large one is on its way, which is a sign of life as of now.
      const quiet = this.#port.bytesReceived === before || sinceMessage < silence ? sinceMessage : 0;
      if (quiet < silence) this.#expect(silence, silence - quiet);
      else this.#port.dead(silence);
    }, wait);
  }
}

/**
 * Checks heartbeat options once, loudly.
 *
 * @throws UsageError `INVALID_OPTION`
 */
export function checkHeartbeat(options: HeartbeatOptions): void {
  for (const name of ['interval', 'timeout'] as const) {
    const value = options[name];
    if (value !== undefined && !(Number.isFinite(value) && value > 0)) {
      throw new UsageError(
        'INVALID_OPTION',
        `heartbeat.${name} must be a positive number of milliseconds. To switch the heartbeat off: heartbeat: false.`,
      );
    }
  }
}
