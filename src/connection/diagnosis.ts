import type { HandshakePhase, HoldlineError, UsageError } from '../base/errors.ts';
import type { Closure } from '../protocol/closure.ts';
import type { ConnectionState, Status } from './connection-state.ts';

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
  /** The address of the line, or of the latest attempt, without user, password and query. */
  readonly target: string | undefined;
}

/** How far a line had come whose end says nothing of it. */
export function reachedPhase(status: Status): ReachedPhase {
  if (status === 'authenticating') return 'login';
  return status === 'ready' ? 'ready' : 'unknown';
}

/** What {@link summarize} reads. */
export type Findings = Omit<Diagnosis, 'summary' | 'attempts' | 'retryAt' | 'target'>;

/**
 * The findings with what follows from them.
 *
 * @param now - milliseconds since 1970 UTC
 */
export function diagnose(findings: Findings & Pick<Diagnosis, 'target'>, now: number): Diagnosis {
  const { attempt: attempts, retryAt } = findings.state;
  return { ...findings, summary: summarize(findings, now), attempts, retryAt };
}

/**
 * One line: `waiting, attempt 4 in 12 s: HTTP 503 may pass (last error: HANDSHAKE_STATUS, phase: http)`. What is over is
 * left out: a ready line has no error, nor has one that the server closed with a Close frame.
 *
 * @param now - milliseconds since 1970 UTC
 */
export function summarize({ state, lastClosure, lastError, phase, rule }: Findings, now: number): string {
  const { status, attempt, retryAt, reason } = state;
  const seconds = Math.max(0, Math.ceil(((retryAt ?? now) - now) / 1000));
  const when =
    retryAt === undefined ? '' : `, attempt ${attempt + 1} ${seconds > 0 ? `in ${seconds} s` : 'at once'}`;
  const isDecided = status === 'waiting' || reason === 'gave up';
  const why = isDecided ? (rule ?? reason) : reason;
  const details: string[] = [];
  if (isDecided || status === 'connecting') {
    const isOld = lastClosure?.received !== undefined && lastClosure.error === undefined;
    const code = isOld ? undefined : lastError?.code;
    if (code !== undefined && !why.includes(code)) details.push(`last error: ${code}`);
    if (phase !== undefined && phase !== 'unknown') details.push(`phase: ${phase}`);
  }
  return `${status}${when}${why === status ? '' : `: ${why}`}${details.length > 0 ? ` (${details.join(', ')})` : ''}`;
}
