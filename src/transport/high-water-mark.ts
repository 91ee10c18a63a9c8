/**
 * How many bytes may wait to be sent before a transport counts as congested. Above it, {@link Transport.send} still
 * takes messages, but a sender should wait for {@link TransportSink.drain}.
 *
 * One MiB: far above what a single turn of a program sends, and far below what hurts a phone.
 */
export const HIGH_WATER_MARK_BYTES: number = 1024 * 1024;
