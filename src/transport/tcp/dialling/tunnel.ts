import type { HandshakeError } from '../../../base/errors.ts';

/**
 * A talk with a proxy that ends in a way to the server. It holds no socket: bytes in, bytes out. Contract: `receive`
 * is called until `isOpen`; it throws the error that ends the attempt.
 */
export interface Tunnel {
  /** Whether the proxy has opened the way. */
  readonly isOpen: boolean;
  /** Whether it has refused, and the rest of what it says is on the way. */
  readonly isRefused: boolean;
  /** What to send first. */
  begin(): Uint8Array;
  /**
   * Takes what the proxy has sent and returns what to send in return.
   *
   * @throws HandshakeError `PROXY`, also for a byte behind the proxy's last word: no server speaks before it is asked
   */
  receive(chunk: Uint8Array, length: number): Uint8Array | undefined;
  /** What a refusal has said, if one came and its rest is still under way. */
  refusal(): HandshakeError | undefined;
}
