/** One watchdog over a line: asks for a sign of life, and notices when none comes. */
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

/** How a line is watched. All times in milliseconds. For servers that ping by themselves see `serverPings`. */
export interface HeartbeatOptions {
  /**
   * How often to ask. The real interval is up to a fifth shorter, at random, so that clients do not beat in step.
   * With `serverPings` and `ping: 'none'`: how often the server gives a sign by itself. Default 25,000.
   */
  readonly interval?: number | undefined;
  /** How long to wait for the sign before the connection counts as dead. Default 10,000. */
  readonly timeout?: number | undefined;
  /**
   * What to ask with. Default `'protocol'`: the Ping frame of RFC 6455, 5.5.2, over TCP. A browser cannot send one: there
   * the envelope asks something that every server of its protocol answers (`jsonRpc()`: a call), and with an envelope that
   * has no such question (`raw()`) nothing is asked. A message of your own is first sent after the login. `'none'`: nothing
   * is asked.
   */
  readonly ping?: 'protocol' | 'none' | ApplicationPing | undefined;
  /**
   * Only the answer to our question counts as a sign of life, not whatever else comes: for servers that go on telling events
   * on a connection that they take nothing from any more. Default false.
   */
  readonly strict?: boolean | undefined;
}

/** The times in force unless others are given. */
export const DEFAULT_HEARTBEAT: {
  readonly interval: number;
  readonly timeout: number;
  readonly ping: 'protocol';
} = /* @__PURE__ */ Object.freeze({ interval: 25_000, timeout: 10_000, ping: 'protocol' });

/** How much shorter than `interval` a real interval may be. */
export const INTERVAL_JITTER = 0.2;

/** How often one looks whether what waits to be sent gets on, as a share of `timeout`. */
export const LOOK_SHARE = 0.25;

/** How much a new measurement moves the smoothed round-trip time (RFC 6298, 2: alpha = 1/8). */
const RTT_SMOOTHING = 0.125;

/** A timer that comes this late was held up: the machine slept, or the page was throttled. Milliseconds. */
const LATE_MS = 2_000;

/** The longest wait for the answer to a probe, in milliseconds: the line is doubtful, and somebody may be looking. */
const PROBE_TIMEOUT_MS = 5_000;

/** A server that names a shorter interval is asked no oftener than this, in milliseconds: it may have meant seconds. */
export const MIN_NAMED_INTERVAL_MS = 1_000;

/** What a watchdog needs of the line that it watches. */
export interface WatchedLine {
  /** Whether {@link ping} reaches the server. */
  readonly canPing: boolean;
  /** Grows with every byte received. */
  readonly bytesReceived: number;
  /** Bytes that wait to be sent. */
  readonly bufferedAmount: number;
  /** Grows with every byte that leaves. */
  readonly bytesSent: number;
  /** Sends a Ping frame. */
  ping(payload: Uint8Array): void;
  /** Makes a question of the protocol in use that every server must answer, for lines that cannot {@link ping}. */
  readonly question?: (() => string | Uint8Array) | undefined;
  /** False, taking nothing, while the socket has enough to do. */
  send(data: string | Uint8Array): boolean;
  /** A round trip took `rtt` milliseconds; `smoothed` is its running mean. */
  measured(rtt: number, smoothed: number): void;
  /**
   * No sign of life came within `silence` milliseconds. `isLocal`: after something that happened on our side, sleep or a
   * change of network.
   */
  dead(silence: number, isLocal: boolean): void;
}

/** Where sign and time come from. */
export interface WatchTime {
  /** The source of time. */
  readonly clock: Clock;
  /** The source of chance. */
  readonly random: RandomSource;
}

/** What watches one line, from `start` to `stop`. */
export interface Watchdog {
  /** There is a doubt about the line that is not the server's fault; it ends with the next sign of life. */
  readonly inDoubt: boolean;
  /** Whether silence would be noticed. */
  readonly isWatching: boolean;
  /** Begins to watch a line that is open, its login perhaps still ahead. */
  start(): void;
  /** The login is over: from now on messages of our own may be sent. A server would take an earlier one for a login. */
  ready(): void;
  /** Ends watching; nothing is called afterwards. */
  stop(): void;
  /** Asks at once, where there is a way to: the line may have died while nobody could notice. */
  probe(): void;
  /**
   * The server has named the interval, in milliseconds, and how often it wants to hear from us, 0 for never. What is no such
   * number is ignored.
   */
  announce(interval: number | undefined, beat?: number): void;
  /** A Ping frame came. */
  onPing(): void;
  /** A Pong frame came. */
  onPong(payload: Uint8Array): void;
  /** The answer to {@link WatchedLine.question} came. */
  onAnswer(): void;
  /** A message came. Returns whether it belongs to the watchdog and goes no further. */
  onMessage(data: string | Uint8Array): boolean;
  /** The socket has room again. */
  onDrain(): void;
}

/** Makes the watchdog of one line. */
export type WatchdogFactory = (line: WatchedLine, time: WatchTime) => Watchdog;

/** The watchdog that asks. */
export class Heartbeat implements Watchdog {
  protected readonly options: HeartbeatOptions;
  protected readonly line: WatchedLine;
  protected readonly time: WatchTime;
  /** Milliseconds to wait for a sign of life. */
  protected readonly timeout: number;
  #interval: number;
  /** Questions may be asked: of the right kind, and not too early. */
  #asks = false;
  #timer: TimerHandle | undefined;
  /** When the last ping was sent, until it is answered: that may take longer than another sign of life. */
  #askedAt: number | undefined;
  /** How many pings were sent: the last one's payload. */
  #pings = 0;
  #inDoubt = false;
  #smoothed: number | undefined;
  /** A ping that the socket had no room for. To a server that does not read, only the newest is worth sending. */
  #held: string | Uint8Array | undefined;

  constructor(options: HeartbeatOptions, line: WatchedLine, time: WatchTime) {
    this.options = options;
    this.line = line;
    this.time = time;
    this.#interval = options.interval ?? DEFAULT_HEARTBEAT.interval;
    this.timeout = options.timeout ?? DEFAULT_HEARTBEAT.timeout;
  }

  get inDoubt(): boolean {
    return this.#inDoubt;
  }

  /** Whether there is a way to ask, and it is not too early. */
  get asks(): boolean {
    return this.#asks;
  }

  start(): void {
    const { ping = DEFAULT_HEARTBEAT.ping } = this.options;
    if (ping === 'protocol' && this.line.canPing) this.#begin();
  }

  get isWatching(): boolean {
    return this.#asks;
  }

  ready(): void {
    const { ping = DEFAULT_HEARTBEAT.ping } = this.options;
    const { canPing, question } = this.line;
    if (typeof ping === 'object' || (ping === 'protocol' && !canPing && question !== undefined))
      this.#begin();
  }

  stop(): void {
    this.#asks = false;
    this.#clear();
  }

  /** If nothing comes within the timeout, or 5 s if that is longer, the line is dead. */
  probe(): void {
    if (this.#asks && !this.#inDoubt) this.#ask(true);
  }

  announce(interval: number | undefined): void {
    if (!isNamedInterval(interval)) return;
    this.#interval = Math.max(interval, MIN_NAMED_INTERVAL_MS);
    if (this.#asks && this.#askedAt === undefined) this.#rest();
  }

  onPing(): void {}

  /** Only an answer to our own last ping tells how long the way is. */
  onPong(payload: Uint8Array): void {
    const [high, low] = pingPayload(this.#pings);
    if (payload.length === 2 && payload[0] === high && payload[1] === low) this.#answered();
  }

  onAnswer(): void {
    this.#answered();
  }

  onMessage(data: string | Uint8Array): boolean {
    const { ping } = this.options;
    // Before the login is over none of ours is out: what looks like an answer is for the login.
    if (typeof ping !== 'object' || !this.#asks || isolated(() => ping.isAnswer(data)) !== true) return false;
    this.#answered();
    return true;
  }

  onDrain(): void {
    const held = this.#held;
    this.#held = undefined;
    if (held !== undefined) this.send(held);
  }

  /** Sends a message of the watchdog, now or when there is room. */
  send(data: string | Uint8Array): void {
    if (!this.line.send(data)) this.#held = data;
  }

  #begin(): void {
    this.#asks = true;
    this.#rest();
  }

  /** Nothing is asked, and nothing expected. */
  #clear(): void {
    this.time.clock.clearTimer(this.#timer);
    this.#timer = undefined;
    this.#askedAt = undefined;
    this.#inDoubt = false;
  }

  /** Asks once the interval is over that began at `since`. A ping that is not answered yet may still be measured. */
  #rest(since: number = this.time.clock.now()): void {
    const { clock, random } = this.time;
    clock.clearTimer(this.#timer);
    this.#inDoubt = false;
    const shorter = this.#interval * INTERVAL_JITTER * random.uniform();
    this.#after(this.#interval - shorter - (clock.now() - since), (isLate) => this.#ask(isLate));
  }

  #ask(inDoubt: boolean): void {
    const { ping } = this.options;
    this.#clear();
    this.#inDoubt = inDoubt;
    this.#askedAt = this.time.clock.now();
    const timeout = inDoubt ? Math.min(this.timeout, PROBE_TIMEOUT_MS) : this.timeout;
    this.#await(this.#askedAt, this.line.bytesReceived, timeout);
    this.#pings++;
    const { canPing, question } = this.line;
    const message = typeof ping === 'object' ? ping.message : canPing ? undefined : question;
    if (message === undefined) this.line.ping(pingPayload(this.#pings));
    else isolated(() => this.send(message()));
  }

  /**
   * Waits for the answer, or for any byte: that is a sign of life too, even one of a message that is still on its way.
   * When the byte came cannot be seen. The line may have died right behind it, so the next question follows one interval
   * after this one, and the bytes are looked at no less often than that: dead means noticed within interval + timeout.
   *
   * What waits to be sent is ahead of the question. While it gets on, the other side is reading: the deadline counts from
   * when it was last seen to. (While nothing waits, the system takes what we send whether the other side lives or not.)
   */
  #await(askedAt: number, bytes: number, timeout: number): void {
    const { clock } = this.time;
    // Compared as a moment, not as a length: `(askedAt + timeout) - askedAt` may round to less than `timeout`.
    const deadline = askedAt + timeout;
    const { bytesSent, bufferedAmount } = this.line;
    const look = bufferedAmount > 0 ? timeout * LOOK_SHARE : this.#interval;
    this.#after(Math.min(deadline - clock.now(), look, this.#interval), (isLate) => {
      if (this.line.bytesReceived !== bytes && this.options.strict !== true) this.#rest(askedAt);
      else if (bufferedAmount > 0 && this.line.bytesSent > bytesSent)
        this.#await(clock.now(), bytes, timeout);
      // We slept over the deadline: the answer may not have been read yet, or the question never have left.
      else if (isLate && !this.#inDoubt) this.#ask(true);
      else if (clock.now() >= deadline) this.line.dead(timeout, this.#inDoubt);
      else this.#await(askedAt, bytes, timeout);
    });
  }

  #answered(): void {
    if (this.#askedAt === undefined) return;
    const rtt = this.time.clock.now() - this.#askedAt;
    const before = this.#smoothed ?? rtt;
    this.#smoothed = before + (rtt - before) * RTT_SMOOTHING;
    this.#askedAt = undefined;
    this.#rest();
    this.line.measured(rtt, this.#smoothed);
  }

  #after(delay: number, then: (isLate: boolean) => void): void {
    this.#timer = setLateTimer(this.time.clock, delay, this.timeout, then);
  }
}

/** Whether this is an interval that a server may name, in milliseconds. */
export function isNamedInterval(interval: unknown): interval is number {
  return typeof interval === 'number' && interval > 0 && interval < Number.POSITIVE_INFINITY;
}

/** Sets a timer that tells whether it came late by the clock on the wall, which goes on while the machine sleeps. */
export function setLateTimer(
  clock: Clock,
  delay: number,
  timeout: number,
  then: (isLate: boolean) => void,
): TimerHandle {
  const due = clock.wallTime() + Math.max(delay, 0);
  return clock.setTimer(() => then(clock.wallTime() - due > Math.min(LATE_MS, timeout)), delay);
}

/** The payload of ping number `count`, two bytes: old answers and unasked ones are not taken for its own. */
function pingPayload(count: number): Uint8Array {
  return new Uint8Array([count >> 8, count]);
}
