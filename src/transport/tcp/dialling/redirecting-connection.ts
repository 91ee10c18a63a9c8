import { HandshakeError } from '../../../base/errors.ts';
import type { Closure } from '../../../protocol/closure.ts';
import type {
  MessageOptions,
  SendData,
  Transport,
  TransportFeatures,
  TransportSink,
} from '../../transport.ts';
import { type ConnectionPlan, TcpConnection } from '../connection.ts';
import type { TransportMemory } from '../memory/memory.ts';
import type { RefusedRedirect } from './redirect.ts';

/** A connection that goes where redirects lead, as far as its plan allows: one after the other, each with a new key. */
export class RedirectingConnection implements Transport {
  readonly #memory: TransportMemory;
  readonly #sink: TransportSink;
  readonly #startedAt: number;
  #plan: ConnectionPlan;
  #current: TcpConnection;
  #followed = 0;
  /** Bytes of the connections before this one. */
  #bytesBefore = 0;
  #isPaused = false;
  #isGivenUp = false;

  constructor(plan: ConnectionPlan, memory: TransportMemory, sink: TransportSink) {
    this.#plan = plan;
    this.#memory = memory;
    this.#sink = sink;
    this.#startedAt = plan.request.clock.now();
    this.#current = new TcpConnection(plan, memory, this.#innerSink());
  }

  get features(): TransportFeatures {
    return this.#current.features;
  }

  get isOpen(): boolean {
    return this.#current.isOpen;
  }

  get bufferedAmount(): number {
    return this.#current.bufferedAmount;
  }

  get bytesReceived(): number {
    return this.#bytesBefore + this.#current.bytesReceived;
  }

  send(data: SendData, options?: MessageOptions): boolean {
    return (this.#current as Transport).send(data, options);
  }

  ping(payload?: Uint8Array): void {
    this.#current.ping(payload);
  }

  close(code?: number, reason?: string): void {
    this.#current.close(code, reason);
    this.#isGivenUp = true;
  }

  abandon(): void {
    this.#isGivenUp = true;
    this.#current.abandon();
  }

  pause(): void {
    this.#isPaused = true;
    this.#current.pause();
  }

  resume(): void {
    this.#isPaused = false;
    this.#current.resume();
  }

  hold(isHeld: boolean): void {
    this.#current.hold(isHeld);
  }

  #innerSink(): TransportSink {
    const sink = this.#sink;
    return {
      open: (info) => sink.open(info),
      text: (message) => sink.text(message),
      binary: (message) => sink.binary(message),
      ping: () => sink.ping(),
      pong: (payload) => sink.pong(payload),
      drain: () => sink.drain(),
      close: (closure) => this.#closed(closure),
    };
  }

  #closed(closure: Closure): void {
    const { error } = closure;
    const { location } = this.#current;
    const isRedirect = error instanceof HandshakeError && error.code === 'HANDSHAKE_REDIRECT';
    if (!isRedirect || location === undefined) {
      this.#sink.close(closure);
      return;
    }
    const next = this.#isGivenUp ? CLOSED_MEANWHILE : this.#next(location);
    if ('detail' in next) this.#sink.close({ ...closure, error: refused(error, next) });
    else this.#follow(next);
  }

  #next(location: string): ConnectionPlan | RefusedRedirect {
    const { follow } = this.#plan;
    return follow?.(location) ?? { detail: 'too-many', redirects: this.#followed };
  }

  #follow(plan: ConnectionPlan): void {
    this.#bytesBefore += this.#current.bytesReceived;
    this.#followed++;
    this.#plan = plan;
    this.#current = new TcpConnection(
      { ...plan, startedAt: this.#startedAt },
      this.#memory,
      this.#innerSink(),
    );
    if (this.#isPaused) this.#current.pause();
  }
}

const CLOSED_MEANWHILE: RefusedRedirect = /* @__PURE__ */ Object.freeze({ detail: 'closed' });

function refused(error: HandshakeError, why: RefusedRedirect): HandshakeError {
  const { phase, status, statusText, headers, body, retryAfter } = error;
  const evidence = { phase, status, statusText, headers, body, retryAfter, cause: error };
  return new HandshakeError('HANDSHAKE_REDIRECT', { ...why, ...evidence });
}
