import type { AbortHub } from '../base/abort.ts';
import { DeliveryError, type DeliveryOutcome, RequestError } from '../base/errors.ts';
import { type Codec, encode } from '../messaging/codec.ts';
import type { RemoteError, RequestKey, RpcEnvelope } from '../messaging/envelope.ts';
import type { OutboxEntry } from '../messaging/outbox-entry.ts';
import type { PendingRequest, Requests } from '../messaging/requests.ts';
import type { MessageOptions, SendData } from '../transport/transport.ts';
import { needCallOptions, needNumber } from './check-options.ts';
import type { RequestOptions } from './client.ts';
import {
  aborted,
  checkAborted,
  checkWhenOffline,
  courtesy,
  type Delivery,
  messageOptions,
  NO_OPTIONS,
  tooLate,
} from './delivery.ts';

/** A request of ours with what it takes to send it once more. Plain data: thousands may be under way. */
export interface Call extends PendingRequest<Call> {
  /** Empty once it was sent and may go out no other time. */
  data: SendData;
  readonly options: MessageOptions | undefined;
  /** Milliseconds for which a journal may keep it; 0: not at all. */
  readonly keepFor: number;
  /** Takes it out of the outbox again. */
  withdraw: () => boolean;
  /** The line that it was handed to. */
  epoch: number;
  /** It has been on some line; no claim that the server has not seen it can be made any more. */
  everSent: boolean;
  /** Stops listening to the caller's signal, if there is one. */
  release: (() => void) | undefined;
}

/** What calls are made of. */
export interface CallParts {
  readonly rpc: RpcEnvelope;
  readonly codec: Codec;
  readonly delivery: Delivery;
  readonly requests: Requests<Call>;
  readonly signals: AbortHub;
  readonly timeout: number;
  /** Most requests under way. */
  readonly maxPending: number;
}

/** Requests that we make: each settles exactly once, whatever happens to the line. */
export class Calls {
  readonly #parts: CallParts;

  constructor(parts: CallParts) {
    this.#parts = parts;
  }

  /**
   * Sends a request. One of the two functions is called, once, when its fate is known.
   *
   * @throws instead, whatever keeps it from being begun
   */
  request(
    method: string,
    params: unknown,
    options: RequestOptions | undefined,
    resolve: (result: unknown) => void,
    reject: (error: unknown) => void,
  ): void {
    const { rpc, codec, delivery, requests, timeout: usual, maxPending } = this.#parts;
    const given = options === undefined ? NO_OPTIONS : options;
    needCallOptions(given);
    const { signal, timeout = usual, whenOffline } = given;
    const idempotent = given.idempotent === true;
    needNumber('timeout', timeout);
    checkWhenOffline(whenOffline);
    checkAborted(signal);
    const sendOptions = messageOptions(given);
    if (requests.size >= maxPending) throw tooMany(maxPending);
    delivery.recall(); // before there is a key
    const key = rpc.allocate();
    const data = encode(codec, rpc.request(key, method, params));
    checkAborted(signal); // a toJSON of the caller's may have done that
    if (delivery.isClosed) throw delivery.closedError();
    const call: Call = {
      key,
      method,
      idempotent,
      timeout,
      deadline: Number.POSITIVE_INFINITY,
      data,
      options: sendOptions,
      keepFor: idempotent && given.persist !== false && rpc.numberAbove !== undefined ? timeout : 0,
      isSent: false,
      epoch: 0,
      everSent: false,
      withdraw: notGiven,
      release: undefined,
      resolve,
      reject,
      expired: this.#expired,
    };
    requests.add(call);
    if (signal !== undefined) this.#abortBy(signal, call);
    this.#deliver(call, whenOffline);
  }

  #abortBy(signal: AbortSignal, call: Call): void {
    const { requests, signals } = this.#parts;
    call.release = signals.onAbort(signal, (reason) => {
      requests.take(call.key);
      fail(call, aborted(reason, this.#giveUp(call)));
    });
  }

  /** Whether something is under way on this line. */
  isBusy(epoch: number): boolean {
    return this.#parts.requests.all().some((call) => call.isSent && call.epoch === epoch);
  }

  /** A reply came on a line. False if no request with this key is under way there. */
  onReply(key: RequestKey, result: unknown, epoch: number): boolean {
    const call = this.#takeSent(key, epoch);
    call?.release?.();
    call?.resolve(result);
    return call !== undefined;
  }

  /** The server refused a request on a line. False if none with this key is under way there. */
  onFailure(key: RequestKey, error: RemoteError, epoch: number): boolean {
    const call = this.#takeSent(key, epoch);
    if (call !== undefined) fail(call, new RequestError(call.method, error));
    return call !== undefined;
  }

  /** A reply to what the server has not been asked on this line is forged, or late. */
  #takeSent(key: RequestKey, epoch: number): Call | undefined {
    const { requests } = this.#parts;
    const call = requests.get(key);
    return call?.isSent === true && call.epoch === epoch ? requests.take(key) : undefined;
  }

  /**
   * A line is gone, because the client is being `closed` or not. What was sent on it either goes out again, where
   * the caller allowed it, or is unknown.
   */
  onLineLost(closed: boolean, epoch: number): void {
    const { delivery, requests } = this.#parts;
    for (const call of requests.all()) {
      if (!call.isSent || call.epoch !== epoch) continue;
      call.isSent = false;
      if (call.idempotent && !closed) {
        this.#deliver(call, 'queue');
      } else {
        requests.take(call.key);
        fail(call, closed ? delivery.closedError('unknown') : lineLost(call.method));
      }
    }
  }

  /** Nobody waits for the reply any more: the request is taken back, or the server is told, if it can be. */
  #giveUp(call: Call): DeliveryOutcome {
    const { rpc, codec, delivery } = this.#parts;
    // What cannot be taken back any more is on its way, or just leaving.
    const outcome = call.withdraw() ? outcomeOf(call) : 'unknown';
    if (!call.isSent) return outcome;
    try {
      const message = rpc.cancel?.(call.key);
      if (message !== undefined) delivery.lead(courtesy(encode(codec, message)), call.epoch);
    } catch {
      // A courtesy: that it failed must not keep the caller from being told.
    }
    return outcome;
  }

  readonly #expired = (call: Call): void => {
    const error = timedOut(call.method, call.timeout, this.#giveUp(call));
    fail(call, call.everSent ? error : this.#parts.delivery.explained(error));
  };

  #deliver(call: Call, whenOffline: RequestOptions['whenOffline']): void {
    const { delivery, requests } = this.#parts;
    try {
      if (delivery.pass(call.data, call.options)) {
        call.withdraw = tooLate;
        this.#sent(call);
        return;
      }
      call.withdraw = delivery.wait(this.#entryOf(call), whenOffline);
    } catch (error) {
      // The transport would not have it, or a tracer of the caller's threw.
      requests.take(call.key);
      fail(call, error);
    }
    // A listener of what this set off may have aborted the request, before there was a way to take it back.
    if (requests.get(call.key) !== call) call.withdraw();
  }

  #sent(call: Call): void {
    call.isSent = true;
    call.everSent = true;
    call.epoch = this.#parts.delivery.epoch;
    if (!call.idempotent) call.data = '';
  }

  #entryOf(call: Call): OutboxEntry {
    return {
      data: call.data,
      options: call.options,
      keepFor: call.keepFor,
      requestKey: call.key,
      ttl: Number.POSITIVE_INFINITY, // the request's own timeout is the bound
      sent: () => this.#sent(call),
      dropped: (error) => {
        const told = call.everSent
          ? new DeliveryError(error.code, { message: error.message, outcome: 'unknown', cause: error.cause })
          : error;
        this.#parts.requests.take(call.key);
        fail(call, told);
        return told;
      },
    };
  }
}

/** Takes back what has not been given to anyone yet. */
function notGiven(): boolean {
  return true;
}

function fail(call: Call, error: unknown): void {
  call.release?.();
  call.reject(error);
}

function tooMany(limit: number): DeliveryError {
  return new DeliveryError('TOO_MANY_REQUESTS', { outcome: 'not-sent', limit });
}

/** What is known of a request that is given up. */
export function outcomeOf(call: Call): DeliveryOutcome {
  return call.everSent ? 'unknown' : 'not-sent';
}

/** The error of a request that was not answered in time. */
export function timedOut(method: string, timeout: number, outcome: DeliveryOutcome): DeliveryError {
  return new DeliveryError('REQUEST_TIMEOUT', { outcome, method, timeout });
}

function lineLost(method: string): DeliveryError {
  return new DeliveryError('LINE_LOST', { outcome: 'unknown', method });
}
