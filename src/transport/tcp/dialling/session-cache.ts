import { builtin } from '../builtin.ts';
import type { TlsOptions } from './options.ts';

/** Hosts whose sessions are kept; the one not used for longest goes first. A session takes some 2 KiB. */
export const MAX_TLS_SESSIONS = 100;

/** How long a session is used, in milliseconds: meanwhile its certificate may be withdrawn. */
export const MAX_SESSION_AGE_MS = 3_600_000;

/** What is kept of a connection for the next one. */
export interface KeptSession {
  readonly session: Buffer;
  /** The moment by the clock on the wall from which on it is not used any more. */
  readonly until: number;
}

/**
 * TLS sessions for the next connection to the same host (RFC 8446, 2.2), which then saves the certificates and a
 * signature. A connection that goes on with a session shows no certificate, and Node asks nothing: the session carries the
 * verdict. So it is used for the same host under options of the same content only, for a while, and not longer than the
 * certificate is valid; and none is kept where the certificate is not checked, or is checked by a function of the caller's,
 * which is asked each time.
 */
export class SessionCache {
  readonly #sessions = new Map<string, KeptSession>();
  readonly #numbers = new WeakMap<object, number>();
  #lastNumber = 0;

  /** The name of a host under these options; undefined where no session may be kept. */
  key(host: string, options: TlsOptions | undefined): string | undefined {
    if (options === undefined) return host;
    if (options.rejectUnauthorized === false || options.checkServerIdentity !== undefined) return undefined;
    const hash = builtin('node:crypto').createHash('sha256');
    // What each part is, and how long: no two options may run together into the same bytes.
    const add = (value: unknown): void => {
      if (typeof value === 'string' || value instanceof Uint8Array)
        hash.update(`${typeof value} ${value.length} `).update(value);
      else if (Array.isArray(value) || isPlain(value)) {
        const entries = Object.entries(value).filter(([, one]) => one !== undefined);
        hash.update(`${Array.isArray(value)} ${entries.length} `);
        for (const part of entries.sort(([a], [b]) => (a < b ? -1 : 1)).flat()) add(part);
      } else hash.update(`${typeof value} ${isObject(value) ? this.#numberOf(value) : String(value)} `);
    };
    add({ ...options });
    return `${host} ${hash.digest('base64')}`;
  }

  /** The newest session, unless it is over by `now`. */
  get(key: string | undefined, now: number): KeptSession | undefined {
    const kept = key === undefined ? undefined : this.#sessions.get(key);
    if (key === undefined || kept === undefined) return undefined;
    this.#sessions.delete(key);
    if (now >= kept.until) return undefined;
    this.#sessions.set(key, kept);
    return kept;
  }

  /** Keeps a session in place of the one before. */
  set(key: string, kept: KeptSession): void {
    this.#sessions.delete(key);
    this.#sessions.set(key, kept);
    if (this.#sessions.size <= MAX_TLS_SESSIONS) return;
    const [oldest] = this.#sessions.keys();
    this.#sessions.delete(oldest as string);
  }

  /** Forgets the session of a host whose handshake has failed. */
  delete(key: string): void {
    this.#sessions.delete(key);
  }

  /** What has no content to be compared, such as a secure context, is told apart by identity. */
  #numberOf(value: object): number {
    const number = this.#numbers.get(value) ?? ++this.#lastNumber;
    this.#numbers.set(value, number);
    return number;
  }
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

function isPlain(value: unknown): value is object {
  return isObject(value) && Object.getPrototypeOf(value) === Object.prototype;
}
