import type { TimerHandle } from '../base/clock.ts';
import {
  type ConnectionError,
  HandshakeError,
  type HandshakePhase,
  isKind,
  type UsageError,
} from '../base/errors.ts';
import { CloseCode } from '../protocol/close-code.ts';
import type { Closure } from '../protocol/closure.ts';
import type { MessageOptions, SendData } from '../transport/transport.ts';
import { connectTimeout } from './backoff.ts';
import type { ConnectionOptions } from './connection-options.ts';
import { shownTarget } from './failover.ts';
import { Line, type LineEnd, type LinePort } from './line.ts';
import { learnRefusal, PROBE_TIMEOUT_MS, type Probe, probedUrl } from './probe.ts';
import { findTarget, isPromise, type PendingTarget, type Target } from './target.ts';

/** What an attempt tells its connection. Nothing is told after `ended` or `unusable`, nor after `part()`. */
export interface AttemptPort extends LinePort {
  /** New credentials were got in place of the refused ones. */
  renewed(): void;
  /** The options are wrong: no attempt could succeed. */
  unusable(error: UsageError): void;
}

/** Which attempt it is. */
export interface AttemptSetup {
  /** Attempts in a row, this one included. */
  readonly attempt: number;
  /** Index of the address, where there are several. */
  readonly address?: number | undefined;
  /** Why the credentials of the last attempt were refused, if they were: new ones are asked for first. */
  readonly refusal?: unknown;
}

/**
 * One attempt to get a line, and the line if it succeeds: asks for the address and the credentials, dials, and where a
 * refusal says nothing of itself asks what it was. Single use.
 */
export class Attempt {
  readonly #options: ConnectionOptions;
  readonly #setup: AttemptSetup;
  readonly #timeout: number;
  readonly #abort = new AbortController();
  #port: AttemptPort | undefined;
  #line: Line | undefined;
  #target: string | undefined;
  /** The deadline of the address, or of the question what a refusal was. */
  #timer: TimerHandle | undefined;

  constructor(options: ConnectionOptions, setup: AttemptSetup, port: AttemptPort) {
    this.#options = options;
    this.#setup = setup;
    this.#port = port;
    this.#timeout = connectTimeout(setup.attempt, options.times);
  }

  /** Bytes handed to the socket that it has not taken yet. */
  get bufferedAmount(): number {
    return this.#line?.bufferedAmount ?? 0;
  }

  /** Where it goes, without what may be secret; undefined until that is known. */
  get target(): string | undefined {
    return this.#target;
  }

  /** Begins. Call it once, first. */
  start(): void {
    const { attempt, address, refusal } = this.#setup;
    const info = { attempt, address, signal: this.#abort.signal };
    let what: 'URL_SOURCE' | 'CREDENTIALS' = 'URL_SOURCE';
    const failed = (error: unknown): void => this.#onBadStart(error, what);
    let target: PendingTarget;
    try {
      target = findTarget(this.#options, info, refusal, (asked) => {
        what = asked;
        // New credentials come before the address: they were got, whatever the other functions do.
        if (asked === 'URL_SOURCE' && refusal !== undefined && !this.#isOver) this.#port?.renewed();
      });
    } catch (error) {
      failed(error);
      return;
    }
    if (isPromise(target)) this.#await(target, failed);
    else this.#dial(target);
  }

  /** Hands a message to the socket. False, taking nothing, when there is none that is open. */
  send(data: SendData, options?: MessageOptions): boolean {
    return this.#line?.send(data, options) ?? false;
  }

  /** Asks the server for a sign of life now, if there is a way to ask. */
  probe(): void {
    this.#line?.probe();
  }

  /** Ends it politely. `ended` follows, within `closeTimeout` whatever the transport does. */
  close(code?: number, reason?: string): void {
    if (this.#line !== undefined) this.#line.close(code, reason);
    else this.#end({ closure: neverOpened() });
  }

  /** Ends it at once. `ended` follows before this returns. */
  abandon(error: ConnectionError, isLocal = false): void {
    if (this.#line !== undefined) this.#line.abandon(error, isLocal);
    else this.#end({ closure: { ...neverOpened(), error }, isLocal });
  }

  /** From now on nothing is told: who asked for it has no further use for this line, however it ends. */
  part(): void {
    this.#port = undefined;
  }

  #await(target: PromiseLike<Target>, failed: (error: unknown) => void): void {
    const { clock } = this.#options;
    const settled = (then: () => void): void => {
      if (this.#isOver) return;
      clock.clearTimer(this.#timer);
      then();
    };
    // The function may itself have closed the connection.
    if (this.#timeout > 0 && !this.#isOver) {
      this.#timer = clock.setTimer(() => this.#end({ closure: this.#tooLate() }), this.#timeout);
    }
    target.then(
      (found) => settled(() => this.#dial(found)),
      (error) => settled(() => failed(error)),
    );
  }

  get #isOver(): boolean {
    return this.#abort.signal.aborted;
  }

  #dial(target: Target): void {
    // Whoever was asked for the address may have closed the connection.
    if (this.#isOver) return;
    this.#target = shownTarget(target.url);
    const line: Line = new Line(this.#options, {
      open: () => this.#port?.open(),
      ready: () => this.#port?.ready(),
      message: (data) => this.#port?.message(data),
      drain: () => this.#port?.drain(),
      measured: (rtt, smoothed) => this.#port?.measured(rtt, smoothed),
      ended: (end) => this.#onLineEnd(end, target.url),
    });
    try {
      line.dial(target, { attempt: this.#setup.attempt, timeout: this.#timeout });
      this.#line = line;
      // The factory of the transport may itself have closed the connection.
      if (this.#isOver) line.close();
    } catch (error) {
      this.#onBadStart(error, 'CONNECT');
    }
  }

  #onLineEnd(end: LineEnd, url: string): void {
    this.#line = undefined;
    const probe = this.#options.reconnect?.probe;
    const { error } = end.closure;
    const isOpaque = isKind(error, 'HandshakeError') && error.code === 'HANDSHAKE_OPAQUE';
    if (probe !== undefined && isOpaque) this.#ask(probe, url, end);
    else this.#end(end);
  }

  /** The platform hides how the handshake was refused: the user's function may find out. */
  #ask(probe: Probe, url: string, end: LineEnd): void {
    const learn = (answer: unknown): void =>
      this.#end({ ...end, closure: learnRefusal(end.closure, answer) });
    this.#timer = this.#options.clock.setTimer(() => this.#end(end), PROBE_TIMEOUT_MS);
    const asked = (async () => probe(probedUrl(url), { signal: this.#abort.signal }))();
    asked.then(learn, () => this.#end(end));
  }

  /** The attempt could not even begin: a wrong option ends everything, a refusal the login, anything else is retried. */
  #onBadStart(error: unknown, code: keyof typeof BAD_STARTS): void {
    if (this.#isOver) return;
    if (isKind(error, 'UsageError')) {
      const port = this.#port;
      this.#finish();
      port?.unusable(error);
    } else if (isKind(error, 'AuthError')) {
      this.#end({ closure: neverOpened(), loginError: error });
    } else {
      const { phase, detail } = BAD_STARTS[code];
      this.#end({ closure: failed(new HandshakeError(code, { detail, phase, cause: error })) });
    }
  }

  #tooLate(): Closure {
    const timeout = this.#timeout;
    return failed(new HandshakeError('TIMEOUT', { detail: 'preparing', phase: 'url', timeout }));
  }

  #end(end: LineEnd): void {
    if (this.#isOver) return;
    const port = this.#port;
    this.#finish();
    port?.ended(end);
  }

  #finish(): void {
    this.#options.clock.clearTimer(this.#timer);
    this.#abort.abort();
  }
}

const BAD_STARTS = /* @__PURE__ */ Object.freeze({
  URL_SOURCE: { phase: 'url', detail: undefined },
  CREDENTIALS: { phase: 'url', detail: undefined },
  CONNECT: { phase: 'tcp', detail: 'transport' },
} as const satisfies Record<string, { phase: HandshakePhase; detail: string | undefined }>);

/** The end of what never opened. */
export function neverOpened(): Closure {
  return { code: CloseCode.abnormal, reason: '', wasClean: false };
}

function failed(error: HandshakeError): Closure {
  return { ...neverOpened(), error };
}
