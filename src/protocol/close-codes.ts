/**
 * The registered close codes that holdline sends or understands. Other files import this one as a whole, as `CloseCode`: a
 * bundle then carries those that are used, and of an object it would carry all.
 */

/** The purpose is fulfilled. */
export const normal = 1000;

/** A page is left, a server goes down. */
export const goingAway = 1001;

/** The peer broke the protocol. */
export const protocolError = 1002;

/** Never on the wire: the Close frame had no code. */
export const noStatus = 1005;

/** Never on the wire: no Close frame came. */
export const abnormal = 1006;

/** Text that is not UTF-8, or a stream that cannot be inflated. */
export const invalidPayload = 1007;

/** Any other policy; here: too many fragments. */
export const policyViolation = 1008;

/** Over the size limit. */
export const messageTooBig = 1009;
