/** One frame as it crossed the line, told to a {@link FrameTracer}. */
export interface TracedFrame {
  /** `in`: from the server; `out`: to it. */
  readonly direction: 'in' | 'out';
  /** RFC 6455, 5.2: 0 continuation, 1 text, 2 binary, 8 close, 9 ping, 10 pong. */
  readonly opcode: number;
  /** Whether this frame ends its message. */
  readonly fin: boolean;
  /** Length of the payload on the wire, in bytes. */
  readonly length: number;
  /** The payload, unmasked and inflated; valid only during the call. Copy what must outlive it. */
  readonly payload: Uint8Array;
  /** True if the frame belongs to a compressed message, so that `length` is another than that of `payload`. */
  readonly compressed?: boolean | undefined;
}

/**
 * Sees every frame in both directions. It must not throw, nor call what it is watching. Over a browser's WebSocket it sees
 * messages instead.
 */
export type FrameTracer = (frame: TracedFrame) => void;
