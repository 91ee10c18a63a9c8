/**
 * One watchdog over a line: asks for a sign of life and notices when none comes. Where nothing can be asked it goes by the
 * server's own pings: their interval is told by the options, named by the server, or learnt.
 */

import type { Clock, TimerHandle } from '../base/clock.ts';
import { isolated } from '../base/emitter.ts';
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
   * there nothing is asked. A message of your own is first sent after the login. `'none'`: ask nothing; with `echo`,
   * expect the server to speak within `interval`. Where nothing is asked, the interval of the server's own pings is
   * learnt once it has been seen twice; until then, or without any, the line is not watched.
   */
  readonly ping?: 'protocol' | 'none' | ApplicationPing | undefined;
  /**
   * For servers that ping with a message of their own: returns the answer to it, `true` for the same message back, or
   * `false` if `data` is not such a ping. Answered at once, also during a login; not passed on.
   */
  readonly echo?: ((data: string | Uint8Array) => string | Uint8Array | boolean) | undefined;
  /**
   * For servers that name the interval in a message: returns it in milliseconds, or undefined for any other message. From
   * then on it takes the place of `interval`, 1,000 at least. The message is passed on.
   */
  readonly announced?: ((data: string | Uint8Array) => number | undefined) | undefined;
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
const RTT_SMOOTHING = 0.125;

/** A timer that comes this late was held up: the machine slept, or the page was throttled. Milliseconds. */
const LATE_MS = 2_000;

/** The longest wait for the answer to a probe, in milliseconds: the line is doubtful, and somebody may be looking. */
const PROBE_TIMEOUT_MS = 5_000;

/** Two pings of the server's make an interval when the one after them comes as regularly, give or take this share. */
const REGULARITY = 0.25;

/** A server that names a shorter interval is asked no oftener than this, in milliseconds: it may have meant seconds. */
const MIN_NAMED_INTERVAL_MS = 1_000;

/** How often bytes are looked at while nothing is asked, as a share of `timeout`. */
const LOOK_SHARE = 0.25;

/** What the watchdog needs of the line it watches. */
export interface HeartbeatPort {
  /** Whether {@link ping} reaches the server. */
  readonly canPing: boolean;
  /** Grows with every byte received. */
  readonly bytesReceived: number;
  ping(payload: Uint8Array): void;
  send(data: string | Uint8Array): void;
  /** A round trip took `rtt` milliseconds; `smoothed` is its running mean. */
  measured(rtt: number, smoothed: number): void;
  /**
   * No sign of life came within `silence` milliseconds. `isLocal`: after something that happened on our side, sleep or a
   * change of network.
   */
  dead(silence: number, isLocal: boolean): void;
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
  readonly #timeout: number;
  #interval: number;
  /** Some messages may be ours. */
  readonly #speaks: boolean;
  /** Questions may be asked: of the right kind, and not too early. */
  #asks = false;
  #timer: TimerHandle | undefined;
  /** When the last ping was sent, until it is answered: that may take longer than another sign of life. */
  #askedAt: number | undefined;
  /** How many pings were sent: the last one's payload. */
  #pings = 0;
  /** There is a doubt about the line that is not the server's fault; it ends with the next sign of life. */
  inDoubt = false;
  #smoothed: number | undefined;
  /** When the last sign of life came, or watching began. Kept only while nothing is asked. */
  #heardAt = 0;
  /** The server's last ping, and the time between it and the one before. */
  #pingedAt: number | undefined;
  #gap = Number.NaN;

  constructor(options: HeartbeatOptions, port: HeartbeatPort, time: HeartbeatTime) {
    this.#options = options;
    this.#port = port;
    this.#clock = time.clock;
    this.#random = time.random;
    const { ping, echo, announced, interval = DEFAULT_HEARTBEAT.interval } = options;
    this.#speaks = typeof ping === 'object' || echo !== undefined || announced !== undefined;
    this.#interval = interval;
    this.#timeout = options.timeout ?? DEFAULT_HEARTBEAT.timeout;
  }

  /** Begins to watch a line that is open, its login perhaps still ahead. */
  start(): void {
    const ping = this.#options.ping ?? DEFAULT_HEARTBEAT.ping;
    this.#heardAt = this.#clock.now();
    if (ping === 'protocol' && this.#port.canPing) this.#beginToAsk();
    // With neither a question of ours nor an announced ping of the server's, silence means nothing.
    else if (ping === 'none' && this.#options.echo !== undefined) this.#listen();
  }

  /** The login is over: from now on messages of our own may be sent. A server would take an earlier one for a login. */
  ready(): void {
    if (typeof this.#options.ping === 'object') this.#beginToAsk();
  }

  /** Ends watching; nothing is called afterwards. */
  stop(): void {
    this.#asks = false;
    this.#rests();
  }

  /**
   * Asks at once, where there is a way to: the line may have died while nobody could notice. If nothing comes within the
   * timeout, or 5 s if that is longer, it is dead.
   */
  probe(): void {
    if (this.#asks && !this.inDoubt) this.#ask(true);
  }

  /** The server has named the interval, in milliseconds. What is no such number is ignored. */
  announce(interval: number | undefined): void {
    if (typeof interval !== 'number' || !(interval > 0 && interval < Number.POSITIVE_INFINITY)) return;
    this.#interval = Math.max(interval, MIN_NAMED_INTERVAL_MS);
    if (this.#askedAt !== undefined) return;
    this.#rests();
    if (this.#asks) this.#rest();
    else if (typeof this.#options.ping !== 'object') {
      this.#heardAt = this.#clock.now(); // it is the server's word, or made of it
      this.#listen();
    }
  }

  /** A Pong frame came. Only an answer to our own last ping tells how long the way is. */
  onPong(payload: Uint8Array): void {
    const [high, low] = pingPayload(this.#pings);
    if (payload.length === 2 && payload[0] === high && payload[1] === low) this.#answered();
  }

  /** A Ping frame came. */
  onPing(): void {
    this.#heardAt = this.#clock.now();
    this.#learn();
  }

  /** A message came. Returns whether it belongs to the heartbeat and goes no further. */
  onMessage(data: string | Uint8Array): boolean {
    // Only where silence is watched: a look at the clock costs a browser as much as all the rest of a message.
    if (!this.#asks && this.#timer !== undefined) this.#heardAt = this.#clock.now();
    return this.#speaks && (isolated(() => this.#isOurs(data)) ?? false);
  }

  #isOurs(data: string | Uint8Array): boolean {
    const { ping, echo, announced } = this.#options;
    if (typeof ping === 'object' && ping.isAnswer(data)) {
      this.#answered();
      return true;
    }
    if (announced !== undefined) this.announce(announced(data));
    const answer = echo?.(data) ?? false;
    if (answer === false) return false;
    this.#learn();
    this.#port.send(answer === true ? data : answer);
    return true;
  }

  /** The server pings by itself: where nothing else says so, that tells how often it speaks. */
  #learn(): void {
    const now = this.#clock.now();
    const gap = now - (this.#pingedAt ?? Number.NaN);
    const isRegular = Math.abs(gap - this.#gap) <= gap * REGULARITY;
    const longer = Math.max(gap, this.#gap);
    this.#pingedAt = now;
    this.#gap = gap;
    if (isRegular && !this.#asks && this.#options.interval === undefined) this.announce(longer);
  }

  #beginToAsk(): void {
    this.#asks = true;
    this.#rest();
  }

  /** Nothing is asked, and nothing expected. */
  #rests(): void {
    this.#clock.clearTimer(this.#timer);
    this.#timer = undefined;
    this.#askedAt = undefined;
    this.inDoubt = false;
  }

  /** Asks once the interval is over that began at `since`. */
  #rest(since: number = this.#clock.now()): void {
    this.#clock.clearTimer(this.#timer);
    this.inDoubt = false;
    const shorter = this.#interval * INTERVAL_JITTER * this.#random.uniform();
    const over = this.#clock.now() - since;
    this.#after(this.#interval - shorter - over, (isLate) => this.#ask(isLate));
  }

  #ask(inDoubt: boolean): void {
    const { ping } = this.#options;
    this.#rests();
    this.inDoubt = inDoubt;
    this.#askedAt = this.#clock.now();
    const timeout = inDoubt ? Math.min(this.#timeout, PROBE_TIMEOUT_MS) : this.#timeout;
    this.#await(this.#askedAt, this.#port.bytesReceived, timeout);
    this.#pings++;
    if (typeof ping === 'object') isolated(() => this.#port.send(ping.message()));
    else this.#port.ping(pingPayload(this.#pings));
  }

  /**
   * Waits for the answer, or for any byte: that is a sign of life too, even one of a message that is still on its way.
   * When the byte came cannot be seen. The line may have died right behind it, so the next question follows one interval
   * after this one, and the bytes are looked at no less often than that: dead means noticed within interval + timeout.
   */
  #await(askedAt: number, bytes: number, timeout: number): void {
    // Compared as a moment, not as a length: `(askedAt + timeout) - askedAt` may round to less than `timeout`.
    const deadline = askedAt + timeout;
    this.#after(Math.min(deadline - this.#clock.now(), this.#interval), (isLate) => {
      if (this.#port.bytesReceived !== bytes) this.#rest(askedAt);
      // We slept over the deadline: the answer may not have been read yet, or the question never have left.
      else if (isLate && !this.inDoubt) this.#ask(true);
      else if (this.#clock.now() >= deadline) this.#port.dead(timeout, this.inDoubt);
      else this.#await(askedAt, bytes, timeout);
    });
  }

  #answered(): void {
    if (this.#askedAt === undefined) return;
    const rtt = this.#clock.now() - this.#askedAt;
    this.#smoothed =
      this.#smoothed === undefined ? rtt : this.#smoothed + (rtt - this.#smoothed) * RTT_SMOOTHING;
    this.#askedAt = undefined;
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
    this.#after(Math.min(left, this.#timeout * LOOK_SHARE), (isLate) => {
      const now = this.#clock.now();
      if (this.#port.bytesReceived !== bytes) this.#heardAt = Math.max(this.#heardAt, lookedAt);
      if (this.#heardAt >= lookedAt) this.inDoubt = false;
      if (isLate && !this.inDoubt) {
        // We slept: what the server said meanwhile may be about to be read. It has one more timeout.
        this.inDoubt = true;
        this.#heardAt = Math.max(this.#heardAt, now - this.#interval);
      }
      if (now >= this.#heardAt + silence) this.#port.dead(silence, this.inDoubt);
      else this.#listen();
    });
  }

  /** Sets the timer, and tells whether it came late by the clock on the wall, which goes on while the machine sleeps. */
  #after(delay: number, then: (isLate: boolean) => void): void {
    const due = this.#clock.wallTime() + Math.max(delay, 0);
    this.#timer = this.#clock.setTimer(() => {
      then(this.#clock.wallTime() - due > Math.min(LATE_MS, this.#timeout));
    }, delay);
  }
}

/** The payload of ping number `count`, two bytes: old answers and unasked ones are not taken for its own. */
function pingPayload(count: number): Uint8Array {
  return new Uint8Array([count >> 8, count]);
}
