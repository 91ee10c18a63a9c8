import type { TimerHandle } from '../../base/clock.ts';
import { DeliveryError, type Detail, type Evidence, HoldlineError, UsageError } from '../../base/errors.ts';
import type { Plugin } from '../../base/plugin.ts';
import { shownUrl } from '../../base/shown-url.ts';
import type { UrlSource } from '../../connection/connection-options.ts';
import { isBlob, isSeveral, type Parcel } from '../../transport/send-data.ts';
import { checkStorage, type PersistentOutboxOptions } from '../checks.ts';
import type { RequestKey } from '../envelope.ts';
import type { WaitingMessage } from '../outbox-options.ts';
import type { JournalCore, JournalPort, OutboxJournal } from './journal.ts';

/** One message as a storage holds it: plain data, ready for JSON or a structured clone. */
export interface StoredMessage {
  /** Names it in the storage. Begins with the `owner` of the life that wrote it, and a dot. */
  readonly id: string;
  /** The text, or the bytes in base64. */
  readonly data: string;
  /** For whom it is, and from whom: the server and the `identity`. No other client sends it. */
  readonly to: string;
  /** Whether `data` is base64. */
  readonly isBinary: boolean;
  /** When it began to wait, in milliseconds since 1970 UTC. */
  readonly queuedAt: number;
  /** Where it stands among those of the same `queuedAt`. */
  readonly order: number;
  /** How long it may wait, in milliseconds; `null`: for ever. */
  readonly ttl: number | null;
  /** As in `SendOptions`. */
  readonly key?: string | undefined;
  /** The id in it, if it is a request. */
  readonly requestKey?: RequestKey | undefined;
  /** As in `SendOptions`. */
  readonly compress?: boolean | undefined;
}

/**
 * Where waiting messages are kept. Each method may return a promise or not; they are called one after the other. One that
 * throws or rejects becomes an `error` event, and the client goes on with what it has in memory.
 */
export interface OutboxStorage {
  /**
   * Begins a life and returns what earlier lives left, in any order, and nothing that a life still going on may send. After
   * 5 s of waiting for it, an `error` event tells so, and messages flow; what comes later is sent behind them. What
   * it returns belongs to this life now: no other life gets it before {@link close}.
   *
   * @param owner - a name for this life, with which the ids of its messages begin
   */
  load(owner: string): readonly unknown[] | PromiseLike<readonly unknown[]>;
  /** Keeps a message, in place of one with the same id. */
  save(message: StoredMessage): void | PromiseLike<void>;
  /** Forgets one. It must really be gone when this returns or resolves: the message is sent then. */
  remove(id: string): void | PromiseLike<void>;
  /** Ends the life, if there is anything to let go of. */
  close?(): void | PromiseLike<void>;
}

/** A journal: a plugin for one client at a time. */
export interface JournalPlugin extends Plugin<JournalCore> {
  /**
   * Forgets what earlier lives have left for whomever, at a logout for instance; close the client first.
   *
   * @throws UsageError `INVALID_STATE` while a client has it
   */
  clear(): Promise<void>;
}

/** How long messages wait for what an earlier life left, in milliseconds. */
const LOAD_TIMEOUT_MS = 5_000;

interface Written {
  readonly message: StoredMessage;
  /** `kept`: in the storage. `leaving`: being removed from it. `gone`: removed. `stuck`: it could not be removed. */
  state: 'kept' | 'leaving' | 'gone' | 'stuck';
}

/**
 * The plugin that keeps what waits in the outbox in a storage of your own, so that it survives a reload or a crash. For one
 * client: another that is open cannot have the same.
 *
 * Kept are messages that wait as text or bytes (no Blobs), and requests that are `idempotent`, under their ids; what
 * `ttl` is left counts on the wall clock. A message is removed before it goes to the socket, so it is never sent twice; a
 * crash right in between loses it. `close()` of the client empties the journal, for what waits is told `not-sent` then.
 *
 * A message is kept for its server and its `identity`: a client of another user, or to another server, leaves it where it
 * is.
 *
 * @throws UsageError `INVALID_OPTION` for what is no storage, and for a client that logs in without an `identity`
 */
export function persistentOutbox(
  storage: OutboxStorage,
  options: PersistentOutboxOptions = {},
): JournalPlugin {
  checkStorage(storage, options, persistentOutbox);
  const { identity } = options;
  const journal = new PersistentOutbox(storage);
  const plugin: Plugin<JournalCore> = ({ outbox, connection, envelope: { rpc }, random, failed }) => {
    const { url, login, prepare } = connection.options;
    // Whoever logs in next must not send what somebody else has left.
    const hasUser = login !== undefined || prepare !== undefined || namesUser(url);
    if (identity === undefined && hasUser)
      throw new UsageError('INVALID_OPTION', { detail: 'whose-journal', option: 'identity' });
    const user = (): string => (typeof identity === 'function' ? identity() : (identity ?? ''));
    outbox.keepIn(journal, {
      random,
      failed,
      whose: () => `${serverOf(url)} ${user()}`,
      numberAbove: (key) => rpc?.numberAbove?.(key),
    });
  };
  return Object.assign(plugin, { clear: () => journal.clear() });
}

class PersistentOutbox implements OutboxJournal {
  readonly #storage: OutboxStorage;
  #port: JournalPort | undefined;
  /** The name of this life, and its server and user. */
  #life = { owner: '', to: '' };
  #count = 0;
  /** Until `load()` has answered. */
  #timer: TimerHandle | undefined;
  #giveUp = (): void => {};
  readonly #written = new Map<WaitingMessage, Written>();
  /** The last message that the outbox has taken back. */
  #taken: unknown;
  /** Operations under way, and the last of them. */
  #underWay = 0;
  #last: Promise<unknown> = Promise.resolve();

  constructor(storage: OutboxStorage) {
    this.#storage = storage;
  }

  open(port: JournalPort): void {
    if (this.#port === port) return;
    if (this.#port !== undefined) throw taken();
    this.#port = port;
    const chance = new Uint8Array(16);
    port.random.fill(chance);
    const owner = [...chance.subarray(0, 8)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
    this.#life = { owner, to: port.whose() };
    port.numberAbove(firstKey(chance.subarray(8)));
    this.#do(
      () => this.#load(port),
      (found) => this.#port === port && this.#restore(found, port),
      (cause) => this.#failed('not-read', { cause }),
    );
  }

  keep(message: WaitingMessage, ttl?: number): void {
    const port = this.#port;
    const before = this.#written.get(message);
    if (before?.state === 'gone') return this.#save(before);
    if (port === undefined || ttl === undefined || ttl <= 0) return;
    const { key, requestKey, options, stored: known } = message.entry;
    if (known !== undefined) {
      this.#taken = known;
      this.#written.set(message, { message: known as StoredMessage, state: 'kept' });
      return;
    }
    const encoded = encoded64(message.data);
    if (encoded === undefined) return;
    const order = ++this.#count;
    const { owner, to } = this.#life;
    const stored: StoredMessage = {
      id: `${owner}.${order}`,
      to,
      ...encoded,
      queuedAt: port.clock.wallTime(),
      order,
      ttl: Number.isFinite(ttl) ? ttl : null,
      key,
      requestKey,
      compress: options?.compress,
    };
    const written: Written = { message: stored, state: 'gone' };
    this.#written.set(message, written);
    this.#save(written);
  }

  release(message: WaitingMessage): boolean | DeliveryError {
    const written = this.#written.get(message);
    if (written === undefined || written.state === 'gone') return true;
    if (written.state === 'kept') this.#strike(message, written);
    // Not seen by the compiler: a storage that answers at once has changed the state by now.
    const { state } = written as Written;
    if (state === 'stuck') return stuck();
    return state === 'gone';
  }

  forget(message: WaitingMessage): void {
    const written = this.#written.get(message);
    this.#written.delete(message);
    if (written?.state === 'kept') this.#remove(written.message.id);
  }

  async clear(): Promise<void> {
    if (this.#port !== undefined) throw taken();
    await this.#last;
    const storage = this.#storage;
    for (const found of await storage.load('')) {
      const { id } = (found ?? {}) as { id?: unknown };
      if (typeof id === 'string') await storage.remove(id);
    }
    await storage.close?.();
  }

  close(): void {
    if (this.#port === undefined) return;
    this.#port.clock.clearTimer(this.#timer);
    this.#port = undefined;
    this.#giveUp();
    this.#written.clear();
    this.#do(
      () => this.#storage.close?.(),
      () => {},
      () => {}, // nobody is left to be told
    );
  }

  #save(written: Written): void {
    written.state = 'kept';
    this.#do(
      () => this.#storage.save(written.message),
      () => {},
      (cause) => {
        if (written.state === 'kept') written.state = 'gone';
        this.#failed('not-written', { cause });
      },
    );
  }

  #remove(id: string): void {
    this.#do(
      () => this.#storage.remove(id),
      () => {},
      (cause) => this.#failed('not-forgotten', { cause }),
    );
  }

  #strike(message: WaitingMessage, written: Written): void {
    const port = this.#port as JournalPort;
    let isLate = false;
    const settled = (state: Written['state']): void => {
      written.state = state;
      if (!isLate) return;
      port.resume();
      // It could not leave after all, and waits on.
      if (this.#written.get(message) === written && written.state === 'gone') this.#save(written);
    };
    written.state = 'leaving';
    this.#do(
      () => this.#storage.remove(written.message.id),
      () => settled('gone'),
      (cause) => {
        this.#failed('not-released', { cause });
        settled('stuck');
      },
    );
    isLate = true;
  }

  /** What comes too late is restored then; meanwhile nothing waits for it. */
  #load(port: JournalPort): readonly unknown[] | PromiseLike<readonly unknown[]> {
    const { owner } = this.#life;
    const found = this.#storage.load(owner);
    if (!isPromise(found)) return found;
    return new Promise((resolve, reject) => {
      let isLate = false;
      this.#giveUp = () => {
        isLate = true;
        resolve([]);
      };
      const timer = port.clock.setTimer(() => {
        this.#failed('no-answer', { timeout: LOAD_TIMEOUT_MS });
        this.#giveUp();
      }, LOAD_TIMEOUT_MS);
      this.#timer = timer;
      found.then(
        (messages) => {
          port.clock.clearTimer(timer);
          if (!isLate) resolve(messages);
          else if (this.#port === port && this.#life.owner === owner) this.#restore(messages, port);
        },
        (cause) => {
          port.clock.clearTimer(timer);
          reject(cause);
        },
      );
    });
  }

  #restore(found: readonly unknown[], port: JournalPort): void {
    // A storage is another's program: what it throws at us here would end in the line that has just become ready.
    // What it holds is not told: it may be another's message, or a secret.
    if (!Array.isArray(found)) return this.#failed('no-array');
    const messages = found.filter(isStoredMessage);
    for (const other of found) {
      if (isStoredMessage(other)) continue;
      this.#failed('foreign');
      const { id } = (other ?? {}) as { id?: unknown };
      if (typeof id === 'string') this.#remove(id);
    }
    messages.sort((a, b) => a.queuedAt - b.queuedAt || a.order - b.order);
    for (const message of messages) if (message.to === this.#life.to) this.#putBack(message, port);
    port.resume();
  }

  #putBack(stored: StoredMessage, port: JournalPort): void {
    const { id, data, isBinary, queuedAt, key, requestKey, compress } = stored;
    const ttl = stored.ttl ?? Number.POSITIVE_INFINITY;
    // At most what it had: the wall clock may have been set back.
    const left = Math.min(ttl, queuedAt + ttl - port.clock.wallTime());
    if (left > 0) {
      const options = compress === false ? { compress } : undefined;
      const bytes = isBinary ? bytesOf(data) : data;
      port.restore({ data: bytes, ttl: left, key, requestKey, options, stored });
    } else {
      port.dropped(new DeliveryError('OUTBOX_EXPIRED', { detail: 'no-line', outcome: 'not-sent', ttl }));
    }
    if (this.#taken !== stored) this.#remove(id);
  }

  #failed(detail: Detail<'STORAGE_FAILED'>, evidence: Evidence = {}): void {
    this.#port?.failed(new HoldlineError('STORAGE_FAILED', { detail, ...evidence }));
  }

  /** Runs an operation behind those under way; `done` is called at once where none is, and it returns no promise. */
  #do<T>(
    operation: () => T | PromiseLike<T>,
    done: (result: T) => unknown,
    failed: (cause: unknown) => void,
  ): void {
    let promise: PromiseLike<T>;
    if (this.#underWay > 0) {
      promise = this.#last.then(operation);
    } else {
      let result: T | PromiseLike<T>;
      try {
        result = operation();
      } catch (cause) {
        failed(cause);
        return;
      }
      if (!isPromise(result)) {
        done(result);
        return;
      }
      promise = result;
    }
    this.#underWay++;
    const over = (then: () => unknown): void => {
      this.#underWay--;
      then();
    };
    this.#last = Promise.resolve(promise).then(
      (result) => over(() => done(result)),
      (cause) => over(() => failed(cause)),
    );
  }
}

/** Whether an address says who comes: no part of the key, as it is a secret. */
function namesUser(url: UrlSource): boolean {
  if (typeof url === 'function') return false;
  return (Array.isArray(url) ? url : [url])
    .filter((one) => URL.canParse(String(one)))
    .some((one) => {
      const { username, password } = new URL(one);
      return username + password !== '';
    });
}

/** The servers that an address stands for; one that is asked for each time stands for itself alone. */
function serverOf(url: UrlSource): string {
  if (typeof url === 'function') return '*';
  const addresses = Array.isArray(url) ? url : [url];
  return addresses
    .map((one) => /^[^?#]*?:\/\/[^/?#]*|^[^?#]*/.exec(shownUrl(one) || String(one))?.[0])
    .join(' ');
}

/** A number that no earlier life is likely to have begun with: lives have room for 2^31 requests each. */
function firstKey(chance: Uint8Array): number {
  const life = new DataView(chance.buffer, chance.byteOffset).getUint32(0) >>> 11;
  return life * 2 ** 31;
}

function isPromise<T>(value: T | PromiseLike<T>): value is PromiseLike<T> {
  return typeof (value as { then?: unknown } | null | undefined)?.then === 'function';
}

function isStoredMessage(value: unknown): value is StoredMessage {
  if (typeof value !== 'object' || value === null) return false;
  const { id, to, data, isBinary, queuedAt, order, ttl } = value as Record<string, unknown>;
  const numbers = [queuedAt, order, ttl ?? 0];
  return (
    typeof id === 'string' &&
    typeof to === 'string' &&
    typeof data === 'string' &&
    typeof isBinary === 'boolean' &&
    numbers.every((number) => typeof number === 'number' && Number.isFinite(number)) &&
    (!isBinary || (data.length % 4 === 0 && /^[A-Za-z\d+/]*={0,2}$/.test(data)))
  );
}

function encoded64(data: Parcel): Pick<StoredMessage, 'data' | 'isBinary'> | undefined {
  if (typeof data === 'string') return { data, isBinary: false };
  if (isSeveral(data) || isBlob(data)) return undefined;
  const bytes = ArrayBuffer.isView(data)
    ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
    : new Uint8Array(data);
  let text = '';
  for (const byte of bytes) text += String.fromCharCode(byte);
  return { data: btoa(text), isBinary: true };
}

function bytesOf(base64: string): Uint8Array {
  return Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
}

/** Two clients with one journal would each send what the other has waiting. */
function taken(): UsageError {
  return new UsageError('INVALID_STATE', { detail: 'journal-taken' });
}

function stuck(): DeliveryError {
  return new DeliveryError('OUTBOX_KEPT', { outcome: 'unknown' });
}
