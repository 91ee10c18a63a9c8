/** What counts the bytes of one line. */
export interface CountedLine {
  /** Bytes that the system has taken; below 0 where that is not known. */
  readonly bytesSent: number;
  /** Bytes that have come. */
  readonly bytesReceived: number;
  /** It has ended, and counts no more. */
  readonly isOver: boolean;
}

/** Counts bytes over all lines of a client. One that has ended is kept until the next begins, or somebody asks. */
export class Traffic {
  readonly #lines = new Set<CountedLine>();
  /** Of lines that have ended. */
  #past = { sent: 0, received: 0 };

  /** Counts one more line. */
  add(line: CountedLine): void {
    this.sum();
    this.#lines.add(line);
  }

  /** Bytes each way so far. */
  sum(): { sent: number; received: number } {
    const all = { ...this.#past };
    for (const line of this.#lines) {
      const sent = Math.max(0, line.bytesSent);
      all.sent += sent;
      all.received += line.bytesReceived;
      if (!line.isOver) continue;
      this.#past = { sent: this.#past.sent + sent, received: this.#past.received + line.bytesReceived };
      this.#lines.delete(line);
    }
    return all;
  }
}
