import type { HandshakeRequest } from '../../protocol/handshake-request.ts';
import type { ReceiveBuffer } from '../../protocol/ports.ts';
import type { TransportRequest } from '../transport.ts';
import type { CompressionSettings } from './deflate/compression.ts';
import type { DialPlan } from './dialling/plan.ts';
import type { RefusedRedirect } from './dialling/redirect.ts';

/** What a connection is made of: checked, and with everything that the options add. */
export interface ConnectionPlan {
  readonly request: TransportRequest;
  readonly handshake: HandshakeRequest;
  readonly dial: DialPlan;
  /** Compression to offer, if any. */
  readonly compression?: CompressionSettings | undefined;
  /** Most payload bytes of a frame that leaves. */
  readonly maxFrameBytes?: number | undefined;
  /** Takes the cookies of the answer, if they are kept. */
  readonly setCookies?: ((cookies: readonly string[]) => void) | undefined;
  /** Memory of the caller's for binary messages, if any. */
  readonly receiveBuffer?: ReceiveBuffer | undefined;
  /** Where some options are functions: the plan with what they give. It is asked once; until then nothing is dialled. */
  readonly asked?: (() => Promise<ConnectionPlan>) | undefined;
  /** Where redirects may be followed: the plan for the address in `location`, or why there is none. */
  readonly follow?: ((location: string) => ConnectionPlan | RefusedRedirect) | undefined;
}
