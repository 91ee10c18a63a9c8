import type { CloseFrame, ConnectionError, HandshakeError, ProtocolError } from '../../base/errors.ts';
import type { AcceptedHandshake, EngineSink } from '../../protocol/ports.ts';
import type { OpenInfo, TransportSink } from '../transport.ts';

/** What a connection has to know of its engine. */
export interface EngineOwner {
  /** The server has agreed. */
  opened(info: OpenInfo): void;
  /** Both Close frames have been exchanged. */
  finished(received: CloseFrame): void;
  /** The engine has failed the connection. */
  broken(error: HandshakeError | ProtocolError | ConnectionError): void;
}

/**
 * The engine's sink: messages go straight to the transport's sink, all else to the connection. A class, since seven
 * closures would take half a kilobyte of every idle connection.
 */
export class SinkAdapter implements EngineSink {
  readonly #owner: EngineOwner;
  readonly #sink: TransportSink;

  constructor(owner: EngineOwner, sink: TransportSink) {
    this.#owner = owner;
    this.#sink = sink;
  }

  open(info: AcceptedHandshake): void {
    this.#owner.opened(info);
  }

  text(message: string): void {
    this.#sink.text(message);
  }

  binary(message: Uint8Array): void {
    this.#sink.binary(message);
  }

  ping(): void {
    this.#sink.ping();
  }

  pong(payload: Uint8Array): void {
    this.#sink.pong(payload.slice());
  }

  close(received: CloseFrame): void {
    this.#owner.finished(received);
  }

  failure(error: HandshakeError | ProtocolError | ConnectionError): void {
    this.#owner.broken(error);
  }
}
