/** One connection of the conformance suite: what it was told, in order, and whether the contract was kept. */
import { expect } from 'vitest';
import { systemClock } from '../../../src/base/clock.ts';
import { systemRandom } from '../../../src/base/random.ts';
import type { Closure } from '../../../src/protocol/closure.ts';
import { DEFAULT_LIMITS } from '../../../src/protocol/limits.ts';
import type {
  OpenInfo,
  Transport,
  TransportFactory,
  TransportRequest,
} from '../../../src/transport/transport.ts';
import { HANG_MS } from '../../tools/patience.ts';

export type Told =
  | { readonly type: 'open'; readonly info: OpenInfo }
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'binary'; readonly bytes: Uint8Array }
  | { readonly type: 'pong'; readonly payload: Uint8Array }
  | { readonly type: 'drain' }
  | { readonly type: 'close'; readonly closure: Closure };

export type Message = string | Uint8Array;

/** Ends what hangs, before the test's own limit does and with more to say. The deadlines that are the subject are shorter. */
const WAIT_MS = HANG_MS / 3;

export class Session {
  readonly transport: Transport;
  readonly told: Told[] = [];
  /** How often the server was heard to ping. */
  pings = 0;
  /** Every breach of the contract's "before", "once" and "last". */
  readonly breaches: string[] = [];
  /** Called on every event, after it was recorded: acts inside the callback. */
  onTold: ((told: Told) => void) | undefined;
  #returned = false;
  #taken = 0;
  #wake: (() => void) | undefined;

  constructor(factory: TransportFactory, url: string, changes: Partial<TransportRequest> = {}) {
    this.transport = factory(
      {
        url,
        protocols: [],
        headers: [],
        handshakeTimeout: WAIT_MS / 2,
        closeTimeout: WAIT_MS / 2,
        limits: DEFAULT_LIMITS,
        clock: systemClock,
        random: systemRandom,
        ...changes,
      },
      {
        open: (info) => this.#record({ type: 'open', info }),
        text: (text) => this.#record({ type: 'text', text }),
        binary: (bytes) => this.#record({ type: 'binary', bytes }),
        ping: () => {
          this.pings++;
        },
        pong: (payload) => this.#record({ type: 'pong', payload }),
        drain: () => this.#record({ type: 'drain' }),
        close: (closure) => this.#record({ type: 'close', closure }),
      },
    );
    this.#returned = true;
  }

  /** Waits until something of this type has been told, and returns the first. */
  async until<Type extends Told['type']>(type: Type): Promise<Extract<Told, { type: Type }>> {
    const find = () =>
      this.told.find((told) => told.type === type) as Extract<Told, { type: Type }> | undefined;
    await this.#wait(() => find() !== undefined || this.#isClosed(), `"${type}"`);
    const found = find();
    if (found === undefined) throw new Error(`closed before "${type}": ${JSON.stringify(this.types)}`);
    return found;
  }

  /** Waits for the next message that was not taken yet. */
  async message(): Promise<Message> {
    await this.#wait(() => this.messages.length > this.#taken || this.#isClosed(), 'a message');
    const message = this.messages[this.#taken];
    if (message === undefined) throw new Error(`closed before a message: ${JSON.stringify(this.types)}`);
    this.#taken += 1;
    return message;
  }

  async open(): Promise<this> {
    await this.until('open');
    return this;
  }

  async closed(): Promise<Closure> {
    return (await this.until('close')).closure;
  }

  get messages(): Message[] {
    return this.told.flatMap((told): Message[] => {
      if (told.type === 'text') return [told.text];
      return told.type === 'binary' ? [told.bytes] : [];
    });
  }

  get types(): string[] {
    return this.told.map(({ type }) => type);
  }

  /** Ends it, lets late events come, and checks the contract. */
  async finish(): Promise<void> {
    this.transport.abandon();
    await this.closed();
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(this.breaches).toEqual([]);
  }

  #isClosed(): boolean {
    return this.told.at(-1)?.type === 'close';
  }

  #record(told: Told): void {
    if (!this.#returned) this.breaches.push(`${told.type} before the factory had returned`);
    if (this.types.includes('close')) this.breaches.push(`${told.type} after close`);
    const opened = this.types.includes('open');
    if (told.type === 'open' && this.told.length > 0) this.breaches.push('open was not first');
    if (told.type !== 'open' && told.type !== 'close' && !opened)
      this.breaches.push(`${told.type} before open`);
    this.told.push(told);
    this.onTold?.(told);
    this.#wake?.();
  }

  async #wait(isMet: () => boolean, what: string): Promise<void> {
    const deadline = performance.now() + WAIT_MS;
    while (!isMet()) {
      const left = deadline - performance.now();
      if (left <= 0) throw new Error(`waited in vain for ${what}; told: ${JSON.stringify(this.types)}`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }
}
