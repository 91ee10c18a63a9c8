import { checkCall, checkOptions } from '../base/checks.ts';
import type { Clock } from '../base/clock.ts';
import type { OptionTable, Rule } from '../base/need.ts';
import type { RandomSource } from '../base/random.ts';
import { type BackoffOptions, DEFAULT_BACKOFF } from '../connection/backoff.ts';
import type { Environment, EnvironmentEvent } from '../connection/environment.ts';
import type { ConnectionRequest, CreateConnection } from '../transport/tcp/dialling/options.ts';
import { createDice, type Dice } from './dice.ts';
import { FAULTS, type Fault } from './faults.ts';
import type { HistoryEvent, HistoryRecord } from './history.ts';
import { Link, type Weather } from './link.ts';
import { Server, type SimulatedServer, type SimulatedServerOptions } from './simulated-server.ts';
import { type WatchedClient, watchClient } from './watch-client.ts';
import { settle, WorldClock } from './world-clock.ts';

/** What a simulation is made of. */
export interface SimulationOptions {
  /** Decides everything that chance decides: a whole number. Default 1. */
  readonly seed?: number | undefined;
  /** What goes wrong. Default: nothing; {@link simulate} rolls them. */
  readonly faults?: readonly Fault[] | undefined;
  /** What the server does. Default: it answers every request with its params. */
  readonly server?: SimulatedServerOptions | undefined;
  /**
   * Milliseconds after which a dead connection must have been noticed: `interval` and `timeout` of the heartbeat. Default:
   * that is not checked.
   */
  readonly noticeWithin?: number | undefined;
  /**
   * The `reconnect` times of the client, by which its waits are judged; `false`: they are not. Default: those of
   * `createClient`.
   */
  readonly reconnect?: Pick<BackoffOptions, 'firstDelay' | 'baseDelay' | 'maxDelay'> | false | undefined;
}

export const LIST: Rule = { expected: 'a list', isRight: Array.isArray };

/** Rules of what {@link createSimulation} and `simulate` have in common. */
export function worldRules(): OptionTable<Omit<SimulationOptions, 'seed' | 'faults'>> {
  return { server: { options: SERVER_RULES }, noticeWithin: 'number', reconnect: 'any' };
}

const SERVER_RULES: OptionTable<SimulatedServerOptions> = {
  upgrade: 'function',
  login: 'function',
  answer: 'function',
};

/** What a client of a simulation is made with. */
export interface SimulatedOptions {
  /** The one server that there is. */
  readonly url: string;
  /** The time of the client's machine. */
  readonly clock: Clock;
  /** Chance, by the seed. */
  readonly random: RandomSource;
  /** The simulated network. Raw TCP runs over it: handshake, frames, masking and all. */
  readonly createConnection: CreateConnection;
  /** The page that the client lives in. */
  readonly environment: Environment;
}

/** A network, a server and a machine in one process, on one seed. */
export interface Simulation {
  /** What chance is decided by. */
  readonly seed: number;
  /** Chance for what the test itself decides. */
  readonly dice: Dice;
  /** For `createClient`: `{ ...world.options }`. In Node, Bun and Deno. */
  readonly options: SimulatedOptions;
  /** The server. */
  readonly server: SimulatedServer;
  /** Everything that has happened. */
  readonly history: readonly HistoryRecord[];
  /** Milliseconds since the beginning. */
  now(): number;
  /** Writes down what a client is asked and what it tells. Use what it returns in place of the client. */
  watch<C extends WatchedClient>(client: C): C;
  /** Writes down when new credentials are got: give what it returns as `refresh`. */
  renewal<T, A extends readonly unknown[]>(
    refresh: (...args: A) => T | Promise<T>,
  ): (...args: A) => Promise<T>;
  /** Called when credentials expire, by the fault `expire`. */
  onExpire: (() => void) | undefined;
  /** Resolves when so many milliseconds have passed on the machine of the client, which may sleep. */
  pause(ms: number): Promise<void>;
  /** Lets time pass: everything that happens in it, happens. */
  run(ms: number): Promise<void>;
}

const URL_OF_THE_WORLD = 'ws://simulated/';

/**
 * Makes a simulation. Time passes in it while {@link Simulation.run} is awaited; {@link simulate} does that, and everything
 * else.
 *
 * @example
 * ```ts
 * const world = createSimulation({ seed: 7 });
 * const client = createClient({ ...world.options });
 * const reply = client.request('sum', [1, 2]);
 * await world.run(1_000);
 * ```
 */
export function createSimulation(options: SimulationOptions = {}): Simulation {
  const table: OptionTable<SimulationOptions> = { ...worldRules(), seed: 'whole', faults: LIST };
  checkCall(createSimulation, () => checkOptions(table, options, 'createSimulation'));
  return new World(options);
}

/** The one implementation of {@link Simulation}. */
export class World implements Simulation {
  readonly seed: number;
  readonly dice: Dice;
  readonly options: SimulatedOptions;
  readonly server: Server;
  readonly history: HistoryRecord[] = [];
  readonly clients: Set<WatchedClient> = new Set();
  onExpire: (() => void) | undefined;
  readonly #clock = new WorldClock();
  readonly #links = new Map<number, Link>();
  readonly #watchers = new Set<(event: EnvironmentEvent) => void>();
  readonly #weather: Weather = { lag: 0, rate: Number.POSITIVE_INFINITY, heldUntil: 0 };
  readonly #roads = { refusedUntil: 0, voidUntil: 0 };
  readonly #page = { online: true };
  readonly #noticeWithin: number;
  /** By what waits are judged. */
  readonly times: SimulationOptions['reconnect'];
  /** The last number that chance has given to the client: by it a wait is judged. */
  readonly chance: { last: number } = { last: 0 };
  #ids = 0;
  /** How often a client has been closed. */
  #closings = 0;

  constructor({
    seed = 1,
    faults = [],
    server = {},
    noticeWithin = Number.POSITIVE_INFINITY,
    reconnect = DEFAULT_BACKOFF,
  }: SimulationOptions) {
    this.times = reconnect;
    this.seed = seed;
    const dice = createDice(seed);
    this.dice = dice.fork(1);
    this.#noticeWithin = noticeWithin;
    const clock = this.#clock;
    const note = (what: HistoryEvent, id: number, detail: Record<string, unknown>): void =>
      this.note(what, id, detail);
    this.server = new Server({ clock, options: server, note });
    const chance = dice.fork(2);
    this.options = {
      url: URL_OF_THE_WORLD,
      clock: clock.clients,
      random: {
        fill: (target) => chance.fill(target),
        uniform: () => {
          this.chance.last = chance.uniform();
          return this.chance.last;
        },
      },
      createConnection: (request) => this.#dial(request, dice) as unknown as ReturnType<CreateConnection>,
      environment: this.#environment(),
    };
    this.#schedule(faults);
  }

  now(): number {
    return this.#clock.now();
  }

  note(what: HistoryEvent, id: number, detail: Record<string, unknown>): void {
    this.history.push({ at: this.#clock.now(), what, id, detail });
  }

  /** A client has been closed: a moment later nothing is left of it. If it is closed again in that moment, it has another. */
  closed(): void {
    this.#closings++;
    const nth = this.#closings;
    this.#clock.setUserTimer(() => nth === this.#closings && this.inspect(), 1);
  }

  /** A new number for a call, a connection or a client. */
  number(): number {
    this.#ids++;
    return this.#ids;
  }

  watch<C extends WatchedClient>(client: C): C {
    this.clients.add(client);
    return watchClient(client, this);
  }

  renewal<T, A extends readonly unknown[]>(
    refresh: (...args: A) => T | Promise<T>,
  ): (...args: A) => Promise<T> {
    return async (...args) => {
      const id = this.number();
      const { signal } = Object(args[0]) as { signal?: AbortSignal };
      let isOver = false;
      const over = (isGivenUp: boolean): void => {
        if (!isOver) this.note('renewed', id, { isGivenUp });
        isOver = true;
      };
      this.note('renewing', id, { clock: this.#clock.clients.now() });
      // Nobody waits for it any more: whoever renews from now on is the only one that counts.
      signal?.addEventListener('abort', () => over(true), { once: true });
      try {
        return await refresh(...args);
      } finally {
        over(false);
      }
    };
  }

  pause(ms: number): Promise<void> {
    return new Promise((resolve) => this.#clock.setUserTimer(resolve, ms));
  }

  async run(ms: number): Promise<void> {
    await this.runUntil(() => false, this.now() + ms);
  }

  /** Lets time pass until something is so, or until `end`. */
  async runUntil(isSo: () => boolean, end: number): Promise<void> {
    for (;;) {
      if (!(await this.#clock.step(end, isSo))) break;
    }
    await settle();
    if (!isSo()) this.#clock.reach(end);
  }

  /** Writes down which clients have not come back. */
  judgeClients(): void {
    for (const client of this.clients) {
      const { status } = client.state;
      if (!['ready', 'closed', 'idle'].includes(status)) this.note('left', 0, { what: 'status', status });
    }
  }

  /** Writes down what is left of closed clients. */
  inspect(): void {
    if ([...this.clients].some(({ state }) => state.status !== 'closed' && state.status !== 'idle')) return;
    const counts = {
      timers: this.#clock.clientTimers,
      connections: [...this.#links.values()].filter((link) => !link.isGone).length,
      watchers: this.#watchers.size,
    };
    for (const [what, count] of Object.entries(counts)) if (count > 0) this.note('left', 0, { what, count });
  }

  #schedule(faults: readonly Fault[]): void {
    const clock = this.#clock;
    const world = this;
    const stage = {
      clock,
      weather: this.#weather,
      server: this.server,
      roads: this.#roads,
      page: this.#page,
      get links() {
        return [...world.#links.values()].filter((link) => !link.isGone && !link.connecting);
      },
      tell: (event: EnvironmentEvent) => {
        for (const tell of this.#watchers) tell(event);
      },
      expire: () => this.onExpire?.(),
    };
    faults.forEach((fault, index) => {
      clock.setTimer(() => {
        this.note('fault', index, { kind: fault.kind });
        FAULTS[fault.kind](stage, fault);
      }, fault.at);
    });
  }

  #environment(): Environment {
    const page = this.#page;
    return {
      get online() {
        return page.online;
      },
      watch: (tell) => {
        this.#watchers.add(tell);
        return () => this.#watchers.delete(tell);
      },
    };
  }

  #dial({ host, port }: ConnectionRequest, dice: Dice): Link {
    const id = this.number();
    const clock = this.#clock;
    const link = new Link({
      clock,
      weather: this.#weather,
      dice: dice.fork(1_000 + this.#links.size),
      onLeave: ({ deadSince = Number.POSITIVE_INFINITY }) => {
        const time = clock.clients.now() - deadSince;
        if (time > this.#noticeWithin) this.note('left', id, { what: 'dead', time });
      },
    });
    this.note('dialled', id, { host, port });
    this.#links.set(id, link);
    this.server.welcome(id, link);
    const arrive = (): void => {
      const now = clock.now();
      const { refusedUntil, voidUntil } = this.#roads;
      if (link.isGone || voidUntil > now) return;
      if (refusedUntil > now) link.refuse('ECONNREFUSED');
      else if (this.#weather.heldUntil > now) clock.setTimer(arrive, this.#weather.heldUntil - now);
      else link.connect();
    };
    clock.setTimer(arrive, link.lag + this.#weather.lag);
    return link;
  }
}
