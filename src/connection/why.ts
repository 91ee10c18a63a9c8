import { type HandshakePhase, type HoldlineError, isKind, type UsageError } from '../base/errors.ts';
import type { Closure } from '../protocol/closure.ts';
import type { ConnectionState, Status } from './states.ts';

/** How far a connection had come: a phase of the handshake, the login, or ready. */
export type ReachedPhase = HandshakePhase | 'login' | 'ready';

/** What is known about the last trouble: the answer to "why am I not connected?". */
export interface Diagnosis {
  /** Where the connection stands now. */
  readonly state: ConnectionState;
  /** One line for people: what the connection does now, and by which rule. It never holds a secret. */
  readonly summary: string;
  /** How the last line or attempt ended. */
  readonly lastClosure: Closure | undefined;
  /** The last error, with its own account of what to do. */
  readonly lastError: HoldlineError | UsageError | undefined;
  /** How far the last line or attempt had come when it ended. */
  readonly phase: ReachedPhase | undefined;
  /** Attempts in a row, since the last line that proved stable. */
  readonly attempts: number;
  /** When the next attempt begins, in milliseconds since 1970 UTC. */
  readonly retryAt: number | undefined;
  /** The rule that decided what happened next. */
  readonly rule: string | undefined;
  /** Whether a dead line would be noticed: false where nothing is asked and nothing expected. Undefined unless ready. */
  readonly isWatched: boolean | undefined;
  /** The address of the line, or of the latest attempt, without user, password and query. */
  readonly target: string | undefined;
  /** How the line in use travels, and why that way; undefined for a WebSocket, and without a line. */
  readonly wire: string | undefined;
}

/** How far a line had come that ended in the state `status`, with `error`. */
export function reachedPhase(error: unknown, status: Status): ReachedPhase {
  if (isKind(error, 'HandshakeError')) return error.phase;
  if (status === 'authenticating') return 'login';
  return status === 'ready' ? 'ready' : 'unknown';
}

/** What a connection remembers of its troubles. */
export interface Findings {
  readonly lastClosure?: Closure | undefined;
  readonly lastError?: HoldlineError | UsageError | undefined;
  readonly phase?: ReachedPhase | undefined;
  readonly rule?: string | undefined;
  readonly target?: string | undefined;
  readonly wire?: string | undefined;
  readonly isWatched?: boolean | undefined;
  /** The connection has been ready since `lastError`, or was never in trouble. */
  readonly isOver: boolean;
}

/**
 * The findings with what follows from them.
 *
 * @param now - milliseconds since 1970 UTC
 */
export function diagnose(findings: Findings, state: ConnectionState, now: number): Diagnosis {
  const { lastClosure, lastError, phase, rule, target, wire, isWatched } = findings;
  const { attempt: attempts, retryAt } = state;
  const summary = summarize(findings, state, now);
  return { state, summary, lastClosure, lastError, phase, attempts, retryAt, rule, isWatched, target, wire };
}

/**
 * One line: what happens now and by which rule, then what happened, which is the first sentence of the last error:
 * `waiting, attempt 4 in 12 s: the attempt failed (CONNECT) (phase: tcp). No connection to 127.0.0.1:1 (ECONNREFUSED): nothing
 * listens there`. What is over is left out: a ready line has no error, nor has one that the server closed with a Close frame.
 *
 * @param now - milliseconds since 1970 UTC
 */
export function summarize(
  { lastClosure, lastError, phase, rule, isWatched, wire }: Findings,
  { status, attempt, retryAt, reason }: ConnectionState,
  now: number,
): string {
  const seconds = Math.max(0, Math.ceil(((retryAt ?? now) - now) / 1000));
  const when =
    retryAt === undefined ? '' : `, attempt ${attempt + 1} ${seconds > 0 ? `in ${seconds} s` : 'at once'}`;
  const isDecided = status === 'waiting' || reason === 'gave up';
  const why = isDecided ? (rule ?? reason) : reason;
  const details: string[] = [];
  let happened = '';
  if (wire !== undefined) details.push(`over ${wire}`);
  if (isWatched === false) details.push('a dead line will not be noticed');
  if (isDecided || status === 'connecting') {
    const isOld = lastClosure?.received !== undefined && lastClosure.error === undefined;
    if (lastError !== undefined && !isOld) happened = `. ${lastError.message.split('. ')[0]}`;
    if (phase !== undefined && phase !== 'unknown') details.push(`phase: ${phase}`);
  }
  return `${status}${when}${why === status ? '' : `: ${why}`}${details.length > 0 ? ` (${details.join(', ')})` : ''}${happened}`;
}
