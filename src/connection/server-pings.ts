/**
 * For servers that ping by themselves: answers pings made of messages, and where nothing can be asked goes by the
 * server's own signs of life. Their interval is told by the options, named by the server, or learnt.
 */
import type { TimerHandle } from '../base/clock.ts';
import { isolated } from '../base/emitter.ts';
import type { Plugin } from '../base/plugin.ts';
import { checkServerPings, type ServerPingsOptions } from './checks.ts';
import {
  DEFAULT_HEARTBEAT,
  Heartbeat,
  type HeartbeatOptions,
  INTERVAL_JITTER,
  isNamedInterval,
  LOOK_SHARE,
  MIN_NAMED_INTERVAL_MS,
  setLateTimer,
  type Watchdog,
  type WatchedLine,
  type WatchTime,
} from './heartbeat.ts';

export type { AnsweredAndPassedOn, Beat, EchoAnswer, ServerPingsOptions } from './checks.ts';

/** What the plugin needs of a client. */
export interface ServerPingsCore {
  /** The connection of the client. */
  readonly connection: {
    readonly options: {
      heartbeat: HeartbeatOptions | undefined;
      watchdog: ((line: WatchedLine, time: WatchTime) => Watchdog) | undefined;
    };
  };
}

/** Two pings of the server's make an interval when the one after them comes as regularly, give or take this share. */
const REGULARITY = 0.25;

/**
 * The plugin for servers that ping by themselves. Answers what `echo` knows. With `heartbeat: { ping: 'none' }`, or in a
 * browser, which cannot ask, the connection is given up when the server falls silent for `interval + timeout` of the
 * heartbeat's options: with `echo` from the start, else once the interval of its pings was named or seen twice.
 *
 * @throws UsageError `INVALID_OPTION` naming the option that is wrong
 * @example
 * ```ts
 * const client = createClient({
 *   url: 'wss://example.com/socket',
 *   heartbeat: { ping: 'none', interval: 10_000 },
 *   use: [serverPings({ echo: (data) => data === 'ping' && 'pong' })],
 * });
 * ```
 */
export function serverPings(options: ServerPingsOptions = {}): Plugin<ServerPingsCore> {
  checkServerPings(options, serverPings);
  return ({ connection }) => {
    const { heartbeat } = connection.options;
    if (heartbeat === undefined) return;
    connection.options.watchdog = (line, time) => new ServerPings(options, heartbeat, line, time);
  };
}

/** Watches one line, and asks where it can. */
class ServerPings extends Heartbeat {
  readonly #pings: ServerPingsOptions;
  #interval: number;
  /** Undefined while nothing is listened for. */
  #timer: TimerHandle | undefined;
  #isDoubtful = false;
  /** How often we say something that nobody answers; 0: never. */
  #beatInterval: number;
  /** Undefined until messages of our own may be sent. */
  #beat: TimerHandle | undefined;
  /** When the last sign of life came, or watching began. Kept only while nothing is asked. */
  #heardAt = 0;
  /** The server's last ping, and the time between it and the one before. */
  #pinged = { at: Number.NaN, gap: Number.NaN };

  constructor(pings: ServerPingsOptions, heartbeat: HeartbeatOptions, line: WatchedLine, time: WatchTime) {
    super(heartbeat, line, time);
    this.#pings = pings;
    this.#interval = heartbeat.interval ?? DEFAULT_HEARTBEAT.interval;
    this.#beatInterval = pings.beat?.interval ?? 0;
  }

  /** Of a server that pings by itself its interval may still be learnt. */
  override get isWatching(): boolean {
    return true;
  }

  override get inDoubt(): boolean {
    return this.#isDoubtful || super.inDoubt;
  }

  override start(): void {
    this.#heardAt = this.time.clock.now();
    super.start();
    // With neither a question of ours nor an announced ping of the server's, silence means nothing.
    if (this.options.ping === 'none' && this.#pings.echo !== undefined) this.#listen();
  }

  override ready(): void {
    super.ready();
    this.#awaitBeat();
  }

  override stop(): void {
    super.stop();
    this.time.clock.clearTimer(this.#timer);
    this.time.clock.clearTimer(this.#beat);
    this.#timer = undefined;
    this.#isDoubtful = false;
  }

  override announce(interval: number | undefined, beat?: number): void {
    if (beat === 0 || isNamedInterval(beat)) this.#beatInterval = beat;
    if (!isNamedInterval(interval)) return;
    this.#interval = Math.max(interval, MIN_NAMED_INTERVAL_MS);
    super.announce(interval);
    if (this.asks || typeof this.options.ping === 'object') return;
    this.#isDoubtful = false;
    this.#heardAt = this.time.clock.now(); // it is the server's word, or made of it
    this.#listen();
  }

  override onPing(): void {
    this.#heardAt = this.time.clock.now();
    this.#learn();
  }

  override onMessage(data: string | Uint8Array): boolean {
    // Only where silence is watched: a look at the clock costs a browser as much as all the rest of a message.
    if (this.#timer !== undefined) this.#heardAt = this.time.clock.now();
    return super.onMessage(data) || isolated(() => this.#isPing(data)) === true;
  }

  #awaitBeat(): void {
    const { beat } = this.#pings;
    const { clock, random } = this.time;
    if (beat === undefined || this.#beatInterval === 0) return;
    const interval = Math.max(this.#beatInterval, MIN_NAMED_INTERVAL_MS);
    this.#beat = clock.setTimer(
      () => {
        isolated(() => this.send(beat.message()));
        this.#awaitBeat();
      },
      interval * (1 - INTERVAL_JITTER * random.uniform()),
    );
  }

  #isPing(data: string | Uint8Array): boolean {
    const { echo, announced } = this.#pings;
    if (announced !== undefined) this.announce(announced(data));
    const given = echo?.(data) ?? false;
    if (given === false) return false;
    const isPassedOn = typeof given === 'object' && 'answer' in given;
    const answer = isPassedOn ? given.answer : given;
    this.#learn();
    this.send(answer === true ? data : answer);
    return !isPassedOn;
  }

  /** The server pings by itself: where nothing else says so, that tells how often it speaks. */
  #learn(): void {
    const before = this.#pinged;
    const at = this.time.clock.now();
    const gap = at - before.at;
    this.#pinged = { at, gap };
    const isRegular = Math.abs(gap - before.gap) <= gap * REGULARITY;
    if (isRegular && !this.asks && this.options.interval === undefined) {
      this.announce(Math.max(gap, before.gap));
    }
  }

  /**
   * Waits until nothing has come for interval + timeout. Bytes without a whole message (a large one is on its way) count
   * as heard when they were last not there yet: the line may have died behind the first of them.
   */
  #listen(): void {
    const { clock } = this.time;
    const { timeout } = this;
    const silence = this.#interval + timeout;
    const bytes = this.line.bytesReceived;
    const lookedAt = clock.now();
    const left = this.#heardAt + silence - lookedAt;
    clock.clearTimer(this.#timer);
    this.#timer = setLateTimer(clock, Math.min(left, timeout * LOOK_SHARE), timeout, (isLate) => {
      const now = clock.now();
      if (this.line.bytesReceived !== bytes) this.#heardAt = Math.max(this.#heardAt, lookedAt);
      if (this.#heardAt >= lookedAt) this.#isDoubtful = false;
      if (isLate && !this.#isDoubtful) {
        // We slept: what the server said meanwhile may be about to be read. It has one more timeout.
        this.#isDoubtful = true;
        this.#heardAt = Math.max(this.#heardAt, now - this.#interval);
      }
      if (now >= this.#heardAt + silence) this.line.dead(silence, this.#isDoubtful);
      else this.#listen();
    });
  }
}
