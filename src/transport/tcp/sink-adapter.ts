import type { CloseFrame, ConnectionError, HandshakeError, ProtocolError } from '../../base/errors.ts';
import { queueTask } from '../../base/task.ts';
import type { AcceptedHandshake, EngineSink } from '../../protocol/ports.ts';
import type { OpenInfo, TransportSink } from '../transport.ts';

/** What a connection has to know of its engine. */
export interface EngineOwner {
  /** The server has agreed. */
  opened(info: OpenInfo): void;
  /** Reads no more for now. */
  holdUp(): void;
  /** What was told has been heard: reads on. */
  readonly proceed: () => void;
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
  /** Whether something was told to which nobody has had the time to answer. */
  #isNews = false;
  /** No answer can leave any more: nothing is to wait for one. */
  isDeaf = false;

  constructor(owner: EngineOwner, sink: TransportSink) {
    this.#owner = owner;
    this.#sink = sink;
  }

  open(info: AcceptedHandshake): void {
    this.#isNews = true;
    this.#owner.opened(info);
  }

  text(message: string): void {
    this.#isNews = true;
    this.#sink.text(message);
  }

  binary(message: Uint8Array): void {
    this.#isNews = true;
    this.#sink.binary(message);
  }

  ping(): void {
    this.#sink.ping();
  }

  pong(payload: Uint8Array): void {
    this.#sink.pong(payload.slice());
  }

  hold(isEnd: boolean): boolean {
    const owner = this.#owner;
    const sink = this.#sink;
    const isListening = sink.hold !== undefined;
    if (this.isDeaf || !(isEnd || (this.#isNews && isListening))) return false;
    this.#isNews = false;
    owner.holdUp();
    if (isListening) sink.hold?.(owner.proceed, isEnd);
    else queueTask(owner.proceed);
    return true;
  }

  close(received: CloseFrame): void {
    this.#owner.finished(received);
  }

  failure(error: HandshakeError | ProtocolError | ConnectionError): void {
    this.#owner.broken(error);
  }
}
