import type { Clock, TimerHandle } from '../base/clock.ts';
import { HandshakeError, isKind } from '../base/errors.ts';
import { fill } from '../base/need.ts';
import type { Plugin } from '../base/plugin.ts';
import * as CloseCode from '../protocol/close-codes.ts';
import type { Closure } from '../protocol/closure.ts';
import { checkFallback, type FallbackOptions, type FallbackSettings } from './checks.ts';
import type {
  MessageOptions,
  SendData,
  Transport,
  TransportFactory,
  TransportRequest,
  TransportSink,
} from './transport.ts';
import { WrappedTransport } from './wrapped-transport.ts';

export type { FallbackOptions } from './checks.ts';

/** What a fallback needs of a client. */
export interface FallbackCore {
  /** The connection of the client. */
  readonly connection: { readonly options: { transport: TransportFactory } };
  /** Handovers, if the client has the plugin: by one of them it goes back to a better wire. */
  readonly handover?: { begin(): Promise<unknown> } | undefined;
}

/** A plugin for clients; `wrap` is for `connect`. */
export interface Fallback extends Plugin<FallbackCore> {
  /** The same transport, with the others behind it. */
  wrap(transport: TransportFactory): TransportFactory;
}

/** The settings in force unless others are given. */
export const DEFAULT_FALLBACK: FallbackSettings = /* @__PURE__ */ Object.freeze({
  after: 5_000,
  remember: 600_000,
});

/**
 * The plugin for networks that let no WebSocket through: where the client's own transport gives no open connection in time,
 * or is refused as a proxy refuses, the next transport is tried in the same attempt. What worked is used first from then on,
 * and after a while the better one is tried again: when the client reconnects or, if it has `handover()` too, beside the
 * connection in use. `client.why().wire` tells what is in use, and why.
 *
 * A refusal that is the server's own word (401, 429, a `Retry-After`), a server that cannot be found or reached, and a
 * certificate that is wrong are no reason to try another wire.
 *
 * @param others - the transports to try after the client's own, in this order
 * @throws UsageError `INVALID_OPTION` naming the option that is wrong
 * @example
 * ```ts
 * createClient({ url: 'wss://example.com/echo', use: [fallback([pollingTransport(sockjs())]), handover()] });
 * ```
 */
export function fallback(others: readonly TransportFactory[], options: FallbackOptions = {}): Fallback {
  checkFallback(others, options, fallback);
  const settings = fill(DEFAULT_FALLBACK, options);
  const wrap = (transport: TransportFactory, core?: FallbackCore): TransportFactory => {
    const memory = new Memory(settings, core);
    const wires = [transport, ...others];
    return (request, sink) => new FallbackTransport(wires, memory, request, sink);
  };
  const plugin = (core: FallbackCore): void => {
    const { options: of } = core.connection;
    of.transport = wrap(of.transport, core);
  };
  return Object.assign(plugin, { wrap: (transport: TransportFactory) => wrap(transport) });
}

/** What one client has learnt of its wires. */
class Memory {
  readonly settings: FallbackSettings;
  readonly #core: FallbackCore | undefined;
  /** The wire that worked, why not the one before it, and until when that is believed. */
  #known = { at: 0, why: '', until: Number.NEGATIVE_INFINITY };
  /** The attempt that is made next is one to go back. */
  #isGoingBack = false;

  constructor(settings: FallbackSettings, core: FallbackCore | undefined) {
    this.settings = settings;
    this.#core = core;
  }

  /** Where to begin, and how many wires there are this time. */
  begin(clock: Clock, count: number): { at: number; why: string; count: number } {
    const isTrial = this.#isGoingBack;
    this.#isGoingBack = false;
    const { at, why, until } = this.#known;
    // Going back, the wire in use is no way to go.
    if (isTrial) return { at: 0, why: '', count: at };
    return clock.now() < until ? { at, why, count } : { at: 0, why: '', count };
  }

  /** This one works. */
  learn(at: number, why: string, clock: Clock): void {
    this.#known = {
      at,
      why,
      until: at > 0 ? clock.now() + this.settings.remember : Number.NEGATIVE_INFINITY,
    };
  }

  /** Whether there is a way back that does not wait for the connection to end. */
  get canGoBack(): boolean {
    return this.#core?.handover !== undefined;
  }

  /** Tries for a better wire beside the one in use. Resolves when that has failed, or was done. */
  async goBack(): Promise<void> {
    this.#isGoingBack = true;
    try {
      await this.#core?.handover?.begin();
    } catch {
      // The connection in use goes on.
    } finally {
      this.#isGoingBack = false;
    }
  }
}

/** Refusals in which a server, not a proxy, says what is the matter. */
const OWN_WORDS: readonly number[] = /* @__PURE__ */ Object.freeze([401, 408, 425, 429]);

/** How a handshake fails where something between takes no WebSockets, or has cut it off. */
const REFUSALS: readonly string[] = /* @__PURE__ */ Object.freeze([
  'TIMEOUT',
  'PROXY',
  'HANDSHAKE_OPAQUE',
  'HANDSHAKE_CLOSED',
  'HANDSHAKE_MALFORMED',
  'HANDSHAKE_STATUS',
  'HANDSHAKE_REDIRECT',
  'HANDSHAKE_UPGRADE',
  'HANDSHAKE_CONNECTION',
  'HANDSHAKE_ACCEPT',
]);

function isProxysWord(error: unknown): error is HandshakeError {
  if (!isKind(error, 'HandshakeError') || !REFUSALS.includes(error.code)) return false;
  return error.retryAfter === undefined && !OWN_WORDS.includes(error.status ?? 0);
}

/** Where it stands: looking for a wire that opens; open; over, or given up by this side while looking. */
type State = 'trying' | 'open' | 'over';

/** Wraps several transports of which one at a time is in use: until one opens nothing of a change can be seen. */
class FallbackTransport extends WrappedTransport implements Transport {
  readonly #wires: readonly TransportFactory[];
  readonly #memory: Memory;
  readonly #request: TransportRequest;
  readonly #sink: TransportSink;
  protected override inner!: Transport;
  #state: State = 'trying';
  #at: number;
  /** Why the wire before was given up. */
  #why: string;
  /** While trying: when the next wire is tried. Open: when a better one is. */
  #timer: TimerHandle | undefined;

  constructor(
    wires: readonly TransportFactory[],
    memory: Memory,
    request: TransportRequest,
    sink: TransportSink,
  ) {
    super();
    const { at, why, count } = memory.begin(request.clock, wires.length);
    this.#wires = wires.slice(0, count);
    this.#memory = memory;
    this.#request = request;
    this.#sink = sink;
    this.#at = at;
    this.#why = why;
    try {
      this.#start();
    } catch (error) {
      this.#await(); // nothing was made that could be given up for the next
      const isMissing = isKind(error, 'UsageError') && error.detail === 'no-websocket';
      if (!isMissing || !this.#hasNext) throw error;
      this.#advance('this platform has no WebSocket');
      this.#start();
    }
  }

  get wire(): string | undefined {
    const { wire } = this.inner;
    return this.#why === '' ? wire : `${wire ?? 'another transport'}: ${this.#why}`;
  }

  get bufferedAmount(): number {
    return this.inner.bufferedAmount;
  }

  send(data: SendData, options?: MessageOptions): boolean {
    return this.inner.send(data, options);
  }

  ping(payload?: Uint8Array): void {
    this.inner.ping(payload);
  }

  close(code?: number, reason?: string): void {
    this.inner.close(code, reason);
    this.#giveUp();
  }

  abandon(): void {
    this.#giveUp();
    this.inner.abandon();
  }

  get #hasNext(): boolean {
    return this.#at + 1 < this.#wires.length;
  }

  #start(): void {
    const { after } = this.#memory.settings;
    const sink = this.#sink;
    let isCurrent = true;
    if (this.#hasNext) {
      this.#await(after, () => {
        isCurrent = false;
        this.inner.abandon();
        this.#tryNext(`nothing opened within ${after} ms`);
      });
    }
    const wire = this.#wires[this.#at] as TransportFactory;
    this.inner = wire(this.#request, {
      open: (info) => {
        this.#opened();
        sink.open(info);
      },
      text: (message) => sink.text(message),
      binary: (message) => sink.binary(message),
      ping: () => sink.ping(),
      pong: (payload) => sink.pong(payload),
      hold: sink.hold && ((proceed, isEnd) => sink.hold?.(proceed, isEnd)),
      drain: () => sink.drain(),
      close: (closure) => isCurrent && this.#ended(closure),
    });
  }

  #opened(): void {
    this.#state = 'open';
    this.#await();
    this.#memory.learn(this.#at, this.#why, this.#request.clock);
    this.#lookBack();
  }

  #ended(closure: Closure): void {
    const { error } = closure;
    this.#await();
    if (this.#state === 'trying' && this.#hasNext && isProxysWord(error)) {
      const status = error.status === undefined ? '' : `, HTTP ${error.status}`;
      this.#tryNext(`the WebSocket was refused (${error.code}${status})`);
    } else {
      this.#state = 'over';
      this.#sink.close(closure);
    }
  }

  #giveUp(): void {
    if (this.#state !== 'trying') return;
    this.#state = 'over';
    this.#await();
  }

  #advance(why: string): void {
    this.#at++;
    this.#why = why;
  }

  #tryNext(why: string): void {
    this.#advance(why);
    try {
      this.#start();
    } catch (cause) {
      this.#state = 'over';
      this.#await();
      // The arguments are wrong for this wire: whoever made the attempt looks for that in the cause.
      const error = new HandshakeError('CONNECT', { phase: 'url', detail: 'transport', cause });
      this.#sink.close({ code: CloseCode.abnormal, reason: '', wasClean: false, error });
    }
  }

  /** Tries for a better wire when it is time, again and again. */
  #lookBack(): void {
    const { remember } = this.#memory.settings;
    if (this.#at === 0 || !this.#memory.canGoBack || !Number.isFinite(remember)) return;
    this.#await(remember, () => {
      void this.#memory.goBack().then(() => this.#state === 'open' && this.#lookBack());
    });
  }

  /** Replaces the timer. */
  #await(delay = 0, then?: () => void): void {
    const { clock } = this.#request;
    clock.clearTimer(this.#timer);
    this.#timer = then && clock.setTimer(then, delay);
  }
}
