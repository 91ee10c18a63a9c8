/** The opcodes of RFC 6455, 5.2 and 11.8, imported as a whole, as `Opcode`: see close-codes.ts. */

/** A further part of a message. */
export const continuation = 0x0;

/** A message of text, or its first part. */
export const text = 0x1;

/** A message of bytes, or its first part. */
export const binary = 0x2;

/** The end of the connection. */
export const close = 0x8;

/** A question whether the peer is there. */
export const ping = 0x9;

/** The answer to a ping. */
export const pong = 0xa;
