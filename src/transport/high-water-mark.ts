/**
 * How many bytes may wait to be sent before a transport counts as congested. Above it, {@link Transport.send} still
 * takes messages, but a sender should wait for {@link TransportSink.drain}.
 *
 * One MiB: far above what a single turn of a program sends, and far below what hurts a phone.
 */
export const HIGH_WATER_MARK_BYTES = 1_048_576;

/**
 * How many bytes may wait to be sent before a short connection refuses more. 16 MiB: a sender that waits at the mark
 * never comes near it, one that does not is stopped before the memory is.
 */
export const MAX_BUFFERED_BYTES = 16_777_216;
