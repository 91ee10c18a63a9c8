/** Hosts whose sessions are kept; the one not used for longest goes first. A session takes some 2 KiB. */
export const MAX_TLS_SESSIONS = 100;

/**
 * TLS sessions for the next connection to the same host (RFC 8446, 2.2), which then saves the certificates and a
 * signature. A session is only used again under the very same options: it carries their verdict on the certificate.
 */
export class SessionCache {
  readonly #sessions = new Map<string, Buffer>();
  readonly #numbers = new WeakMap<object, number>();
  #lastNumber = 0;

  /** The name of a host under these options. */
  key(host: string, options: object | undefined): string {
    if (options === undefined) return `0 ${host}`;
    let number = this.#numbers.get(options);
    if (number === undefined) {
      number = ++this.#lastNumber;
      this.#numbers.set(options, number);
    }
    return `${number} ${host}`;
  }

  /** The newest session, if there is one. */
  get(key: string): Buffer | undefined {
    const session = this.#sessions.get(key);
    if (session !== undefined) this.set(key, session);
    return session;
  }

  /** Keeps a session in place of the one before. */
  set(key: string, session: Buffer): void {
    this.#sessions.delete(key);
    this.#sessions.set(key, session);
    if (this.#sessions.size <= MAX_TLS_SESSIONS) return;
    const [oldest] = this.#sessions.keys();
    this.#sessions.delete(oldest as string);
  }

  /** Forgets the session of a host whose handshake has failed. */
  delete(key: string): void {
    this.#sessions.delete(key);
  }
}
