/** A client of every make, and somebody who does with it whatever comes to mind: what every seed of `npm run simulate` plays. */
import type { Authenticator } from '../../src/auth/authenticator.ts';
import { bearer } from '../../src/auth/bearer.ts';
import { firstMessage } from '../../src/auth/first-message.ts';
import type { Client } from '../../src/client/client.ts';
import { createClient } from '../../src/client/create-client.node.ts';
import type { ClientOptions } from '../../src/client/options.ts';
import { handover } from '../../src/connection/handover.ts';
import { OVERFLOW_POLICIES } from '../../src/messaging/outbox-options.ts';
import type { SubscribeOptions, Subscription } from '../../src/messaging/subscription.ts';
import type { Dice } from '../../src/testing/dice.ts';
import type { SimulateOptions } from '../../src/testing/simulate.ts';
import type { SimulatedGuest } from '../../src/testing/simulated-server.ts';
import { contentOf } from '../../src/testing/simulated-server.ts';
import type { Simulation } from '../../src/testing/simulation.ts';

const ACTS = {
  send: 10,
  notify: 4,
  request: 10,
  subscribe: 3,
  unsubscribe: 1.5,
  publish: 12,
  handover: 0.7,
  ready: 1,
  connect: 0.5,
  reconnect: 0.3,
  abort: 2,
  close: 0.3,
  ask: 2,
  forget: 0.5,
  expire: 0.5,
};

type Act = keyof typeof ACTS;

/** What one seed does more of than others. */
const MOODS: Readonly<Record<string, Partial<Record<Act, number>>>> = {
  plain: {},
  streams: { subscribe: 8, publish: 30, forget: 4, reconnect: 2, send: 3 },
  doors: { expire: 5, reconnect: 4, close: 2, handover: 3, connect: 2 },
  queues: { send: 30, notify: 10, request: 20, abort: 6, reconnect: 2 },
  questions: { ask: 12, handover: 4, reconnect: 2 },
};

/**
 * A dead connection is let go within the interval and the timeout of the heartbeat, 35 s; one that was handed over just
 * then has 10 s to finish and 5 s to close. Milliseconds.
 */
const NOTICED_MS = 51_500;

/** Longest pause between two acts, in milliseconds. */
const PAUSE_MS = 5_000;

/** Acts of one seed, at most. */
const MOST_ACTS = 40;

/** Subscriptions at the same time. */
const MOST_SUBSCRIPTIONS = 3;

/** What the server knows of credentials. */
interface Gate {
  /** The token that is good now. */
  token: number;
  /** Until then none is. */
  closedUntil: number;
  now(): number;
}

/** By seed, so that the hooks of the server, which are made before the world, find it. */
interface Setting {
  readonly gate: Gate;
  readonly login: 'none' | 'bearer' | 'firstMessage';
}

/** What one seed is played with: the options of the run, and the scenario. */
export function settingOf(seed: number): {
  options: SimulateOptions;
  scenario: (world: Simulation) => Promise<void>;
} {
  const setting: Setting = {
    gate: { token: 1, closedUntil: 0, now: () => 0 },
    login: (['none', 'bearer', 'firstMessage'] as const)[seed % 3] as Setting['login'],
  };
  return {
    options: { server: serverOf(setting), noticeWithin: NOTICED_MS },
    scenario: (world) => new Life(world, setting).live(),
  };
}

function serverOf({ gate, login }: Setting): NonNullable<SimulateOptions['server']> {
  const isGood = (token: string | undefined): boolean =>
    token === `token ${gate.token}` && gate.now() >= gate.closedUntil;
  return {
    answer: (method, params) => {
      if (method === 'refuse') throw new Error('no');
      return { asked: contentOf({ method, params }) };
    },
    upgrade: ({ headers }) =>
      login === 'bearer' && !isGood(headers.get('authorization')?.replace('Bearer ', '').replace('-', ' '))
        ? 401
        : undefined,
    login:
      login !== 'firstMessage'
        ? undefined
        : (guest: SimulatedGuest, message: unknown) => {
            const { token } = Object(message) as { token?: string };
            if (token === undefined) return false;
            const isIn = isGood(token);
            if (isIn) guest.admit();
            guest.say({ in: isIn });
            return true;
          },
  };
}

class Life {
  readonly #world: Simulation;
  readonly #setting: Setting;
  readonly #dice: Dice;
  readonly #client: Client;
  readonly #controllers: AbortController[] = [];
  #subscriptions: Subscription<unknown>[] = [];
  #messages = 0;
  #tags = 0;

  constructor(world: Simulation, setting: Setting) {
    this.#world = world;
    this.#setting = setting;
    this.#dice = world.dice;
    Object.assign(setting.gate, { token: 1, closedUntil: 0, now: () => world.now() });
    world.onExpire = () => {
      setting.gate.token++;
      if (world.dice.chance(0.2)) setting.gate.closedUntil = world.now() + 20_000;
    };
    this.#client = world.watch(createClient(this.#options()));
  }

  async live(): Promise<void> {
    const dice = this.#dice;
    const client = this.#client;
    client.handle('confirm', async (params) => {
      await this.#world.pause(dice.chance(0.5) ? 0 : dice.between(0, 4_000));
      return params;
    });
    client.connect();
    const acts = { ...ACTS, ...MOODS[dice.pick(Object.keys(MOODS))] };
    for (let left = dice.between(5, MOST_ACTS); left > 0; left--) {
      await this.#world.pause(dice.chance(0.5) ? dice.byDigits(50) : dice.between(0, PAUSE_MS));
      const isClosed = client.state.status === 'closed';
      this.#act(isClosed && dice.chance(0.5) ? 'connect' : dice.weighted(acts));
    }
    // Some leave while it rains.
    if (dice.chance(0.4)) await client.close({ flush: dice.chance(0.5) });
  }

  #options(): ClientOptions {
    const dice = this.#dice;
    return {
      ...this.#world.options,
      environment: dice.chance(0.5) ? this.#world.options.environment : false,
      auth: this.#auth(),
      use: [
        handover({ when: (message) => (Object(message) as { method?: unknown }).method === 'restarting' }),
      ],
      outbox: {
        maxMessages: dice.pick([3, 8, 1_000]),
        maxAge: dice.pick([5_000, 60_000]),
        overflow: dice.pick(OVERFLOW_POLICIES),
      },
      maxBufferedBytes: dice.pick([2_000, 65_536, undefined]),
      requestTimeout: dice.pick([3_000, 30_000]),
    };
  }

  #auth(): Authenticator | undefined {
    const { gate, login } = this.#setting;
    const world = this.#world;
    let mine = 1;
    const token = (): string => `token${login === 'bearer' ? '-' : ' '}${mine}`;
    const refresh = world.renewal(async () => {
      await world.pause(this.#dice.between(0, 4_000));
      mine = gate.token;
      return token();
    });
    if (login === 'bearer') return bearer({ token, refresh });
    if (login === 'none') return undefined;
    return firstMessage({
      token,
      refresh,
      message: (good) => JSON.stringify({ token: good }),
      accepted: (reply) => (JSON.parse(String(reply)) as { in?: boolean }).in,
    });
  }

  #act(act: Act): void {
    const client = this.#client;
    const dice = this.#dice;
    const quiet = (promise: Promise<unknown>): void => void promise.catch(() => {});
    switch (act) {
      case 'send':
      case 'notify':
        return this.#send(act);
      case 'request':
        return this.#request();
      case 'subscribe':
        if (this.#subscriptions.length < MOST_SUBSCRIPTIONS) this.#subscribe();
        return;
      case 'unsubscribe':
        return this.#subscriptions.shift()?.unsubscribe();
      case 'publish':
        return this.#world.server.publish('ticks');
      case 'ask':
        return this.#ask();
      case 'forget':
        return this.#world.server.forget();
      case 'expire':
        return this.#world.onExpire?.();
      case 'handover':
        return quiet(client.handover());
      case 'ready':
        return quiet(client.ready({ signal: this.#signal() }));
      case 'connect':
        return client.connect();
      case 'reconnect':
        return client.state.status === 'closed' ? undefined : client.reconnect('on a whim');
      case 'abort':
        return this.#controllers.shift()?.abort();
      case 'close':
        quiet(client.close({ flush: dice.chance(0.5) }));
        if (dice.chance(0.7)) client.connect();
    }
  }

  #ask(): void {
    const guest = this.#world.server.guests.at(-1);
    guest?.say({ jsonrpc: '2.0', id: `s${guest.id}-${++this.#messages}`, method: 'confirm', params: [1] });
  }

  #send(act: 'send' | 'notify'): void {
    const dice = this.#dice;
    const message = { n: ++this.#messages, fill: 'x'.repeat(dice.byDigits(3_000)) };
    const options = {
      whenOffline: dice.chance(0.2) ? ('reject' as const) : undefined,
      ttl: dice.chance(0.3) ? dice.byDigits(20_000) : undefined,
      key: dice.chance(0.2) ? dice.pick(['a', 'b']) : undefined,
      signal: this.#signal(),
    };
    const sent =
      act === 'send' ? this.#client.send(message, options) : this.#client.notify('tell', message, options);
    sent.catch(() => {});
  }

  #request(): void {
    const dice = this.#dice;
    const asked = this.#client.request(
      dice.chance(0.15) ? 'refuse' : 'echo',
      { n: ++this.#messages, fill: 'x'.repeat(dice.byDigits(500)) },
      {
        idempotent: dice.chance(0.4),
        timeout: dice.chance(0.3) ? dice.byDigits(20_000) : undefined,
        whenOffline: dice.chance(0.2) ? 'reject' : undefined,
        signal: this.#signal(),
      },
    );
    asked.catch(() => {});
  }

  #subscribe(): void {
    const dice = this.#dice;
    const hasCursor = dice.chance(0.7);
    const options: SubscribeOptions = hasCursor
      ? {
          cursor: (event) => (event as { at: number }).at,
          resume: (params, after) => ({ ...(params as object), after }),
          resumed: (reply) => (reply as { resumed?: boolean }).resumed === true,
        }
      : {};
    const subscription = this.#client.subscribe('ticks', { tag: ++this.#tags }, options);
    this.#subscriptions.push(subscription);
    subscription.on(() => {});
    void subscription.closed.then(() => {
      this.#subscriptions = this.#subscriptions.filter((open) => open !== subscription);
    });
  }

  #signal(): AbortSignal | undefined {
    if (!this.#dice.chance(0.2)) return undefined;
    const controller = new AbortController();
    this.#controllers.push(controller);
    return controller.signal;
  }
}
