import {
  type AuthError,
  type ConnectionError,
  type HandshakeError,
  isHoldlineError,
  type ProtocolError,
  type UsageError,
} from '../base/errors.ts';

/** The kinds of errors by which a connection decides what to do next. */
interface Kinds {
  readonly AuthError: AuthError;
  readonly ConnectionError: ConnectionError;
  readonly HandshakeError: HandshakeError;
  readonly ProtocolError: ProtocolError;
  readonly UsageError: UsageError;
}

/**
 * Whether `error` is of this kind. Not by `instanceof`: a transport or a login may come from another copy of the
 * package (in CommonJS every entry point is one), and a refusal must not look like a lost line because of that.
 */
export function isKind<Kind extends keyof Kinds>(error: unknown, kind: Kind): error is Kinds[Kind] {
  return isHoldlineError(error) && error.name === kind;
}
