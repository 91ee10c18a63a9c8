import type { CloseFrame, ConnectionError, HandshakeError, ProtocolError } from '../base/errors.ts';

/** How a connection ended: told exactly once, last (RFC 6455, 7.1.4 to 7.1.6). */
export interface Closure {
  /** The code of the first Close frame received; 1005 if it had none; 1006 if no Close frame came. */
  readonly code: number;
  /** The reason in that frame, else an empty string. For logs, not for end users (RFC 6455, 7.1.6). */
  readonly reason: string;
  /** True only when both Close frames were exchanged before the TCP connection ended. */
  readonly wasClean: boolean;
  /** The Close frame that the server sent, if any. */
  readonly received?: CloseFrame | undefined;
  /** The Close frame that we sent, if any. */
  readonly sent?: CloseFrame | undefined;
  /** Why it ended, unless it ended cleanly. */
  readonly error?: HandshakeError | ProtocolError | ConnectionError | undefined;
}
