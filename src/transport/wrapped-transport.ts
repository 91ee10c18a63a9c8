import type { Transport, TransportFeatures, TransportSink } from './transport.ts';

/** Wraps a transport for another one around it: hands on what that does not change. */
export abstract class WrappedTransport {
  /** The one in use. */
  protected abstract readonly inner: Transport;

  get features(): TransportFeatures {
    return this.inner.features;
  }

  get bytesReceived(): number {
    return this.inner.bytesReceived;
  }

  get heardAt(): number | undefined {
    return this.inner.heardAt;
  }

  get bytesSent(): number | undefined {
    return this.inner.bytesSent;
  }

  pause(): void {
    this.inner.pause();
  }

  resume(): void {
    this.inner.resume();
  }

  ref(): void {
    this.inner.ref?.();
  }

  unref(): void {
    this.inner.unref?.();
  }
}

/** What a sink hears between the opening and the end: for another around it, which is called for nothing else. */
export function hearing(sink: TransportSink): Omit<TransportSink, 'open' | 'close'> {
  const { text, binary, ping, pong, hold, drain } = sink;
  return { text, binary, ping, pong, hold, drain };
}
