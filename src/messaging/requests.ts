// Requests, ours and the server's. This file is long because it is one machine: what is asked, sent, sent again, timed and
// answered share one table of calls.
import { AbortSource } from '../base/abort.ts';
import type { Clock, TimerHandle } from '../base/clock.ts';
import { isolated, type Unsubscribe } from '../base/emitter.ts';
import { DeliveryError, type DeliveryOutcome, HoldlineError, RequestError } from '../base/errors.ts';
import type { Plugin } from '../base/plugin.ts';
import type { Connection } from '../connection/connection.ts';
import type { LineHandle } from '../connection/connection-options.ts';
import type { Limits } from '../protocol/limits.ts';
import { type Parcel, snapshot } from '../transport/send-data.ts';
import type { MessageOptions } from '../transport/transport.ts';
import { type Holdings, mayHold, weigh } from './backlog.ts';
import { checkRequests } from './checks.ts';
import type {
  AnswerEnvelope,
  Consequences,
  Envelope,
  RemoteError,
  RequestKey,
  RequestMessage,
  RpcEnvelope,
} from './envelope.ts';
import type { Handler, HandlerInfo } from './handler.ts';
import type { MessageLimits } from './message-limits.ts';
import { aborted, checkAborted, messageOptions, type Outbox, tooLate } from './outbox.ts';
import type { SendOptions } from './outbox-options.ts';

/** How one request is made. */
export interface RequestOptions {
  /**
   * Milliseconds to wait for a connection, and from when it has left for the reply. On a ready connection it waits for its
   * turn for as long, or for `outbox.maxAge` if that is more. Default: `requestTimeout` of the client, 30,000.
   */
  readonly timeout?: number | undefined;
  /** Gives up waiting; a reply that comes later is ignored. */
  readonly signal?: AbortSignal | undefined;
  /**
   * The server may see this request twice: after a lost connection it is sent again by itself, under the same id, or under a
   * new one where a higher one has left before it on the new connection (a subscription's): ids rise on every connection.
   */
  readonly idempotent?: boolean | undefined;
  /** As for `send`. Default `queue`. */
  readonly whenOffline?: SendOptions['whenOffline'];
  /** As for `send`. */
  readonly compress?: boolean | undefined;
  /** As for `send`. Only idempotent requests are kept at all: nobody is there after a restart to hear the reply. */
  readonly persist?: boolean | undefined;
  /** What the envelope puts beside the params: a session, a namespace, headers. */
  readonly meta?: unknown;
  /**
   * Called with what the server says of the request before its reply, where its protocol has such words. `key` is the id of
   * the request on the wire.
   */
  readonly progress?: ((payload: unknown, key: RequestKey) => void) | undefined;
}

/** The requests of the server's on one line: a server that has left takes its share with it. */
interface Share {
  /** Those that handlers are busy with. A signal each: one for all would collect listeners. */
  readonly busy: Set<AbortSource>;
  /** What their params take. */
  bytes: number;
  /** One was refused, and that was told. */
  isFull: boolean;
}

/** What requests need of a client. */
export interface RequestsCore {
  /** How requests lie in messages. */
  readonly envelope: Envelope;
  /** The connection of the client. */
  readonly connection: Connection;
  /** The way to the socket. */
  readonly outbox: Outbox;
  /** The source of time. */
  readonly clock: Clock;
  /** Milliseconds that a request may take, unless it says otherwise. */
  readonly requestTimeout: number;
  /** Most requests under way. */
  readonly maxPending: number;
  /** What the server may make us hold or do. */
  readonly limits: Limits & MessageLimits;
  /** What it has made us hold. */
  readonly holdings: Holdings;
  /** @throws UsageError `INVALID_DATA` for what the codec cannot carry */
  encode(message: unknown): Parcel;
  /** Tells of something that went wrong; the client goes on. */
  failed(error: HoldlineError): void;
  /** Something has been finished on some line. */
  settled(): void;
  /** Set by the plugin. */
  requests?: Requests | undefined;
}

/** A request of ours under way. Plain data: thousands may be. */
interface Call {
  key: RequestKey;
  readonly method: string;
  /** Milliseconds that it may take. `Infinity`: for ever. */
  readonly timeout: number;
  /** When that is over, by the clock. */
  deadline: number;
  /** The last thing that the server had refused on the line, without saying what, when it was sent there. */
  before: HoldlineError | undefined;
  /** Until then it may wait for its turn on a ready line, by the clock. */
  turnBy: number;
  readonly idempotent: boolean;
  /** Gone with `data`. */
  params: unknown;
  /** As `params`. */
  meta: unknown;
  readonly progress: RequestOptions['progress'];
  /** What the envelope keeps for it may go. Undefined: it keeps nothing. */
  readonly forget: ((key: RequestKey) => void) | undefined;
  readonly options: MessageOptions | undefined;
  /** Milliseconds for which a journal may keep it; 0: not at all. */
  readonly keepFor: number;
  /** Empty once it was sent and may go out no other time. */
  data: Parcel;
  /** The line that it was handed to, while that is there. */
  line: LineHandle | undefined;
  /** It has been on some line; no claim that the server has not seen it can be made any more. */
  everSent: boolean;
  /** Takes it out of the outbox again. */
  withdraw(): boolean;
  /** Stops listening to the caller's signal, if there is one. */
  release: (() => void) | undefined;
  resolve(result: unknown): void;
  reject(error: unknown): void;
}

/** A request as it was asked for. */
interface AskedRequest {
  readonly method: string;
  readonly params: unknown;
  readonly options: RequestOptions;
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** A request of the client's own, on one line or not at all. */
export interface OwnRequest {
  /** For the texts of errors. */
  readonly name: string;
  /** Its id. */
  readonly key: RequestKey;
  /** What is sent. */
  readonly message: unknown;
  /** The server has answered. */
  resolve(result: unknown): void;
  /** The server has refused, or not answered in time. */
  reject(error: unknown): void;
}

/**
 * The plugin that makes `client.request`, `notify` and `handle` work, with an envelope that knows requests.
 * `createClient` has it anyway.
 *
 * @example
 * ```ts
 * const client = createSlimClient({ url: 'wss://example.com', envelope: jsonRpc(), use: [requests()] });
 * const sum = await client.request('sum', [1, 2]);
 * ```
 */
export function requests(none: never = undefined as never): Plugin<RequestsCore, 'requests'> {
  checkRequests(none, requests);
  return (core) => {
    const { rpc } = core.envelope;
    if (rpc !== undefined) core.requests ??= new Requests(core, rpc);
  };
}

/** Requests, ours and the server's. Each of ours settles exactly once, whatever happens to the line. */
export class Requests {
  readonly #core: RequestsCore;
  readonly #rpc: RpcEnvelope;
  /** Ours that wait for a reply. A Map: keys come back from a server and may be anything. */
  readonly #calls = new Map<RequestKey, Call>();
  /** Methods that the server may call. A Map: the names come from the server. */
  readonly #handlers = new Map<string, Handler>();
  /** How much is under way on each line: ours that were sent there, and the server's. Counted: a search would be one a message. */
  readonly #underWay = new Map<LineHandle, number>();
  /** How many of ours that are. */
  #awaited = 0;
  /** How many of the server's, on all lines together. */
  answers = 0;
  /** Those of each line. */
  readonly #shares = new WeakMap<LineHandle, Share>();
  /** The last thing that the server has refused on each line, and did not say what. */
  readonly #troubles = new WeakMap<LineHandle, HoldlineError>();
  /** One timer for all calls, set for the one whose time is over first: a timer each would cost more than the rest. */
  #timer: TimerHandle | undefined;
  /** When it goes off. */
  #due = Number.POSITIVE_INFINITY;
  /** It may stay when no call is under way any more, for those that come next. */
  #keepsTimer = false;
  /** The highest of the keys that have left on the line in use, where they are numbers. */
  #lastKey = Number.NEGATIVE_INFINITY;

  constructor(core: RequestsCore, rpc: RpcEnvelope) {
    this.#core = core;
    this.#rpc = rpc;
  }

  /** How many of ours are under way. */
  get size(): number {
    return this.#calls.size;
  }

  /** Whether one of ours was sent and is not answered, on whatever line. */
  get isAwaited(): boolean {
    return this.#awaited > 0;
  }

  /** Whether something is under way on this line. */
  isBusy(line: LineHandle): boolean {
    return this.#underWay.has(line);
  }

  /** Sends a request and waits for the reply. */
  ask(method: string, params: unknown, options: RequestOptions): Promise<unknown> {
    return new Promise((resolve, reject) => this.#begin({ method, params, options, resolve, reject }));
  }

  /**
   * Sends a request of the client's own on one line, ahead of what waits. One of its functions is called, once, on the
   * stack of the reply; none if the line is not there any more.
   *
   * @throws UsageError `INVALID_DATA` for what the codec cannot carry
   */
  askOn(line: LineHandle, { key, name, message, resolve, reject }: OwnRequest): void {
    const { requestTimeout: timeout, encode, outbox } = this.#core;
    const data = encode(message);
    const call: Call = {
      key,
      method: name,
      timeout,
      deadline: Number.POSITIVE_INFINITY,
      turnBy: Number.NEGATIVE_INFINITY,
      idempotent: false,
      params: undefined,
      meta: undefined,
      progress: undefined,
      forget: undefined,
      options: undefined,
      keepFor: 0,
      data,
      line: undefined,
      before: undefined,
      everSent: false,
      withdraw: notGiven,
      release: undefined,
      resolve,
      reject,
    };
    this.#add(call);
    const entry = {
      data,
      sent: () => this.#sent(call, line),
      dropped: (error: DeliveryError) => {
        this.#settle(call);
        return error;
      },
    };
    const withdraw = outbox.sendAhead(entry, line);
    if (call.line === undefined) call.withdraw = withdraw;
  }

  /** Registers a handler, in place of another for the same method. */
  handle(method: string, handler: Handler): Unsubscribe {
    this.#handlers.set(method, handler);
    return () => {
      if (this.#handlers.get(method) === handler) this.#handlers.delete(method);
    };
  }

  /** A reply came on a line. False if no request with this key is under way there: it is late, repeated or forged. */
  onReply(key: RequestKey, result: unknown, line: LineHandle): boolean {
    const call = this.#takeSent(key, line);
    call?.resolve(result);
    return call !== undefined;
  }

  /** The server refused a request on a line. False if none with this key is under way there. */
  onFailure(key: RequestKey, error: RemoteError, line: LineHandle): boolean {
    const call = this.#takeSent(key, line);
    call?.reject(new RequestError(call.method, line.clean(error)));
    return call !== undefined;
  }

  /** The server says something of a request on a line that is not its end. False if none with this key is under way there. */
  onProgress(key: RequestKey, payload: unknown, line: LineHandle): boolean {
    const call = this.#calls.get(key);
    if (call?.line !== line || call === undefined) return false;
    isolated(() => call.progress?.(payload, key));
    return true;
  }

  /** The server will never answer these, of those that are under way on this line. */
  abandon({ match, error }: NonNullable<Consequences['abandons']>, line: LineHandle): void {
    for (const key of [...this.#calls.keys()])
      if (isolated(() => match(key)) === true) this.onFailure(key, error, line);
  }

  /**
   * The server refused something on a line and does not say what: it may be the reason why one of those that were sent there
   * before is not answered.
   */
  suspect(error: HoldlineError, line: LineHandle): void {
    this.#troubles.set(line, error);
  }

  /** How the server is answered; undefined where the protocol has no such thing. */
  get answering(): AnswerEnvelope | undefined {
    return this.#rpc.answers;
  }

  /** The server asks: runs the handler. The answer goes to the line that the question came from, or nowhere. */
  async answer(
    { key, method, params, meta }: RequestMessage,
    answers: AnswerEnvelope,
    line: LineHandle,
  ): Promise<void> {
    const { outbox, encode, limits, holdings } = this.#core;
    const share = this.#shareOf(line);
    const bytes = weigh(params, holdings.maxBytes);
    const isTooMuch = share.busy.size >= limits.maxHandlers || !mayHold(holdings, bytes);
    const abort = new AbortSource();
    share.busy.add(abort);
    this.#take(share, 1, bytes);
    this.#count(line, 1);
    // Not as uncaught: what a server asks must not be able to end the process.
    const failed = (cause: unknown): void =>
      this.#core.failed(new HoldlineError('HANDLER_FAILED', { method, cause }));
    const handler = this.#handlers.get(method);
    try {
      const made = (message: unknown): Parcel | undefined =>
        message === undefined ? undefined : encode(message);
      let data: Parcel | undefined;
      if (handler === undefined) {
        data = made(answers.failure(key, answers.unknownMethod(method)));
      } else if (isTooMuch) {
        data = made(answers.failure(key, answers.internalError()));
        this.#tellFull(share, method);
      } else {
        try {
          data = made(answers.reply(key, await handler(params, infoOf(abort, meta))));
        } catch (cause) {
          // Of which the server learns nothing. One that has heeded its signal did what it should.
          if (!abort.signal.aborted || cause !== abort.signal.reason) failed(cause);
          data = made(answers.failure(key, answers.internalError()));
        }
      }
      if (data !== undefined && line.isReady) outbox.reply(data, line);
    } catch (cause) {
      failed(cause);
    }
    if (share.busy.delete(abort)) {
      this.#take(share, -1, -bytes);
      this.#count(line, -1);
    }
    this.#core.settled();
  }

  #shareOf(line: LineHandle): Share {
    const share = this.#shares.get(line) ?? { busy: new Set(), bytes: 0, isFull: false };
    this.#shares.set(line, share);
    return share;
  }

  #take(share: Share, answers: number, bytes: number): void {
    share.bytes += bytes;
    this.answers += answers;
    this.#core.holdings.bytes += bytes;
  }

  /** Once a line: a server that asks on and on must not fill the logs. */
  #tellFull(share: Share, method: string): void {
    if (share.isFull) return;
    share.isFull = true;
    const limit = this.#core.limits.maxHandlers;
    this.#core.failed(new HoldlineError('HANDLER_FAILED', { detail: 'refused', method, limit }));
  }

  #count(line: LineHandle, change: 1 | -1): void {
    const count = (this.#underWay.get(line) ?? 0) + change;
    if (count > 0) this.#underWay.set(line, count);
    else this.#underWay.delete(line);
  }

  /** A call that is under way leaves the line that it is on, or is on this one from now on. */
  #countCall({ key }: Call, line: LineHandle | undefined, change: 1 | -1): void {
    if (line === undefined || !this.#calls.has(key)) return;
    this.#awaited += change;
    this.#count(line, change);
  }

  /** A line is ready: one request may follow another, and the timer stays in between. */
  onReady(): void {
    this.#keepsTimer = true;
  }

  /**
   * A line is gone. What was sent on it either goes out again, where the caller allowed it, or is unknown.
   *
   * @param isPresent - it was the line in use: there is none now, and no timer is left behind
   */
  onLineLost(line: LineHandle, isPresent: boolean): void {
    const { outbox, connection } = this.#core;
    const isClosing = connection.isEnding;
    if (isPresent) this.#lastKey = Number.NEGATIVE_INFINITY;
    for (const call of [...this.#calls.values()]) {
      if (call.line !== line) continue;
      this.#countCall(call, line, -1);
      call.line = undefined;
      if (call.idempotent && !isClosing) {
        this.#deliver(call, 'queue');
      } else {
        this.#settle(call);
        const { method } = call;
        call.reject(
          isClosing
            ? outbox.closedError('unknown')
            : new DeliveryError('REPLY_LOST', { outcome: 'unknown', method }),
        );
      }
    }
    // Handlers may be busy for ever with what this line has asked: the next has room for its own.
    this.#underWay.delete(line);
    const share = this.#shares.get(line);
    if (share !== undefined) {
      this.#shares.delete(line);
      this.#take(share, -share.busy.size, -share.bytes);
      const busy = [...share.busy];
      share.busy.clear();
      for (const abort of busy) abort.abort();
    }
    if (!isPresent) return;
    this.#keepsTimer = false;
    this.#stopTimer();
  }

  #begin({ method, params, options, resolve, reject }: AskedRequest): void {
    const { outbox, requestTimeout, maxPending, encode } = this.#core;
    const { signal, timeout = requestTimeout, idempotent = false, meta } = options;
    const rpc = this.#rpc;
    checkAborted(signal);
    if (this.size >= maxPending) {
      throw new DeliveryError('TOO_MANY_REQUESTS', { outcome: 'not-sent', limit: maxPending });
    }
    outbox.restoreJournal(); // before there is a key
    const key = rpc.allocate();
    const made = encode(rpc.request(key, method, params, meta));
    // Bytes of the caller's: what may go out again is what was given.
    const data = idempotent ? snapshot(made) : made;
    checkAborted(signal); // a toJSON of the caller's may have done that
    if (outbox.isClosed) throw outbox.closedError();
    const mayBeKept = idempotent && options.persist !== false && rpc.numberAbove !== undefined;
    const call: Call = {
      key,
      method,
      timeout,
      deadline: Number.POSITIVE_INFINITY,
      turnBy: Number.NEGATIVE_INFINITY,
      idempotent,
      params,
      meta,
      progress: options.progress,
      forget: rpc.forget === undefined ? undefined : (spent) => rpc.forget?.(spent),
      options: messageOptions(options),
      keepFor: mayBeKept ? timeout : 0,
      data,
      line: undefined,
      before: undefined,
      everSent: false,
      withdraw: notGiven,
      release: undefined,
      resolve,
      reject,
    };
    this.#add(call);
    if (signal !== undefined) this.#abortBy(signal, call);
    this.#deliver(call, options.whenOffline);
  }

  #add(call: Call): void {
    const { key, timeout } = call;
    this.#calls.set(key, call);
    if (timeout !== Number.POSITIVE_INFINITY) this.#setDeadline(call);
  }

  #setDeadline(call: Call): void {
    const now = this.#core.clock.now();
    call.deadline = now + call.timeout;
    this.#wake(call.deadline, now);
  }

  /**
   * What is sent of a call that had to wait, or goes out again. Others may have overtaken it, subscriptions above all: then
   * it gets a new key, so that numbers only rise on the wire, as some servers demand.
   */
  #freshData(call: Call): Parcel {
    const { encode } = this.#core;
    const { key, method, params, meta, data } = call;
    if (typeof key !== 'number' || key > this.#lastKey) return data;
    const made = (id: RequestKey): Parcel => encode(this.#rpc.request(id, method, params, meta));
    try {
      // What was given is what goes: where the caller has changed it meanwhile, it keeps its key.
      if (String(made(key)) !== String(data)) return data;
      const next = this.#rpc.allocate();
      call.data = made(next);
      call.key = next;
      this.#calls.delete(key);
      this.#calls.set(next, call);
      call.forget?.(key);
    } catch {
      // It cannot be made any more: it goes as it was.
    }
    return call.data;
  }

  /** A key has left that is none of a call: a subscription that nobody confirms. */
  left(key: RequestKey): void {
    if (typeof key === 'number' && key > this.#lastKey) this.#lastKey = key;
  }

  #abortBy(signal: AbortSignal, call: Call): void {
    call.release = this.#core.outbox.signals.onAbort(signal, (reason) => {
      this.#settle(call);
      call.reject(aborted(reason, this.#giveUp(call)));
    });
  }

  /** It is not under way any more. */
  #settle(call: Call): void {
    call.release?.();
    this.#countCall(call, call.line, -1);
    this.#calls.delete(call.key);
    call.forget?.(call.key);
    if (!this.#keepsTimer) this.#stopTimer();
  }

  /** A reply to what the server has not been asked on this line is forged, or late. */
  #takeSent(key: RequestKey, line: LineHandle): Call | undefined {
    const call = this.#calls.get(key);
    if (call === undefined || call.line !== line) return undefined;
    this.#settle(call);
    return call;
  }

  /** Nobody waits for the reply any more: the request is taken back, or the server is told, if it can be. */
  #giveUp(call: Call): DeliveryOutcome {
    const { outbox, encode } = this.#core;
    // What cannot be taken back any more is on its way, or just leaving.
    const outcome = call.withdraw() && !call.everSent ? 'not-sent' : 'unknown';
    if (call.line === undefined) return outcome;
    try {
      const message = this.#rpc.cancel?.(call.key);
      if (message !== undefined) outbox.sendAhead({ data: encode(message) }, call.line);
    } catch {
      // A courtesy: that it failed must not keep the caller from being told.
    }
    return outcome;
  }

  #deliver(call: Call, whenOffline: RequestOptions['whenOffline']): void {
    const { outbox, connection } = this.#core;
    try {
      const data = call.everSent ? this.#freshData(call) : call.data;
      if (outbox.sendNow(data, call.options)) this.#sent(call, connection.line);
      else this.#enqueue(call, whenOffline);
    } catch (error) {
      // The transport would not have it, or a tracer of the caller's threw.
      this.#settle(call);
      call.reject(error);
    }
    // A listener of what this set off may have aborted the request, before there was a way to take it back.
    if (this.#calls.get(call.key) !== call) call.withdraw();
  }

  /** Apart from {@link #deliver}, so that a request that passes pays for none of these functions. */
  #enqueue(call: Call, whenOffline: RequestOptions['whenOffline']): void {
    const { outbox, connection, clock } = this.#core;
    call.turnBy = clock.now() + Math.max(call.timeout, outbox.maxAge);
    call.data = snapshot(call.data);
    call.withdraw = outbox.enqueue(
      {
        data: call.data,
        options: call.options,
        keepFor: call.keepFor,
        requestKey: call.key,
        ttl: Number.POSITIVE_INFINITY, // the request's own timeout is the bound
        fresh: () => this.#freshData(call),
        sent: () => {
          if (!call.everSent) this.#setDeadline(call); // the time to answer begins now
          this.#sent(call, connection.line);
        },
        dropped: (error) => {
          const { code, cause } = error;
          const told = call.everSent ? new DeliveryError(code, { outcome: 'unknown', cause }) : error;
          this.#settle(call);
          call.reject(told);
          return told;
        },
      },
      whenOffline,
    );
  }

  #sent(call: Call, line: LineHandle | undefined): void {
    this.#countCall(call, line, 1);
    call.line = line;
    call.before = line && this.#troubles.get(line);
    call.everSent = true;
    call.withdraw = tooLate;
    this.left(call.key);
    if (!call.idempotent) call.data = call.params = call.meta = '';
  }

  #stopTimer(): void {
    if (this.size > 0) return;
    this.#core.clock.clearTimer(this.#timer);
    this.#due = Number.POSITIVE_INFINITY;
  }

  /** Sees to it that the timer goes off at `deadline`, or before. */
  #wake(deadline: number, now: number): void {
    if (deadline >= this.#due) return;
    const { clock } = this.#core;
    clock.clearTimer(this.#timer);
    this.#due = deadline;
    this.#timer = clock.setTimer(this.#expire, deadline - now);
  }

  /** The line is ready, and others are ahead, by a pacing or because the socket has enough to do. */
  #waitsForTurn(call: Call): boolean {
    const { connection, clock } = this.#core;
    return !call.everSent && connection.line?.isReady === true && clock.now() < call.turnBy;
  }

  #timeOut(call: Call): void {
    const { connection, outbox } = this.#core;
    const { method } = call;
    const outcome = this.#giveUp(call);
    const isUnsent = outcome === 'not-sent';
    const isReady = isUnsent && connection.line?.isReady === true;
    const timeout = isReady ? Math.max(call.timeout, outbox.maxAge) : call.timeout;
    const trouble = call.line && this.#troubles.get(call.line);
    const cause = isUnsent ? connection.trouble : trouble !== call.before ? trouble : undefined;
    const status = isReady ? connection.state.status : undefined;
    const about = { outcome, method, timeout, status, reason: cause?.code, cause };
    call.reject(new DeliveryError('REQUEST_TIMEOUT', about));
  }

  readonly #expire = (): void => {
    const now = this.#core.clock.now();
    let next = Number.POSITIVE_INFINITY;
    this.#due = next;
    for (const call of [...this.#calls.values()]) {
      const { key } = call;
      if (call.deadline <= now && this.#waitsForTurn(call))
        call.deadline = Math.min(now + call.timeout, call.turnBy);
      if (call.deadline > now) next = Math.min(next, call.deadline);
      // Whoever was told of another may have given this one up.
      else if (this.#calls.get(key) === call) {
        this.#settle(call);
        this.#timeOut(call);
      }
    }
    this.#wake(next, now);
  };
}

function infoOf(abort: AbortSource, meta: unknown): HandlerInfo {
  return {
    meta,
    get signal() {
      return abort.signal;
    },
  };
}

/** Takes back what has not been given to anyone yet. */
const notGiven = (): boolean => true;
