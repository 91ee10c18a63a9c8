import type { Client } from '../../src/client/client.ts';
import { createClient } from '../../src/client/create-client.node.ts';
import type { ClientOptions } from '../../src/client/options.ts';
import { failover } from '../../src/connection/failover.ts';
import { handover } from '../../src/connection/handover.ts';
import { OVERFLOW_POLICIES } from '../../src/messaging/outbox-options.ts';
import type { SubscribeOptions, Subscription } from '../../src/messaging/subscription.ts';
import { tcpTransport } from '../../src/transport/tcp/tcp-transport.ts';
import type { Dice } from './dice.ts';
import { Aborts, pause, type World } from './world.ts';

/** The default policy as a whole, a fiftieth of its times; the timeouts a twentieth. */
const TIMES = {
  reconnect: { firstDelay: 100, baseDelay: 40, maxDelay: 600, connectTimeout: 500, maxConnectTimeout: 3_000 },
  heartbeat: { interval: 300, timeout: 200 },
  requestTimeout: 1_500,
  closeTimeout: 250,
} as const;

const ACTS = {
  send: 10,
  notify: 4,
  request: 10,
  subscribe: 2,
  unsubscribe: 2,
  handover: 1,
  ready: 1,
  connect: 1,
  close: 0.4,
};

/** Subscriptions at the same time. */
const MOST_SUBSCRIPTIONS = 4;

/** Events of which a repetition would be noticed. */
const REMEMBERED_EVENTS = 500;

interface StreamEvent {
  readonly at: number;
}

/** A long connection, and somebody who does with it whatever comes to mind. */
export class ClientLife {
  readonly #world: World;
  readonly #dice: Dice;
  readonly #client: Client;
  readonly #aborts = new Aborts();
  #subscriptions: Subscription<unknown>[] = [];
  /** Loops over subscriptions, and handlers at work. */
  #reading: Promise<unknown>[] = [];

  /** `isBrief`: of one round alone, so that it may know the round's addresses by heart. */
  constructor(world: World, number: number, isBrief: boolean) {
    this.#world = world;
    this.#dice = world.dice.fork(number);
    this.#client = createClient(this.#options(isBrief));
    this.#listen();
  }

  /** Acts until the round is over, then closes. */
  async round(): Promise<void> {
    const { ledger } = this.#world;
    while (!this.#world.isOver) {
      const isClosed = this.#client.state.status === 'closed';
      this.#act(isClosed && this.#dice.chance(0.5) ? 'connect' : this.#dice.weighted(ACTS));
      await pause(this.#dice.byDigits(300));
    }
    await ledger.track('close', this.#client.close({ flush: this.#dice.chance(0.5) }));
    await Promise.all(this.#reading);
    this.#aborts.clear();
    this.#subscriptions = [];
    this.#reading = [];
  }

  #options(isBrief: boolean): ClientOptions {
    const dice = this.#dice;
    const { uniform } = { uniform: () => dice.uniform() };
    const fill = (target: Uint8Array): void => void crypto.getRandomValues(target as Uint8Array<ArrayBuffer>);
    const address = (): string => dice.pick(this.#world.addresses);
    return {
      ...TIMES,
      use: [failover(), handover()],
      url: isBrief ? [...this.#world.addresses] : dice.chance(0.5) ? address : async () => address(),
      random: { uniform, fill },
      outbox: { maxMessages: 30, maxAge: 2_000, maxPending: 60, overflow: dice.pick(OVERFLOW_POLICIES) },
      transport: tcpTransport(dice.chance(0.3) ? { compression: { threshold: 64 } } : {}),
    };
  }

  #listen(): void {
    const { ledger } = this.#world;
    const client = this.#client;
    let isProved = false;
    client.handle('confirm', async (params) => {
      const thought = pause(this.#dice.between(0, 20));
      this.#reading.push(thought);
      await thought;
      return params;
    });
    client.on('ready', () => ledger.count('lines ready'));
    client.on('drop', () => ledger.count('drops told'));
    client.on('lateReply', () => ledger.count('late replies'));
    client.on('error', () => ledger.count('errors told'));
    client.on('closed', ({ error }) =>
      ledger.count(error === undefined ? 'ends asked for' : 'ends for good'),
    );
    client.on('gap', ({ recovered, duration }) => {
      ledger.count(recovered ? 'gaps recovered' : 'gaps');
      // During a handover the late events of the old line fill what looks like a hole.
      isProved = recovered && duration > 0;
    });
    // Whoever listens to these cannot be told that nothing was missed.
    if (this.#dice.chance(0.5)) client.onEvent('news', () => ledger.count('news'));
    // A hole shows with the first event behind it, and so belongs to the newest gap.
    this.#onHole = () => {
      if (isProved) ledger.fault('a gap is called recovered, but events are missing');
    };
  }

  #onHole = (): void => {};

  #act(act: keyof typeof ACTS): void {
    const { ledger, signal } = this.#world;
    const client = this.#client;
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
        this.#subscriptions.shift()?.unsubscribe();
        return;
      case 'handover':
        return void ledger.track('handover', client.handover());
      case 'ready':
        return void ledger.track('ready', client.ready({ signal: this.#signal() ?? signal }));
      case 'connect':
        return client.connect();
      case 'close':
        void ledger.track('close', client.close({ flush: this.#dice.chance(0.5) }));
        if (this.#dice.chance(0.5)) client.connect();
    }
  }

  #send(act: 'send' | 'notify'): void {
    const dice = this.#dice;
    const id = this.#world.id();
    const message = { id, fill: 'x'.repeat(dice.byDigits(20_000)) };
    const options = {
      whenOffline: dice.chance(0.2) ? ('reject' as const) : undefined,
      ttl: dice.chance(0.3) ? dice.between(1, 800) : undefined,
      key: dice.chance(0.3) ? dice.pick(['a', 'b', 'c']) : undefined,
      signal: this.#signal(),
    };
    const sent =
      act === 'send' ? this.#client.send(message, options) : this.#client.notify('tell', message, options);
    this.#world.ledger.message(act, id, false, sent);
  }

  #request(): void {
    const dice = this.#dice;
    const id = this.#world.id();
    const idempotent = dice.chance(0.4);
    const method = dice.weighted({ echo: 6, slow: 4, refuse: 1, never: 1 });
    const asked = this.#client.request(
      method,
      { id, fill: 'x'.repeat(dice.byDigits(2_000)) },
      {
        idempotent,
        timeout: dice.chance(0.3) ? dice.between(1, 1_000) : undefined,
        whenOffline: dice.chance(0.2) ? 'reject' : undefined,
        signal: this.#signal(),
      },
    );
    this.#world.ledger.message(`request ${method}`, id, idempotent, asked);
  }

  #subscribe(): void {
    const { ledger } = this.#world;
    const dice = this.#dice;
    const hasCursor = dice.chance(0.7);
    const signal = this.#signal();
    const options: SubscribeOptions = hasCursor
      ? {
          cursor: (event) => (event as StreamEvent).at,
          resume: (_params, after) => ({ after }),
          resumed: (reply) => (reply as { resumed?: boolean }).resumed === true,
          signal,
        }
      : { signal, maxEvents: 3, overflow: dice.pick(['error', 'drop-oldest']) };
    if (signal?.aborted === true) return;
    const subscription = this.#client.subscribe('ticks', {}, options);
    this.#subscriptions.push(subscription);
    const closed = ledger.track('subscription closed', subscription.closed).then(() => {
      this.#subscriptions = this.#subscriptions.filter((open) => open !== subscription);
    });
    this.#reading.push(closed);
    const check = hasCursor ? this.#checker() : () => {};
    const heard = (event: unknown): void => {
      ledger.count('events');
      check((event as StreamEvent).at);
    };
    if (dice.chance(0.5)) subscription.on(heard);
    else this.#reading.push(ledger.track('loop', this.#read(subscription, heard, hasCursor ? 0 : 100)));
  }

  /** Tells of events that come twice, and of those that do not come. */
  #checker(): (at: number) => void {
    const seen = new Set<number>();
    let last: number | undefined;
    return (at) => {
      if (seen.has(at)) this.#world.ledger.fault(`event ${at} was told twice to one subscription`);
      seen.add(at);
      if (seen.size > REMEMBERED_EVENTS) seen.delete(seen.values().next().value!);
      if (last !== undefined && at > last + 1) this.#onHole();
      last = Math.max(at, last ?? at);
    };
  }

  async #read(
    subscription: Subscription<unknown>,
    heard: (event: unknown) => void,
    slowness: number,
  ): Promise<void> {
    let left = this.#dice.byDigits(200);
    for await (const event of subscription) {
      heard(event);
      if (--left === 0) break;
      if (slowness > 0) await pause(this.#dice.between(0, slowness));
    }
  }

  /** None, the one that everybody shares, one that is aborted soon, one that is aborted already. */
  #signal(): AbortSignal | undefined {
    switch (this.#dice.weighted({ none: 5, shared: 3, soon: 2, aborted: 0.2 })) {
      case 'none':
        return undefined;
      case 'shared':
        return this.#world.signal;
      case 'soon':
        return this.#aborts.within(this.#dice.byDigits(500));
      case 'aborted':
        return AbortSignal.abort();
    }
  }
}
