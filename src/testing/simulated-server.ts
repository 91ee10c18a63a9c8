import type { Clock } from '../base/clock.ts';
import { Opcode } from '../protocol/opcode.ts';
import type { Link } from './link.ts';
import {
  acceptAnswer,
  closePayload,
  isDataOpcode,
  readClientFrame,
  readUpgrade,
  refusalAnswer,
  serverFrame,
  type Upgrade,
} from './server-frames.ts';

/** What a simulated server does by itself. */
export interface SimulatedServerOptions {
  /** The status with which a handshake is refused. Default: none is. */
  readonly upgrade?:
    | ((request: { path: string; headers: ReadonlyMap<string, string> }) => number | undefined)
    | undefined;
  /**
   * Sees every message of a connection until `guest.admit()` was called. Returns whether the message is part of the login:
   * any other one is a breach. Default: everybody is admitted.
   */
  readonly login?: ((guest: SimulatedGuest, message: unknown) => boolean) | undefined;
  /** Answers a request, or throws. Default: the params. */
  readonly answer?: ((method: string, params: unknown, guest: SimulatedGuest) => unknown) | undefined;
}

/** One connection, as the server sees it. */
export interface SimulatedGuest {
  /** Its number in the history. */
  readonly id: number;
  /** The login is over. */
  admit(): void;
  /** Sends a value as JSON. */
  say(message: unknown): void;
  /** Sends a Ping. */
  ping(): void;
  /** Sends a Close frame, and ends the connection once the client has answered. */
  close(code?: number, reason?: string): void;
  /** Breaks the connection. */
  drop(): void;
}

/** The server of a simulation: JSON-RPC, with subscriptions that can be resumed. */
export interface SimulatedServer {
  /** Connections that are open. */
  readonly guests: readonly SimulatedGuest[];
  /**
   * Tells the subscribers of `name` the next event: `{ at, value }`, where `at` counts the events of the name. A
   * subscription with the params `{ after }` goes on behind that one, and is told so by `resumed: true` in the reply.
   */
  publish(name: string, value?: unknown): void;
  /** Forgets what it has told: nothing of it can be resumed. */
  forget(): void;
}

/** How the server feels. Times are moments of the clock; one that is past has no effect. */
export interface Moods {
  /** It answers nothing. */
  silentUntil: number;
  /** It says everything twice that answers. */
  twiceUntil: number;
  /** Its answers take `lateBy` milliseconds. */
  lateUntil: number;
  lateBy: number;
  /** It answers requests with an error. */
  limitedUntil: number;
  /** It refuses handshakes with `status`. */
  refusesUntil: number;
  status: number;
  retryAfter: number | undefined;
  /** Connections break `flapAfter` milliseconds after they were opened. */
  flapsUntil: number;
  flapAfter: number;
}

/** What a server is made of. */
export interface ServerParts {
  readonly clock: Clock;
  readonly options: SimulatedServerOptions;
  note(what: 'opened' | 'gone' | 'up' | 'down' | 'seen', id: number, detail: Record<string, unknown>): void;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();
const encode = (text: string): Uint8Array => encoder.encode(text);

/** What the history knows a message by: a request by its method and params, anything else by itself. */
export function contentOf(message: unknown): string {
  const { method, params } = Object(message) as { method?: unknown; params?: unknown };
  if (typeof method === 'string') return JSON.stringify([method, params]);
  return typeof message === 'string' ? message : (JSON.stringify(message) ?? '');
}

/** The server of a simulation. */
export class Server implements SimulatedServer {
  readonly moods: Moods = {
    silentUntil: 0,
    twiceUntil: 0,
    lateUntil: 0,
    lateBy: 0,
    limitedUntil: 0,
    refusesUntil: 0,
    status: 503,
    retryAfter: undefined,
    flapsUntil: 0,
    flapAfter: 0,
  };
  readonly parts: ServerParts;
  readonly #guests = new Set<Guest>();
  readonly #logs = new Map<string, { readonly values: unknown[]; lostBefore: number }>();
  #lastSubscription = 0;

  constructor(parts: ServerParts) {
    this.parts = parts;
  }

  /** What was ever subscribed to, or published. */
  get names(): readonly string[] {
    return [...this.#logs.keys()];
  }

  get guests(): readonly Guest[] {
    return [...this.#guests].filter((guest) => guest.isOpen);
  }

  /** A connection has reached the server. */
  welcome(id: number, link: Link): void {
    const guest = new Guest(id, link, this);
    this.#guests.add(guest);
    link.server = {
      received: (chunk) => guest.take(chunk),
      gone: (isByClient) => {
        this.#guests.delete(guest);
        this.parts.note('gone', id, { isByClient });
      },
    };
  }

  publish(name: string, value?: unknown): void {
    const { values } = this.#log(name);
    values.push(value);
    for (const guest of this.guests) guest.tell(name, values.length);
  }

  /** Begins something for a guest: what came before can be resumed unless it is forgotten. */
  subscribe(
    guest: Guest,
    name: string,
    after: number | undefined,
  ): { subscription: number; resumed: boolean; from: number } {
    const { values, lostBefore } = this.#log(name);
    const resumed = after !== undefined && after >= lostBefore && after <= values.length;
    const subscription = ++this.#lastSubscription;
    guest.subscriptions.set(subscription, name);
    return { subscription, resumed, from: resumed ? after : values.length };
  }

  /** The value of an event, by its number from 1. */
  event(name: string, at: number): unknown {
    return this.#log(name).values[at - 1];
  }

  /** How many events there are of a name. */
  count(name: string): number {
    return this.#log(name).values.length;
  }

  /** Nothing that was told until now can be told again. */
  forget(): void {
    for (const log of this.#logs.values()) log.lostBefore = log.values.length + 1;
  }

  #log(name: string): { readonly values: unknown[]; lostBefore: number } {
    const known = this.#logs.get(name);
    if (known !== undefined) return known;
    const log = { values: [], lostBefore: 0 };
    this.#logs.set(name, log);
    return log;
  }
}

type GuestState = 'dialling' | 'open' | 'closing' | 'over';

/** One connection of a simulated server. */
export class Guest implements SimulatedGuest {
  readonly id: number;
  /** The names of its subscriptions by their keys. */
  readonly subscriptions: Map<number, string> = new Map();
  isAdmitted: boolean;
  readonly #link: Link;
  readonly #server: Server;
  #state: GuestState = 'dialling';
  #bytes: Uint8Array = new Uint8Array(0);
  /** The parts of a message in several frames. */
  #parts: Uint8Array[] = [];

  constructor(id: number, link: Link, server: Server) {
    this.id = id;
    this.#link = link;
    this.#server = server;
    this.isAdmitted = server.parts.options.login === undefined;
  }

  get isOpen(): boolean {
    return this.#state === 'open';
  }

  admit(): void {
    this.isAdmitted = true;
  }

  say(message: unknown): void {
    this.#frame(Opcode.text, encode(JSON.stringify(message)));
  }

  ping(): void {
    this.#frame(Opcode.ping, encode('are you there'));
  }

  close(code?: number, reason = ''): void {
    if (this.#state !== 'open') return;
    this.#frame(Opcode.close, closePayload(code, reason, encode));
    this.#state = 'closing';
  }

  drop(): void {
    this.#link.cut();
  }

  /** Every subscription to a name hears its event. */
  tell(name: string, at: number): void {
    for (const [subscription, subscribed] of this.subscriptions) {
      if (subscribed === name) this.#event(subscription, name, at);
    }
  }

  take(chunk: Uint8Array): void {
    this.#server.parts.note('up', this.id, { bytes: new Uint8Array(chunk) });
    const bytes = new Uint8Array(this.#bytes.length + chunk.length);
    bytes.set(this.#bytes);
    bytes.set(chunk, this.#bytes.length);
    this.#bytes = bytes;
    if (this.#state === 'dialling') this.#shakeHands();
    while (this.#state === 'open' || this.#state === 'closing') {
      const frame = readClientFrame(this.#bytes);
      if (frame !== undefined) this.#link.isOpen = true;
      if (frame === undefined) return;
      this.#bytes = this.#bytes.subarray(frame.size);
      if (!frame.isMasked) this.#seen('unmasked', '');
      if (isDataOpcode(frame.opcode)) this.#data(frame.payload, frame.isLast);
      else this.#control(frame.opcode, frame.payload);
    }
  }

  #shakeHands(): void {
    const upgrade = readUpgrade(decoder.decode(this.#bytes));
    if (upgrade === undefined) return;
    const { moods, parts } = this.#server;
    const now = parts.clock.now();
    const status = moods.refusesUntil > now ? moods.status : parts.options.upgrade?.(upgrade);
    this.#bytes = this.#bytes.subarray(upgrade.size);
    if (status !== undefined) this.#refuse(status, moods.refusesUntil > now ? moods.retryAfter : undefined);
    else this.#accept(upgrade);
  }

  #refuse(status: number, retryAfter: number | undefined): void {
    this.#state = 'over';
    this.#send(encode(refusalAnswer(status, retryAfter)));
    this.#link.finish();
  }

  #accept(upgrade: Upgrade): void {
    const { moods, parts } = this.#server;
    this.#state = 'open';
    parts.note('opened', this.id, { isAdmitted: this.isAdmitted });
    this.#send(encode(acceptAnswer(upgrade)));
    if (moods.flapsUntil > parts.clock.now()) parts.clock.setTimer(() => this.drop(), moods.flapAfter);
  }

  #control(opcode: number, payload: Uint8Array): void {
    if (opcode === Opcode.ping) {
      if (!this.#isSilent) this.#frame(Opcode.pong, payload);
    } else if (opcode === Opcode.close) {
      this.#seen('close', '');
      if (this.#state === 'open') this.#frame(Opcode.close, payload.subarray(0, 2));
      this.#state = 'over';
      this.#link.finish();
    }
  }

  #data(payload: Uint8Array, isLast: boolean): void {
    this.#parts.push(payload);
    if (!isLast || this.#state !== 'open') return;
    const [first = payload] = this.#parts;
    const whole = this.#parts.length === 1 ? first : joined(this.#parts);
    this.#parts = [];
    const text = decoder.decode(whole);
    let message: unknown = text;
    try {
      message = JSON.parse(text);
    } catch {
      // A text that is no JSON is a message too.
    }
    this.#message(message);
  }

  #message(message: unknown): void {
    const { login } = this.#server.parts.options;
    if (!this.isAdmitted && login !== undefined) {
      // The hook may admit: what it has judged came before that.
      const at = this.#server.parts.note;
      const isLogin = login(this, message);
      at('seen', this.id, { kind: isLogin ? 'login' : 'early', content: contentOf(message) });
      return;
    }
    const { id, method, params, ...rest } = Object(message) as Readonly<Record<string, unknown>>;
    if (typeof method !== 'string')
      return this.#seen('result' in rest || 'error' in rest ? 'answer' : 'message', contentOf(message), id);
    const isOwn = method === 'subscribe' || method === 'unsubscribe';
    this.#seen(isOwn ? method : 'message', contentOf(message), id);
    if (id === undefined || this.#isSilent) return;
    const { moods, parts } = this.#server;
    const now = parts.clock.now();
    const times = moods.twiceUntil > now ? 2 : 1;
    const reply = (): void => this.#reply(id, method, params);
    for (let time = 0; time < times; time++) {
      if (moods.lateUntil > now) parts.clock.setTimer(reply, moods.lateBy);
      else reply();
    }
  }

  #reply(id: unknown, method: string, params: unknown): void {
    const { moods, parts } = this.#server;
    const [first, second] = Array.isArray(params) ? (params as unknown[]) : [];
    if (method === 'subscribe') return this.#subscribe(id, String(first), second);
    try {
      if (moods.limitedUntil > parts.clock.now()) throw new Error('too many requests');
      if (method === 'unsubscribe') this.subscriptions.delete(Number(first));
      const result = method === 'unsubscribe' ? true : (parts.options.answer ?? echo)(method, params, this);
      this.say({ jsonrpc: '2.0', id, result: result ?? null });
    } catch (error) {
      this.say({ jsonrpc: '2.0', id, error: { code: -32_000, message: String(error) } });
    }
  }

  #subscribe(id: unknown, name: string, params: unknown): void {
    const { after } = Object(params) as { after?: number };
    const { from, ...result } = this.#server.subscribe(this, name, after);
    this.say({ jsonrpc: '2.0', id, result });
    for (let at = from + 1; at <= this.#server.count(name); at++) this.#event(result.subscription, name, at);
  }

  #event(subscription: number, name: string, at: number): void {
    const result = { at, value: this.#server.event(name, at) };
    this.say({ jsonrpc: '2.0', method: 'subscription', params: { subscription, result } });
  }

  get #isSilent(): boolean {
    const { moods, parts } = this.#server;
    return moods.silentUntil > parts.clock.now();
  }

  #frame(opcode: number, payload: Uint8Array): void {
    if (this.#state === 'open') this.#send(serverFrame(opcode, payload));
  }

  #send(bytes: Uint8Array): void {
    this.#server.parts.note('down', this.id, { bytes });
    this.#link.send(bytes);
  }

  #seen(kind: string, content: string, key?: unknown): void {
    this.#server.parts.note('seen', this.id, { kind, content, key });
  }
}

const echo = (_method: string, params: unknown): unknown => params;

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
