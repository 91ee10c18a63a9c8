import type { CloseFrame, ConnectionError, HandshakeError, ProtocolError } from '../base/errors.ts';

/** What a connection took to send and did not hand to the system before it ended. */
export interface Unsent {
  /** Messages of which a part or all is missing. */
  readonly messages: number;
  /** Bytes of payload. */
  readonly bytes: number;
}

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
  /**
   * Of a short connection (`connect()`): what `send` took and the system never got. All zero does not mean that the
   * server has it: what the system took may be lost on its way.
   */
  readonly unsent?: Unsent | undefined;
  /** Why it ended, unless it ended cleanly. */
  readonly error?: HandshakeError | ProtocolError | ConnectionError | undefined;
}
