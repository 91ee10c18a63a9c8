/** How long an opening may take unless something else is said, in milliseconds. */
export const DEFAULT_HANDSHAKE_TIMEOUT_MS = 10_000;

/** How long closing may take unless something else is said, in milliseconds. */
export const DEFAULT_CLOSE_TIMEOUT_MS = 5_000;

/** Milliseconds for the body of a refused handshake, once its head is here: it is evidence, and worth no long wait. */
export const REFUSAL_TIMEOUT_MS = 1_000;
