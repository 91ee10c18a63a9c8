/** What {@link WebSocket} takes beside the arguments of the standard, and the connection made of both. */

import { checkCall, checkOptions, need } from '../../../base/checks.ts';
import { systemClock } from '../../../base/clock.ts';
import { HandshakeError } from '../../../base/errors.ts';
import type { Called, OptionTable } from '../../../base/need.ts';
import { systemRandom } from '../../../base/random.ts';
import { queueTask } from '../../../base/task.ts';
import { DEFAULT_LIMITS, type Limits } from '../../../protocol/limits.ts';
import type { FrameTracer } from '../../../protocol/trace.ts';
import type { Secrets } from '../../secrets.ts';
import { DEFAULT_CLOSE_TIMEOUT_MS, DEFAULT_HANDSHAKE_TIMEOUT_MS } from '../../timeouts.ts';
import type { Transport, TransportSink } from '../../transport.ts';
import { TcpConnection } from '../connection.ts';
import type { ConnectionPlan } from '../connection-plan.ts';
import { DialPool } from '../dialling/pool.ts';
import { TransportMemory } from '../memory/memory.ts';
import { TCP_RULES } from '../option-rules.ts';
import { checkTcpOptions, planConnection, type TcpOptions } from '../tcp-transport.ts';
import { isBlockedPort } from './blocked-ports.ts';
import { asSyntaxError } from './websocket-arguments.ts';

/** The third argument of {@link WebSocket}: what a browser's WebSocket does not have. */
export interface WebSocketOptions extends TcpOptions {
  /** What a relative URL is resolved against, as a page's own address is in a browser. Default: none. */
  readonly baseUrl?: string | URL | undefined;
  /** What the server may make us hold. Default: `DEFAULT_LIMITS`. */
  readonly limits?: Partial<Limits> | undefined;
  /** Milliseconds for the whole opening. Default 10,000; 0 switches it off. */
  readonly handshakeTimeout?: number | undefined;
  /** Milliseconds that closing may take. Default 5,000; 0 means: do not wait. */
  readonly closeTimeout?: number | undefined;
  /**
   * Bytes that may wait in `bufferedAmount`. A message beyond that is dropped, and the connection closed, with an
   * `error` event first (`SEND_BUFFER_FULL`). Default: no limit.
   */
  readonly maxBufferedAmount?: number | undefined;
  /**
   * Whether to connect to ports of other services too (mail, IRC, X11, …), which no browser does. Default false: such a
   * connection fails with 1006 (`BLOCKED_PORT`).
   */
  readonly allowBlockedPorts?: boolean | undefined;
  /** Sees every frame: `consoleTrace()` of `holdline` prints them. */
  readonly trace?: FrameTracer | undefined;
}

const RULES: OptionTable<WebSocketOptions> = /* @__PURE__ */ Object.freeze({
  ...TCP_RULES,
  baseUrl: 'any',
  limits: 'object',
  handshakeTimeout: 'number',
  closeTimeout: 'number',
  maxBufferedAmount: 'number',
  allowBlockedPorts: 'boolean',
  trace: 'function',
});

/**
 * What all sockets of the class share, as those of a browser do: RFC 6455, 4.1 lets a client, not a socket, connect to a
 * host one at a time, and a library that reconnects uses the TLS session of the socket before.
 */
export interface SocketCommons {
  readonly memory: TransportMemory;
  readonly pool: DialPool;
}

/** Makes them. */
export function createCommons(): SocketCommons {
  return { memory: new TransportMemory(), pool: new DialPool() };
}

/** The connection of one {@link WebSocket}. */
export interface SocketLine
  extends Pick<Transport, 'send' | 'ping' | 'close' | 'abandon' | 'pause' | 'resume' | 'bufferedAmount'> {
  /** True: what is sent from now on waits. False: it leaves, in one write. */
  hold(isHeld: boolean): void;
}

/** @throws UsageError for an option that is not valid */
export function checkSocketOptions(options: WebSocketOptions, called: object): void {
  checkCall(called as Called, () => {
    checkOptions(RULES, options, 'WebSocket');
    const { maxBufferedAmount = 1 } = options;
    need(maxBufferedAmount > 0, 'maxBufferedAmount', 'a number of bytes above 0', maxBufferedAmount);
    checkTcpOptions(options);
  });
}

/**
 * Checks the arguments and puts a connection together.
 *
 * @throws DOMException `SyntaxError` for a URL or subprotocol that is not valid
 * @throws UsageError for a header that is not valid
 */
export function planSocket(
  url: string,
  protocols: readonly string[],
  options: WebSocketOptions,
  { pool, secrets }: SocketCommons & { readonly secrets: Secrets },
): ConnectionPlan {
  try {
    return planConnection(
      secrets.request({
        url,
        protocols,
        headers: [],
        handshakeTimeout: options.handshakeTimeout ?? DEFAULT_HANDSHAKE_TIMEOUT_MS,
        closeTimeout: options.closeTimeout ?? DEFAULT_CLOSE_TIMEOUT_MS,
        limits: { ...DEFAULT_LIMITS, ...options.limits },
        clock: systemClock,
        random: systemRandom,
        trace: options.trace,
      }),
      options,
      pool,
    );
  } catch (error) {
    throw asSyntaxError(error);
  }
}

/** Connects, unless the port is one that browsers keep away from. */
export function startLine(
  plan: ConnectionPlan,
  options: WebSocketOptions,
  { memory }: SocketCommons,
  sink: TransportSink,
): SocketLine {
  const { port } = plan.handshake.target;
  if (options.allowBlockedPorts === true || !isBlockedPort(port)) {
    return new TcpConnection(plan, memory, sink);
  }
  return new RefusedLine(sink, new HandshakeError('BLOCKED_PORT', { phase: 'tcp', port }));
}

/** A connection that was never begun. */
class RefusedLine implements SocketLine {
  readonly bufferedAmount = 0;

  constructor(sink: TransportSink, error: HandshakeError) {
    const closure = { code: 1006, reason: '', wasClean: false, received: undefined, sent: undefined, error };
    queueTask(() => sink.close(closure));
  }

  send(): boolean {
    return false;
  }

  readonly ping: () => void = nothing;
  readonly close: () => void = nothing;
  readonly abandon: () => void = nothing;
  readonly pause: () => void = nothing;
  readonly resume: () => void = nothing;
  readonly hold: () => void = nothing;
}

function nothing(): void {}
